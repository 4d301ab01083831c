"""One market's book: an unbroken sequence from a snapshot, or nothing (docs/reference/order-books.md). No I/O.

Per market an increment counts one more than the one before; anything else is a break (docs/protocol.md section 5).
From a break to the next whole replay the book is empty, so that nobody prices from it.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from math import inf

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.book_messages import sequence_of, trade_event
from hummingbot.connector.exchange.peatio.common.errors import CrossedBookError, MessageError, PeatioError
from hummingbot.connector.exchange.peatio.order_books.commands import (
    AskDepth,
    Cancel,
    Command,
    Count,
    Event,
    Job,
    Log,
    Notify,
)
from hummingbot.connector.exchange.peatio.order_books.counts import BookCounts, BookFault, BookHealth, BookState
from hummingbot.connector.exchange.peatio.order_books.depth import Answer, book_of, difference
from hummingbot.connector.exchange.peatio.order_books.depth_jobs import DepthJobs
from hummingbot.connector.exchange.peatio.order_books.levels import SyncedLevels
from hummingbot.connector.exchange.peatio.order_books.replay import Payload, Replay, Resubscription
from hummingbot.connector.exchange.peatio.order_books.restarts import RestartDetector
from hummingbot.connector.exchange.peatio.order_books.silence import SilenceDetector
from hummingbot.connector.exchange.peatio.order_books.symptoms import Symptoms, break_of

_APPLIED = (Count(increments=1),)
_REJECTED = (Count(rejected=1),)


class BookSync:
    """The only owner of a market's book and of what following it takes.

    Each input returns the commands that it leads to, in their order. Inputs named in a command's docstring follow
    from the command; the others come from the streams and the clock. `now_s` is a clock that never steps.

    :ivar sequence: of the last message in the book
    :ivar reason: why the book is not followed; "" where it is
    :ivar fault: what kind of reason that is, or the last one was
    :ivar whole_book_s: when the last whole book came, on a server that sends no increments; None elsewhere
    """

    def __init__(self, trading_pair: str, levels: SyncedLevels, counts: BookCounts, now_s: float) -> None:
        self.trading_pair = trading_pair
        self.levels = levels
        self.counts = counts
        self.sequence = 0
        self.reason = "no snapshot has come yet"
        self.fault = BookFault.NO_SNAPSHOT
        self.whole_book_s: float | None = None
        self.silence = SilenceDetector(now_s)
        self._symptoms = Symptoms(levels, self.silence)
        self._commands: list[Command] = []
        self._is_connected = self._has_stored = self._is_reported_invalid = self._is_confirming = False
        self._invalid_since_s = now_s
        self._followed_s = -inf
        self._restarts = RestartDetector()
        # Messages that are kept back, and where the sequence stood when trades went on without it: a replay that ends
        # there shows nothing new.
        self._replay: Replay | None = None
        self._stale_at: int | None = None
        self._resubscription = Resubscription()
        self._depth = DepthJobs(trading_pair, levels, counts)

    # What it is.

    @property
    def state(self) -> BookState:
        """Where the levels come from."""
        if not self.reason:
            return BookState.FOLLOWING
        if self._depth.is_filling:
            return BookState.REST_FED
        return BookState.EMPTY if self._replay is None else BookState.REPLAYING

    def health(self, now_s: float) -> BookHealth:
        """State, reason and counters as of now."""
        since_s = now_s - self._invalid_since_s if self.reason else 0.0
        counts = replace(self.counts, invalid_s=self.counts.invalid_s + since_s)
        return BookHealth(self.state, self.reason, since_s, counts)

    # The public streams.

    def on_level(self, sequence: int, is_bid: bool, price: float, volume: float) -> bool:
        """The ordinary increment. False, and nothing done, where `on_message` must judge it.

        It is in the book after `apply_levels`, which is due before anybody else looks at the book.
        """
        if self.reason or sequence != self.sequence + 1 or sequence == CONSTANTS.FIRST_CHANGE:
            return False
        if not self.levels.add_level(is_bid, price, volume):
            return False
        self.sequence = sequence
        return True

    def apply_levels(self) -> int:
        """Brings the ordinary increments that have come into the book; how many they were."""
        return self.levels.apply_added()

    def on_message(self, stream: str, payload: Payload, now_s: float) -> Sequence[Command]:
        """:param stream: which of the market's streams it is; others than those of the book are ignored"""
        try:
            if stream == CONSTANTS.WHOLE_BOOK_STREAM:
                # Peatio before 2.4 sends it from time to time, from the database, and no increments. It has no number;
                # counted here, so that the silence detector sees that the book moves.
                self._start(payload, self.sequence + 1, CONSTANTS.WHOLE_BOOK_LEVELS, now_s)
                self.whole_book_s = now_s
            elif stream not in (CONSTANTS.INCREMENTS_STREAM, CONSTANTS.SNAPSHOT_STREAM):
                pass
            elif (replay := self._replay_of_now()) is not None:
                replay.on_message(stream, payload)
                self._apply_late_replay(replay, now_s)
            elif stream == CONSTANTS.SNAPSHOT_STREAM:
                self._start(payload, sequence_of(payload), CONSTANTS.SNAPSHOT_LEVELS, now_s)
            else:
                return self._on_increment(payload, now_s)
        except MessageError as error:
            self._invalidate_unreadable(error, now_s)
        return self._take()

    def _on_increment(self, payload: Payload, now_s: float) -> Sequence[Command]:
        if self.reason:
            return _REJECTED
        expected = self.sequence + 1
        is_doubtful = expected == CONSTANTS.FIRST_CHANGE and self._has_stored
        if is_doubtful or not isinstance(payload, dict) or payload.get("sequence") != expected:
            # Looked at closely only here: nearly every one is the expected.
            sequence, reached = sequence_of(payload), self.sequence
            fault, reason = break_of(reached, sequence)
            self._invalidate(fault, reason, now_s)
            self._commands.extend([] if fault is BookFault.FIRST_CHANGE else [Notify(Event.GAP)])
            if sequence <= reached:
                self._look_for_restart(sequence)
            return self._take()
        self.levels.apply_increment(payload)
        self.sequence = expected
        return _APPLIED

    def on_trade(self, payload: Payload, now_s: float) -> None:
        """:raises MessageError: when the trade cannot be read; the book does not depend on trades"""
        trade = trade_event(payload, self.trading_pair)
        self.levels.apply_trade(trade)
        self.silence.on_trade(trade.trade_id, now_s, now_s)

    def on_stored(self) -> None:
        """The server has sent what it stores of this market. Those of others may still have to come."""
        self._has_stored = True
        if self._replay is not None:
            self._replay.is_stored = True

    def on_connected(self, now_s: float) -> Sequence[Command]:
        """The subscription is acknowledged on a new connection; an early subscriber may still have got no snapshot."""
        self._is_connected = self._has_stored = True
        self._judge_replay(now_s)
        if self.reason:
            self._commands.extend(self._resubscription.begin(CONSTANTS.SNAPSHOT_TIMEOUT_S))
        else:
            self._look_for_restart(self.sequence)
        return self._take()

    def on_lost(self, now_s: float) -> Sequence[Command]:
        """The connection was lost."""
        self._is_connected = self._has_stored = False
        if not self.reason:
            self.counts.add(BookFault.CONNECTION)
        self._commands.extend([*self._resubscription.cancel(), *self._depth.stop_feed()])
        self._empty(BookFault.CONNECTION, "the connection was lost", now_s)
        self._forget_replay()
        return self._take()

    def on_other_restart(self, now_s: float) -> Sequence[Command]:
        """The engine of another market was restarted. Where this one's was too, its new sequence may go on from the old
        one by chance, and nothing else shows that the book is another."""
        if not self.reason:
            self._invalidate(BookFault.OTHER_RESTART, "the matching engine of another market was restarted", now_s)
        return self._take()

    # The answers to commands.

    def on_timer(self, job: Job, now_s: float) -> Sequence[Command]:
        """The delay of a `Wait` has passed."""
        if job is Job.RESUBSCRIBE and self.reason:
            self.counts.resyncs += 1
            replay, command = self._resubscription.send()
            # Kept back, so that a book is never shown that an old snapshot began and a gap ends.
            self._keep_back(replay)
            self._commands.append(command)
        elif job is Job.RESUBSCRIBE:
            self._resubscription.end()
        else:
            self._commands.extend(self._depth.on_timer(job, self.sequence))
        return self._take()

    def on_ack(self, error: PeatioError | None, now_s: float) -> Sequence[Command]:
        """The server has sent all that it stores, or `error` came instead."""
        self._resubscription.on_ack()
        if error is None:
            self._judge_replay(now_s)
        else:
            self._commands.append(Log(logging.WARNING, f"No snapshot of {self.trading_pair}: {error}"))
            self._forget_replay()
        self._commands.extend(self._resubscription.after_answer(is_followed=not self.reason))
        return self._take()

    def on_depth(self, job: Job, answer: Answer, now_s: float) -> Sequence[Command]:
        """REST depth, or the error that came instead."""
        if job is Job.CONFIRM:
            self._confirm_unchanged(answer, now_s)
        else:
            self._commands.extend(self._depth.on_depth(job, answer, self.sequence, self.reason, now_s))
        return self._take()

    def on_broken(self, error: Exception, now_s: float) -> Sequence[Command]:
        """A mistake of ours ended an input halfway: what is under way is ended, and the book subscribed to again."""
        self._commands = [*self._resubscription.cancel(), *self._depth.stop_feed()]
        self._forget_replay()
        self._invalidate(BookFault.UNREADABLE, f"it could not be followed ({error!r})", now_s)
        return self._take()

    # The clock, and what others notice.

    def tick(self, now_s: float) -> Sequence[Command]:
        """Looks for what no message shows: a book that is crossed, depleted, silent or doubtful, or not followed."""
        if not self.reason:
            symptom = self._symptoms.look(self.sequence, self.whole_book_s, self._depth.differs, now_s)
            if symptom is not None:
                self._invalidate(symptom.fault, symptom.reason, now_s)
                self._commands.extend([Notify(Event.SILENT)] if symptom.concerns_others else [])
            return self._take()
        for_s = now_s - self._invalid_since_s
        if self.state is BookState.REST_FED:
            self._is_reported_invalid = False  # orders are placed by it, which must not stay on an empty book
        elif for_s >= CONSTANTS.QUOTES_PULLED_AFTER_S and not self._is_reported_invalid:
            self._is_reported_invalid = True
            self._commands.append(Notify(Event.INVALID))
        if for_s >= CONSTANTS.REST_FALLBACK_AFTER_S and self._is_connected:
            self._commands.extend(self._depth.start_feed(now_s))
        return self._take()

    def expire_feed(self, fed_markets: int, now_s: float) -> Sequence[Command]:
        """Ends depth that is too old. `tick` follows."""
        self._commands.extend(self._depth.expire_feed(fed_markets, now_s))
        return self._take()

    # Following and invalidating.

    def _start(self, payload: Payload, sequence: int, level_limit: int, now_s: float) -> None:
        self.levels.start_from(payload, level_limit)
        self._keep_back(None)
        self._stale_at = None
        self.sequence = sequence
        self._commands.append(Count(snapshots=1))
        self._follow(sequence, now_s)

    def _follow(self, first: int, now_s: float) -> None:
        is_first, self._followed_s = self._followed_s == -inf, now_s
        self._symptoms.renewal.on_followed(first, self.fault if self.reason else None, now_s)
        if not self.reason:
            return
        lasted_s = now_s - self._invalid_since_s
        self.counts.invalid_s += lasted_s
        self.reason = ""
        self._restarts.on_followed()
        self._commands.extend(self._depth.stop_feed())
        self._is_reported_invalid = False
        self._symptoms.on_followed(now_s)
        if not is_first:
            text = f"The order book of {self.trading_pair} is followed again after {lasted_s:.1f} s."
            self._commands.append(Log(logging.INFO, text))
            self._commands.extend(self._depth.start_check(self.sequence))

    def _invalidate(self, fault: BookFault, reason: str, now_s: float) -> None:
        """Empties the book and requests its snapshot until it can be followed again.

        Logged and counted once, however often the same fault is met before that.
        """
        was_followed, is_precaution = not self.reason, fault in (BookFault.FIRST_CHANGE, BookFault.RENEWAL)
        if was_followed or self.fault is not fault:
            self.counts.add(fault)
            text = f"The order book of {self.trading_pair} is invalid: {reason}. Requesting a snapshot."
            self._commands.append(Log(logging.INFO if is_precaution else logging.WARNING, text))
        if fault is BookFault.SILENT:
            self._stale_at = self.sequence
        self._empty(fault, reason, now_s)
        was_stable = now_s - self._followed_s > CONSTANTS.STABLE_AFTER_S
        self._commands.extend(self._resubscription.after_break(is_precaution or (was_followed and was_stable)))

    def _invalidate_unreadable(self, error: MessageError, now_s: float) -> None:
        if self._replay is not None:
            self._replay.flaw = self._replay.flaw or str(error)
        fault, what = BookFault.UNREADABLE, "a message could not be read"
        if isinstance(error, CrossedBookError):
            fault, what = BookFault.CROSSED, "its snapshot is crossed"
        self._invalidate(fault, f"{what} ({error})", now_s)

    def _empty(self, fault: BookFault, reason: str, now_s: float) -> None:
        if not self.reason:
            self._restarts.on_left(self.levels, self.sequence)
            self._invalid_since_s = now_s
            self.silence.on_invalid()
            self._commands.extend(self._depth.stop_check())
        if self.state is not BookState.REST_FED:
            self.levels.clear()
        self.fault, self.reason = fault, reason

    def _look_for_restart(self, sequence: int, is_of_another_engine: bool = False) -> None:
        if self._restarts.is_restart(sequence, is_of_another_engine):
            self.counts.restarts += 1
            self._commands.append(Notify(Event.ENGINE_RESTART))

    # Replays.

    def _replay_of_now(self) -> Replay | None:
        """What keeps messages back. The connection after a lost one begins with what the server stores, up to its
        acknowledgement: the book as it was some seconds ago."""
        if self._replay is None and self.fault is BookFault.CONNECTION and self.reason and not self._is_connected:
            self._keep_back(Replay())
        return self._replay

    def _keep_back(self, replay: Replay | None) -> None:
        self._replay = replay
        if self._is_confirming:
            self._is_confirming = False
            self._commands.append(Cancel(Job.CONFIRM))

    def _forget_replay(self) -> None:
        """It makes no book. Where the stream has been silent, what follows is kept back nevertheless."""
        self._keep_back(None if self._stale_at is None else Replay())

    def _judge_replay(self, now_s: float) -> None:
        """The server has sent all it stores: does it make a book?"""
        replay = self._replay
        if replay is None or replay.snapshot is None:
            self._forget_replay()
        elif replay.flaw:
            self._forget_replay()
            if self.fault is not BookFault.UNREADABLE:
                self._invalidate(replay.fault, replay.flaw, now_s)
        elif replay.sequence == self._stale_at:
            # The stream is dead, or there was nothing to miss: REST depth may tell.
            self.counts.stale_replays += 1
            self._is_confirming = True
            self._commands.append(AskDepth(Job.CONFIRM))
        else:
            try:
                self._apply_replay(replay, now_s)
            except MessageError as error:
                self._invalidate_unreadable(error, now_s)

    def _apply_late_replay(self, replay: Replay, now_s: float) -> None:
        """A replay that showed nothing new, once live increments go on from it."""
        if self._stale_at is None or self._resubscription.is_awaiting_ack:
            return
        if replay.is_whole and replay.sequence > self._stale_at:
            self._apply_replay(replay, now_s)

    def _apply_replay(self, replay: Replay, now_s: float) -> None:
        """Takes what was kept back for the book.

        :raises MessageError: when it makes none; the book may hold a part of it then
        """
        self._keep_back(None)
        self._stale_at = None
        self._depth.on_replayed()
        is_of_another = self._restarts.is_of_another_engine(replay)
        replay.apply(self.levels)
        self.sequence = replay.sequence
        self._commands.append(Count(snapshots=1, increments=len(replay.increments)))
        self._look_for_restart(self.sequence, is_of_another)
        is_confirmed = self._restarts.is_confirmed_by(replay, is_of_another)
        # With a connection all books are lost and replayed together: no other one is left to be renewed.
        if is_confirmed and self.fault not in (BookFault.OTHER_RESTART, BookFault.CONNECTION):
            self._commands.append(Notify(Event.ENGINE_RESTART_CONFIRMED))
        if self.levels.is_crossed:
            self._invalidate(BookFault.CROSSED, "its stored book is crossed", now_s)
        elif self.levels.is_depleted:
            self._invalidate(BookFault.DEPLETED, "a side of its stored book is used up to where it was cut", now_s)
        else:
            self._follow(replay.first, now_s)

    def _confirm_unchanged(self, answer: Answer, now_s: float) -> None:
        """Follows a silent book after all where REST depth agrees with what is stored: nothing was missed."""
        replay, self._is_confirming = self._replay, False
        try:
            if replay is not None and replay.is_whole and not difference(replay.levels(), book_of(answer)):
                self._apply_replay(replay, now_s)
        except PeatioError as error:
            self._commands.append(Log(logging.DEBUG, f"No REST depth to compare {self.trading_pair} with: {error}"))

    def _take(self) -> Sequence[Command]:
        commands, self._commands = self._commands, []
        return commands
