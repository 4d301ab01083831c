"""Taking a dead bot's orders off the exchange: those in its journal, and no others.

The journal is only read. Its rows are the bot's, which may wake up at any moment and go on with them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    AuthError,
    JournalError,
    MessageError,
    NotFoundError,
    RequestError,
)
from hummingbot.connector.exchange.peatio.common.messages import OrderReport, ReportedState
from hummingbot.connector.exchange.peatio.common.retry import Backoff, SayOnce
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState
from hummingbot.connector.exchange.peatio.execution.order_matching import (
    Assignment,
    KnownIntents,
    OrderMatching,
    earliest_s,
)
from hummingbot.connector.exchange.peatio.execution.pending_events import PendingEventBuffer
from hummingbot.connector.exchange.peatio.execution.second_cancel import SecondCancelPolicy
from hummingbot.connector.exchange.peatio.http.client import RestClient

# A refused login may be an exchange in trouble; after so long it is its word.
REFUSAL_LIMIT_S = 60.0
# How often the guard reports that the exchange does not answer.
REPORT_PERIOD_S = 30.0
# How often an order is asked for whose cancel was sent: mostly it takes effect within 65 ms (docs/protocol.md 4.5).
FIRST_LOOK_S, LAST_LOOK_S = 0.1, 5.0


class OrderOutcome(Enum):
    """What became of an order."""

    CANCELLED = "cancelled"
    ENDED_BEFORE = "ended before"
    ABSENT = "absent"
    OPEN = "open"


@dataclass(frozen=True)
class Settled:
    """One order of the bot and what became of it, in words for the user."""

    intent: Intent
    outcome: OrderOutcome
    words: str


class BotResumed(Exception):
    """The bot has taken the fence away: it runs again, and its orders are its own business."""


class OrphanedOrders:
    """Settles every order in the journal of one owner.

    :param check_fence: raises `BotResumed` where the fence is gone; asked before everything that is sent
    :param tell: one line for the user
    """

    def __init__(
        self,
        rest: RestClient,
        journal: KnownIntents,
        check_fence: Callable[[], None],
        tell: Callable[[str], None],
        now_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rest = rest
        self._journal = journal
        self._matching = OrderMatching(_Nobody(), PendingEventBuffer(), journal)
        self._check_fence = check_fence
        self._tell = tell
        self._now_s = now_s
        self._sleep = sleep
        self._reports = SayOnce(now_s, REPORT_PERIOD_S)
        self._gate = asyncio.Semaphore(CONSTANTS.PARALLEL_CANCELS)

    async def settle(self) -> list[Settled]:
        """What became of each order. Asks an exchange that does not answer again and again.

        :raises BotResumed: when the bot runs again
        :raises JournalError: when the journal cannot be read
        """
        settled: dict[str, Settled] = {}
        while True:
            # Once more afterwards: what the bot wrote down meanwhile was stopped by the fence, or left just before it.
            left = [intent for intent in self._journal.unfinished() if intent.client_order_id not in settled]
            if not left:
                return list(settled.values())
            settled.update({one.intent.client_order_id: one for one in await self._settle_all(left)})

    async def _settle_all(self, intents: Sequence[Intent]) -> list[Settled]:
        parts: list[Coroutine[Any, Any, list[Settled]]] = []
        for intent in intents:
            if intent.exchange_order_id is not None:
                parts.append(self._safely([intent], self._known(intent, intent.exchange_order_id)))
        for group in self._matching.groups(intent for intent in intents if intent.exchange_order_id is None):
            parts.append(self._safely(group, self._looked_for(group)))
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            return [one for some in await asyncio.gather(*tasks) for one in some]
        finally:
            for task in tasks:
                task.cancel()

    def _report(self, error: Exception) -> None:
        if self._reports.is_due():
            self._tell(f"the exchange gives no usable answer, retrying: {error}")

    async def _safely(self, intents: Sequence[Intent], part: Coroutine[Any, Any, list[Settled]]) -> list[Settled]:
        """One order that breaks something must not leave the others open."""
        try:
            return await part
        except (BotResumed, JournalError):
            raise
        except Exception as error:
            return self._all_told(intents, OrderOutcome.OPEN, f"NOT known to be cancelled, unexpected error: {error!r}")

    # Orders whose id is known.

    async def _known(self, intent: Intent, order_id: str) -> list[Settled]:
        return [await self._ended(intent, order_id)]

    async def _ended(self, intent: Intent, order_id: str) -> Settled:
        """Cancels the order again and again until it has ended, or the exchange refuses the login for too long."""
        backoff = Backoff(FIRST_LOOK_S, LAST_LOOK_S)
        began_at_s = self._now_s()
        policy = SecondCancelPolicy()
        while True:
            waited_s = self._now_s() - began_at_s
            try:
                async with self._gate:
                    ended = await self._one_step(order_id, policy, waited_s)
                if ended is not None:
                    return self._told(intent, *ended, order_id)
            except NotFoundError:
                return self._told(intent, OrderOutcome.ABSENT, "the exchange does not know it", order_id)
            except (RequestError, MessageError) as error:
                if _is_login_refused(error) and waited_s > REFUSAL_LIMIT_S:
                    return self._told(
                        intent, OrderOutcome.OPEN, f"NOT cancelled, the exchange refuses: {error}", order_id
                    )
                self._report(error)
            await self._sleep(backoff.next_s())

    async def _one_step(
        self, order_id: str, policy: SecondCancelPolicy, waited_s: float
    ) -> tuple[OrderOutcome, str] | None:
        """Looks at the order and does what is next; what became of it once it has ended."""
        self._check_fence()
        report = await self._rest.order(order_id)
        if report.trouble:
            raise MessageError(f"Order {order_id} {report.trouble}.")
        if report.state.is_final:
            if report.state is ReportedState.CANCEL and report.is_limit and policy.is_needed(order_id, self._now_s()):
                # A second cancel, or the engine may keep the order in its book (docs/protocol.md 4.4, 4.11).
                await self._cancel_again(order_id)
            return _outcome_of(report, is_ours=order_id in policy)
        if report.state is ReportedState.PENDING and waited_s < CONSTANTS.CANCEL_PENDING_LIMIT_S:
            return None  # cancelled now it would leave a ghost in the engine's book (docs/protocol.md 4.4)
        self._check_fence()
        is_pending = report.state is ReportedState.PENDING
        policy.on_cancel_sent(order_id, report.market, self._now_s(), is_pending)
        await self._rest.cancel_order(order_id)
        return None

    async def _cancel_again(self, order_id: str) -> None:
        self._check_fence()
        try:
            await self._rest.cancel_order(order_id)
        except NotFoundError:
            pass  # the exchange knows of no engine that holds it

    # Orders whose create was not answered while the bot lived.

    async def _looked_for(self, identical_orders: list[Intent]) -> list[Settled]:
        """Looks for orders like these, until there are as many, or the exchange has reported for long enough that
        there are none. Orders that look alike are interchangeable."""
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.SNAPSHOT_TIMEOUT_S)
        settled: dict[str, Settled] = {}
        absent_s, began_at_s = 0.0, self._now_s()
        # One that was given up long ago is looked for once; the bot itself watches for it.
        has_sent = any(intent.state is IntentState.SENT for intent in identical_orders)
        limit_s = CONSTANTS.LOOKUP_LIMIT_S if has_sent else 0.0
        while True:
            wait_s = backoff.next_s()
            try:
                assignment, late = await self._assigned(identical_orders)
            except (RequestError, MessageError) as error:
                if _is_login_refused(error) and self._now_s() - began_at_s > REFUSAL_LIMIT_S:
                    words = f"NOT known whether it is open, the exchange refuses: {error}"
                    return [
                        *settled.values(),
                        *self._all_told(identical_orders[len(settled) :], OrderOutcome.OPEN, words),
                    ]
                self._report(error)
            else:
                if not assignment.is_decided:
                    return self._all_told(identical_orders, OrderOutcome.OPEN, _too_many(assignment.reports))
                for report in assignment.reports:
                    if report.order_id not in settled:
                        settled[report.order_id] = await self._ended(identical_orders[len(settled)], report.order_id)
                if len(settled) == len(identical_orders) or absent_s >= limit_s:
                    break
                absent_s += wait_s
            await self._sleep(wait_s)
        missing = identical_orders[len(settled) :]
        if late:
            return [*settled.values(), *self._all_told(missing, OrderOutcome.OPEN, _too_late(late))]
        words = "was sent, but the exchange has no such order"
        return [*settled.values(), *self._all_told(missing, OrderOutcome.ABSENT, words)]

    async def _assigned(self, group: list[Intent]) -> tuple[Assignment, list[OrderReport]]:
        """The orders that may be theirs; and open ones like them, stored after the bot stopped waiting."""
        self._check_fence()
        oldest = group[0]
        listed = await self._rest.orders_of(oldest.market, oldest.is_buy, int(earliest_s(oldest)))
        is_late = self._matching.is_too_late
        late = [each for each in listed if not each.state.is_final and any(is_late(intent, each) for intent in group)]
        assignment = self._matching.assign(group, listed)
        return assignment, [each for each in late if each not in assignment.reports]

    def _all_told(self, intents: Sequence[Intent], outcome: OrderOutcome, words: str) -> list[Settled]:
        return [self._told(intent, outcome, words) for intent in intents]

    def _told(self, intent: Intent, outcome: OrderOutcome, words: str, order_id: str = "") -> Settled:
        number = f" (order {order_id})" if order_id else ""
        self._tell(f"{intent.description}{number}: {words}")
        return Settled(intent, outcome, words)


class _Nobody:
    """A guard follows no orders of its own."""

    def find(self, exchange_order_id: str) -> None:
        return None


def _is_login_refused(error: RequestError | MessageError) -> bool:
    """Whether the exchange itself refuses the key or its owner. Other refusals say nothing about an order."""
    return isinstance(error, AuthError) and bool(error.codes)


def _outcome_of(report: OrderReport, is_ours: bool) -> tuple[OrderOutcome, str]:
    filled = f", {report.executed_volume.normalize():f} of it was filled before" if report.executed_volume else ""
    match report.state:
        case ReportedState.CANCEL if is_ours:
            return OrderOutcome.CANCELLED, f"cancelled{filled}"
        case ReportedState.CANCEL:
            return OrderOutcome.ENDED_BEFORE, f"was cancelled already{filled}"
        case ReportedState.DONE:
            return OrderOutcome.ENDED_BEFORE, "was filled already"
        case _:
            return OrderOutcome.ENDED_BEFORE, "was rejected by the exchange"


def _too_many(found: Sequence[OrderReport]) -> str:
    ids = ", ".join(report.order_id for report in found)
    return f"NOT cancelled: orders {ids} all look like it, and not all can be this bot's. Look at the exchange"


def _too_late(found: Sequence[OrderReport]) -> str:
    ids = ", ".join(report.order_id for report in found)
    which = f"order {ids} looks" if len(found) == 1 else f"orders {ids} look"
    return f"NOT cancelled: {which} like it, stored too late to be surely this bot's. Look at the exchange"
