"""Keeps the balances current: from REST, from pushed balances, and again after every event that moves money."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.account.balances import Balances
from hummingbot.connector.exchange.peatio.common.errors import MessageError, PeatioError
from hummingbot.connector.exchange.peatio.common.messages import pushed_balances
from hummingbot.connector.exchange.peatio.common.retry import Backoff, Outage, SayOnce
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.http.client import RestClient


class BalanceUpdates:
    """
    :param publish: hands the balances to Hummingbot; called after every change
    :param tasks: of the network: they end when it is down
    :param now_s: this machine's clock, epoch seconds
    """

    def __init__(
        self,
        rest: RestClient,
        balances: Balances,
        publish: Callable[[], None],
        tasks: Tasks,
        now_s: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        logger: logging.Logger,
    ) -> None:
        self._rest = rest
        self._balances = balances
        self._publish = publish
        self._tasks = tasks
        self._now_s = now_s
        self._sleep = sleep
        self._logger = logger
        self._outage = Outage("The balances", now_s, logger)
        self._say_once = SayOnce(now_s)
        self._refresh: asyncio.Task[None] | None = None

    @property
    def has_failed(self) -> bool:
        """Whether the last poll got no balances."""
        return self._outage.is_on

    async def fetch(self) -> None:
        """:raises PeatioError: when the exchange does not answer"""
        requested_at_s = self._now_s()
        rows = await self._rest.balances()
        self._balances.snapshot(rows, requested_at_s, self._now_s())
        self._publish()

    async def poll(self) -> None:
        """As `fetch`; a failure is logged, once an outage."""
        try:
            await self.fetch()
        except PeatioError as error:
            self._outage.failed(error)
        else:
            self._outage.worked()

    def on_message(self, message: dict[str, Any]) -> None:
        """A message of the private streams; it may hold balances."""
        try:
            balances = pushed_balances(message)
        except MessageError as error:
            # Forks differ, and REST has the balances as well.
            if self._say_once.is_due():
                self._logger.warning(f"The exchange pushes balances in an unknown form; they are ignored: {error}")
            return
        if balances:
            self._balances.pushed(balances, self._now_s())
            self._publish()

    def on_funds_changed(self) -> None:
        """Something moved or locked money."""
        self._publish()
        if self._balances.needs_snapshot and (self._refresh is None or self._refresh.done()):
            self._refresh = self._tasks.start(self._fetch_until_confirmed(), "refresh of the balances")

    async def _fetch_until_confirmed(self) -> None:
        backoff = Backoff(CONSTANTS.BALANCE_REFRESH_DELAY_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        while self._balances.needs_snapshot:
            await self._sleep(backoff.next_s())
            try:
                await self.fetch()
            except PeatioError as error:
                self._logger.debug(f"The balances are not confirmed yet: {error}")
            else:
                backoff.reset()
