"""The bot's side of its guard: the heartbeat, and what happens after the guard has fenced the bot.

`hummingbot-peatio guard` is the other side (docs/operate/guard.md).
"""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import FencedError, PeatioError
from hummingbot.connector.exchange.peatio.common.retry import Backoff, SayOnce
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.guard.fence import Fence, FenceFile
from hummingbot.connector.exchange.peatio.guard.heartbeat import Heartbeat, HeartbeatRecord

# While the bot cannot reconcile, the reason is logged this often.
TROUBLE_PERIOD_S = 30.0


def listed(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


class Settlement(Protocol):
    """Brings the orders up to date with the exchange after a guard acted."""

    async def settle(self) -> Sequence[str]:
        """Ends every order and asks the exchange for everything.

        :return: what is still unknown: client order ids, or what could not be asked; empty where everything is known
        :raises PeatioError, OSError: when the exchange cannot be asked
        """


class DeadMansSwitch:
    """Heartbeat and fence of one owner of journal rows.

    :param folder: the instance's data folder
    :param connector: the connector's name in Hummingbot
    :param account: which account at which exchange, see `account_of`
    :param notify: shows a line to the user
    """

    def __init__(
        self,
        folder: Path,
        connector: str,
        account: str,
        settlement: Settlement,
        notify: Callable[[str], None],
        tasks: Tasks,
        sleep: Callable[[float], Awaitable[None]],
        logger: logging.Logger,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now_s = now_s
        self._folder = folder
        self._connector = connector
        self._account = account
        self._settlement = settlement
        self._notify = notify
        self._tasks = tasks
        self._sleep = sleep
        self._logger = logger
        self._heartbeat: Heartbeat | None = None
        self._fence: FenceFile | None = None
        self._owner = ""
        self._settling: asyncio.Task[None] | None = None

    @property
    def _is_settling(self) -> bool:
        return self._settling is not None and not self._settling.done()

    @property
    def is_fenced(self) -> bool:
        """Whether nothing may be placed, because of a guard."""
        return self._is_settling or (self._fence is not None and self._fence.is_up)

    def start(self, owner: str) -> None:
        """The bot runs from now on.

        :param owner: whose rows of the journal are this bot's
        """
        if self._heartbeat is None or self._owner != owner:
            self._owner = owner
            record = HeartbeatRecord(self._connector, self._account, owner, os.getpid())
            self._heartbeat = Heartbeat(self._folder, record, self._logger)
            self._fence = FenceFile(self._folder, owner)
        self._heartbeat.begin()

    def tick(self, may_settle: bool) -> None:
        """The bot's clock ticked.

        :param may_settle: False while the orders of the last run are not reconciled; they come first
        """
        if self._heartbeat is None or self._fence is None:
            return
        self._heartbeat.beat()
        if may_settle and self._fence.is_up and not self._is_settling:
            work = self._settle_and_resume(self._fence)
            self._settling = self._tasks.start(work, "reconciliation behind the guard's fence")

    def stop(self, has_open_orders: bool) -> None:
        """The bot was stopped. With orders left open it stays under guard."""
        if self._heartbeat is None:
            return
        if has_open_orders:
            self._heartbeat.pause()
        else:
            self._heartbeat.end()

    def check(self) -> None:
        """:raises FencedError: while nothing may be placed"""
        if self._is_settling:
            raise FencedError("Order placement is paused: the orders are being reconciled after the guard's cancels.")
        if self.is_fenced:
            raise FencedError(
                "Order placement is paused: this bot stood still, and its guard cancelled its orders. It resumes once "
                "every order is reconciled."
            )

    async def _settle_and_resume(self, file: FenceFile) -> None:
        """Ends when no fence stands; one that the guard puts up meanwhile is settled as well."""
        await self._settle_behind(file)
        self._notify("Every order is reconciled after the guard's cancels. Order placement resumes.")

    async def _settle_behind(self, file: FenceFile) -> None:
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        say_once = SayOnce(self._now_s, TROUBLE_PERIOD_S)
        noticed: Fence | None = None
        while True:
            try:
                fence = file.seen()
                if fence is None:
                    return
                if fence != noticed:
                    noticed = fence
                    why = f" ({fence.reason})" if fence.reason else ""
                    self._notify(
                        f"The guard considered this bot dead and cancelled its open orders{why}. No order is placed "
                        "until every order is reconciled with the exchange."
                    )
                unknown = await self._settlement.settle()
                if unknown:
                    self._report(say_once, f"waiting for {listed(unknown)}")
                elif file.take_down(fence):
                    return
            except (PeatioError, OSError) as error:
                self._report(say_once, str(error))
            except Exception as error:
                # A mistake of ours: placement stays paused, and the user learns why.
                self._report(say_once, f"unexpected error {error!r}", error)
            await self._sleep(backoff.next_s())

    def _report(self, say_once: SayOnce, reason: str, error: Exception | None = None) -> None:
        """
        :param error: one whose traceback is of use
        """
        if say_once.is_due(reason):
            self._logger.warning(f"Order placement is paused: {reason}. Retrying.", exc_info=error)
