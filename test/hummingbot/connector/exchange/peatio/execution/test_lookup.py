"""Finding orders whose create was not answered, and placing on top of it. A scripted exchange, a real journal."""

import asyncio
import logging
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    FencedError,
    MessageError,
    NoAnswerError,
    NotSentError,
    PlacementError,
    RateLimitError,
    RefusedError,
    ServerError,
    WouldTakeError,
)
from hummingbot.connector.exchange.peatio.common.messages import FeeRates, OrderReport, ReportedState
from hummingbot.connector.exchange.peatio.execution.counts import OrderCounts, Placement, new_counts
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent_journal import Intent, IntentJournal, IntentState
from hummingbot.connector.exchange.peatio.execution.lookup import OrderLookup
from hummingbot.connector.exchange.peatio.execution.maker_only import MakerOnly
from hummingbot.connector.exchange.peatio.execution.pending_events import PendingEventBuffer
from hummingbot.connector.exchange.peatio.execution.submission import Submission
from hummingbot.connector.exchange.peatio.order_books.sync import BookSync
from hummingbot.core.data_type.common import OrderType, TradeType

from test.hummingbot.connector.exchange.peatio.book_support import followed_book, increment

LOGGER = logging.getLogger("test")
NOW_S = 1_795_207_684.0
SAID = OrderReport(
    order_id="7",
    market="btcusd",
    is_buy=True,
    is_limit=True,
    state=ReportedState.PENDING,
    price=Decimal("30000.0"),
    origin_volume=Decimal("0.10"),
    remaining_volume=Decimal("0.10"),
    executed_volume=Decimal(0),
    created_at_s=NOW_S,
    updated_at_s=NOW_S,
    fee_rates=FeeRates(Decimal("0.001"), Decimal("0.002")),
)
REFUSED = RefusedError("POST market/orders", 422, ["market.account.insufficient_balance"])
STORED = ServerError("POST market/orders", 422, ["market.order.create_error"])
BUSY = RateLimitError("POST market/orders", 429, [], "", 1.0)


def intent_of(name: str = "c1", amount: str = "0.1", price: str | None = "30000") -> Intent:
    made = Decimal(price) if price else None
    return Intent(name, "BTC-USD", "btcusd", True, Decimal(amount), made, NOW_S)


def order_of(intent: Intent, order_type: OrderType = OrderType.LIMIT) -> TrackedOrder:
    return TrackedOrder(
        client_order_id=intent.client_order_id,
        trading_pair=intent.trading_pair,
        order_type=order_type,
        trade_type=TradeType.BUY,
        amount=intent.amount,
        price=intent.price,
        creation_timestamp=NOW_S,
    )


class Script:
    """An exchange that answers what it is told to, and a tracker that follows nothing."""

    def __init__(self, creates: list[Any], listings: list[Any]) -> None:
        self.creates = creates
        self.listings = listings
        self.sent = 0
        self.asked = 0

    async def create_order(self, *_: Any) -> OrderReport:
        self.sent += 1
        return self._next(self.creates)  # type: ignore[no-any-return]

    async def orders_of(self, market: str, is_buy: bool, time_from_s: int) -> list[OrderReport]:
        assert (market, is_buy) == ("btcusd", True)
        assert time_from_s == int(NOW_S) - CONSTANTS.LOOKUP_MARGIN_S
        self.asked += 1
        return self._next(self.listings)  # type: ignore[no-any-return]

    def find(self, order_id: str) -> None:
        return None

    @staticmethod
    def _next(script: list[Any]) -> Any:
        answer = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Desk:
    def __init__(self, folder: Path, creates: list[Any], listings: list[Any]) -> None:
        self.script = Script(creates, listings)
        self.early = PendingEventBuffer()
        self.journal = IntentJournal(folder / "journal.sqlite", "me", "account", LOGGER)
        self.absent: list[str] = []
        self.books: dict[str, BookSync] = {}
        self.told: list[str] = []
        self.slept_s: list[float] = []
        self.counts = new_counts()
        lookup: Any = self.script
        self.lookup = OrderLookup(lookup, lookup, self.early, self.journal)
        self.placer = Submission(
            lookup,
            self.journal,
            self.lookup,
            self.early,
            MakerOnly(lambda: False, lambda: self.books, self.counts, self.told.append, LOGGER),
            lambda order, intent: self.absent.append(intent.client_order_id),
            LOGGER,
            self.sleep,
            self.counts,
        )

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)

    @property
    def counted(self) -> OrderCounts:
        return self.counts["BTC-USD"]

    def results(self) -> dict[Placement, int]:
        return {result: number for result, number in self.counted.placements.items() if number}

    async def place(self, intent: Intent | None = None) -> OrderReport:
        intent = intent or intent_of()
        with self.early.during_create():
            return await self.placer.place(order_of(intent), intent)

    def states(self) -> list[IntentState]:
        return [intent.state for intent in self.journal.unfinished()]


@pytest.mark.parametrize(
    ("change", "is_found"),
    [
        ({}, True),
        ({"created_at_s": NOW_S - CONSTANTS.LOOKUP_MARGIN_S}, True),
        ({"state": ReportedState.DONE, "executed_volume": Decimal("0.1")}, True),
        ({"created_at_s": NOW_S - CONSTANTS.LOOKUP_MARGIN_S - 1}, False),
        ({"price": Decimal("30000.01")}, False),
        ({"origin_volume": Decimal("0.11")}, False),
        ({"is_buy": False}, False),
        ({"market": "ethusd"}, False),
        ({"is_limit": False, "price": None}, False),
    ],
)
async def test_an_order_is_known_by_market_side_price_volume_and_time(
    tmp_path: Path, change: dict[str, Any], is_found: bool
) -> None:
    engine = Desk(tmp_path, [], [[replace(SAID, **change)]])
    assert (await engine.lookup.find(intent_of()) is not None) is is_found


async def test_a_market_order_is_known_by_having_no_price(tmp_path: Path) -> None:
    engine = Desk(tmp_path, [], [[replace(SAID, is_limit=False, price=None), replace(SAID, order_id="8")]])
    found = await engine.lookup.find(intent_of(price=None))
    assert found is not None
    assert found.order_id == "7"


async def test_an_id_that_is_claimed_belongs_to_its_claimant(tmp_path: Path) -> None:
    engine = Desk(tmp_path, [], [[SAID]])
    engine.journal.record(intent_of("other"))
    engine.journal.live("other", "7", None)
    assert await engine.lookup.find(intent_of()) is None


async def test_what_a_fence_stopped_was_never_sent(tmp_path: Path) -> None:
    engine = Desk(tmp_path, [FencedError("not before all is reconciled")], [])
    with pytest.raises(FencedError):
        await engine.place()
    assert (engine.states(), engine.script.sent, engine.script.asked) == ([], 1, 0)


async def test_of_several_none_is_taken(tmp_path: Path) -> None:
    engine = Desk(tmp_path, [], [[SAID, replace(SAID, order_id="8")]])
    with pytest.raises(PlacementError, match="Orders 7, 8 on btcusd all look like c1"):
        await engine.lookup.find(intent_of())


async def test_as_many_as_there_are_unresolved_twins_can_be_shared_out_among_them(tmp_path: Path) -> None:
    """Of two alike, one was given up and the other is looked for when both turn up (chaos seed 19)."""
    engine = Desk(tmp_path, [], [[SAID, replace(SAID, order_id="8")]])
    for name in ("given up", "c1", "another amount"):
        engine.journal.record(intent_of(name, amount="0.2" if name == "another amount" else "0.1"))
    engine.journal.watch("given up")
    found = await engine.lookup.find(intent_of("c1"))
    assert found is not None
    assert found.order_id == "7"
    engine.journal.close("given up")
    with pytest.raises(PlacementError, match="Orders 7, 8 on btcusd all look like c1"):
        await engine.lookup.find(intent_of("c1"))


async def test_events_and_list_tell_of_one_order(tmp_path: Path) -> None:
    engine = Desk(tmp_path, [], [[SAID]])
    with engine.early.during_create():
        engine.early.keep(SAID)
        engine.early.keep(replace(SAID, state=ReportedState.WAIT))
        found = await engine.lookup.find(intent_of())
    assert found is not None
    assert found.order_id == "7"


async def test_an_answered_create_is_live_in_the_journal(tmp_path: Path) -> None:
    engine = Desk(tmp_path, [SAID], [[]])
    assert await engine.place() == SAID
    (row,) = engine.journal.unfinished()
    assert (row.state, row.exchange_order_id, row.fee_rates) == (IntentState.LIVE, "7", SAID.fee_rates)
    assert engine.results() == {Placement.PLACED: 1}
    assert sum(engine.counted.latencies.counts) == 1
    assert engine.counted.ambiguous_creates == 0


async def test_a_refused_create_is_closed_and_not_sent_again(tmp_path: Path) -> None:
    engine = Desk(tmp_path, [REFUSED], [[]])
    with pytest.raises(RefusedError):
        await engine.place()
    assert (engine.script.sent, engine.script.asked, engine.states()) == (1, 0, [])
    assert engine.results() == {Placement.REFUSED: 1}
    assert sum(engine.counted.latencies.counts) == 0


@pytest.mark.parametrize("error", [BUSY, NotSentError("refused")])
async def test_what_was_not_processed_is_sent_again_for_a_while(tmp_path: Path, error: Exception) -> None:
    engine = Desk(tmp_path, [error, error, SAID], [[]])
    assert await engine.place() == SAID
    assert engine.script.sent == 3
    hopeless = Desk(tmp_path / "hopeless", [error], [[]])
    with pytest.raises(type(error)):
        await hopeless.place()
    assert sum(hopeless.slept_s) <= CONSTANTS.PLACE_RETRY_LIMIT_S
    assert hopeless.states() == []
    assert (engine.results(), hopeless.results()) == ({Placement.PLACED: 1}, {Placement.UNSENT: 1})


async def test_a_limit_maker_order_is_looked_at_again_before_each_sending(tmp_path: Path) -> None:
    engine = Desk(tmp_path, [BUSY], [[]])
    market = engine.books["BTC-USD"] = followed_book("BTC-USD", [["29000", "1"]], [["30001", "1"]])
    intent = intent_of()

    async def while_waiting(seconds: float) -> None:
        market.on_increment(increment(2, "asks", "30000", "1"), 1.0)

    engine.placer._sleep = while_waiting
    with pytest.raises(WouldTakeError):
        await engine.placer.place(order_of(intent, OrderType.LIMIT_MAKER), intent)
    assert (engine.script.sent, engine.states(), engine.results()) == (1, [], {Placement.WOULD_TAKE: 1})


@pytest.mark.parametrize("error", [NoAnswerError("reset"), STORED, MessageError("cut off")])
async def test_what_is_ambiguous_is_looked_for_and_never_sent_again(tmp_path: Path, error: Exception) -> None:
    engine = Desk(tmp_path, [error], [[], NoAnswerError("still"), [SAID]])
    assert await engine.place() == SAID
    assert (engine.script.sent, engine.script.asked) == (1, 3)
    assert (engine.counted.ambiguous_creates, engine.counted.lookups) == (1, 3)
    assert engine.results() == {Placement.PLACED: 1}
    assert engine.states() == [IntentState.LIVE]


async def test_an_order_that_is_not_there_is_watched_for(tmp_path: Path) -> None:
    engine = Desk(tmp_path, [STORED], [[]])
    with pytest.raises(PlacementError, match="no order like c1"):
        await engine.place()
    assert (engine.script.sent, engine.absent, engine.states()) == (1, ["c1"], [IntentState.WATCHED])
    assert sum(engine.slept_s) >= CONSTANTS.LOOKUP_LIMIT_S
    assert engine.results() == {Placement.ABSENT: 1}


async def test_too_many_alike_fail_the_placement(tmp_path: Path) -> None:
    engine = Desk(tmp_path, [STORED], [[SAID, replace(SAID, order_id="8")]])
    with pytest.raises(PlacementError, match="all look like"):
        await engine.place()
    assert engine.results() == {Placement.ABSENT: 1}


async def test_an_exchange_that_does_not_answer_has_not_said_that_there_is_none(tmp_path: Path) -> None:
    silence: list[Any] = [NoAnswerError("down")] * 50
    engine = Desk(tmp_path, [STORED], [*silence, [SAID]])
    assert await engine.place() == SAID
    assert engine.absent == []


async def test_nothing_leaves_that_could_not_be_written_down(tmp_path: Path) -> None:
    engine = Desk(tmp_path, [SAID], [[]])
    engine.journal.shut()
    with pytest.raises(Exception, match="cannot be written"):
        await engine.place()
    assert engine.script.sent == 0
    assert not engine.placer.is_under_way(intent_of().fingerprint)


async def test_twins_are_placed_one_after_the_other(tmp_path: Path) -> None:
    engine = Desk(tmp_path, [SAID, replace(SAID, order_id="8")], [[]])
    together = 0
    most = 0
    create = engine.script.create_order

    async def counted(*arguments: Any) -> OrderReport:
        nonlocal together, most
        together += 1
        most = max(most, together)
        await asyncio.sleep(0)
        together -= 1
        return await create(*arguments)

    engine.script.create_order = counted  # type: ignore[method-assign]
    identical_orders = [intent_of("a"), intent_of("b")]
    await asyncio.gather(*map(engine.place, identical_orders))
    assert most == 1
    engine.script.creates = [replace(SAID, order_id="9"), replace(SAID, order_id="10")]
    await asyncio.gather(engine.place(intent_of("c")), engine.place(intent_of("d", price="30001")))
    assert most == 2, "others do not wait"
