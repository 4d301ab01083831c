"""What Prometheus reads from a trading bot, compared with what happened."""

import logging
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.metrics import endpoint as peatio_metrics_endpoint
from hummingbot.connector.exchange.peatio.metrics import state
from hummingbot.connector.exchange.peatio.metrics.catalog import METRICS
from hummingbot.connector.exchange.peatio.metrics.endpoint import close_endpoints
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, Venue
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import FaultKind, Sandbox
from peatio_sandbox.exchange import engine
from test.end_to_end.broken_books import bring_snapshot, lose_an_increment
from test.end_to_end.scraping import free_port, scrape, scraped_text
from test.end_to_end.support import Bot, Person, running_bot
from test.patience import eventually

BUY, SELL = TradeType.BUY, TradeType.SELL
PAIR, MARKET = "BTC-USD", "btcusd"
CREATE: dict[str, Any] = {"path": "/market/orders", "method": "POST", "member": "bot", "count": 1}

pytestmark = pytest.mark.usefixtures("short_waits")

#: So many requests at most are under way at a time: a poll of orders and trades, one of the balances, two creates.
UNDER_WAY = 5


@pytest.fixture(autouse=True)
def frequent_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine publishes one with every third change, and asks for a missing one often.

    A lookup takes longer than any answer here.
    """
    monkeypatch.setattr(engine, "SNAPSHOT_INCREMENTS", 2)
    monkeypatch.setattr(engine, "SNAPSHOT_MIN_PERIOD_S", 0.0)
    monkeypatch.setattr(CONSTANTS, "SNAPSHOT_TIMEOUT_S", 0.5)
    monkeypatch.setattr(CONSTANTS, "BACKOFF_START_S", 0.5)


@pytest.fixture
async def port(caplog: pytest.LogCaptureFixture) -> AsyncIterator[int]:
    caplog.set_level(logging.INFO)
    yield free_port()
    await close_endpoints()


async def lose_an_answer(bot: Bot, sandbox: Sandbox) -> str:
    sandbox.faults.start(FaultKind.ANSWER_LOST, **CREATE)
    order_id = bot.place(PAIR, SELL, "0.1", "30000")
    await bot.live(order_id)
    return order_id


async def fill_unseen(bot: Bot, sandbox: Sandbox, taker: Person) -> None:
    """A fill that the private stream does not tell of and the next poll finds."""
    lost = sandbox.faults.start(FaultKind.EVENTS_LOST, probability=1.0)
    fills = len(sandbox.fills("bot"))
    await taker.place(MARKET, "buy", "0.02", "30000")
    await eventually(lambda: len(sandbox.fills("bot")) > fills, "the fill")
    await bot.exchange._update_order_status()
    sandbox.faults.stop(lost)


async def drop_connections(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.faults.start(FaultKind.WEBSOCKET_DROP, duration_s=0.2)
    await eventually(lambda: not bot.exchange.ready, "the connections are gone")
    await eventually(lambda: bot.exchange.ready, "and back")


async def test_what_is_read_is_what_happened(sandbox: Sandbox, taker: Person, port: int) -> None:
    settings = ConnectorSettings(metrics_port=port)
    async with running_bot(sandbox.url, sandbox.members["bot"], [PAIR, "DOGE-BTC"], settings=settings) as bot:
        sold = await lose_an_answer(bot, sandbox)
        await taker.place(MARKET, "buy", "0.03", "30000")
        await eventually(lambda: len(bot.of(MarketEvent.OrderFilled)) == 1, "a fill that the stream told of")
        await fill_unseen(bot, sandbox, taker)
        await lose_an_increment(sandbox, taker)
        await eventually(lambda: not bot.exchange.ready, "the gap is seen")
        broken = await scrape(port)
        await bring_snapshot(sandbox, taker)
        await eventually(lambda: bot.exchange.ready, "the book is back")
        await drop_connections(bot, sandbox)
        requests_before, made_before = sum(sandbox.request_counts.values()), bot.exchange._throttler.calls
        bought = bot.place(PAIR, BUY, "0.1", "27000")
        await bot.live(bought)
        bot.exchange.cancel(PAIR, bought)
        await bot.event(MarketEvent.OrderCancelled, bought)
        refused = bot.place(PAIR, BUY, "1000000", "29000")
        await bot.event(MarketEvent.OrderFailure, refused)
        requests = sum(sandbox.request_counts.values()) - requests_before
        made = bot.exchange._throttler.calls
        read = await scrape(port)
        made_after = bot.exchange._throttler.calls
        health = bot.exchange.order_book_tracker.health[PAIR]

    def of(name: str, **labels: str) -> float:
        return read.value(name, connector="peatio", market=PAIR, **labels)

    assert of("peatio_placements_total", result="placed") == 2
    assert of("peatio_placements_total", result="refused") == 1
    assert of("peatio_placements_total", result="absent") == 0
    assert of("peatio_placement_seconds_count") == 2
    assert of("peatio_placement_seconds_sum") > CONSTANTS.BACKOFF_START_S / 2, "the lookup's first pause is in it"
    assert of("peatio_placement_seconds_bucket", le="+Inf") == 2
    assert of("peatio_placement_seconds_bucket", le="0.1") <= 1, "the lookup took longer"
    assert of("peatio_ambiguous_outcomes_total", request="create") == 1
    assert of("peatio_lookups_total") >= 1
    assert of("peatio_cancels_total", result="accepted") == 1
    assert of("peatio_fills_total") == len(sandbox.fills("bot")) == 2
    assert of("peatio_drift_total", found="fill") == 1
    assert of("peatio_drift_total", found="end") == 0
    assert of("peatio_open_orders") == 1, sold
    assert of("peatio_book_faults_total", fault="gap") == 1
    assert of("peatio_book_faults_total", fault="connection") == 1
    assert of("peatio_book_resyncs_total") == health.counts.resyncs >= 1
    assert of("peatio_book_untrusted_seconds_total") == pytest.approx(health.counts.invalid_s)
    assert of("peatio_book_followed") == 1
    assert of("peatio_book_increments_total") > 0
    assert broken.value("peatio_book_followed", market=PAIR) == 0
    assert broken.value("peatio_ready") == 0
    assert read.value("peatio_ready") == 1
    assert read.value("peatio_placements_total", market="DOGE-BTC", result="placed") == 0, "zero before the first one"
    for stream in ("public", "private"):
        assert read.value("peatio_stream_reconnects_total", stream=stream) == 1
        assert read.value("peatio_stream_connected", stream=stream) == 1
    assert read.value("peatio_request_failures_total", kind="no_answer") == 1
    assert read.value("peatio_request_failures_total", kind="refused") == 1
    total = read.value("peatio_requests_total")
    assert made <= total <= made_after
    assert made - made_before == pytest.approx(requests, abs=UNDER_WAY), "polls may be under way"
    assert requests >= 3
    assert read.value("peatio_request_budget") == 6000
    assert read.value("peatio_request_budget_left") == 6000 - total
    assert abs(read.value("peatio_clock_offset_seconds")) < 1.5, "the exchange tells whole seconds"


async def test_nothing_that_is_read_tells_of_keys_accounts_or_orders(sandbox: Sandbox, port: int) -> None:
    settings = ConnectorSettings(metrics_port=port)
    async with running_bot(sandbox.url, sandbox.members["bot"], [PAIR], settings=settings) as bot:
        order_id = bot.place(PAIR, BUY, "0.1", "29000")
        await bot.live(order_id)
        read = await scrape(port)
    member = sandbox.members["bot"]
    for private in (member.api_key, member.secret, member.uid, member.email, order_id):
        assert private not in read.text
    known = {each.name: {"connector", *each.labels} for each in METRICS}
    for family in read.families:
        if family.name.startswith("process_"):
            continue
        name = family.name + ("_total" if family.type == "counter" else "")
        for sample in family.samples:
            assert set(sample.labels) - {"le"} == known[name]


async def test_two_connectors_of_a_process_are_told_apart(
    sandbox: Sandbox, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    north = Venue(name="peatio_north", domain=sandbox.url)
    monkeypatch.setitem(NAMED_EXCHANGES, north.name, north)
    settings = ConnectorSettings(metrics_port=port)
    async with (
        running_bot(sandbox.url, sandbox.members["bot"], [PAIR], settings=settings),
        running_bot(
            sandbox.url,
            sandbox.members["maker"],
            ["ETH-USD"],
            settings=settings,
            domain=north.name,
            closes_client=False,
        ),
    ):
        read = await scrape(port)
    assert read.value("peatio_ready", connector="peatio") == 1
    assert read.value("peatio_ready", connector="peatio_north") == 1
    assert read.value("peatio_book_followed", connector="peatio_north", market="ETH-USD") == 1


async def test_a_port_that_is_taken_is_said_once_and_used_when_it_is_free(
    sandbox: Sandbox, port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(peatio_metrics_endpoint, "RETRY_S", 0.001)
    settings = ConnectorSettings(metrics_port=port)
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        async with running_bot(sandbox.url, sandbox.members["bot"], [PAIR], settings=settings) as bot:
            await eventually(lambda: said(f"http://127.0.0.1:{port}/metrics cannot be used", caplog), "it is said")
            await bot.live(bot.place(PAIR, BUY, "0.1", "29000"))
            other.close()
            await eventually(lambda: said("Prometheus can read the metrics", caplog), "the port is free")
            assert (await scrape(port)).value("peatio_open_orders", market=PAIR) == 1
    assert said("cannot be used", caplog) == 1


async def test_a_bot_trades_without_the_library_and_says_what_to_install(
    sandbox: Sandbox, port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    settings = ConnectorSettings(metrics_port=port)
    async with running_bot(sandbox.url, sandbox.members["bot"], [PAIR], settings=settings) as bot:
        await bot.live(bot.place(PAIR, BUY, "0.1", "29000"))
        await eventually(lambda: said("pip install hummingbot-peatio[metrics]", caplog) == 1, "it is said")
        with pytest.raises(aiohttp.ClientConnectorError):
            await scraped_text(port)


async def test_there_are_no_metrics_without_the_setting(sandbox: Sandbox, bot: Bot) -> None:
    assert ConnectorSettings().metrics_port == 0
    assert not peatio_metrics_endpoint._ENDPOINTS


def said(text: str, caplog: pytest.LogCaptureFixture) -> int:
    return sum(text in record.getMessage() for record in caplog.records)


async def test_the_bots_state_is_said_in_words_to_this_machine_only(
    sandbox: Sandbox, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why it is not ready, and the strategy's status text where it is asked for."""

    class Strategy:
        def format_status(self) -> str:
            return "  Markets: two quotes"

    monkeypatch.setattr(state, "running_strategy", Strategy)
    settings = ConnectorSettings(metrics_port=port)
    async with running_bot(sandbox.url, sandbox.members["bot"], [PAIR], settings=settings) as bot:
        url = f"http://127.0.0.1:{port}/state"
        async with aiohttp.ClientSession() as session:

            async def said(query: str = "") -> Any:
                async with session.get(url + query) as response:
                    assert response.status == 200
                    return await response.json()

            assert await said() == {"waits_for": {"peatio": []}}
            told = await said("?status=1")
            assert (told["strategy"], told["status"]) == ("Strategy", "  Markets: two quotes")
            monkeypatch.setattr(Strategy, "format_status", lambda self: 1 / 0)
            assert (await said("?status=1"))["status"] == ""
            monkeypatch.setattr(type(bot.exchange), "status_dict", property(lambda self: {"a": True, "b": False}))
            assert await said() == {"waits_for": {"peatio": ["b"]}}
            async with session.get(url, headers={"Host": "site.example"}) as response:
                assert response.status == 403
            monkeypatch.setattr(state, "_is_loopback", lambda remote: remote == "192.0.2.1")
            async with session.get(url) as response:
                assert response.status == 403


@pytest.mark.parametrize(
    ("remote", "is_own"),
    [("127.0.0.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("192.0.2.1", False), ("fe80::1%eth0", False),
     (None, False), ("", False)],
)  # fmt: skip
def test_who_asks_from_this_machine(remote: str | None, is_own: bool) -> None:
    assert state._is_loopback(remote) is is_own
