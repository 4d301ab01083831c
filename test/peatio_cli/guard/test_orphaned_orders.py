"""What the guard does with a dead bot's orders, on the sandbox."""

import asyncio
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.config import parse_domain
from hummingbot.connector.exchange.peatio.execution.intent import Intent
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME
from hummingbot.connector.exchange.peatio.guard.heartbeat import heartbeat_records
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory

from peatio_cli.doctor.check_runner import ExchangeSession, Timeouts
from peatio_cli.doctor.target import Credentials, Target
from peatio_cli.guard import orphaned_orders as guard_orders
from peatio_cli.guard.orphaned_orders import BotResumed, OrderOutcome, OrphanedOrders
from peatio_sandbox import FaultKind, Sandbox, SandboxConfig
from test.compatibility.columns import API_KEY, JWT, Column, OperatorKey, open_venue
from test.end_to_end.support import engine_levels, person
from test.end_to_end.test_restart import leave_orders
from test.end_to_end.venue import Venue
from test.journals import open_journal
from test.patience import eventually
from test.peatio_cli.guard_support import DeadBot


class Acting:
    """A guard at work on one dead bot."""

    def __init__(self, bot: DeadBot) -> None:
        self.bot = bot
        self.report: list[str] = []
        self.is_bot_awake = False
        self.sent = 0
        self.patient = ExchangeSession(bot.target, Timeouts(request_s=1.0))
        self.orders = OrphanedOrders(self.patient.rest, bot.journal, self._check_fence, self.report.append)

    def _check_fence(self) -> None:
        self.sent += 1
        if self.is_bot_awake:
            raise BotResumed

    async def fates(self) -> dict[str, OrderOutcome]:
        return {one.intent.client_order_id: one.outcome for one in await self.orders.settle()}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    ConnectionsFactory()._shared_client = None  # what another test's event loop left
    async with Sandbox(SandboxConfig(seed=5)) as exchange:
        yield exchange
    assert exchange.handler_errors == []


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[DeadBot]:
    async with person(sandbox, "bot") as hand:
        yield DeadBot(sandbox, tmp_path, hand)


@pytest.fixture
async def acting(bot: DeadBot, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Acting]:
    monkeypatch.setattr(CONSTANTS, "LOOKUP_LIMIT_S", 1.0)
    monkeypatch.setattr(CONSTANTS, "CANCEL_PENDING_LIMIT_S", 0.5)
    monkeypatch.setattr(CONSTANTS, "REQUEST_TIMEOUT_S", 1.0)
    made = Acting(bot)
    yield made
    await made.patient.close()


async def test_the_bots_orders_are_cancelled_and_nobody_elses(sandbox: Sandbox, bot: DeadBot, acting: Acting) -> None:
    for number in range(12):  # more than are sent at a time
        await bot.placed(f"sell-{number}", "sell", "0.01", f"{30100 + number}")
    by_hand = await bot.hand.place("btcusd", "sell", "0.01", "30100")
    async with person(sandbox, "taker") as taker:
        await taker.place("btcusd", "buy", "0.01", "29000")
        assert set((await acting.fates()).values()) == {OrderOutcome.CANCELLED}
        assert bot.states() == ["cancel"] * 12 + ["wait"]
        assert sandbox.orders("bot")[-1].id == by_hand
        assert sandbox.orders("taker")[0].state == "wait"
    assert "sell 0.01 BTC-USD at 30100 (order 1): cancelled" in acting.report


async def test_what_became_of_each_order_is_told(sandbox: Sandbox, bot: DeadBot, acting: Acting) -> None:
    await bot.placed("filled", "sell", "0.1", "30000")
    await bot.placed("partly", "sell", "0.1", "30100")
    gone = await bot.placed("cancelled", "sell", "0.1", "30200")
    async with person(sandbox, "taker") as taker:
        await taker.place("btcusd", "buy", "0.14", "30100")
    await bot.hand.cancel(gone)
    bot.noted("unknown", "buy", "0.1", "20000")
    bot.journal.live("unknown", "4711", None)
    await sandbox.settle()
    assert await acting.fates() == {
        "filled": OrderOutcome.ENDED_BEFORE,
        "partly": OrderOutcome.CANCELLED,
        "cancelled": OrderOutcome.ENDED_BEFORE,
        "unknown": OrderOutcome.ABSENT,
    }
    assert sorted(acting.report) == [
        "buy 0.1 BTC-USD at 20000 (order 4711): the exchange does not know it",
        "sell 0.1 BTC-USD at 30000 (order 1): was filled already",
        "sell 0.1 BTC-USD at 30100 (order 2): cancelled, 0.04 of it was filled before",
        "sell 0.1 BTC-USD at 30200 (order 3): was cancelled already",
    ]


async def test_the_journal_stays_the_bots(bot: DeadBot, acting: Acting) -> None:
    await bot.placed("a", "sell", "0.1", "30000")
    bot.noted("b", "sell", "0.1", "30100")
    before = bot.journal.unfinished()
    await acting.fates()
    assert bot.journal.unfinished() == before


async def test_an_order_whose_answer_the_bot_did_not_hear_is_found_and_cancelled(
    bot: DeadBot, acting: Acting
) -> None:
    bot.noted("sent", "sell", "0.1", "30000")
    await bot.hand.place("btcusd", "sell", "0.1", "30000")
    assert await acting.fates() == {"sent": OrderOutcome.CANCELLED}
    assert bot.states() == ["cancel"]


async def test_an_order_that_arrives_late_is_waited_for(sandbox: Sandbox, bot: DeadBot, acting: Acting) -> None:
    bot.noted("sent", "sell", "0.1", "30000")
    settling = asyncio.create_task(acting.fates())
    await eventually(lambda: acting.sent, "it was looked for")
    await asyncio.sleep(0.1)
    await bot.hand.place("btcusd", "sell", "0.1", "30000")
    assert await settling == {"sent": OrderOutcome.CANCELLED}


async def test_an_order_that_never_left_is_reported_as_such(bot: DeadBot, acting: Acting) -> None:
    bot.noted("never-left", "sell", "0.1", "30000")
    bot.noted("given-up", "sell", "0.2", "30000")
    bot.journal.absent("given-up")
    assert set((await acting.fates()).values()) == {OrderOutcome.ABSENT}
    assert "sell 0.1 BTC-USD at 30000: was sent, but the exchange has no such order" in acting.report


async def test_twins_are_told_from_what_the_bot_already_knows(bot: DeadBot, acting: Acting) -> None:
    """Two alike in doubt, one alike whose id is known, one alike that has ended: two are looked for, two are found."""
    ended = await bot.placed("ended", "sell", "0.1", "30000")
    await bot.hand.cancel(ended)
    await bot.sandbox.settle()
    bot.journal.close("ended")
    await bot.placed("known", "sell", "0.1", "30000")
    for name in ("twin-1", "twin-2"):
        bot.noted(name, "sell", "0.1", "30000")
        await bot.hand.place("btcusd", "sell", "0.1", "30000")
    assert await acting.fates() == dict.fromkeys(("known", "twin-1", "twin-2"), OrderOutcome.CANCELLED)
    assert bot.states() == ["cancel"] * 4


async def test_where_more_look_alike_than_are_the_bots_none_is_taken(bot: DeadBot, acting: Acting) -> None:
    bot.noted("sent", "sell", "0.1", "30000")
    for _ in range(2):
        await bot.hand.place("btcusd", "sell", "0.1", "30000")
    assert await acting.fates() == {"sent": OrderOutcome.OPEN}
    assert "cancel" not in bot.states()
    assert "orders 1, 2 all look like it" in acting.report[0]


async def test_an_order_that_was_stored_too_late_is_named_while_it_is_open(
    bot: DeadBot, acting: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The create was held up on its way for longer than the bot waits; or somebody else placed the same order."""
    monkeypatch.setattr(CONSTANTS, "REQUEST_TIMEOUT_S", -2.0)  # stored now is too late
    bot.noted("held-up", "sell", "0.1", "30000")
    bot.noted("never-left", "sell", "0.2", "30000")
    order_id = await bot.hand.place("btcusd", "sell", "0.1", "30000")
    assert await acting.fates() == {"held-up": OrderOutcome.OPEN, "never-left": OrderOutcome.ABSENT}
    assert bot.states() == ["wait"]
    assert any(f"NOT cancelled: order {order_id} looks like it" in line for line in acting.report)


async def test_an_exchange_that_does_not_answer_is_asked_until_it_does(
    sandbox: Sandbox, bot: DeadBot, acting: Acting
) -> None:
    await bot.placed("live", "sell", "0.1", "30000")
    bot.noted("sent", "sell", "0.2", "30000")
    await bot.hand.place("btcusd", "sell", "0.2", "30000")
    sandbox.go_down()
    settling = asyncio.create_task(acting.fates())
    await eventually(lambda: acting.report, "the trouble is told")
    await asyncio.sleep(0.5)
    assert len(acting.report) == 1, "but not for every request"
    assert "no usable answer" in acting.report[0]
    sandbox.come_back()
    sandbox.faults.start(FaultKind.SERVER_ERROR, status=503, html=True, count=4)
    assert set((await settling).values()) == {OrderOutcome.CANCELLED}
    assert bot.states() == ["cancel", "cancel"]


async def test_where_the_exchange_redirects_to_is_reported_and_nothing_is_sent_there(
    sandbox: Sandbox, bot: DeadBot, acting: Acting
) -> None:
    await bot.placed("live", "sell", "0.1", "30000")
    fault = sandbox.faults.start("redirect", site="https://moved.example")
    settling = asyncio.create_task(acting.fates())
    await eventually(lambda: acting.report, "the trouble is told")
    assert "The exchange moved: write https://moved.example as its address." in acting.report[0]
    sandbox.faults.stop(fault)
    assert await settling == {"live": OrderOutcome.CANCELLED}


@pytest.mark.parametrize(
    "refusal", [{"status": 403}, {"status": 404}, {"status": 422, "code": "market.order.cancel_error"}]
)
async def test_what_is_no_word_about_the_order_is_not_believed(
    sandbox: Sandbox, bot: DeadBot, acting: Acting, monkeypatch: pytest.MonkeyPatch, refusal: dict[str, Any]
) -> None:
    await bot.placed("live", "sell", "0.1", "30000")
    monkeypatch.setattr(guard_orders, "REFUSAL_LIMIT_S", 0.0)
    sandbox.faults.start("refused", method="POST", path="/market/orders/*/cancel", count=3, **refusal)
    assert await acting.fates() == {"live": OrderOutcome.CANCELLED}
    assert bot.states() == ["cancel"]


async def test_a_second_cancel_that_is_no_word_about_the_order_is_repeated(
    sandbox: Sandbox, bot: DeadBot, acting: Acting
) -> None:
    """It is what takes the order out of the engine's book."""
    await bot.placed("gone", "sell", "0.1", "30000")
    sandbox.exchange.cancel(sandbox.orders("bot")[0])
    await eventually(lambda: bot.states() == ["cancel"], "it was cancelled")
    sandbox.faults.start("refused", method="POST", path="/market/orders/*/cancel", count=2, status=404)
    assert await acting.fates() == {"gone": OrderOutcome.ENDED_BEFORE}
    assert sandbox.request_counts["POST", "/api/v2/peatio/market/orders/{id}/cancel"] == 3


async def test_a_refused_login_is_believed_after_a_while(
    bot: DeadBot, acting: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bot.placed("live", "sell", "0.1", "30000")
    bot.noted("sent", "sell", "0.2", "30000")
    monkeypatch.setattr(guard_orders, "REFUSAL_LIMIT_S", 0.3)
    acting.patient.auth._secret_key = "wrong"
    assert await acting.fates() == {"live": OrderOutcome.OPEN, "sent": OrderOutcome.OPEN}
    assert all("authz.invalid_signature" in line for line in acting.report)
    assert any("NOT cancelled" in line for line in acting.report)


async def test_a_bot_that_is_awake_again_is_left_alone(sandbox: Sandbox, bot: DeadBot, acting: Acting) -> None:
    await bot.placed("live", "sell", "0.1", "30000")
    bot.noted("sent", "sell", "0.2", "30000")
    acting.is_bot_awake = True
    with pytest.raises(BotResumed):
        await acting.fates()
    assert bot.states() == ["wait"]
    assert sandbox.request_counts["GET", "/api/v2/peatio/market/orders/{id}"] == 0


async def test_that_the_bot_is_awake_is_noticed_though_the_exchange_is_away(
    sandbox: Sandbox, bot: DeadBot, acting: Acting
) -> None:
    await bot.placed("live", "sell", "0.1", "30000")
    sandbox.go_down()
    settling = asyncio.create_task(acting.fates())
    await eventually(lambda: acting.report, "it is tried")
    acting.is_bot_awake = True
    with pytest.raises(BotResumed):
        await settling
    sandbox.come_back()


async def test_an_order_cancelled_while_pending_for_long_leaves_no_ghost(
    sandbox: Sandbox, bot: DeadBot, acting: Acting
) -> None:
    sandbox.exchange.order_processor.pause()
    bot.noted("pending", "sell", "0.1", "30000")
    order_id = await bot.hand.place("btcusd", "sell", "0.1", "30000")
    bot.journal.live("pending", str(order_id), None)
    settling = asyncio.create_task(acting.fates())
    cancels = ("POST", "/api/v2/peatio/market/orders/{id}/cancel")
    await eventually(lambda: sandbox.request_counts[cancels] >= 1, "it is cancelled all the same")
    sandbox.exchange.order_processor.resume()
    assert await settling == {"pending": OrderOutcome.CANCELLED}
    await sandbox.settle()
    assert engine_levels(sandbox, "btcusd") == ([], [])


async def test_a_cancel_waits_until_the_order_left_pending(
    sandbox: Sandbox, bot: DeadBot, acting: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "CANCEL_PENDING_LIMIT_S", 30.0)
    sandbox.exchange.order_processor.pause()
    bot.noted("pending", "sell", "0.1", "30000")
    order_id = await bot.hand.place("btcusd", "sell", "0.1", "30000")
    bot.journal.live("pending", str(order_id), None)
    settling = asyncio.create_task(acting.fates())
    reads = ("GET", "/api/v2/peatio/market/orders/{id}")
    await eventually(lambda: sandbox.request_counts[reads] >= 3, "it is looked at")
    assert sandbox.request_counts["POST", "/api/v2/peatio/market/orders/{id}/cancel"] == 0
    sandbox.exchange.order_processor.resume()
    assert await settling == {"pending": OrderOutcome.CANCELLED}


async def test_a_prompt_cancel_is_sent_once_and_a_doubtful_one_again(
    sandbox: Sandbox, bot: DeadBot, acting: Acting
) -> None:
    await bot.placed("prompt", "sell", "0.1", "30000")
    gone = await bot.placed("doubtful", "sell", "0.1", "30100")
    await bot.hand.cancel(gone)
    await sandbox.settle()
    (doubtful,) = [row for row in bot.journal.unfinished() if row.client_order_id == "doubtful"]
    bot.journal.ended(doubtful)
    cancels = ("POST", "/api/v2/peatio/market/orders/{id}/cancel")
    before = sandbox.request_counts[cancels]
    await acting.fates()
    assert sandbox.request_counts[cancels] - before == 2


async def test_one_order_that_breaks_something_does_not_leave_the_others_open(
    bot: DeadBot, acting: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bot.placed("bad", "sell", "0.1", "30000")
    await bot.placed("good", "sell", "0.1", "30100")
    order = acting.patient.rest.order

    async def breaking(order_id: str) -> object:
        if order_id == "1":
            raise ZeroDivisionError("a mistake in the guard")
        return await order(order_id)

    monkeypatch.setattr(acting.patient.rest, "order", breaking)
    assert await acting.fates() == {"bad": OrderOutcome.OPEN, "good": OrderOutcome.CANCELLED}
    assert any("a mistake in the guard" in line for line in acting.report)


@pytest.mark.parametrize(
    "column",
    [
        Column("zsmartex", API_KEY),
        Column("openfinex", JWT),
        Column("third-party-engine", JWT),
        Column("peatio-2.3", API_KEY),
    ],
    ids=lambda column: column.name,
)
async def test_a_real_bots_orders_are_found_whatever_the_exchange_calls_them(column: Column, tmp_path: Path) -> None:
    """One of them by the id in the journal, one by what it looks like."""
    ConnectionsFactory()._shared_client = None
    async with open_venue(column, tmp_path, OperatorKey(tmp_path)) as venue:
        await leave_orders(venue, ["30000"])
        ((pulse, _),) = heartbeat_records(tmp_path)
        journal = open_journal(tmp_path / JOURNAL_NAME, pulse.owner, pulse.account)
        journal.record(Intent("sent", "BTC-USD", "btcusd", False, Decimal("0.1"), Decimal("30100"), time.time()))
        async with venue.trader("bot") as hand:
            await hand.place("btcusd", "sell", "0.1", "30100")
            await hand.place("btcusd", "sell", "0.1", "30200")
        await venue.sandbox.settle()
        patient = ExchangeSession(target_of(venue, pulse.connector), Timeouts())
        try:
            settled = await OrphanedOrders(patient.rest, journal, lambda: None, lambda line: None).settle()
        finally:
            await patient.close()
        assert [one.outcome for one in settled] == [OrderOutcome.CANCELLED, OrderOutcome.CANCELLED]
        assert [order.state for order in venue.sandbox.orders("bot")] == ["cancel", "cancel", "wait"]


def target_of(venue: Venue, connector: str) -> Target:
    """The exchange as the guard finds it in the instance."""
    named_exchange = NAMED_EXCHANGES.get(connector)
    address = parse_domain(venue.sandbox.url) if named_exchange is None else named_exchange.address
    if named_exchange is not None and named_exchange.jwt is not None:
        return Target(connector, address, named_exchange.jwt, named_exchange)
    member = venue.sandbox.members["bot"]
    return Target(connector, address, Credentials(member.api_key, member.secret, "a test"), named_exchange)
