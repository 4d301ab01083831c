"""From the exposure to the next order on the source. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from peatio_liquidity.exposure import Exposure
from peatio_liquidity.funds import Hedgeable
from peatio_liquidity.levels import ZERO, Book, Level, MarketRules, plain


@dataclass(frozen=True, slots=True)
class HedgeOrder:
    """
    :ivar amount: in base; :ivar price: the worst that is accepted; :ivar best: the source's best price
    :ivar is_market: nothing at the exchange enforces `price`; the amount is what the book offers within it
    """

    is_buy: bool
    amount: Decimal
    price: Decimal
    best: Decimal
    is_market: bool = False


@dataclass(frozen=True, slots=True)
class NoHedge:
    """There is something to hedge and it cannot be; `reason` is for the operator."""

    is_buy: bool
    reason: str


def next_hedge(
    exposure: Exposure,
    source: Book,
    rules: MarketRules,
    max_slippage: Decimal,
    hedgeable: Hedgeable,
    is_market: bool = False,
) -> HedgeOrder | NoHedge | None:
    """One at a time: while a hedge is under way there is no next one, so nothing is hedged twice.

    :param source: its book without one's own orders
    :param rules: the source's
    :param max_slippage: from the best price, as a part of it
    :param hedgeable: what the source's balances pay for
    :return: None where nothing is to do: hedged, less than the source's minimum, or a hedge is under way
    """
    if exposure.pending_buys or exposure.pending_sells:
        return None
    amount = rules.amount_down(abs(exposure.net))
    is_buy = exposure.net < 0
    if amount <= 0 or amount < rules.min_amount:
        return None
    offers = source.side(not is_buy)
    if not offers:
        return NoHedge(is_buy, f"the source has no {'asks' if is_buy else 'bids'}")
    best = offers[0].price
    # Towards the best price: what rounds beyond the slippage would be worse than accepted.
    price = rules.price_away(best * (1 + max_slippage if is_buy else 1 - max_slippage), is_buy)
    if rules.min_value and amount * best < rules.min_value:
        return None
    offered = rules.amount_down(_within(offers, price, is_buy))
    paid = rules.amount_down(hedgeable.at(is_buy))
    at_once = amount if rules.max_amount is None else rules.amount_down(min(amount, rules.max_amount))
    order = Level(price, min(at_once, offered, paid))
    if not rules.accepts(order):
        if paid < min(amount, offered):
            return NoHedge(is_buy, f"the source's balance pays for {plain(paid)} only")
        return NoHedge(is_buy, f"the source offers {offered:f} within {max_slippage:%} of its best price {best:f}")
    return HedgeOrder(is_buy, order.amount, order.price, best, is_market)


def _within(offers: Sequence[Level], price: Decimal, is_buy: bool) -> Decimal:
    reached = (level.amount for level in offers if (level.price <= price if is_buy else level.price >= price))
    return sum(reached, ZERO)
