"""What alerts are computed from, at a running bot and a running exchange."""

from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from hummingbot.connector.exchange.peatio.config import parse_domain
from hummingbot.connector.exchange.peatio.metrics.endpoint import close_endpoints
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory

from peatio_cli.alerts.losses import Market
from peatio_cli.alerts.market_prices import LONGEST_AGE_S, PERIOD_S, MarketPrices
from peatio_cli.alerts.service import AlertService, Sources
from peatio_cli.alerts.settings import AlertSettings
from peatio_cli.doctor.target import Credentials, Target
from peatio_cli.watch.bot_reader import BotReader, SelfReport
from peatio_cli.watch.self_report import self_report
from peatio_sandbox import FaultKind, Sandbox, SandboxConfig
from peatio_sandbox.exchange import engine
from test.end_to_end.broken_books import bring_snapshot, lose_an_increment
from test.end_to_end.scraping import free_port
from test.end_to_end.support import Person, person, running_bot
from test.patience import eventually
from test.peatio_cli.alerts.test_service import NoPrices, Post

PAIR = "BTC-USD"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(seed=31)) as exchange:
        yield exchange


@pytest.fixture
async def taker(sandbox: Sandbox) -> AsyncIterator[Person]:
    async with person(sandbox, "taker") as trader:
        yield trader


@pytest.fixture
async def port() -> AsyncIterator[int]:
    yield free_port()
    await close_endpoints()


@pytest.fixture
def frequent_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine publishes one with every third change, and asks for a missing one often."""
    monkeypatch.setattr(engine, "SNAPSHOT_INCREMENTS", 2)
    monkeypatch.setattr(engine, "SNAPSHOT_MIN_PERIOD_S", 0.0)


async def report_of(folder: Path) -> SelfReport | None:
    async with ClientSession() as client:
        return await self_report(folder, client)


async def answering(folder: Path, status: int, text: str, **headers: str) -> TestServer:
    """A port with metrics, which the settings in `folder` name."""
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=text, headers=headers)

    app = web.Application()
    app.router.add_get("/metrics", answer)
    server = TestServer(app)
    await server.start_server()
    (folder / "conf").mkdir(exist_ok=True)
    (folder / "conf" / "peatio.yml").write_text(f"metrics_port: {server.port}\nmetrics_host: 0.0.0.0\n")
    return server


async def test_what_a_bot_says_is_read_from_its_port(tmp_path: Path) -> None:
    assert await report_of(tmp_path) is None, "no settings, no port"
    server = await answering(tmp_path, 200, "peatio_ready 1\n")
    report = await report_of(tmp_path)
    assert report is not None
    assert report.metrics == "peatio_ready 1\n"
    await server.close()
    assert await report_of(tmp_path) is None, "nobody listens"
    (tmp_path / "conf" / "peatio.yml").write_text("metrics_port: often\n")
    assert await report_of(tmp_path) is None


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_another_answer_is_none(tmp_path: Path, status: int) -> None:
    server = await answering(tmp_path, status, "peatio_ready 1\n", Location="/elsewhere")
    assert await report_of(tmp_path) is None
    await server.close()


async def test_prices_are_the_middle_of_the_book_asked_for_once_a_minute_without_a_key(
    sandbox: Sandbox, taker: Person
) -> None:
    ConnectionsFactory()._shared_client = None  # of another test's event loop
    now_s = 0.0
    site = parse_domain(sandbox.url).site
    target = Target("peatio", parse_domain(sandbox.url), Credentials("a key", "a secret", "a test"))
    prices = MarketPrices([target], lambda: now_s)
    market = site, PAIR

    async def asked_for(*markets: Market) -> Mapping[Market, Decimal]:
        await prices.mids(markets)
        await prices.settled()
        return await prices.mids(markets)

    assert await asked_for(market, ("https://elsewhere.example", PAIR), (site, "NO-SUCH")) == {}
    await taker.place("btcusd", "buy", "0.1", "29000")
    await taker.place("btcusd", "sell", "0.1", "29500")
    await sandbox.settle()
    asked = sum(sandbox.request_counts.values())
    assert await asked_for(market) == {}, "within the minute"
    assert sum(sandbox.request_counts.values()) == asked
    now_s = PERIOD_S
    assert await asked_for(market) == {market: Decimal(29250)}
    assert sum(sandbox.request_counts.values()) == asked + 1, "the names of the markets are known"
    assert not any("a key" in str(name) for name in sandbox.request_counts)
    sandbox.faults.start(FaultKind.SERVER_ERROR, status=503)
    now_s += LONGEST_AGE_S
    assert await asked_for(market) == {market: Decimal(29250)}, "the last one, for a while"
    now_s += 0.1
    assert await asked_for(market) == {}
    await prices.close()


async def test_an_exchange_that_does_not_answer_holds_up_no_look(sandbox: Sandbox) -> None:
    ConnectionsFactory()._shared_client = None  # of another test's event loop
    sandbox.faults.start(FaultKind.LATENCY, delay_s=600)
    target = Target("peatio", parse_domain(sandbox.url), Credentials("a key", "a secret", "a test"))
    prices = MarketPrices([target])
    assert await prices.mids([(parse_domain(sandbox.url).site, PAIR)]) == {}
    assert sum(sandbox.request_counts.values()) == 0, "nothing was waited for"
    await prices.close()


@pytest.mark.usefixtures("frequent_snapshots")
async def test_a_running_bot_whose_book_breaks_is_told_and_so_is_its_end(
    sandbox: Sandbox, taker: Person, tmp_path: Path, port: int
) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "peatio.yml").write_text(f"metrics_port: {port}\n")
    (tmp_path / "data").mkdir()
    post, lines = Post(), list[str]()
    sources = Sources(BotReader(tmp_path), lambda: report_of(tmp_path), NoPrices())
    settings = AlertSettings(book_untrusted_s=1, fills=True)
    alerts = AlertService(tmp_path, settings, sources, post, lines.append, period_s=0.05)
    alerts.start()

    def told() -> list[str]:
        return [text for _, texts in post.arrived for text in texts]

    connector = ConnectorSettings(metrics_port=port)
    account = sandbox.members["bot"]
    async with running_bot(sandbox.url, account, [PAIR], settings=connector, journal_folder=tmp_path / "data") as bot:
        order_id = bot.place(PAIR, TradeType.SELL, "0.1", "30000")
        await bot.live(order_id)
        await taker.place("btcusd", "buy", "0.04", "30000")
        await eventually(lambda: told() == ["Sold 0.04 BTC-USD at 30000."], f"the fill, not {told()}")
        await lose_an_increment(sandbox, taker)
        await eventually(lambda: len(told()) == 2, "the book is told")
        assert told()[1].startswith(f"The order book of {PAIR} on peatio has not been trusted for ")
        assert "gap 1" in told()[1]
        await bring_snapshot(sandbox, taker)
        await eventually(lambda: told()[2:] == [f"The order book of {PAIR} on peatio is trusted."], "it is resolved")
        await bot.exchange.cancel_all(10)
    await eventually(lambda: told()[3:] == ["The bot was stopped; it left no order open."], f"its end, not {told()}")
    await alerts.finish(5)
    assert lines == ["alerts: this process sends them to 1 address(es)"]
