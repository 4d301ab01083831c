"""SIGKILL right before and right after every write of one order's life: its successor loses and doubles nothing."""

import multiprocessing
import signal
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.execution.intent import IntentState
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import Sandbox
from test.end_to_end.dying_bot import PART, PRICE, Key, live_and_die
from test.end_to_end.test_history import kept_ends, kept_fills
from test.end_to_end.test_orders import ledger_fills
from test.end_to_end.venue import Trader, Venue
from test.patience import eventually

#: Before and after each write: the journal's five (recorded, live, wanted cancel, fill, closed), and the three commits
#: of Hummingbot's database (created, filled, cancelled). A cancel that took long adds "ended" to them.
POINTS, MOST_POINTS = 16, 18
# Each bot is forked off one process that has Hummingbot imported and runs no event loop.
_PROCESSES = multiprocessing.get_context("forkserver")


@pytest.fixture(scope="module", autouse=True)
def _preloaded() -> None:
    _PROCESSES.set_forkserver_preload(["test.end_to_end.dying_bot"])


def recorded(database: Path, query: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


async def run_to_its_end(sandbox: Sandbox, venue: Venue, taker: Trader, database: Path, point: int) -> int | None:
    """The exit code of a bot that is killed at that point; its order, if it rests, is filled in part."""
    account = sandbox.members["bot"]
    key = Key(account.api_key, account.secret)
    process = _PROCESSES.Process(
        target=live_and_die, args=(sandbox.url, key, venue.folder, database, point), daemon=True
    )
    process.start()
    try:
        def rests() -> bool:
            return [order.state for order in sandbox.orders("bot")] == ["wait"]

        await eventually(lambda: rests() or not process.is_alive(), "the order rests, or the bot is dead", 60.0)
        await sandbox.settle()
        if rests():
            await taker.place("btcusd", "buy", PART, PRICE)
        await eventually(lambda: not process.is_alive(), "the bot ends", 60.0)
    finally:
        process.kill()
        process.join()
    return process.exitcode


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("point", range(MOST_POINTS + 1))
async def test_a_kill_at_a_write_loses_and_doubles_nothing(
    sandbox: Sandbox, venue: Venue, taker: Trader, tmp_path: Path, point: int
) -> None:
    database = tmp_path / "strategy.sqlite"
    code = await run_to_its_end(sandbox, venue, taker, database, point)
    if point < POINTS:
        assert code == -signal.SIGKILL
    elif point == MOST_POINTS:
        assert code == 0, "there are no more writes"
    async with venue.running_bot(database=database) as successor:
        journal = successor.exchange._engine.journal
        await eventually(
            lambda: all(row.state is IntentState.ABSENT for row in journal.unfinished()), "every order is settled"
        )
        assert len(sandbox.orders("bot")) <= 1
        assert {order.state for order in sandbox.orders("bot")} <= {"cancel"}
        assert len(successor.of(MarketEvent.OrderFilled)) <= 1
    fills = recorded(database, "SELECT exchange_trade_id FROM TradeFill")
    assert fills == [(str(fill.trade_id),) for fill in sandbox.fills("bot")], "each fill is recorded once"
    assert kept_fills(venue.folder) == ledger_fills(sandbox)
    assert sum((fill.amount for fill in sandbox.fills("bot")), Decimal(0)) in (Decimal(0), Decimal(PART))
    if sandbox.orders("bot"):
        assert recorded(database, 'SELECT last_status FROM "Order"') == [("OrderCancelled",)]
        assert list(kept_ends(venue.folder).values()) == ["cancelled"]
    async with venue.running_bot(database=database) as third:
        assert third.events == [], "nothing is left to report again"
