"""The way of an order to the exchange: journal, request, and a lookup where the answer is missing or ambiguous."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Protocol

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    BusyError,
    MessageError,
    Outcome,
    PlacementError,
    RateLimitError,
    RefusedError,
    RequestError,
    UndecidedError,
    WithdrawnError,
    WouldTakeError,
)
from hummingbot.connector.exchange.peatio.common.messages import OrderReport
from hummingbot.connector.exchange.peatio.common.retry import Backoff, SayOnce
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.execution.admission import Admission
from hummingbot.connector.exchange.peatio.execution.counts import CountsByPair, OrderCounts, Placement
from hummingbot.connector.exchange.peatio.execution.create import Create, CreatesUnderWay
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent import IntentState, OrderFingerprint
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.lookup import OrderLookup
from hummingbot.connector.exchange.peatio.execution.pending_events import PendingEventBuffer
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.connector.exchange.peatio.http.create_gate import admission_of_create
from hummingbot.core.data_type.common import OrderType


class UndecidedListener(Protocol):
    """Who learns of orders at the exchange that may be this bot's or somebody else's."""

    def on_undecided(self, error: UndecidedError) -> None:
        """More orders look like a lost one than creates are lost."""


class PlacementListener(UndecidedListener, Protocol):
    """Who learns what the exchange made of creates."""

    def on_placed(self, trading_pair: str) -> None:
        """The exchange has the order."""

    def on_refused(self, trading_pair: str, error: RefusedError | BusyError) -> None:
        """The exchange refused the order, or says that it is busy."""


class Submission:
    """Places orders so that none is lost and none doubled.

    Of identical orders one at a time is under way: two unresolved ones could not be distinguished.

    :param market_of: Peatio's symbol of a trading pair; it may wait for the exchange, and raise KeyError
    :param creates: where the creates under way are registered
    :param cancel: starts to cancel an order; the task ends when it has ended or the exchange does not know it
    :param server_time_s: the exchange's clock, epoch seconds
    """

    def __init__(
        self,
        rest: RestClient,
        market_of: Callable[[str], Awaitable[str]],
        journal: IntentJournal,
        lookup: OrderLookup,
        pending_events: PendingEventBuffer,
        admission: Admission,
        creates: CreatesUnderWay,
        listener: PlacementListener,
        cancel: "Callable[[TrackedOrder], asyncio.Task[None]]",
        counts: CountsByPair,
        tasks: Tasks,
        server_time_s: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        logger: logging.Logger,
    ) -> None:
        self._rest = rest
        self._market_of = market_of
        self._journal = journal
        self._lookup = lookup
        self._pending_events = pending_events
        self._admission = admission
        self._creates = creates
        self._listener = listener
        self._cancel = cancel
        self._counts = counts
        self._tasks = tasks
        self._server_time_s = server_time_s
        self._sleep = sleep
        self._logger = logger
        #: Where the orders of batches wait for their turn; first come, first served.
        self._queue = asyncio.Semaphore(CONSTANTS.PARALLEL_CREATES)
        self._gates: dict[OrderFingerprint, tuple[asyncio.Lock, int]] = {}

    def is_under_way(self, fingerprint: OrderFingerprint) -> bool:
        """Whether an order of that fingerprint is being placed; an order that turns up may be that one."""
        return fingerprint in self._gates

    async def submit(self, create: Create, is_of_batch: bool = False) -> OrderReport:
        """The order as the exchange has it.

        :param is_of_batch: whether it waits its turn among the orders of batches
        :raises RequestError: when the exchange refused it, or could not be reached
        :raises WouldTakeError, FencedError, WithdrawnError: when it was not sent
        :raises PlacementError: when it was not sent, or not found after an ambiguous answer
        :raises JournalError: when it cannot be written down; then it was not sent
        """
        try:
            self._admission.check(create)
        except WouldTakeError:
            self._counted(create).placements[Placement.WOULD_TAKE] += 1
            raise
        self._creates.add(create)
        work = self._tasks.start(
            self._place(create, self._queue if is_of_batch else nullcontext()),
            f"create of order {create.client_order_id}",
            is_eager=True,
            is_awaited=True,
        )
        try:
            await create.withdrawn_or(work)
            if not work.done():
                work.cancel()  # withdrawn: it waits somewhere, and nothing has left
                await asyncio.wait([work])
            if work.cancelled() and create.withdrawal:
                raise WithdrawnError(create.withdrawal)
            return work.result()
        finally:
            work.cancel()
            self._creates.remove(create)

    async def _place(self, create: Create, turn: AbstractAsyncContextManager[object]) -> OrderReport:
        create.market = await self._market_of(create.trading_pair)
        async with turn, self._gate(create.fingerprint):
            if create.order_type is OrderType.MARKET:
                await self._clear_way(create)
            try:
                self._admission.check(create)
            except PlacementError as error:
                self._count_refusal(create, error)
                raise
            self._journal.record(create.intent(self._server_time_s(), self._pending_events.newest_order_id))
            try:
                report = await self._send(create)
            except asyncio.CancelledError:
                if not create.has_left:
                    self._unsent(create, Placement.UNSENT)
                raise
            except UndecidedError as error:
                self._listener.on_undecided(error)
                raise
            except Exception:
                self._give_up(create)
                raise
            self._journal.live(create.client_order_id, report.order_id, report.fee_rates)
            counts = self._counted(create)
            counts.placements[Placement.PLACED] += 1
            counts.latencies.add(time.monotonic() - create.taken_at_s)
            self._listener.on_placed(create.trading_pair)
            return report

    async def _clear_way(self, create: Create) -> None:
        """Cancels the own orders that a market order would match: it may close a position, and has no other price."""
        say_once = SayOnce(time.monotonic)
        try:
            async with asyncio.timeout(CONSTANTS.CLEAR_WAY_TIMEOUT_S):
                while crossed := self._admission.crossed(create):
                    if say_once.is_due():
                        ids = ", ".join(own.client_order_id for own in crossed)
                        self._logger.warning(
                            f"Market order {create.client_order_id} would match our own order(s) {ids}, which are "
                            "cancelled first."
                        )
                    await asyncio.wait([self._cancel(own) for own in crossed])
                    if not all(own.ended_event.is_set() for own in crossed):
                        break  # the exchange does not know it
        except TimeoutError:
            pass  # the admission names what is left
        create.is_way_clear = True

    async def _send(self, create: Create) -> OrderReport:
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.PLACE_RETRY_LIMIT_S)
        waited_s = 0.0
        while True:
            try:
                return await self._request(create)
            except PlacementError as error:  # the admission refused it where it would have left
                self._count_refusal(create, error)
                self._journal.unsent(create.client_order_id)
                raise
            except (RequestError, MessageError) as error:
                outcome = error.outcome if isinstance(error, RequestError) else Outcome.AMBIGUOUS
                if isinstance(error, BusyError):
                    self._listener.on_refused(create.trading_pair, error)  # the next one would meet the same
                if outcome is Outcome.AMBIGUOUS and create.has_left:
                    return await self._resolve(create, error)
                if isinstance(error, RefusedError):
                    self._unsent(create, Placement.REFUSED)
                    self._listener.on_refused(create.trading_pair, error)
                    raise
                create.has_left = False  # the exchange never processed it
                create.last_error = str(error)
                wait_s = _wait_s(error, backoff)
                waited_s += wait_s
                self._withdraw_if_cancelled(create)
                if waited_s > CONSTANTS.PLACE_RETRY_LIMIT_S:
                    self._unsent(create, Placement.UNSENT)
                    raise
            await self._sleep(wait_s)

    async def _request(self, create: Create) -> OrderReport:
        token = admission_of_create.set(lambda: self._leave(create))
        try:
            is_maker_only = create.order_type is OrderType.LIMIT_MAKER
            return await self._rest.create_order(
                create.market, create.is_buy, create.amount, create.limit_price, is_maker_only
            )
        finally:
            admission_of_create.reset(token)

    def _leave(self, create: Create) -> None:
        """Where the create leaves.

        :raises PlacementError: when it may not
        :raises JournalError: when the time cannot be written
        """
        self._admission.check(create)
        self._journal.sent(create.client_order_id, self._server_time_s(), self._pending_events.newest_order_id)
        create.has_left = True

    def _withdraw_if_cancelled(self, create: Create) -> None:
        """:raises WithdrawnError: when the cancel of an order that the exchange never processed was asked for"""
        intent = self._journal.get(create.client_order_id)
        if intent is not None and intent.is_cancel_wanted:
            self._unsent(create, Placement.UNSENT)
            create.withdraw("The order was cancelled before it was sent again.")
            raise WithdrawnError(create.withdrawal)

    def _give_up(self, create: Create) -> None:
        """An error that no path above handles: the row must not stay as if somebody followed it."""
        intent = self._journal.get(create.client_order_id)
        if intent is not None and intent.state is IntentState.RECORDED:
            self._unsent(create, Placement.UNSENT)
        elif intent is not None and intent.state is IntentState.SENT:
            self._journal.absent(create.client_order_id)

    def _count_refusal(self, create: Create, error: PlacementError) -> None:
        placement = Placement.WOULD_TAKE if isinstance(error, WouldTakeError) else Placement.UNSENT
        self._counted(create).placements[placement] += 1

    def _unsent(self, create: Create, placement: Placement) -> None:
        """The exchange has no such order: nothing left, or it was refused."""
        self._counted(create).placements[placement] += 1
        self._journal.unsent(create.client_order_id)

    async def _resolve(self, create: Create, error: Exception) -> OrderReport:
        """Looks for the order until it is found, or the exchange has answered often enough that there is none.

        :raises PlacementError: when it was not found, or more orders look like it than creates are lost
        """
        key = create.client_order_id
        self._logger.warning(f"The answer to the create of order {key} is ambiguous; looking for the order: {error}")
        intent = self._journal.get(key)
        assert intent is not None
        counts = self._counted(create)
        counts.ambiguous_creates += 1
        try:
            report = await self._lookup.search(intent)
        except UndecidedError:
            counts.placements[Placement.ABSENT] += 1
            raise  # the row stays "sent", for `LateOrders`
        if report is not None:
            self._logger.info(f"Order {key} was placed; the exchange calls it {report.order_id}.")
            self._pending_events.keep(report)
            return report
        counts.placements[Placement.ABSENT] += 1
        self._journal.absent(key)
        raise PlacementError(
            f"The exchange has no order like {key}. One that turns up soon after is cancelled, a later one is named. "
            f"({error})"
        ) from error

    def _counted(self, create: Create) -> OrderCounts:
        return self._counts[create.trading_pair]

    @asynccontextmanager
    async def _gate(self, fingerprint: OrderFingerprint) -> AsyncIterator[None]:
        """A lock for each fingerprint: identical orders are sent one after the other."""
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
    asked_s = error.retry_after_s if isinstance(error, RateLimitError) else None
    return max(backoff.next_s(), asked_s or 0.0)
