"""A bot in a process of its own that is killed at one of its writes to the journal or to Hummingbot's database."""

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import Any

from hummingbot.connector.exchange.peatio.execution.journal_file import JournalFile
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent
from sqlalchemy import event
from sqlalchemy.orm import Session

from test.end_to_end.support import running_bot

PRICE, AMOUNT, PART = "30000", "0.1", "0.04"


@dataclass(frozen=True)
class Key:
    """An account's login, as a process can be given it."""

    api_key: str
    secret: str


class Executioner:
    """Kills this process at a point: right before a write or right after it, by their number."""

    def __init__(self, point: int) -> None:
        self._left = point

    def pass_point(self, *of: Any) -> None:
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1

    def watch(self) -> None:
        for name in ("insert", "update", "update_all", "close_row", "fill"):
            setattr(JournalFile, name, self._around(getattr(JournalFile, name)))
        event.listen(Session, "before_commit", self.pass_point)
        event.listen(Session, "after_commit", self.pass_point)

    def _around(self, write: Callable[..., None]) -> Callable[..., None]:
        @wraps(write)
        def watched(*of: Any, **with_: Any) -> None:
            self.pass_point()
            write(*of, **with_)
            self.pass_point()

        return watched


def live_and_die(url: str, key: Key, folder: Path, database: Path, point: int) -> None:
    """One order's life: placed, filled in part by somebody else, cancelled. Returns where it was not killed."""
    asyncio.run(_live(url, key, folder, database, point))


async def _live(url: str, key: Key, folder: Path, database: Path, point: int) -> None:
    async with running_bot(url, key, ["BTC-USD"], journal_folder=folder, database=database) as bot:
        Executioner(point).watch()
        order_id = bot.place("BTC-USD", TradeType.SELL, AMOUNT, PRICE)
        await bot.event(MarketEvent.OrderFilled, order_id)
        assert bot.order(order_id).executed_amount_base == Decimal(PART)
        bot.exchange.cancel("BTC-USD", order_id)
        await bot.event(MarketEvent.OrderCancelled, order_id)
