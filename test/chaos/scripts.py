"""What a scripted trader trades on the sandbox's markets, and where their trading begins."""

from collections.abc import Sequence
from decimal import Decimal

from peatio_sandbox import Sandbox
from peatio_sandbox.config import DEFAULT_CURRENCIES
from peatio_sandbox.exchange.market import Currency, Market
from test.chaos.evidence import pair_of
from test.chaos.trader import PairScript

# What an order is worth at most, in US dollars.
ORDER_WORTH = Decimal(1000)


def price_of(market: Market, currencies: Sequence[Currency] = DEFAULT_CURRENCIES) -> Decimal:
    """Where the market's trading begins."""
    worth = {currency.code: currency.price for currency in currencies}
    return worth[market.base] / worth[market.quote]


def pair_scripts(sandbox: Sandbox, member: str) -> tuple[PairScript, ...]:
    """One for each market; orders that are too large are measured by what the member has now."""
    funds = sandbox.balances(member)
    worth = {currency.code: currency.price for currency in sandbox.config.currencies}
    return tuple(
        PairScript(
            pair=pair_of(market),
            price=price_of(market, sandbox.config.currencies),
            price_step=Decimal(1).scaleb(-market.price_precision),
            amount_step=Decimal(1).scaleb(-market.amount_precision),
            min_amount=market.min_amount,
            amount=ORDER_WORTH / worth[market.base],
            too_much=funds[market.base][0] * Decimal("0.6"),
        )
        for market in sandbox.exchange.markets.values()
    )
