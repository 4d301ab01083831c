"""What a bot does for its guard: its heart beats, and it notices when the guard took it for dead.

`hummingbot-peatio guard` is the other end (docs/operate/guard.md).
"""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import FencedError, PeatioError
from hummingbot.connector.exchange.peatio.common.retry import Backoff, SayOnce
from hummingbot.connector.exchange.peatio.guard.fence import Fence, FenceFile
from hummingbot.connector.exchange.peatio.guard.heartbeat import Heartbeat, HeartbeatRecord
from hummingbot.core.utils.async_utils import safe_ensure_future

# How often the log repeats why the bot cannot reconcile.
REPORT_PERIOD_S = 30.0


class DeadMansSwitch:
    """One owner's heartbeat and fence, from the bot's side.

    :param settle: ends every order of before and asks the exchange for everything; whether nothing is left unknown
    :param notify: tells the user
    """

    def __init__(
        self,
        folder: Path,
        connector: str,
        account: str,
        owner: str,
        settle: Callable[[], Awaitable[bool]],
        notify: Callable[[str], None],
        logger: logging.Logger,
        sleep: Callable[[float], Awaitable[None]],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._heartbeat = Heartbeat(folder, HeartbeatRecord(connector, account, owner, os.getpid()), logger)
        self._fence = FenceFile(folder, owner)
        self._settle = settle
        self._notify = notify
        self._logger = logger
        self._sleep = sleep
        self._now_s = now_s
        self._settling: asyncio.Task[None] | None = None

    @property
    def is_fenced(self) -> bool:
        """Whether nothing may be placed, because of a guard."""
        return self._is_settling or self._fence.is_up

    @property
    def _is_settling(self) -> bool:
        return self._settling is not None and not self._settling.done()

    def start(self) -> None:
        """The bot runs from now on."""
        self._heartbeat.begin()

    def tick(self, may_settle: bool) -> None:
        """The bot's clock ticked.

        :param may_settle: False where the orders of the last run are not settled yet; they come first
        """
        self._heartbeat.beat()
        if may_settle and self._fence.is_up and not self._is_settling:
            self._settling = safe_ensure_future(self._settle_and_go_on())

    def stop(self, has_open_orders: bool) -> None:
        """The bot was stopped. With orders left open it stays under guard."""
        if self._settling is not None:
            self._settling.cancel()
        if has_open_orders:
            self._heartbeat.pause()
        else:
            self._heartbeat.end()

    def check(self) -> None:
        """:raises FencedError: while nothing may be placed"""
        if self._is_settling:
            raise FencedError("Placing is paused until every order is reconciled with what the guard did.")
        self._fence.check()

    async def _settle_and_go_on(self) -> None:
        """Ends when no fence stands: one that the guard put up anew meanwhile is settled as well."""
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        reports = SayOnce(self._now_s, REPORT_PERIOD_S)
        noticed: Fence | None = None
        while True:
            try:
                fence = self._fence.seen()
                if fence is None:
                    break
                if fence != noticed:
                    noticed = fence
                    why = f" ({fence.reason})" if fence.reason else ""
                    self._notify(
                        f"The guard took this bot for dead and cancelled its open orders{why}. No order is placed "
                        "until everything is reconciled with the exchange."
                    )
                if not await self._settle():
                    self._report(reports, "an earlier order may still be open, or a request to the exchange failed")
                elif self._fence.take_down(fence):
                    break
            except (PeatioError, OSError) as error:
                self._report(reports, str(error))
            except Exception as error:
                # A bug of ours: placement stays paused, and the log shows why.
                self._report(reports, f"unexpected error: {error!r}", error)
            await self._sleep(backoff.next_s())
        self._notify("The bot is reconciled with the guard's cancels. Order placement resumes.")

    def _report(self, reports: SayOnce, why: str, error: Exception | None = None) -> None:
        """:param error: one whose traceback helps"""
        if reports.is_due(why):
            self._logger.warning(
                f"Order placement is paused until the bot is reconciled with the guard's cancels: {why}. Retrying.",
                exc_info=error,
            )
