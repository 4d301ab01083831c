"""Random streams of an exchange that loses, repeats and restarts, against a plain reference book."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hypothesis import given, settings
from hypothesis import strategies as st

from test.hummingbot.connector.exchange.peatio.book_support import Books, Level, increment, snapshot
from test.hummingbot.connector.exchange.peatio.fixtures import settle

PAIR = "BTC-USD"
# Where snapshots are cut here.
LEVELS = 3
Side = dict[int, int]


@dataclass
class PlainExchange:
    """A matching engine's book, and the Ranger that stores its last snapshot and the increments since."""

    sides: dict[str, Side] = field(default_factory=lambda: {"bids": {}, "asks": {}})
    sequence: int = 1
    stored_snapshot: dict[str, Any] | None = None
    stored_increments: list[dict[str, Any]] = field(default_factory=list)

    def change(self, side: str, price: int, volume: int, with_snapshot: bool) -> dict[str, Any] | None:
        """One change of the book; the increment that Ranger pushes, if it does.

        A snapshot carries the sequence before the increment that triggered it, and has its change already.
        """
        if volume:
            self.sides[side][price] = volume
        else:
            self.sides[side].pop(price, None)
        if with_snapshot:
            self.publish_snapshot()
        self.sequence += 1
        message = increment(self.sequence, side, str(price), str(volume) if volume else "")
        if self.stored_snapshot is None:
            return None  # Rango drops what comes before its first snapshot
        self.stored_increments.append(message)
        return message

    def publish_snapshot(self) -> None:
        bids, asks = sorted(self.sides["bids"].items(), reverse=True), sorted(self.sides["asks"].items())
        best_bids, best_asks = (
            [[str(price), str(volume)] for price, volume in side[:LEVELS]] for side in (bids, asks)
        )
        self.stored_snapshot = snapshot(self.sequence, best_bids, best_asks)
        self.stored_increments = []

    def restart_engine(self) -> None:
        """It comes back with the open orders, and counts from one again."""
        self.sequence = 1
        self.publish_snapshot()

    def restart_ranger(self) -> None:
        self.stored_snapshot = None
        self.stored_increments = []


@dataclass
class PlainFollower:
    """The rules of docs/protocol.md section 5 in their plainest form: a book, or nothing.

    :ivar edges: side → the last level of a snapshot that was cut there
    """

    sides: dict[str, Side] | None = None
    sequence: int = 0
    edges: dict[str, int] = field(default_factory=dict)

    def on_snapshot(self, payload: dict[str, Any]) -> None:
        cut = [side for side in ("bids", "asks") if len(payload[side]) == LEVELS]
        self.edges = {side: int(payload[side][-1][0]) for side in cut}
        self.sides = {side: {int(price): int(volume) for price, volume in payload[side]} for side in ("bids", "asks")}
        self.sequence = payload["sequence"]

    def on_increment(self, payload: dict[str, Any]) -> None:
        if self.sides is None:
            return
        if payload["sequence"] != self.sequence + 1:
            self.sides = None
            return
        self.sequence += 1
        side = "bids" if "bids" in payload else "asks"
        price, volume = payload[side]
        if self.knows(side, int(price)):
            self.sides[side][int(price)] = int(volume or 0)

    def knows(self, side: str, price: int) -> bool:
        """Whether the price is not beyond the cut of a snapshot."""
        if side not in self.edges:
            return True
        return price >= self.edges[side] if side == "bids" else price <= self.edges[side]

    def look(self) -> None:
        """A side that was cut and of which nothing is left: what comes behind it was never told."""
        if self.sides is not None and any(not any(self.sides[side].values()) for side in self.edges):
            self.sides = None

    def known_part(self, sides: dict[str, Side]) -> dict[str, Side]:
        return {
            side: {price: volume for price, volume in levels.items() if self.knows(side, price)}
            for side, levels in sides.items()
        }


def ladder(sides: dict[str, Side] | None) -> tuple[list[Level], list[Level]]:
    """Both sides best first, without empty levels."""
    sides = sides or {"bids": {}, "asks": {}}
    bids, asks = (
        [(float(price), float(volume)) for price, volume in sorted(sides[side].items()) if volume]
        for side in ("bids", "asks")
    )
    return bids[::-1], asks


class Run:
    """One exchange, one tracker, and the plain follower that is told the same."""

    def __init__(self) -> None:
        self.exchange = PlainExchange()
        self.plain = PlainFollower()
        self.books = Books(PAIR)
        self.books.source.answer = lambda pair: self.replay()
        self.books.tracker.start()
        self.update_id = -1
        self.has_lost = False

    def check(self) -> None:
        book = self.books.book()
        update_id = max(book.snapshot_uid, book.last_diff_uid)
        assert update_id >= self.update_id, "the update id never falls"
        self.update_id = update_id
        assert (PAIR in self.books.tracker.invalid_reasons) == (self.plain.sides is None)
        assert self.books.levels() == ladder(self.plain.sides)
        if self.plain.sides is not None and not self.has_lost:
            assert ladder(self.plain.sides) == ladder(self.plain.known_part(self.exchange.sides))

    def push(self, message: dict[str, Any]) -> None:
        self.plain.on_increment(message)
        self.books.tracker.on_message(PAIR, "ob-inc", message)
        self.check()

    def replay(self) -> None:
        """What a subscription is answered with."""
        if self.exchange.stored_snapshot is None:
            return
        self.has_lost = False
        self.plain.on_snapshot(self.exchange.stored_snapshot)
        self.books.tracker.on_message(PAIR, "ob-snap", self.exchange.stored_snapshot)
        for message in self.exchange.stored_increments:
            self.plain.on_increment(message)
            self.books.tracker.on_message(PAIR, "ob-inc", message)
        self.plain.look()

    def look(self) -> None:
        self.plain.look()
        self.books.tracker.tick()
        self.check()

    def reconnect(self) -> None:
        self.plain.sides = None
        self.books.tracker.on_lost()
        self.check()
        self.replay()
        self.books.tracker.on_connected()
        self.look()

    def change(self, side: str, price: int, volume: int, with_snapshot: bool, outcome: str) -> None:
        message = self.exchange.change(side, price + (10 if side == "asks" else 0), volume, with_snapshot)
        if message is None or outcome == "lost":
            self.has_lost = True
            return
        self.push(message)
        if outcome == "twice":
            self.push(message)

    def restart_engine(self) -> None:
        # Were increments missing already, the new sequence could by chance go on where the old one was seen to stop:
        # nobody could tell.
        if not self.has_lost:
            self.exchange.restart_engine()
            self.change("bids", 1, 1, False, "seen")

    def restart_ranger(self) -> None:
        self.exchange.restart_ranger()
        self.has_lost = True
        self.reconnect()


# Bids and asks do not overlap: Hummingbot's book takes crossed levels out.
CHANGES = st.tuples(
    st.sampled_from(["bids", "asks"]),
    st.integers(1, 5),
    st.integers(0, 3),
    st.sampled_from([False, False, False, True]),
    st.sampled_from(["seen", "seen", "seen", "seen", "lost", "twice"]),
)
STEPS = st.lists(
    CHANGES | st.sampled_from(["time passes", "time passes", "reconnect", "restart engine", "restart ranger"]),
    max_size=60,
)


async def follow(steps: list[Any]) -> None:
    run = Run()
    try:
        for step in steps:
            if isinstance(step, tuple):
                run.change(*step)
            elif step == "time passes":
                await run.books.pauses.end()
            elif step == "reconnect":
                run.reconnect()
            elif step == "restart engine":
                run.restart_engine()
            else:
                run.restart_ranger()
            run.check()
            run.look()

        # Once nothing is lost any more, a change shows what was, and the book is got back.
        run.change("asks", 9, 1, True, "seen")
        run.books.tracker.on_connected()
        await run.books.pauses.end()
        await run.books.pauses.end()
        assert run.books.tracker.invalid_reasons == {}
        assert run.books.levels() == ladder(run.plain.known_part(run.exchange.sides))
        assert run.books.tracker.ready
    finally:
        run.books.tracker.stop()
        await settle()


@settings(deadline=None, derandomize=True, max_examples=200)
@given(STEPS)
def test_a_trusted_book_is_the_exchanges_whatever_happens_on_the_way(steps: list[Any]) -> None:
    with patch.object(CONSTANTS, "SNAPSHOT_LEVELS", LEVELS):
        asyncio.run(follow(steps))
