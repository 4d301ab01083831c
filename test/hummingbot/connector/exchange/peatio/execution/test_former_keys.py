"""Rows of another API key: who may take them, and that a look at them keeps nobody from his own."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.common.errors import NoRouteError, NotFoundError
from hummingbot.connector.exchange.peatio.execution import journal_lock
from hummingbot.connector.exchange.peatio.execution.former_keys import FormerKeys
from hummingbot.connector.exchange.peatio.execution.intent import Intent
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME, JournalFile
from hummingbot.connector.exchange.peatio.execution.journal_lock import account_of, acquire

from test.hummingbot.connector.exchange.peatio.execution.test_intent_journal import CLAIM_AND_WAIT, intent
from test.journals import open_journal

LOGGER = logging.getLogger("test")
SITE = "https://exchange.example"


class SlowExchange:
    """Knows no order of this key, and says so when it is let."""

    def __init__(self) -> None:
        self.is_asked = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def member_uid(self) -> str:
        raise NoRouteError("GET account/members/me", 404)

    async def order(self, order_id: str) -> Any:
        self.is_asked.set()
        await self.may_answer.wait()
        raise NotFoundError(f"GET market/orders/{order_id}", 404, ["record.not_found"])


class Bot:
    """The journal of a bot with the key `login`, and its look at other keys' rows."""

    def __init__(self, folder: Path, login: str, rest: Any, listener: Any = None) -> None:
        account = account_of(SITE, login)
        lock = acquire(folder, "instance", account)
        assert lock is not None
        self.lock = lock
        self.journal = IntentJournal(
            lambda: JournalFile(folder / JOURNAL_NAME, lock.owner, account), LOGGER, listener=listener
        )
        self.journal.open()
        self.said: list[str] = []
        self.former_keys = FormerKeys(
            folder, SITE, login, rest, self.journal, self.said.append, asyncio.sleep, LOGGER
        )


@pytest.fixture(autouse=True)
def _no_locks_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_lock, "_held", {})


def leave_order(folder: Path, account: str) -> str:
    """As another process: the owner of a live order."""
    command = [sys.executable, "-c", CLAIM_AND_WAIT.replace('"account"', repr(account)), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        owner = other.stdout.readline().strip()
        journal = open_journal(folder / JOURNAL_NAME, owner, account)
        journal.record(intent("theirs"))
        journal.live("theirs", "7", None)
        journal.close_file()
        os.kill(other.pid, signal.SIGKILL)
    return owner


async def test_who_looked_at_rows_of_another_key_leaves_them_to_their_bot(tmp_path: Path) -> None:
    """The user is told to start the bot with that key; mostly that is another process."""
    owner = leave_order(tmp_path, account_of(SITE, "theirs"))
    exchange = SlowExchange()
    exchange.may_answer.set()
    bot = Bot(tmp_path, "ours", exchange)
    await bot.former_keys.take_over()
    assert "not known to be this account's: theirs" in bot.said[0]
    assert owner_of_next_bot(tmp_path, account_of(SITE, "theirs")) == owner


def owner_of_next_bot(folder: Path, account: str) -> str:
    command = [sys.executable, "-c", CLAIM_AND_WAIT.replace('"account"', repr(account)), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        owner = other.stdout.readline().strip()
        os.kill(other.pid, signal.SIGKILL)
    return owner


async def test_a_bot_that_starts_during_the_look_gets_its_own_rows(tmp_path: Path) -> None:
    """Two keys of one exchange in one process, started together after a crash."""
    owner = leave_order(tmp_path, account_of(SITE, "theirs"))
    exchange = SlowExchange()
    bot = Bot(tmp_path, "ours", exchange)
    look = asyncio.create_task(bot.former_keys.take_over())
    await exchange.is_asked.wait()
    theirs = Bot(tmp_path, "theirs", exchange)
    assert theirs.lock.owner == owner
    exchange.may_answer.set()
    await look
    assert bot.journal.unfinished() == []
    assert [row.client_order_id for row in theirs.journal.unfinished()] == ["theirs"]


class Reservations:
    def __init__(self) -> None:
        self.reserved: list[str] = []

    def on_intent_open(self, intent: Intent) -> None:
        self.reserved.append(intent.client_order_id)

    def on_intent_over(self, intent: Intent) -> None: ...


async def test_rows_that_are_taken_over_reserve_funds(tmp_path: Path) -> None:
    owner = leave_order(tmp_path, account_of(SITE, "old key"))
    reservations = Reservations()
    bot = Bot(tmp_path, "new key", SlowExchange(), reservations)
    bot.journal.take_over(owner)
    assert reservations.reserved == ["theirs"]
