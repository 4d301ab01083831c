"""Keeps the balances current: compares them with the exchange's, again after every event that moves money."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal
from typing import Any

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.account.balances import Balances
from hummingbot.connector.exchange.peatio.common.balance_messages import Balance, parse_balance, pushed_balance_rows
from hummingbot.connector.exchange.peatio.common.currencies import SharedNames
from hummingbot.connector.exchange.peatio.common.errors import PeatioError
from hummingbot.connector.exchange.peatio.common.retry import Backoff, OnceLogger, Outage
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.connector.exchange.peatio.http.rows import Rows


class BalanceUpdates:
    """
    :param ask_for_orders: asks the exchange for our orders and trades, and reports them; whether all could be learned.
        It gets whether events of what is found are overdue
    :param moving: the currencies of which the exchange changes balances without a trade, as far as known
    :param on_moved: gets each such change of a total: currency, before, after
    :param tasks: of the network: they end when it is down
    :param now_s: this machine's clock, epoch seconds
    :param server_time_s: the exchange's clock, epoch seconds; minus infinity while it is not known
    :param log_once: which also says what is wrong with the markets' currencies
    """

    def __init__(
        self,
        rest: RestClient,
        balances: Balances,
        ask_for_orders: Callable[[bool], Awaitable[bool]],
        moving: Callable[[], set[str]],
        on_moved: Callable[[str, Decimal, Decimal], None],
        tasks: Tasks,
        now_s: Callable[[], float],
        server_time_s: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        logger: logging.Logger,
        log_once: OnceLogger,
    ) -> None:
        self._rest = rest
        self._balances = balances
        self._ask_for_orders = ask_for_orders
        self._moving = moving
        self._on_moved = on_moved
        self._tasks = tasks
        self._now_s = now_s
        self._server_time_s = server_time_s
        self._sleep = sleep
        self._logger = logger
        self._outage = Outage("The balances", now_s, logger)
        self._log_once = log_once
        self._rows = Rows(logger)
        self._shared_names = SharedNames(())
        self._refresh: asyncio.Task[None] | None = None
        self._backoff = Backoff(CONSTANTS.BALANCE_REFRESH_DELAY_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        self._refreshed_at_s = -math.inf

    @property
    def has_failed(self) -> bool:
        """Whether the last poll got no balances."""
        return self._outage.is_on

    async def fetch(self, asks_for_orders: bool = False, is_after_report: bool = False) -> None:
        """Compares the balances with the exchange's.

        :param asks_for_orders: whether to find out, where they differ, that no order of ours is the cause, and to take
            them over
        :param is_after_report: whether to do so at once for currencies of which balances change without a trade
        :raises PeatioError: when the exchange does not answer
        """
        with self._balances.snapshot(self._server_time_s()) as snapshot:
            answer = await self._rest.balances()
            snapshot.answered_at_s = self._server_time_s()
            self._balances.compare(snapshot, self._distinct(answer.rows), answer.is_complete)
            moving = self._moving()
            is_moving = is_after_report and not moving.isdisjoint(self._balances.differing(snapshot))
            if not (is_moving or (asks_for_orders and self._balances.needs_snapshot)):
                return
            if await self._ask_for_orders(asks_for_orders):
                before = dict(self._balances.total)
                self._balances.accept(snapshot)
                for currency, total in self._balances.total.items():
                    if currency in moving and total != before.get(currency, total):
                        self._on_moved(currency, before[currency], total)

    def _distinct(self, rows: Iterable[Balance]) -> list[Balance]:
        """One row for each currency that has a name of its own: the one in Peatio's spelling where there are others."""
        rows = list(rows)
        self._shared_names = SharedNames(row.currency for row in rows)
        for trouble in self._shared_names.troubles():
            self._log_once.warning(trouble)
        spelled = {row.currency for row in rows}
        found = []
        for row in rows:
            code = row.currency.lower()
            if row.currency != code and code in spelled:
                self._log_once.warning(f"The balance of {row.currency} is left out: there is also one of {code}.")
            elif code not in self._shared_names:
                found.append(row)
        return found

    async def poll(self) -> None:
        """As `fetch`; a failure is logged, once an outage. Refreshes follow while the balances differ."""
        try:
            await self.fetch()
        except PeatioError as error:
            self._outage.failed(error)
        else:
            self._outage.worked()
            self.on_funds_changed()

    def on_message(self, message: dict[str, Any]) -> None:
        """A message of the private streams; it may hold balances."""
        # What a fork sends in an unknown form REST has as well.
        balances = self._rows.read(parse_balance, pushed_balance_rows(message), "pushed balances")
        balances = [row for row in balances if row.currency not in self._shared_names]
        if balances:
            self._balances.pushed(balances)
            self.on_funds_changed()

    def on_funds_changed(self) -> None:
        """Something moved or locked money."""
        if self._balances.needs_snapshot and (self._refresh is None or self._refresh.done()):
            self._refresh = self._tasks.start(self._fetch_until_confirmed(), "refresh of the balances")

    async def _fetch_until_confirmed(self) -> None:
        # Another bot on the account may trade all the time: its fills must not use up the request limit.
        if self._now_s() - self._refreshed_at_s > CONSTANTS.BACKOFF_MAXIMUM_S:
            self._backoff.reset()
        differing_for_s: float | None = None
        while self._balances.needs_snapshot:
            wait_s = self._backoff.next_s()
            await self._sleep(wait_s)
            differing_for_s = None if differing_for_s is None else differing_for_s + wait_s
            # Most differences are events on their way.
            is_overdue = differing_for_s is not None and differing_for_s >= CONSTANTS.END_EVENT_LATE_S
            try:
                await self.fetch(asks_for_orders=is_overdue, is_after_report=True)
            except PeatioError as error:
                self._logger.debug(f"The balances are not confirmed yet: {error}")
                continue
            if differing_for_s is None:
                if not self._balances.needs_snapshot:
                    self._backoff.reset()
                differing_for_s = 0.0
        self._refreshed_at_s = self._now_s()
