"""What the connector meant to do, written down before the request leaves.

Peatio has no client order ids: after a crash nothing on the exchange shows whose an order is, and Hummingbot stores an
order only once it is created. The journal is what is left to compare with the exchange.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Protocol

from hummingbot.connector.exchange.peatio.common.errors import JournalError
from hummingbot.connector.exchange.peatio.common.messages import FeeRates
from hummingbot.connector.exchange.peatio.execution.follow_ups import FollowUps
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState, OrderEnd
from hummingbot.connector.exchange.peatio.execution.intent_table import IntentTable
from hummingbot.connector.exchange.peatio.execution.journal_file import JournalFile
from hummingbot.core.data_type.in_flight_order import TradeUpdate

# A create that waited for less left at the time that its row has.
NOTED_WAIT_S = 1.0

_RECORDED, _SENT, _LIVE = IntentState.RECORDED, IntentState.SENT, IntentState.LIVE
_ABSENT, _ENDED, _CLOSED = IntentState.ABSENT, IntentState.ENDED, IntentState.CLOSED
_SETTLED = IntentState.SETTLED

#: From which states each state can be reached. A closed intent ends once more where the engine restarted after a prompt
#: cancel and may have loaded the order again.
LEGAL: Mapping[IntentState, frozenset[IntentState]] = {
    _SENT: frozenset({_RECORDED, _SENT, _ABSENT}),
    _LIVE: frozenset({_RECORDED, _SENT, _ABSENT}),
    _ABSENT: frozenset({_SENT, _ABSENT}),
    _ENDED: frozenset({_SENT, _LIVE, _ABSENT, _ENDED, _SETTLED, _CLOSED}),
    _SETTLED: frozenset(IntentState),
    _CLOSED: frozenset(IntentState),
}

_ENDS = {_LIVE: OrderEnd.FAILED, _ENDED: OrderEnd.CANCELLED}


class IntentListener(Protocol):
    """Who learns which intents are orders that the exchange has, or may have."""

    def on_intent_open(self, intent: Intent) -> None:
        """The intent was recorded, read from the file, or its order is known to be at the exchange."""

    def on_intent_over(self, intent: Intent) -> None:
        """The exchange has no order of the intent any more, or never had one, as far as is known."""


class IntentJournal:
    """The owner of every intent's state, and of the history. Memory holds the open intents; the file follows.

    Only `record` can fail: nothing may leave that is not in the file. Any other transition happens in memory whatever
    the disk does; what could not be written is written in its order, and before the next intent is recorded. A process
    that dies before that leaves an older state, which its successor compares with the exchange.

    :param open_file: opens the file; called by `open`
    :param database: the running strategy's database in Hummingbot; None where nothing records
    :ivar follow_ups: what is to be done about orders that the exchange has ended
    """

    def __init__(
        self,
        open_file: Callable[[], JournalFile],
        logger: logging.Logger,
        database: Callable[[], str | None] = lambda: None,
        listener: IntentListener | None = None,
    ) -> None:
        self._open_file = open_file
        self._database = database
        self._listener = listener
        self._logger = logger
        self._file: JournalFile | None = None
        self._intents = IntentTable()
        self._unwritten: deque[Callable[[JournalFile], None]] = deque()
        self._ended_unread: dict[str, OrderEnd | None] = {}
        self.follow_ups = FollowUps(self._write)

    def open(self) -> None:
        """Opens the file and reads what is left in it; nothing where it is open.

        :raises JournalError: when it cannot be opened or read
        """
        if self._file is None:
            file = self._open_file()
            intents, follow_ups = file.unfinished(settled_of=self._database()), file.follow_ups()
            self._file = file
            self._know(intents)
            while self._ended_unread:
                self.close(*self._ended_unread.popitem())
            self.follow_ups.know(follow_ups)
            self._try_to_flush(file)

    def close_file(self) -> None:
        """Closes the file; its rows are for the next owner."""
        if self._file is not None:
            self._try_to_flush(self._file)
            self._file.close()
        if self._listener is not None:
            for intent in self._intents:
                self._listener.on_intent_over(intent)
        self._file = None
        self._intents.clear()
        self.follow_ups.clear()
        self._unwritten.clear()

    @property
    def is_open(self) -> bool:
        """Whether the file could be read, so that what an earlier run left is known."""
        return self._file is not None

    @property
    def file(self) -> JournalFile:
        """The open file.

        :raises JournalError: when it is not open
        """
        if self._file is None:
            raise JournalError("The order journal is not open yet; no orders are placed before.")
        return self._file

    def take_over(self, owner: str) -> int:
        """Makes the rows of another owner that are not closed this one's.

        :return: how many
        :raises JournalError: when the file cannot be written
        """
        taken, follow_ups = self.file.unfinished(owner, self._database()), self.file.follow_ups(owner)
        self.file.take_over(owner)
        self._know(taken)
        self.follow_ups.know(follow_ups)
        return len(taken)

    def _know(self, intents: Iterable[Intent]) -> None:
        for intent in intents:
            known = self._intents.get(intent.client_order_id)
            if known is not None:
                self._put(known)  # it went on before the file could be opened
            self._intents.put(known or intent)
            self._notify(known or intent)

    # Transitions.

    def record(self, intent: Intent) -> None:
        """Before the request leaves.

        :raises JournalError: when it cannot be written, or an intent of that id is known already
        """
        intent = intent.changed(database=self._database())
        self._flush(self.file)
        self.file.insert(intent)
        self._intents.put(intent)
        self._notify(intent)

    def unsent(self, client_order_id: str) -> None:
        """The exchange never processed the request."""
        self.close(client_order_id, OrderEnd.UNSENT)

    def sent(self, client_order_id: str, at_s: float, newest_order_id: int = 0) -> None:
        """The request leaves now. The file says "sent" since `record`; it learns the time where the request waited.

        :param at_s: by the exchange's clock
        :param newest_order_id: the highest id of another order that was reported so far
        :raises JournalError: when the time cannot be written; then the request must not leave
        """
        intent = self._legal(client_order_id, _SENT)
        if intent is None:
            return
        has_waited = abs(at_s - intent.created_at_s) > NOTED_WAIT_S
        sent = intent.changed(state=_SENT, newest_order_id=newest_order_id)
        if has_waited:  # otherwise the row has both as they were a moment before
            sent = sent.changed(created_at_s=at_s)
            if self._file is not None:
                self._file.update(sent)
        self._intents.put(sent)

    def undecided(self, client_order_id: str) -> None:
        """More orders at the exchange look like it than creates are lost. The row is "sent"."""
        self._move(client_order_id, _SENT)

    def live(self, client_order_id: str, exchange_order_id: str, rates: FeeRates | None) -> None:
        """The exchange's id of the order is known: its create was answered, or the order was found."""
        self._move(client_order_id, _LIVE, exchange_order_id, rates)

    def replaced(self, client_order_id: str, exchange_order_id: str) -> None:
        """The exchange cancelled the order and put another one in its place."""
        intent = self._intents.get(client_order_id)
        if intent is not None and intent.state is _LIVE:
            self._put_replaced(intent.changed(exchange_order_id=exchange_order_id), intent)

    def taken_back(self, intent: Intent) -> None:
        """The order has ended, and the exchange put another one in its place, which is to be cancelled.

        :param intent: with the id of that one; it may be closed
        """
        former = self._intents.get(intent.client_order_id)
        known = former or intent.changed(database=intent.database or self._database())
        self._put_replaced(known.changed(state=_LIVE, exchange_order_id=intent.exchange_order_id), former)

    def absent(self, client_order_id: str) -> None:
        """The exchange has no such order; it may still turn up."""
        self._move(client_order_id, _ABSENT)

    def ended(self, intent: Intent) -> None:
        """The order was cancelled, and has to be cancelled once more.

        :param intent: as known before; it may be closed, or of an order without a row
        """
        if self._intents.get(intent.client_order_id) is None:
            self._intents.put(intent.changed(state=_CLOSED))
        self._move(intent.client_order_id, _ENDED, intent.exchange_order_id)

    def close(self, client_order_id: str, end: OrderEnd | None = None) -> None:
        """The order has ended, or was never placed. One of another strategy waits for that strategy's next start.

        :param end: how, where the intent's state does not say it
        """
        intent = self._legal(client_order_id, _CLOSED)
        if self._file is None:  # orders that Hummingbot restored may end before
            self._ended_unread[client_order_id] = end or (None if intent is None else _ENDS.get(intent.state))
        if intent is None:
            return
        if self.is_of_other_strategy(intent) and intent.exchange_order_id is not None:
            self._move(client_order_id, _SETTLED)
            self._intents.remove(client_order_id)
            return
        self._intents.remove(client_order_id)
        end = end or _ENDS.get(intent.state, OrderEnd.ABSENT)
        if self._listener is not None:
            self._listener.on_intent_over(intent)
        self._write(partial(JournalFile.close_row, intent=intent, end=end))

    def fill(self, fill: TradeUpdate, is_buy: bool) -> None:
        """A fill that Hummingbot has learned. The same one again does no harm.

        Where the file cannot be opened yet, it is written once it is: orders that Hummingbot restored may fill before.
        """
        write = partial(JournalFile.fill, fill=fill, is_buy=is_buy)
        if self._file is None:
            self._unwritten.append(write)
        else:
            self._write(write)

    def want_cancel(self, client_order_id: str) -> None:
        """Somebody asked for the order's cancel; remembered until it has ended, over restarts."""
        self.want_cancels([client_order_id])

    def want_cancels(self, client_order_ids: Iterable[str]) -> None:
        """The same for several orders, in one transaction."""
        known = filter(None, map(self._intents.get, client_order_ids))
        wanted = [intent.changed(is_cancel_wanted=True) for intent in known if not intent.is_cancel_wanted]
        if wanted:
            for intent in wanted:
                self._intents.put(intent)
            self._write(partial(JournalFile.update_all, intents=wanted))

    # Reading.

    def get(self, client_order_id: str) -> Intent | None:
        """The open intent of that id."""
        return self._intents.get(client_order_id)

    def unfinished(self) -> list[Intent]:
        """The intents that are not closed, oldest first."""
        return list(self._intents)

    def in_state(self, state: IntentState) -> list[Intent]:
        """The intents in one state, oldest first."""
        return self._intents.in_state(state)

    def cancelled_since(self, at_s: float, limit: int) -> list[Intent]:
        """The last limit orders that ended as cancelled since then, newest first.

        :param at_s: by this machine's clock
        :raises JournalError: when the file cannot be read
        """
        return self.file.cancelled_since(at_s, limit)

    def is_claimed(self, exchange_order_id: str) -> bool:
        """Whether an order of that id belongs, or belonged, to an intent, this owner's or another's on the account.

        :raises JournalError: when the file cannot be read
        """
        return self.claimed_by(exchange_order_id) is not None

    def claimed_by(self, exchange_order_id: str) -> str | None:
        """The client order id of that intent, open or closed.

        :raises JournalError: when the file cannot be read
        """
        for intent in self._intents:
            if intent.exchange_order_id == exchange_order_id:
                return intent.client_order_id
        return None if self._file is None else self._file.claimed_by(exchange_order_id)

    def former_ids(self, intent: Intent) -> list[str]:
        """The ids that its order had before the exchange put others in its place.

        :raises JournalError: when the file cannot be read
        """
        return self.file.former_ids(intent)

    def is_of_other_strategy(self, intent: Intent) -> bool:
        """Whether the order was placed for another strategy than the running one, which has a database of its own."""
        return intent.database is not None and self._database() not in (None, intent.database)

    def has_ended(self, client_order_id: str) -> bool:
        """Whether the order's end is known, or the order itself is not."""
        intent = self._intents.get(client_order_id)
        return intent is None or intent.state is _ENDED

    def end_of(self, client_order_id: str) -> OrderEnd | None:
        """How an order ended; None where it has not, or that is not known.

        :raises JournalError: when the file cannot be read
        """
        intent = self._intents.get(client_order_id)
        if intent is not None:
            return OrderEnd.CANCELLED if intent.state is _ENDED else None
        return self.file.end_of(client_order_id)

    def tick(self) -> None:
        """Writes what the disk refused before, and tidies up a little."""
        if self._file is not None and self._try_to_flush(self._file):
            try:
                self._file.move_closed()
            except JournalError as error:
                self._logger.debug(str(error))

    def _legal(self, client_order_id: str, state: IntentState) -> Intent | None:
        """The intent that is to reach `state`; None where it is not known, or that step is none."""
        intent = self._intents.get(client_order_id)
        if intent is not None and intent.state not in LEGAL[state]:
            self._logger.error(
                f"The order journal refuses to move order {client_order_id} from {intent.state.name} to {state.name}. "
                "Please report this line."
            )
            return None
        return intent

    def _move(
        self,
        client_order_id: str,
        state: IntentState,
        exchange_order_id: str | None = None,
        rates: FeeRates | None = None,
    ) -> None:
        intent = self._legal(client_order_id, state)
        if intent is None:
            return
        moved = intent.changed(
            state=state,
            exchange_order_id=exchange_order_id or intent.exchange_order_id,
            fee_rates=rates or intent.fee_rates,
            live_at_s=time.time() if state is _LIVE else intent.live_at_s,
        )
        self._put(moved)
        self._notify(moved)

    def _notify(self, intent: Intent) -> None:
        if self._listener is None:
            return
        if intent.state in (_RECORDED, _SENT, _LIVE):
            self._listener.on_intent_open(intent)
        else:
            self._listener.on_intent_over(intent)

    def _put(self, intent: Intent) -> None:
        self._intents.put(intent)
        self._write(partial(JournalFile.update, intent=intent))

    def _put_replaced(self, intent: Intent, former: Intent | None) -> None:
        self._intents.put(intent)
        self._write(partial(JournalFile.replaced, intent=intent, former=former))

    def _write(self, write: Callable[[JournalFile], None]) -> None:
        if self._file is None:
            return
        self._unwritten.append(write)
        try:
            self._flush(self._file)
        except JournalError as error:
            if len(self._unwritten) == 1:
                self._logger.error(str(error))

    def _try_to_flush(self, file: JournalFile) -> bool:
        try:
            self._flush(file)
        except JournalError as error:
            self._logger.debug(str(error))
        return not self._unwritten

    def _flush(self, file: JournalFile) -> None:
        """:raises JournalError: when the disk still refuses"""
        while self._unwritten:
            self._unwritten[0](file)
            self._unwritten.popleft()
