"""Second cancels: the exchange has cancelled an order, and its matching engine may still hold it.

Three things leave a cancelled order in the engine's book (docs/protocol.md sections 4.4 and 4.11): a cancel while the
order is pending; a restart of the engine after it took the cancel and before the database did, because it then loads
the order again; and a match without a trade, after which the trade executor submits the order again, behind its cancel.
A second cancel of the cancelled order removes it in all three cases. No event tells of the last one: the engine's book
shows it (`engine_book`).

On a pegged market a cycle may have ended the order in the database before our cancel took effect (section 4.13): an end
soon after our cancel says nothing about the engine there.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import MessageError, NotFoundError, RequestError
from hummingbot.connector.exchange.peatio.common.retry import Backoff
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.execution.follow_ups import FollowUp
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.data_type.in_flight_order import OrderState


@dataclass
class _Cancel:
    market: Hashable
    sent_at_s: float
    may_be_kept: bool = False
    ended_at_s: float | None = None


class SecondCancelPolicy:
    """Decides which cancelled orders have to be cancelled once more. Pure: no I/O, no clock of its own.

    A first cancel of ours that ended a live order at once is above suspicion. One that took long met an exchange in
    trouble, and how a cancel went that this process did not send nobody knows.
    """

    def __init__(self) -> None:
        self._cancels: dict[str, _Cancel] = {}

    def on_cancel_sent(self, order: str, market: Hashable, now_s: float, is_pending: bool = False) -> None:
        """Before the request that cancels the order leaves; the first one counts.

        :param is_pending: whether the order has not been seen to leave `pending`
        """
        cancel = self._cancels.setdefault(order, _Cancel(market, now_s))
        cancel.may_be_kept |= is_pending

    def on_ended_before(self, order: str, market: Hashable, now_s: float) -> None:
        """An earlier process saw the end of its prompt cancel; whether a restart of the engine came between, it may not
        have noticed any more."""
        self._cancels.setdefault(order, _Cancel(market, now_s, ended_at_s=now_s))

    def is_needed(self, order: str, now_s: float) -> bool:
        """Whether an order that the exchange reports as cancelled needs a second cancel."""
        cancel = self._cancels.get(order)
        if cancel is None:
            return True
        if cancel.ended_at_s is None:
            cancel.ended_at_s = now_s
        return cancel.may_be_kept or cancel.ended_at_s - cancel.sent_at_s > CONSTANTS.PROMPT_CANCEL_S

    def on_engine_restart(self, market: Hashable, now_s: float) -> list[str]:
        """The market's engine has loaded what the database held as open; when, nobody knows: it is silent before the
        market's book changes.

        :return: the orders whose prompt cancel is not above suspicion any more
        """
        self.forget_old(now_s)
        for cancel in self._cancels.values():
            cancel.may_be_kept |= cancel.market == market
        return [
            order
            for order, cancel in self._cancels.items()
            if cancel.market == market and cancel.ended_at_s is not None
        ]

    def __contains__(self, order: str) -> bool:
        """Whether a cancel of the order is remembered."""
        return order in self._cancels

    def forget(self, order: str) -> None:
        """The order needs no second cancel any more."""
        self._cancels.pop(order, None)

    def forget_old(self, now_s: float) -> None:
        """Forgets the cancels that ended too long ago for a restart to matter."""
        self._cancels = {
            order: cancel
            for order, cancel in self._cancels.items()
            if cancel.ended_at_s is None or now_s - cancel.ended_at_s <= CONSTANTS.RESTART_NOTICED_S
        }


class SecondCancels:
    """Sends the second cancels that are due: those of the journal's intents in the state `ENDED`, and its follow-ups.

    :param is_pegged: whether the exchange itself may cancel orders of a pair, while our cancel is under way too
    :param now_s: this machine's clock
    """

    def __init__(
        self,
        rest: RestClient,
        journal: IntentJournal,
        is_pegged: Callable[[str], bool],
        tasks: Tasks,
        now_s: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        logger: logging.Logger,
    ) -> None:
        self._rest = rest
        self._journal = journal
        self._is_pegged = is_pegged
        self._tasks = tasks
        self._now_s = now_s
        self._sleep = sleep
        self._logger = logger
        self._policy = SecondCancelPolicy()
        #: Reported as cancelled, and not yet ended for Hummingbot.
        self._due: dict[str, Intent] = {}
        #: Orders that a prompt cancel ended, for as long as a restart of the engine can bring them back.
        self._prompt: dict[str, Intent] = {}
        #: Those of them that were not yet compared with the engine's book, and since when they have ended.
        self._unseen: dict[str, float] = {}
        #: By the exchange's id of the order.
        self._running: dict[str, asyncio.Task[None]] = {}

    def on_cancel_sent(self, order: TrackedOrder) -> None:
        """Before the request that cancels the order leaves."""
        is_pending = not order.seen_live_event.is_set()
        self._policy.on_cancel_sent(order.client_order_id, order.trading_pair, self._now_s(), is_pending)

    def on_cancelled(self, order: TrackedOrder) -> None:
        """The exchange reports the order as cancelled, for the first time or again."""
        if order.ended_event.is_set() or order.order_type is OrderType.MARKET or order.exchange_order_id is None:
            return  # no market order stays in the engine's book
        known = self._journal.get(order.client_order_id) or order.to_intent()
        intent = known.changed(exchange_order_id=order.exchange_order_id)
        is_late = self._policy.is_needed(order.client_order_id, self._now_s())
        is_needed = is_late or self._is_pegged(order.trading_pair)
        (self._due if is_needed else self._prompt)[order.client_order_id] = intent

    def on_order_ended(self, order: TrackedOrder, state: OrderState) -> None:
        """The order is final in Hummingbot. One that was not cancelled cannot stay in the engine's book.

        Only now does the journal say `ENDED`: a process that dies before Hummingbot's database has the end leaves the
        order `LIVE`, and the next one reports the end.
        """
        due = self._due.pop(order.client_order_id, None)
        if due is not None:
            self._start(due)
        elif state is not OrderState.CANCELED:
            self._policy.forget(order.client_order_id)
        elif order.client_order_id in self._prompt:
            self._unseen[order.client_order_id] = self._now_s()

    def on_replaced(self, former: Intent) -> None:
        """Another order takes the place of one that the exchange has cancelled, and has the journal's row from now on.
        How the exchange's own cancel went nobody knows, so the former order is cancelled once more.

        :param former: with the id of the one that was cancelled
        """
        key = former.client_order_id
        self._policy.forget(key)
        for known in (self._prompt, self._unseen, self._due):
            known.pop(key, None)
        self._journal.follow_ups.add(FollowUp.SECOND_CANCEL, former)
        self._send(former)

    def unseen(self) -> list[Intent]:
        """The promptly cancelled orders that the engine's book is to be asked about: it has had time to drop them."""
        until_s = self._now_s() - CONSTANTS.PROMPT_CANCEL_S
        return [self._prompt[key] for key, ended_at_s in self._unseen.items() if ended_at_s <= until_s]

    def on_seen(self, client_order_id: str, is_left: bool) -> None:
        """The engine's book was asked once about an order that a prompt cancel ended.

        :param is_left: whether it may still have the order
        """
        self._unseen.pop(client_order_id, None)
        if is_left:
            self._start(self._prompt.pop(client_order_id))

    def on_engine_restart(self, trading_pair: str) -> None:
        """The market's sequence started again, so its engine has loaded the open orders of the database."""
        for client_order_id in self._policy.on_engine_restart(trading_pair, self._now_s()):
            intent = self._prompt.pop(client_order_id, None)
            self._unseen.pop(client_order_id, None)
            if intent is not None:
                self._start(intent)

    def resume(self) -> None:
        """Sends what is due and not under way: after a start, or a stop that ended the tasks. The last process may have
        ended before it compared its last cancelled orders with the engine's book.

        :raises JournalError: when the file cannot be read
        """
        for intent in self._journal.in_state(IntentState.ENDED):
            self._start(intent)
        for intent in self._journal.follow_ups.of(FollowUp.SECOND_CANCEL):
            self._send(intent)
        now_s = self._now_s()
        for intent in self._journal.cancelled_since(now_s - CONSTANTS.RESTART_NOTICED_S, CONSTANTS.ENDS_LOOKED_AT):
            if self._journal.get(intent.client_order_id) is not None:
                continue  # it goes on as another order, whose row that is
            self._policy.on_ended_before(intent.client_order_id, intent.trading_pair, now_s)
            self._prompt[intent.client_order_id] = intent
            self._unseen[intent.client_order_id] = now_s

    def forget_old(self) -> None:
        """Forgets cancels that ended too long ago for a restart of the engine to matter."""
        self._policy.forget_old(self._now_s())
        self._prompt = {key: intent for key, intent in self._prompt.items() if key in self._policy}
        self._unseen = {key: ended_at_s for key, ended_at_s in self._unseen.items() if key in self._prompt}

    async def wait(self) -> None:
        """Waits until the second cancels under way are answered."""
        if self._running:
            await asyncio.wait(list(self._running.values()))

    def _start(self, intent: Intent) -> None:
        self._journal.ended(intent)
        self._send(intent)

    def _send(self, intent: Intent) -> None:
        key, order_id = intent.client_order_id, intent.exchange_order_id
        if order_id is not None:
            name = f"second cancel of order {key}"
            self._tasks.start_once(self._running, order_id, lambda: self._cancel_until_answered(key, order_id), name)

    async def _cancel_until_answered(self, client_order_id: str, order_id: str) -> None:
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        while not await self._is_answered(order_id):
            await self._sleep(backoff.next_s())
        self._journal.follow_ups.done(FollowUp.SECOND_CANCEL, order_id)
        row = self._journal.get(client_order_id)
        if row is not None and (row.state, row.exchange_order_id) == (IntentState.ENDED, order_id):
            self._policy.forget(client_order_id)
            self._journal.close(client_order_id)

    async def _is_answered(self, order_id: str) -> bool:
        try:
            await self._rest.cancel_order(order_id)
        except (RequestError, MessageError) as error:
            # Any other error says nothing about the order.
            is_answer = isinstance(error, NotFoundError)
            level = logging.WARNING if is_answer else logging.DEBUG
            self._logger.log(
                level, f"Order {order_id} is cancelled, but may still be in the matching engine's book: {error}"
            )
            return is_answer
        return True
