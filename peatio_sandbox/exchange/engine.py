"""Price-time matching of one market, pure and synchronous.

The engine knows nothing of members, money or states: it holds the book it believes in. Peatio's engine is a
process of its own, and its book can differ from the database ("ghosts", docs/protocol.md section 4); so can ours.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from peatio_sandbox.exchange.decimals import EXACT, ZERO, multiply
from peatio_sandbox.exchange.market import OrderType, Side

#: A snapshot precedes an increment once this many increments and this many seconds have passed ...
SNAPSHOT_INCREMENTS = 20
SNAPSHOT_MIN_PERIOD_S = 10.0
#: ... or this many seconds, however few the increments.
SNAPSHOT_MAX_PERIOD_S = 60.0
#: Price levels a side in a snapshot.
SNAPSHOT_LEVELS = 301


@dataclass(slots=True)
class BookOrder:
    """An order as the engine sees it; ``volume`` and ``locked`` shrink as it is matched."""

    id: int
    side: Side
    ord_type: OrderType
    price: Decimal | None
    volume: Decimal
    locked: Decimal


@dataclass(frozen=True, slots=True)
class Match:
    """Two orders that met. The one with the lower id is called the maker, whichever was resting."""

    maker_id: int
    taker_id: int
    price: Decimal
    amount: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """The engine has let go of an order (or never had it) and asks for its cancellation."""

    order_id: int


@dataclass(frozen=True, slots=True)
class Increment:
    """One changed price level: its new total, or None when it is gone."""

    side: Side
    price: Decimal
    total: Decimal | None
    sequence: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The book, best prices first. ``sequence`` is that of the last increment before this snapshot."""

    asks: tuple[tuple[Decimal, Decimal], ...]
    bids: tuple[tuple[Decimal, Decimal], ...]
    sequence: int


EngineOutput = Match | CancelRequest | Increment | Snapshot


@dataclass(slots=True)
class _Level:
    orders: dict[int, BookOrder] = field(default_factory=dict)
    total: Decimal = ZERO


class BookSide:
    """Resting orders of one side by price, then by time of arrival."""

    def __init__(self, side: Side) -> None:
        self.side: Side = side
        self._levels: dict[Decimal, _Level] = {}
        self._prices: list[Decimal] = []

    def top(self) -> BookOrder | None:
        """Return the order that trades next, if there is one."""
        if not self._prices:
            return None
        best = self._prices[0] if self.side == "sell" else self._prices[-1]
        return next(iter(self._levels[best].orders.values()))

    def total_at(self, price: Decimal) -> Decimal | None:
        """Return the volume resting at a price, None when there is none."""
        level = self._levels.get(price)
        return None if level is None else level.total

    def add(self, order: BookOrder) -> None:
        """Rest an order. One whose id rests at that price already changes nothing (recorded at a resubmission)."""
        assert order.price is not None
        level = self._levels.get(order.price)
        if level is None:
            level = self._levels[order.price] = _Level()
            insort(self._prices, order.price)
        if order.id not in level.orders:
            level.orders[order.id] = order
            level.total = EXACT.add(level.total, order.volume)

    def reduce(self, order: BookOrder, amount: Decimal) -> None:
        """Take ``amount`` off a resting order and drop it when nothing is left."""
        assert order.price is not None
        level = self._levels[order.price]
        order.volume = EXACT.subtract(order.volume, amount)
        level.total = EXACT.subtract(level.total, amount)
        if order.volume <= ZERO:
            self._drop(level, order.id, order.price)

    def remove(self, order_id: int, price: Decimal) -> None:
        """Drop an order if it rests at that price."""
        level = self._levels.get(price)
        if level is None or order_id not in level.orders:
            return
        level.total = EXACT.subtract(level.total, level.orders[order_id].volume)
        self._drop(level, order_id, price)

    def levels(self) -> Iterator[tuple[Decimal, Decimal]]:
        """Yield (price, total), best first."""
        prices = self._prices if self.side == "sell" else reversed(self._prices)
        return ((price, self._levels[price].total) for price in prices)

    def _drop(self, level: _Level, order_id: int, price: Decimal) -> None:
        del level.orders[order_id]
        if not level.orders:
            del self._levels[price]
            del self._prices[bisect_left(self._prices, price)]


class MatchingEngine:
    """The book of one market and its stream of numbered changes.

    Times are epoch seconds, given by the caller; they only decide when a snapshot is due.
    """

    def __init__(self, started_s: float) -> None:
        self.asks = BookSide("sell")
        self.bids = BookSide("buy")
        self.sequence = 1
        self._increments_since_snapshot = 0
        self._snapshot_s = started_s
        self._loading = True

    def load(self, orders: Iterable[BookOrder], now_s: float) -> list[EngineOutput]:
        """Take up the orders a restarted engine finds, silently, and open with a snapshot."""
        outputs: list[EngineOutput] = []
        for order in orders:
            outputs += self.submit(order, now_s)
        self._loading = False
        outputs.append(self._snapshot(now_s))
        return outputs

    def submit(self, order: BookOrder, now_s: float) -> list[EngineOutput]:
        """Match an order; what is left of a limit order rests, what is left of a market order is cancelled."""
        outputs: list[EngineOutput] = []
        own, opposite = (self.bids, self.asks) if order.side == "buy" else (self.asks, self.bids)
        while order.volume > ZERO and not self._out_of_funds(order):
            resting = opposite.top()
            if resting is None or not self._crosses(order, resting) or self._cannot_pay(order, resting):
                break
            outputs += self._match(order, resting, opposite, now_s)
        if order.volume > ZERO and not self._out_of_funds(order):
            if order.ord_type == "limit":
                own.add(order)
                outputs += self._changed(own, order.price, now_s)
            else:
                outputs.append(CancelRequest(order.id))
        return outputs

    def cancel(self, order: BookOrder, now_s: float) -> list[EngineOutput]:
        """Drop an order and ask for its cancellation.

        Peatio reports the price level even when the order was not in the book: cancelling a dead order costs a
        redundant increment (docs/protocol.md section 4).
        """
        outputs: list[EngineOutput] = []
        if order.price is not None:
            own = self.bids if order.side == "buy" else self.asks
            own.remove(order.id, order.price)
            outputs += self._changed(own, order.price, now_s)
        outputs.append(CancelRequest(order.id))
        return outputs

    def resize(self, order: BookOrder, now_s: float) -> list[EngineOutput]:
        """Let an order rest with another volume, behind those that rest at its price; one of nothing does not rest.

        The engine knows submit, cancel and reload only (read in Peatio's sources): a new size is a cancel, which here
        asks for no cancellation, and a submit.
        """
        assert order.price is not None
        own = self.bids if order.side == "buy" else self.asks
        own.remove(order.id, order.price)
        outputs = self._changed(own, order.price, now_s)
        return [*outputs, *self.submit(order, now_s)] if order.volume > ZERO else outputs

    def _match(self, order: BookOrder, resting: BookOrder, opposite: BookSide, now_s: float) -> list[EngineOutput]:
        assert resting.price is not None
        price = resting.price
        amount = min(order.volume, resting.volume)
        total = multiply(price, amount)
        order.volume = EXACT.subtract(order.volume, amount)
        if order.ord_type == "market":
            order.locked = EXACT.subtract(order.locked, amount if order.side == "sell" else total)
        opposite.reduce(resting, amount)
        maker_id, taker_id = sorted((order.id, resting.id))
        return [*self._changed(opposite, price, now_s), Match(maker_id, taker_id, price, amount, total)]

    def _changed(self, side: BookSide, price: Decimal | None, now_s: float) -> list[EngineOutput]:
        if self._loading or price is None:
            return []
        outputs: list[EngineOutput] = []
        age_s = now_s - self._snapshot_s
        if self._increments_since_snapshot >= SNAPSHOT_INCREMENTS:
            due = age_s > SNAPSHOT_MIN_PERIOD_S
        else:
            due = age_s >= SNAPSHOT_MAX_PERIOD_S
        if due:
            outputs.append(self._snapshot(now_s))
            self._increments_since_snapshot = 0
        self._increments_since_snapshot += 1
        self.sequence += 1
        outputs.append(Increment(side.side, price, side.total_at(price), self.sequence))
        return outputs

    def _snapshot(self, now_s: float) -> Snapshot:
        self._snapshot_s = now_s
        return Snapshot(
            asks=tuple(level for level, _ in zip(self.asks.levels(), range(SNAPSHOT_LEVELS), strict=False)),
            bids=tuple(level for level, _ in zip(self.bids.levels(), range(SNAPSHOT_LEVELS), strict=False)),
            sequence=self.sequence,
        )

    @staticmethod
    def _crosses(order: BookOrder, resting: BookOrder) -> bool:
        if order.price is None:
            return True
        assert resting.price is not None
        return resting.price <= order.price if order.side == "buy" else resting.price >= order.price

    @staticmethod
    def _cannot_pay(order: BookOrder, resting: BookOrder) -> bool:
        """A market buy that cannot pay the whole next step stops there (seen: partial fill, then ``cancel``)."""
        if order.ord_type == "limit" or order.side == "sell":
            return False
        assert resting.price is not None
        return multiply(resting.price, min(order.volume, resting.volume)) > order.locked

    @staticmethod
    def _out_of_funds(order: BookOrder) -> bool:
        return order.ord_type == "market" and order.locked <= ZERO
