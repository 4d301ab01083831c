"""One sandbox a test, on a port of its own; a mistake inside it fails the test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hummingbot import set_data_path  # type: ignore[attr-defined]
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.exchange import engine
from test.end_to_end.paces import quicken
from test.end_to_end.support import Bot, Person, person
from test.end_to_end.venue import Venue, usual_venue
from test.patience import eventually


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(seed=11)) as exchange:
        yield exchange
    assert exchange.handler_errors == []


@pytest.fixture(autouse=True)
def short_paces(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connector's pauses between attempts and polls; a test that is about them sets its own."""
    quicken(monkeypatch)


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connector's waiting times, short enough to be sat out."""
    monkeypatch.setattr(CONSTANTS, "REQUEST_TIMEOUT_S", 1.0)
    monkeypatch.setattr(CONSTANTS, "LOOKUP_LIMIT_S", 2.0)
    monkeypatch.setattr(CONSTANTS, "END_EVENT_LATE_S", 0.5)
    monkeypatch.setattr(CONSTANTS, "CANCEL_PENDING_LIMIT_S", 1.0)


@pytest.fixture
def venue(sandbox: Sandbox, data_folder: Path) -> Venue:
    return usual_venue(sandbox, data_folder)


@pytest.fixture
async def bot(venue: Venue) -> AsyncIterator[Bot]:
    async with venue.running_bot(("BTC-USD", "DOGE-BTC")) as running:
        yield running


@pytest.fixture
async def taker(sandbox: Sandbox) -> AsyncIterator[Person]:
    async with person(sandbox, "taker") as someone:
        yield someone


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Path:
    """Hummingbot's data folder, with the order journal in it: one a test.

    Its HTTP client is one a process; what another test's event loop left of it is of no use here.
    """
    set_data_path(str(tmp_path))
    ConnectionsFactory()._shared_client = None
    return tmp_path


@pytest.fixture
def short_book_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a book waits for. Engines publish snapshots more often than real ones with `frequent_snapshots`."""
    for name, value in {
        "BOOK_TICK_S": 0.05,
        "CROSSED_LIMIT_S": 0.3,
        "SILENCE_BEFORE_TRADE_S": 0.3,
        "SILENCE_AFTER_TRADE_S": 0.3,
        "QUIET_AFTER_S": 0.5,
        "QUIET_CHECK_S": 0.5,
        "QUIET_CHECK_GAP_S": 0.1,
        "REST_BOOK_PERIOD_S": 1.1,  # the exchange's clock counts whole seconds
        "DEPTH_QUIET_S": 0.2,
        "QUOTES_PULLED_AFTER_S": 0.3,
        "SNAPSHOT_TIMEOUT_S": 0.5,
        "BACKOFF_MAXIMUM_S": 1.0,
    }.items():
        monkeypatch.setattr(CONSTANTS, name, value)


@pytest.fixture
def frequent_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine publishes one with every third change."""
    monkeypatch.setattr(engine, "SNAPSHOT_INCREMENTS", 2)
    monkeypatch.setattr(engine, "SNAPSHOT_MIN_PERIOD_S", 0.0)


@pytest.fixture
async def maker(sandbox: Sandbox) -> AsyncIterator[Person]:
    async with person(sandbox, "maker") as someone:
        yield someone


@pytest.fixture
async def two_sides(short_book_times: None, bot: Bot, taker: Person) -> None:
    """Somebody's bid and ask, far apart, are in the bot's book."""
    await taker.place("btcusd", "sell", "1", "31000")
    await taker.place("btcusd", "buy", "1", "29000")
    await eventually(lambda: bot.exchange.get_price("BTC-USD", True) == 31000, "the ask is there")
    await eventually(lambda: bot.exchange.get_price("BTC-USD", False) == 29000, "the bid is there")
