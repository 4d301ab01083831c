"""A new API key: the orders of the last run are the same account's, or somebody else's."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import Sandbox, SandboxConfig
from test.end_to_end.support import Account, Bot, person, running_bot
from test.patience import eventually

SELL = TradeType.SELL
#: The last tells whose key it is, the other does not.
DIALECTS = pytest.mark.parametrize("dialect", ["peatio-3.0", "peatio-3.1"])


@pytest.fixture
async def server(dialect: str) -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(seed=11, dialect=dialect)) as exchange:
        yield exchange
    assert exchange.handler_errors == []


@pytest.fixture(autouse=True)
def short_lookups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONSTANTS, "LOOKUP_LIMIT_S", 1.0)


def bot_of(server: Sandbox, account: Account, folder: Path) -> AbstractAsyncContextManager[Bot]:
    return running_bot(server.url, account, ["BTC-USD"], journal_folder=folder)


async def leave_order(server: Sandbox, folder: Path) -> str:
    async with bot_of(server, server.members["bot"], folder) as bot:
        order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
        await bot.live(order_id)
    return order_id


def journal_rows(folder: Path) -> list[tuple[str, str]]:
    database = sqlite3.connect(folder / JOURNAL_NAME)
    rows = database.execute("SELECT client_order_id, state FROM intents").fetchall()
    database.close()
    return rows


def forget_accounts(folder: Path) -> None:
    """As an earlier version left the journal."""
    database = sqlite3.connect(folder / JOURNAL_NAME)
    database.execute("DELETE FROM meta WHERE key LIKE 'account %'")
    database.commit()
    database.close()


@DIALECTS
@pytest.mark.parametrize("is_noted", [True, False])
async def test_a_new_key_of_the_same_account_settles_the_orders_of_the_old_one(
    server: Sandbox, tmp_path: Path, is_noted: bool
) -> None:
    order_id = await leave_order(server, tmp_path)
    if not is_noted:
        forget_accounts(tmp_path)
    async with bot_of(server, server.add_key("bot"), tmp_path) as bot:
        await bot.event(MarketEvent.OrderCancelled, order_id)
        assert [order.state for order in server.orders("bot")] == ["cancel"]
        await eventually(lambda: journal_rows(tmp_path) == [], "the row is closed")


@DIALECTS
@pytest.mark.parametrize("is_noted", [True, False])
async def test_a_key_of_another_account_leaves_them_and_says_whose_they_are(
    server: Sandbox, tmp_path: Path, is_noted: bool, caplog: pytest.LogCaptureFixture
) -> None:
    order_id = await leave_order(server, tmp_path)
    if not is_noted:
        forget_accounts(tmp_path)
    async with bot_of(server, server.members["taker"], tmp_path) as bot:
        await bot.live(bot.place("BTC-USD", SELL, "0.1", "31000"))
        assert not [event for event in bot.events if getattr(event[1], "order_id", "") == order_id]
        assert (order_id, "live") in journal_rows(tmp_path)
        assert [order.state for order in server.orders("bot")] == ["wait"]
    named = f"{order_id} (key {server.members['bot'].api_key[:4]}…)" if is_noted else order_id
    assert f"another API key and are not known to be this account's: {named}. " in caplog.text
    assert server.members["bot"].api_key not in caplog.text
    async with bot_of(server, server.members["bot"], tmp_path) as owner:
        await owner.event(MarketEvent.OrderCancelled, order_id)


@DIALECTS
async def test_a_fill_that_waits_for_its_strategy_is_recorded_with_the_new_key(
    server: Sandbox, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.sqlite", tmp_path / "second.sqlite"
    old = server.members["bot"]
    async with running_bot(server.url, old, ["BTC-USD"], journal_folder=tmp_path, database=first) as bot:
        order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
        await bot.live(order_id)
    async with person(server, "taker") as taker:
        await taker.place("btcusd", "buy", "0.04", "30000")
    async with running_bot(server.url, old, ["BTC-USD"], journal_folder=tmp_path, database=second) as other:
        await eventually(lambda: not other.exchange._engine.journal.unfinished(), "its end is known")
    new = server.add_key("bot")
    async with running_bot(server.url, new, ["BTC-USD"], journal_folder=tmp_path, database=first) as again:
        await again.event(MarketEvent.OrderCancelled, order_id)
        assert len(again.of(MarketEvent.OrderFilled, order_id)) == 1
        await eventually(lambda: journal_rows(tmp_path) == [], "the row is closed")
