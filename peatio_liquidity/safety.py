"""May a side quote now, and if not, why. Pure, but for the memory of the last prices."""

from collections import deque
from dataclasses import dataclass
from decimal import Decimal

from peatio_liquidity.exposure import Exposure
from peatio_liquidity.levels import ZERO, Book


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator accepts.

    :ivar source_age_s: of the source's book
    :ivar rate_age_s: of the rate between the quote currencies
    :ivar move: of the source's mid within the window of `PriceMoves`, as a part of it
    :ivar exposure: in base, to either side
    """

    source_age_s: float
    rate_age_s: float
    move: Decimal
    exposure: Decimal


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known now.

    :ivar source_fault: why the source cannot be followed now; "" where it can
    :ivar source: without one's own orders
    :ivar source_age_s: since its last change
    :ivar rate: own quote for one of the source's; None where it is not known
    :ivar move: the largest of the mid within the window, as a part of it
    :ivar smallest_hedge: the least that the source takes as an order, in base
    :ivar loss: why no side may quote because of a loss; "" without one
    :ivar shortage: why the balances allow no quote, by side (True is a bid)
    :ivar unhedgeable: why the next hedge cannot be, by its direction (True is a buy)
    :ivar hedge_in_doubt: why a hedge cannot be looked up, by its direction
    """

    is_own_ready: bool
    source_fault: str
    source: Book
    source_age_s: float
    rate: Decimal | None
    rate_age_s: float
    move: Decimal
    exposure: Exposure
    smallest_hedge: Decimal
    loss: str
    shortage: dict[bool, str]
    unhedgeable: dict[bool, str]
    hedge_in_doubt: dict[bool, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """For each side why it may not quote; "" where it may."""

    bids: str = ""
    asks: str = ""

    def of(self, is_bid: bool) -> str:
        """The reason for one side."""
        return self.bids if is_bid else self.asks


def verdict(now: Situation, limits: Limits) -> Verdict:
    """The first reason that applies."""
    both = _both_sides(now, limits)
    return Verdict(both or _side(True, now, limits), both or _side(False, now, limits))


def _both_sides(now: Situation, limits: Limits) -> str:
    source = now.source
    if not now.is_own_ready:
        return "the own exchange is not ready"
    if now.source_fault:
        return now.source_fault
    if now.loss:
        return now.loss
    for is_bid, what in ((True, "bids"), (False, "asks")):
        if not source.side(is_bid):
            # Without a mid it cannot be seen that the price moved. A connector that keeps crossed levels back shows one
            # side for as long.
            return f"the source has no {what}"
    if source.is_crossed:
        return f"the source's book is crossed: bid {source.bids[0].price:f}, ask {source.asks[0].price:f}"
    if now.source_age_s > limits.source_age_s:
        return f"the source's book has not changed for {now.source_age_s:.1f} s"
    if now.rate is None:
        return "the rate between the quote currencies is not known"
    if now.rate_age_s > limits.rate_age_s:
        return f"the rate between the quote currencies is {now.rate_age_s:.1f} s old"
    if now.smallest_hedge > limits.exposure:
        least = f"{now.smallest_hedge:.8f}"
        return f"max_exposure_base is {limits.exposure:f}, and the source takes no order below {least}: raise it"
    if now.move > limits.move:
        return f"the source's price moved by {now.move:.2%}"
    return ""


def _side(is_bid: bool, now: Situation, limits: Limits) -> str:
    hedge_is_buy = not is_bid  # what an own bid buys is sold on the source
    for reasons in (now.hedge_in_doubt, now.unhedgeable):
        if hedge_is_buy in reasons:
            return reasons[hedge_is_buy]
    if now.exposure.room(is_bid, limits.exposure) <= ZERO:
        return f"the exposure is at its bound of {limits.exposure:f}"
    return now.shortage.get(is_bid, "")


class LossSwitch:
    """Switches the quotes off at a loss, and on again only when the operator accepts it: prices move back and forth.

    :param loss: with which an earlier run switched them off; None if it did not
    :ivar loss: the largest one since they were switched off, in own quote; None while they are on
    """

    def __init__(self, loss: Decimal | None = None) -> None:
        self.loss = loss

    def look(self, result: Decimal | None, limit: Decimal | None) -> str:
        """
        :param result: profit since the hedge journal began, in own quote; None where it is not known
        :param limit: the loss that the operator accepts; None for any
        :return: why there may be no quotes, "" where there may be
        """
        loss = None if result is None or result >= 0 else -result
        if limit is None:
            self.loss = None
        elif loss is not None and loss > limit:
            self.loss = max(self.loss or ZERO, loss)
        elif self.loss is not None and self.loss <= limit:
            self.loss = None
        if self.loss is None or limit is None:
            return ""
        return f"the loss was {self.loss:.8g}, above max_loss_quote ({limit:f}); raise that above it to go on"


class PriceMoves:
    """The largest move of a price within a window.

    :param window_s: its length
    """

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._prices: deque[tuple[float, Decimal]] = deque()

    def add(self, now_s: float, price: Decimal) -> None:
        """:param price: at `now_s`"""
        if not self._prices or self._prices[-1][1] != price:
            self._prices.append((now_s, price))
        self._forget(now_s)

    def largest(self, now_s: float) -> Decimal:
        """As a part of the lowest price of the window."""
        self._forget(now_s)
        prices = [price for _, price in self._prices]
        return (max(prices) - min(prices)) / min(prices) if prices and min(prices) > 0 else ZERO

    def _forget(self, now_s: float) -> None:
        # The price that held when the window began belongs to it.
        while len(self._prices) > 1 and self._prices[1][0] <= now_s - self._window_s:
            self._prices.popleft()
