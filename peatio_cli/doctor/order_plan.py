"""The smallest order that a market takes, so far from its prices that nobody trades with it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from hummingbot.connector.exchange.peatio.common.messages import Instrument

# A buy at half the best price, a sell at twice it.
FAR = Decimal(2)
# Nearer than this part of the other side's best price is not far enough.
SAFE = Decimal("0.9")


@dataclass(frozen=True)
class OrderPlan:
    """An order to try. Price in quote, amount in base."""

    market: Instrument
    is_buy: bool
    price: Decimal
    amount: Decimal

    @property
    def text(self) -> str:
        """The order in words."""
        return f"{'buy' if self.is_buy else 'sell'} {plain(self.amount)} at {plain(self.price)} on {self.market.symbol}"


@dataclass(frozen=True)
class Prices:
    """What is known of a market's prices, each None where there is none."""

    bid: Decimal | None
    ask: Decimal | None
    last: Decimal | None

    @property
    def known(self) -> list[Decimal]:
        """Those that there are."""
        return [price for price in (self.bid, self.ask, self.last) if price]


def smallest_amount(market: Instrument) -> Decimal:
    """The least the market takes, in its steps."""
    return _stepped(max(market.min_amount, market.amount_increment), market.amount_increment, ROUND_CEILING)


def buy_plan(market: Instrument, prices: Prices) -> OrderPlan | None:
    """A buy far below; None where the market's lowest price is too near to the best ask."""
    known = prices.known
    price = _within_limits(market, min(known) / FAR if known else market.price_increment, ROUND_FLOOR)
    if prices.ask is not None and price > prices.ask * SAFE:
        return None
    return OrderPlan(market, True, price, smallest_amount(market))


def sell_plan(market: Instrument, prices: Prices) -> OrderPlan | None:
    """A sell far above; None where there is no price to be far from, or the market's highest is too near."""
    known = prices.known
    if not known:
        return None
    price = _within_limits(market, max(known) * FAR, ROUND_CEILING)
    if prices.bid is not None and price * SAFE < prices.bid:
        return None
    return OrderPlan(market, False, price, smallest_amount(market))


def _within_limits(market: Instrument, price: Decimal, rounding: str) -> Decimal:
    """The nearest price to `price` that the market takes."""
    step = market.price_increment
    if market.max_price is not None:
        price = min(price, _stepped(market.max_price, step, ROUND_FLOOR))
    return max(_stepped(price, step, rounding), _stepped(max(market.min_price, step), step, ROUND_CEILING))


def affordable(plans: list[OrderPlan], free: Mapping[str, Decimal]) -> OrderPlan | None:
    """The first that the free balances (by lower-case currency) pay for."""
    for plan in plans:
        currency, cost = _cost(plan)
        if free.get(currency.lower(), Decimal(0)) >= cost:
            return plan
    return None


def costs(plans: list[OrderPlan]) -> str:
    """What would have to be free, one of these."""
    return " or ".join(f"{plain(cost)} {currency}" for currency, cost in map(_cost, plans))


def plain(number: Decimal) -> str:
    """Without exponent and trailing zeros."""
    return f"{number.normalize():f}"


def _cost(plan: OrderPlan) -> tuple[str, Decimal]:
    if plan.is_buy:
        return plan.market.quote, plan.price * plan.amount
    return plan.market.base, plan.amount


def _stepped(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    return (value / step).to_integral_value(rounding=rounding) * step
