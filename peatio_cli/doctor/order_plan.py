"""The smallest order that a market accepts, far enough from its prices not to be filled. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from hummingbot.connector.exchange.peatio.common.messages import Instrument

# A buy at half the best price, a sell at twice it.
FAR = Decimal(2)
# A price closer to the other side's best price than this factor is not far enough.
SAFE = Decimal("0.9")


@dataclass(frozen=True)
class OrderPlan:
    """The trial order. Price in quote currency, amount in base currency."""

    market: Instrument
    is_buy: bool
    price: Decimal
    amount: Decimal

    @property
    def text(self) -> str:
        """The order as text, for findings."""
        return f"{'buy' if self.is_buy else 'sell'} {plain(self.amount)} at {plain(self.price)} on {self.market.symbol}"


@dataclass(frozen=True)
class Prices:
    """A market's prices, each None if there is none."""

    bid: Decimal | None
    ask: Decimal | None
    last: Decimal | None

    @property
    def known(self) -> list[Decimal]:
        """The prices that exist."""
        return [price for price in (self.bid, self.ask, self.last) if price]


def smallest_amount(market: Instrument) -> Decimal:
    """The smallest amount that the market accepts, a multiple of its increment."""
    return _stepped(max(market.min_amount, market.amount_increment), market.amount_increment, ROUND_CEILING)


def buy_plan(market: Instrument, prices: Prices) -> OrderPlan | None:
    """A buy far below the market; None if the market's lowest price is too close to the best ask."""
    known = prices.known
    price = _within_limits(market, min(known) / FAR if known else market.price_increment, ROUND_FLOOR)
    if prices.ask is not None and price > prices.ask * SAFE:
        return None
    return OrderPlan(market, True, price, smallest_amount(market))


def sell_plan(market: Instrument, prices: Prices) -> OrderPlan | None:
    """A sell far above the market; None without any price, or if the market's highest price is too close."""
    known = prices.known
    if not known:
        return None
    price = _within_limits(market, max(known) * FAR, ROUND_CEILING)
    if prices.bid is not None and price * SAFE < prices.bid:
        return None
    return OrderPlan(market, False, price, smallest_amount(market))


def _within_limits(market: Instrument, price: Decimal, rounding: str) -> Decimal:
    """The closest price to `price` that the market accepts."""
    step = market.price_increment
    if market.max_price is not None:
        price = min(price, _stepped(market.max_price, step, ROUND_FLOOR))
    return max(_stepped(price, step, rounding), _stepped(max(market.min_price, step), step, ROUND_CEILING))


def affordable(plans: list[OrderPlan], free: Mapping[str, Decimal]) -> OrderPlan | None:
    """The first plan that the free balances (lower-case currency → amount) cover; None if there is none."""
    for plan in plans:
        currency, cost = _cost(plan)
        if free.get(currency.lower(), Decimal(0)) >= cost:
            return plan
    return None


def costs(plans: list[OrderPlan]) -> str:
    """The free balances that the plans need, as alternatives."""
    return " or ".join(f"{plain(cost)} {currency}" for currency, cost in map(_cost, plans))


def plain(number: Decimal) -> str:
    """The number without exponent and trailing zeros."""
    return f"{number.normalize():f}"


def _cost(plan: OrderPlan) -> tuple[str, Decimal]:
    if plan.is_buy:
        return plan.market.quote, plan.price * plan.amount
    return plan.market.base, plan.amount


def _stepped(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    return (value / step).to_integral_value(rounding=rounding) * step
