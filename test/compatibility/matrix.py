"""Plays every scenario in every column and keeps what came of each."""

import asyncio
import functools
import inspect
import logging
import tempfile
import traceback
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.http import jwt_auth as peatio_jwt
from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory

from peatio_sandbox import Sandbox
from test import patience
from test.compatibility.columns import COLUMNS, PEGGED_COLUMNS, Column, OperatorKey, open_venue
from test.compatibility.differences import DIFFERENCES, Difference
from test.end_to_end import (
    test_batches,
    test_limit_maker,
    test_login,
    test_orders,
    test_pegged_market,
    test_reliability,
    test_restart,
    test_streams,
)
from test.end_to_end.pegged import PEGGED, PEGGED_PAIRS
from test.end_to_end.scenarios import PEGGED_SCENARIOS, SCENARIOS, Scenario
from test.end_to_end.support import Bot, engine_levels
from test.end_to_end.venue import Insider, Venue
from test.patience import eventually

# Where the scenarios stand; importing a module registers its own.
SCENARIO_MODULES = (
    test_login,
    test_orders,
    test_limit_maker,
    test_batches,
    test_reliability,
    test_restart,
    test_streams,
    test_pegged_market,
)
# They mostly wait: twenty keep one core two thirds busy.
AT_A_TIME = 20
# For one wait of a scenario, and for all of it.
PATIENCE_S, LIMIT_S = 45.0, 100.0
# The connector's waiting times: short enough to be sat out, long enough for a dozen scenarios on one busy core.
SHORT_TIMES = {
    "REQUEST_TIMEOUT_S": 4.0,
    "LOOKUP_LIMIT_S": 2.0,
    "CANCEL_PENDING_LIMIT_S": 1.0,
    "ACK_TIMEOUT_S": 3.0,
    "SNAPSHOT_TIMEOUT_S": 1.0,
    "BACKOFF_START_S": 0.2,
    "BACKOFF_MAXIMUM_S": 1.0,
    "BALANCE_REFRESH_DELAY_S": 0.2,
    "CANCEL_REPEAT_MAXIMUM_S": 1.0,
    "POLLS_INTERVAL_S": 2.0,
    "PLACE_RETRY_LIMIT_S": 2.0,
    "RESIZE_LOOKS_S": 1.0,
    "REPLACEMENT_LIMIT_S": 1.5,
}
POLL_INTERVAL_S = 1.0

_records: ContextVar[list[logging.LogRecord]] = ContextVar("records")


@dataclass(frozen=True)
class Cell:
    """:ivar difference: why this column plays something else; "" where it plays the scenario itself"""

    scenario: Scenario
    column: Column

    @property
    def name(self) -> str:
        return f"{self.column.name}: {self.scenario.name}"

    @property
    def difference(self) -> str:
        difference = difference_of(self)
        return "" if difference is None else difference.reason


def difference_of(cell: Cell) -> Difference | None:
    return None if cell.column.telling is not None else DIFFERENCES.get((cell.scenario.name, cell.column.dialect))


def all_cells() -> list[Cell]:
    return [
        *(Cell(scenario, column) for column in COLUMNS for scenario in SCENARIOS.values()),
        *(Cell(scenario, column) for column in PEGGED_COLUMNS for scenario in PEGGED_SCENARIOS.values()),
    ]


async def play_all(cells: Iterable[Cell]) -> dict[Cell, str]:
    """Plays the cells, several at a time; "" for one that went as it should, else what went wrong."""
    waiting = asyncio.Semaphore(AT_A_TIME)
    with tempfile.TemporaryDirectory(prefix="peatio-compatibility-") as name, _short_times(), _records_kept():
        key = OperatorKey(Path(name))
        # Hummingbot's HTTP client is one a process; what another event loop left of it is of no use here.
        ConnectionsFactory()._shared_client = None

        async def play(number: int, cell: Cell) -> tuple[Cell, str]:
            async with waiting:
                folder = Path(name) / str(number)
                folder.mkdir()
                return cell, await _outcome(cell, folder, key)

        try:
            return dict(await asyncio.gather(*[play(number, cell) for number, cell in enumerate(cells)]))
        finally:
            await ConnectionsFactory().close()


async def _outcome(cell: Cell, folder: Path, key: OperatorKey) -> str:
    """What went wrong, as a traceback; exceptions of a sandbox's workers and errors in the log count as well."""
    records: list[logging.LogRecord] = []
    _records.set(records)
    try:
        async with asyncio.timeout(LIMIT_S), open_venue(cell.column, folder, key) as venue:
            await _play(cell, venue)
        crashes = [record.getMessage() for record in records if record.exc_info and "peatio" in record.name]
        assert not crashes, f"tracebacks in the log: {crashes}"
    except Exception:
        log = "\n".join(f"{record.levelname} {record.getMessage()}" for record in records)
        return f"{cell.name}\n{traceback.format_exc()}\nlogged:\n{log}"
    return ""


async def _play(cell: Cell, venue: Venue) -> None:
    scenario, difference = cell.scenario, difference_of(cell)
    play = scenario.play if difference is None else difference.play
    arguments = dict(scenario.arguments)
    wanted = inspect.signature(play).parameters
    async with AsyncExitStack() as stack:
        if "bot" in wanted:
            arguments["bot"] = await stack.enter_async_context(_bot(venue, is_pegged=cell.column.telling is not None))
        arguments |= {"sandbox": venue.sandbox, "venue": venue, "taker": Insider(venue.sandbox, "taker")}
        await play(**{name: value for name, value in arguments.items() if name in wanted})
    await _engines_are_emptied(venue.sandbox)


@asynccontextmanager
async def _bot(venue: Venue, *, is_pegged: bool) -> AsyncIterator[Bot]:
    pairs, settings = (PEGGED_PAIRS, PEGGED) if is_pegged else (("BTC-USD", "DOGE-BTC"), None)
    async with venue.running_bot(pairs, settings=settings) as bot:
        yield bot
        await _all_is_settled(venue.sandbox, bot)


async def _all_is_settled(sandbox: Sandbox, bot: Bot) -> None:
    """The end of every scenario: nothing of the bot's stays open, fills equal the ledger, funds are exact."""
    sandbox.faults.stop()
    results = await bot.exchange.cancel_all(20)
    assert all(result.success for result in results), "all is cancelled"
    await eventually(lambda: not bot.exchange.in_flight_orders, "every order has ended")
    await sandbox.settle()
    assert [order.id for order in sandbox.orders("bot") if order.state in ("pending", "wait")] == []
    assert test_orders.reported_fills(bot, sandbox) == test_orders.ledger_fills(sandbox)

    def are_exact() -> bool:
        return all(
            bot.available(currency.upper()) == free and bot.exchange.get_balance(currency.upper()) == free + locked
            for currency, (free, locked) in sandbox.balances("bot").items()
        )

    await eventually(are_exact, "the balances are exact")


async def _engines_are_emptied(sandbox: Sandbox) -> None:
    """Once everybody's orders are cancelled, nothing stands in an engine's book: there are no ghosts."""
    for name in sandbox.members:
        for order in sandbox.orders(name):
            if order.state == "wait":
                sandbox.exchange.cancel(order)
    await sandbox.settle()
    for symbol in sandbox.exchange.markets:
        assert engine_levels(sandbox, symbol) == ([], []), f"ghosts in the engine of {symbol}"


@contextmanager
def _short_times() -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(patch.object(patience, "TIMEOUT_S", PATIENCE_S))
        # Reading an RSA key takes tens of milliseconds, for checks that have their own tests.
        stack.enter_context(patch.object(peatio_jwt, "_signing_key", functools.cache(peatio_jwt._signing_key)))
        for name, value in SHORT_TIMES.items():
            stack.enter_context(patch.object(CONSTANTS, name, value))
        stack.enter_context(patch.object(ExchangePyBase, "SHORT_POLL_INTERVAL", POLL_INTERVAL_S))
        yield


class _Keeper(logging.Handler):
    """Puts a record into the list of whoever is playing where it is made."""

    def emit(self, record: logging.LogRecord) -> None:
        records = _records.get(None)
        if records is not None:
            records.append(record)


@contextmanager
def _records_kept() -> Iterator[None]:
    keeper = _Keeper(logging.WARNING)
    root = logging.getLogger()
    root.addHandler(keeper)
    try:
        yield
    finally:
        root.removeHandler(keeper)
