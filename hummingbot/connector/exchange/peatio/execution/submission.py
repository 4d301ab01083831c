"""Placing orders so that none is lost and none doubled."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    FencedError,
    JournalError,
    MessageError,
    Outcome,
    PlacementError,
    RateLimitError,
    RequestError,
    WithdrawnError,
    WouldTakeError,
)
from hummingbot.connector.exchange.peatio.common.messages import OrderReport
from hummingbot.connector.exchange.peatio.common.retry import Backoff
from hummingbot.connector.exchange.peatio.execution.counts import CountsByPair, Placement
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent_journal import Intent, IntentJournal, OrderFingerprint
from hummingbot.connector.exchange.peatio.execution.lookup import OrderLookup
from hummingbot.connector.exchange.peatio.execution.maker_only import MakerOnly
from hummingbot.connector.exchange.peatio.execution.pending_events import PendingEventBuffer
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.core.data_type.common import OrderType

# What has to hold for the create that is under way in this task, looked at where it leaves.
_last_look: ContextVar[Callable[[], None] | None] = ContextVar("last_look", default=None)


def look_before_it_leaves() -> None:
    """The last look at the create that is about to leave, after all waits.

    :raises WouldTakeError, WithdrawnError: when it may not
    """
    look = _last_look.get()
    if look is not None:
        look()


class Submission:
    """One intent at a time of a fingerprint: journal, request, and where the answer tells nothing, lookup.

    :param maker_only: looks at LIMIT_MAKER orders right before each sending
    :param on_absent: gets the order that was not found, to be watched for
    :param counts: told what came of each placement
    """

    def __init__(
        self,
        rest: RestClient,
        journal: IntentJournal,
        lookup: OrderLookup,
        pending_events: PendingEventBuffer,
        maker_only: MakerOnly,
        on_absent: Callable[[TrackedOrder, Intent], None],
        logger: logging.Logger,
        sleep: Callable[[float], Awaitable[None]],
        counts: CountsByPair,
    ) -> None:
        self._rest = rest
        self._journal = journal
        self._lookup = lookup
        self._pending_events = pending_events
        self._maker_only = maker_only
        self._on_absent = on_absent
        self._logger = logger
        self._sleep = sleep
        self._counts = counts
        self._gates: dict[OrderFingerprint, tuple[asyncio.Lock, int]] = {}

    def is_under_way(self, fingerprint: OrderFingerprint) -> bool:
        """Whether an order of that fingerprint is being placed; whatever turns up meanwhile may be that one."""
        return fingerprint in self._gates

    async def place(self, order: TrackedOrder, intent: Intent) -> OrderReport:
        """The order as the exchange has it. Its journal row is live then, closed or watched after an error.

        :raises RequestError: when the exchange refused it, or could not be reached
        :raises PlacementError: when it was not found after an answer that tells nothing
        :raises FencedError: before anything is sent, when a guard took this bot for dead
        :raises WouldTakeError: when it was not sent because it might take
        :raises WithdrawnError: when it was not sent because it had to wait for too long, or the bot was stopped
        :raises JournalError: before anything is sent, when it cannot be written down
        """
        counts = self._counts[intent.trading_pair]
        taken_at_s = time.monotonic()
        async with self._gate(intent.fingerprint):
            self._journal.record(intent)
            look = _last_look.set(lambda: self._check(order, taken_at_s))
            try:
                report = await self._send(order, intent, taken_at_s)
            finally:
                _last_look.reset(look)
            order.fee_rates = report.fee_rates
            counts.placements[Placement.PLACED] += 1
            counts.latencies.add(time.monotonic() - taken_at_s)
            try:
                self._journal.live(intent.client_order_id, report.order_id, report.fee_rates)
            except JournalError as error:
                # The exchange has the order, so it is followed; its row still says that it was sent, which is enough
                # for the next start to find it.
                self._logger.error(str(error))
            return report

    def _check(self, order: TrackedOrder, taken_at_s: float) -> None:
        waited_s = time.monotonic() - taken_at_s
        if waited_s > CONSTANTS.STALE_CREATE_S:
            raise WithdrawnError(f"The order had to wait for {waited_s:.0f} s and was not sent any more.")
        self._maker_only.check(order)

    async def _send(self, order: TrackedOrder, intent: Intent, taken_at_s: float) -> OrderReport:
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.PLACE_RETRY_LIMIT_S)
        waited_s = 0.0
        while True:
            try:
                self._check(order, taken_at_s)
                is_maker_only = order.order_type is OrderType.LIMIT_MAKER
                return await self._rest.create_order(
                    intent.market, intent.is_buy, intent.amount, intent.price, is_maker_only
                )
            except WouldTakeError:
                self._counts[intent.trading_pair].placements[Placement.WOULD_TAKE] += 1
                self._journal.close(intent.client_order_id)
                raise
            except (FencedError, WithdrawnError):
                self._counts[intent.trading_pair].placements[Placement.UNSENT] += 1
                self._journal.close(intent.client_order_id)
                raise
            except (RequestError, MessageError) as error:
                outcome = error.outcome if isinstance(error, RequestError) else Outcome.AMBIGUOUS
                if outcome is Outcome.AMBIGUOUS:
                    return await self._resolve(order, intent, error)
                wait_s = _wait_s(error, backoff)
                waited_s += wait_s
                if outcome is Outcome.REFUSED or waited_s > CONSTANTS.PLACE_RETRY_LIMIT_S:
                    result = Placement.REFUSED if outcome is Outcome.REFUSED else Placement.UNSENT
                    self._counts[intent.trading_pair].placements[result] += 1
                    self._journal.close(intent.client_order_id)
                    raise
            await self._sleep(wait_s)

    async def _resolve(self, order: TrackedOrder, intent: Intent, error: Exception) -> OrderReport:
        """Looks for the order until it is found, or the exchange has said often enough that there is none."""
        self._logger.warning(f"Whether order {intent.client_order_id} was placed is not known, looking: {error}")
        counts = self._counts[intent.trading_pair]
        counts.ambiguous_creates += 1
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.SNAPSHOT_TIMEOUT_S)
        absent_s = 0.0
        while absent_s < CONSTANTS.LOOKUP_LIMIT_S:
            wait_s = backoff.next_s()
            await self._sleep(wait_s)
            counts.lookups += 1
            try:
                report = await self._lookup.find(intent)
            except (RequestError, MessageError):
                continue  # an exchange that does not answer has not said that there is no such order
            except PlacementError:
                counts.placements[Placement.ABSENT] += 1
                self._journal.close(intent.client_order_id)
                raise
            if report is not None:
                self._logger.info(f"Order {intent.client_order_id} was placed, as {report.order_id}.")
                self._pending_events.keep(report)
                return report
            absent_s += wait_s
        counts.placements[Placement.ABSENT] += 1
        self._journal.watch(intent.client_order_id)
        self._on_absent(order, intent)
        raise PlacementError(
            f"The exchange has no order like {intent.client_order_id}. Should it turn up, it is cancelled. ({error})"
        ) from error

    @asynccontextmanager
    async def _gate(self, fingerprint: OrderFingerprint) -> AsyncIterator[None]:
        """Two orders that look alike are never unresolved at the same time: nobody could tell them apart."""
        lock, users = self._gates.get(fingerprint, (asyncio.Lock(), 0))
        self._gates[fingerprint] = lock, users + 1
        try:
            async with lock:
                yield
        finally:
            lock, users = self._gates.pop(fingerprint)
            if users > 1:
                self._gates[fingerprint] = lock, users - 1


def _wait_s(error: Exception, backoff: Backoff) -> float:
    if isinstance(error, RateLimitError) and error.retry_after_s is not None:
        return error.retry_after_s
    return backoff.next_s()
