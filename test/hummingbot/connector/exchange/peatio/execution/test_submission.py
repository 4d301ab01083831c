"""Finding orders whose create was not answered, and placing on top of it. A scripted exchange, a real journal."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    FencedError,
    JournalError,
    MessageError,
    NoAnswerError,
    NotSentError,
    PlacementError,
    RateLimitError,
    RefusedError,
    ServerError,
    WithdrawnError,
    WouldTakeError,
)
from hummingbot.connector.exchange.peatio.common.messages import OrderReport, ReportedState
from hummingbot.connector.exchange.peatio.execution.counts import Placement
from hummingbot.connector.exchange.peatio.execution.intent import IntentState
from hummingbot.core.data_type.common import OrderType

from test.hummingbot.connector.exchange.peatio.book_support import followed_book, increment
from test.hummingbot.connector.exchange.peatio.execution.submission_support import (
    EARLIER_S,
    NOW_S,
    SAID,
    Host,
    create_of,
    intent_of,
)

REFUSED = RefusedError("POST market/orders", 422, ["market.account.insufficient_balance"])
STORED = ServerError("POST market/orders", 422, ["market.order.create_error"])
BUSY = RateLimitError("POST market/orders", 429, [], "", 1.0)
NO_PAUSE = RateLimitError("POST market/orders", 429, [], "", 0.0)


@pytest.mark.parametrize(
    ("change", "is_found"),
    [
        ({}, True),
        ({"created_at_s": NOW_S - EARLIER_S}, True),
        ({"created_at_s": NOW_S - 13}, True),  # the clock stepped back by 12 s while the request was on its way
        ({"created_at_s": NOW_S + CONSTANTS.REQUEST_TIMEOUT_S}, True),
        ({"state": ReportedState.DONE, "executed_volume": Decimal("0.1")}, True),
        ({"created_at_s": NOW_S - EARLIER_S - 1}, False),
        ({"created_at_s": NOW_S + CONSTANTS.REQUEST_TIMEOUT_S + 1}, False),
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
    engine = Host(tmp_path, [], [[replace(SAID, **change)]])
    assert (await engine.lookup.find(intent_of()) is not None) is is_found


async def test_a_market_order_is_known_by_having_no_price(tmp_path: Path) -> None:
    engine = Host(tmp_path, [], [[replace(SAID, is_limit=False, price=None), replace(SAID, order_id="8")]])
    found = await engine.lookup.find(intent_of(price=None))
    assert found is not None
    assert found.order_id == "7"


async def test_an_id_that_is_claimed_belongs_to_its_claimant(tmp_path: Path) -> None:
    engine = Host(tmp_path, [], [[SAID]])
    engine.journal.record(intent_of("other"))
    engine.journal.live("other", "7", None)
    assert await engine.lookup.find(intent_of()) is None


async def test_what_a_fence_stops_where_it_leaves_was_never_sent(tmp_path: Path) -> None:
    engine = Host(tmp_path, [BUSY, SAID], [])
    engine.switch.start("me")

    async def fenced(seconds: float) -> None:
        assert engine.switch._fence is not None
        engine.switch._fence.put_up("no heartbeat")

    engine.submission._sleep = fenced
    with pytest.raises(FencedError):
        await engine.place()
    assert (engine.states(), engine.script.sent, engine.script.asked) == ([], 1, 0)


async def test_of_several_none_is_taken(tmp_path: Path) -> None:
    engine = Host(tmp_path, [], [[SAID, replace(SAID, order_id="8")]])
    with pytest.raises(PlacementError, match=r"Orders 7, 8 on BTC-USD look like this bot's lost order\(s\) c1,"):
        await engine.lookup.find(intent_of())


async def test_as_many_as_there_are_unresolved_twins_can_be_shared_out_among_them(tmp_path: Path) -> None:
    """Of two alike, one was given up and the other is looked for when both turn up (chaos seed 19)."""
    engine = Host(tmp_path, [], [[SAID, replace(SAID, order_id="8")]])
    for name in ("given up", "c1", "another amount"):
        engine.journal.record(intent_of(name, amount="0.2" if name == "another amount" else "0.1"))
    engine.journal.sent("given up", NOW_S)
    engine.journal.absent("given up")
    found = await engine.lookup.find(intent_of("c1"))
    assert found is not None
    engine.journal.close("given up")
    with pytest.raises(PlacementError, match=r"Orders 7, 8 on BTC-USD look like this bot's lost order\(s\) c1,"):
        await engine.lookup.find(intent_of("c1"))


async def test_events_and_list_tell_of_one_order(tmp_path: Path) -> None:
    engine = Host(tmp_path, [], [[SAID]])
    with engine.early.during_create():
        engine.early.keep(SAID)
        engine.early.keep(replace(SAID, state=ReportedState.WAIT))
        found = await engine.lookup.find(intent_of())
    assert found is not None
    assert found.order_id == "7"


async def test_an_answered_create_is_live_in_the_journal(tmp_path: Path) -> None:
    engine = Host(tmp_path, [SAID], [[]])
    assert await engine.place() == SAID
    (row,) = engine.journal.unfinished()
    assert (row.state, row.exchange_order_id, row.fee_rates) == (IntentState.LIVE, "7", SAID.fee_rates)
    assert engine.results() == {Placement.PLACED: 1}
    assert sum(engine.counted.latencies.counts) == 1
    assert engine.counted.ambiguous_creates == 0


async def test_a_refused_create_is_closed_and_not_sent_again(tmp_path: Path) -> None:
    engine = Host(tmp_path, [REFUSED], [[]])
    with pytest.raises(RefusedError):
        await engine.place()
    assert (engine.script.sent, engine.script.asked, engine.states()) == (1, 0, [])
    assert engine.results() == {Placement.REFUSED: 1}
    assert sum(engine.counted.latencies.counts) == 0


@pytest.mark.parametrize("error", [BUSY, NO_PAUSE, NotSentError("refused")])
async def test_what_was_not_processed_is_sent_again_for_a_while(tmp_path: Path, error: Exception) -> None:
    engine = Host(tmp_path, [error, error, SAID], [[]])
    assert await engine.place() == SAID
    assert engine.script.sent == 3
    hopeless = Host(tmp_path / "hopeless", [error], [[]])
    with pytest.raises(type(error)):
        await hopeless.place()
    assert sum(hopeless.slept_s) <= CONSTANTS.PLACE_RETRY_LIMIT_S
    assert hopeless.states() == []
    assert (engine.results(), hopeless.results()) == ({Placement.PLACED: 1}, {Placement.UNSENT: 1})


async def test_a_limit_maker_order_is_looked_at_again_before_each_sending(tmp_path: Path) -> None:
    engine = Host(tmp_path, [BUSY], [[]])
    market = engine.books["BTC-USD"] = followed_book("BTC-USD", [["29000", "1"]], [["30001", "1"]])

    async def while_waiting(seconds: float) -> None:
        market.on_message("ob-inc", increment(2, "asks", "30000", "1"), 1.0)

    engine.submission._sleep = while_waiting
    with pytest.raises(WouldTakeError):
        await engine.place(order_type=OrderType.LIMIT_MAKER)
    assert (engine.script.sent, engine.states(), engine.results()) == (1, [], {Placement.WOULD_TAKE: 1})


@pytest.mark.parametrize("error", [NoAnswerError("reset"), STORED, MessageError("cut off")])
async def test_what_is_ambiguous_is_looked_for_and_never_sent_again(tmp_path: Path, error: Exception) -> None:
    engine = Host(tmp_path, [error], [[], NoAnswerError("still"), [SAID]])
    assert await engine.place() == SAID
    assert (engine.script.sent, engine.script.asked) == (1, 3)
    assert (engine.counted.ambiguous_creates, engine.counted.lookups) == (1, 3)
    assert engine.results() == {Placement.PLACED: 1}
    assert engine.states() == [IntentState.LIVE]


async def test_an_order_that_is_not_there_is_watched_for(tmp_path: Path) -> None:
    engine = Host(tmp_path, [STORED], [[]])
    with pytest.raises(PlacementError, match="no order like c1"):
        await engine.place()
    assert (engine.script.sent, engine.states()) == (1, [IntentState.ABSENT])
    assert sum(engine.slept_s) >= CONSTANTS.LOOKUP_LIMIT_S
    assert engine.results() == {Placement.ABSENT: 1}


async def test_too_many_alike_fail_the_placement(tmp_path: Path) -> None:
    engine = Host(tmp_path, [STORED], [[SAID, replace(SAID, order_id="8")]])
    with pytest.raises(PlacementError, match="look like"):
        await engine.place()
    assert engine.results() == {Placement.ABSENT: 1}
    assert engine.states() == [IntentState.SENT]
    assert len(engine.reported) == 1


async def test_an_exchange_that_does_not_answer_has_not_said_that_there_is_none(tmp_path: Path) -> None:
    silence: list[Any] = [NoAnswerError("down")] * 50
    engine = Host(tmp_path, [STORED], [*silence, [SAID]])
    assert await engine.place() == SAID
    assert engine.states() == [IntentState.LIVE]


async def test_nothing_leaves_that_could_not_be_written_down(tmp_path: Path) -> None:
    engine = Host(tmp_path, [SAID], [[]])
    engine.journal.close_file()
    with pytest.raises(JournalError, match="not open"):
        await engine.place()
    assert engine.script.sent == 0
    assert not engine.submission.is_under_way(intent_of().fingerprint)


async def test_a_withdrawn_order_is_not_sent_wherever_it_waits(tmp_path: Path) -> None:
    """Behind an identical order, in a pause after a 429, in the queue of batches."""
    engine = Host(tmp_path, [BUSY, SAID], [[]])
    pause = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await pause.wait()

    engine.submission._sleep = sleep
    for _ in range(CONSTANTS.PARALLEL_CREATES):
        await engine.submission._queue.acquire()
    creates = {name: create_of(intent_of(name)) for name in ("in the pause", "behind it", "in the queue")}
    submitted = {
        name: asyncio.create_task(engine.submission.submit(create, is_of_batch=name == "in the queue"))
        for name, create in creates.items()
    }
    while engine.script.sent < 1:  # noqa: ASYNC110
        await asyncio.sleep(0)
    for create in creates.values():
        assert create.withdraw("It was cancelled.")
    with pytest.raises(WithdrawnError, match=r"It was cancelled\. \(It waited: .*429"):
        await submitted.pop("in the pause")
    for task in submitted.values():
        with pytest.raises(WithdrawnError, match=r"It was cancelled\.$"):
            await task
    pause.set()
    assert (engine.script.sent, engine.states(), len(engine.tasks)) == (1, [], 0)


async def test_an_order_that_may_be_at_the_exchange_cannot_be_withdrawn(tmp_path: Path) -> None:
    engine = Host(tmp_path, [STORED], [[SAID]])
    create = create_of(intent_of())
    waits = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await waits.wait()

    engine.submission._sleep = sleep
    task = asyncio.create_task(engine.submission.submit(create))
    while engine.script.sent < 1:  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert not create.withdraw("It was cancelled.")
    waits.set()
    assert await task == SAID


async def test_a_stopped_create_stays_sent_where_it_left_and_is_closed_where_it_did_not(tmp_path: Path) -> None:
    for has_left, states in ((True, [IntentState.SENT]), (False, [])):
        engine = Host(tmp_path / str(has_left), [STORED if has_left else BUSY], [[]])

        async def sleep(seconds: float) -> None:
            await asyncio.Event().wait()

        engine.submission._sleep = sleep
        task = asyncio.create_task(engine.place())
        while engine.script.sent < 1:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await engine.tasks.stop()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert engine.states() == states


async def test_twins_are_placed_one_after_the_other(tmp_path: Path) -> None:
    engine = Host(tmp_path, [SAID, replace(SAID, order_id="8")], [[]])
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
