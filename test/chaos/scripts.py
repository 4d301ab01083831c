"""What a scripted trader trades on the sandbox's markets, and where their trading begins."""

from decimal import Decimal

from peatio_sandbox import Sandbox
from peatio_sandbox.config import DEFAULT_CURRENCIES
from peatio_sandbox.exchange.market import Market
from test.chaos.evidence import pair_of
from test.chaos.trader import PairScript

# What an order is worth at most, in US dollars.
ORDER_WORTH = Decimal(1000)
_CURRENCY_PRICES = {currency.code: currency.price for currency in DEFAULT_CURRENCIES}


def price_of(market: Market) -> Decimal:
    """Where the market's trading begins."""
    return _CURRENCY_PRICES[market.base] / _CURRENCY_PRICES[market.quote]


def pair_scripts(sandbox: Sandbox, member: str) -> tuple[PairScript, ...]:
    """One for each market; orders that are too large are measured by what the member has now."""
    funds = sandbox.balances(member)
    return tuple(
        PairScript(
            pair=pair_of(market),
            price=price_of(market),
            price_step=Decimal(1).scaleb(-market.price_precision),
            amount_step=Decimal(1).scaleb(-market.amount_precision),
            min_amount=market.min_amount,
            amount=ORDER_WORTH / _CURRENCY_PRICES[market.base],
            too_much=funds[market.base][0] * Decimal("0.6"),
        )
        for market in sandbox.exchange.markets.values()
    )
