"""REST depth beside the stream's books: to compare with, and as the last resort. Pure.

It comes from the exchange's database, has no sequence and a clock of its own, and may lag or be crossed
(docs/protocol.md sections 3 and 4.11). So it is never mixed with increments, and where it differs it is reported, not
obeyed.
"""

import logging
from itertools import islice, takewhile, zip_longest
from math import isclose

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import MessageError, PeatioError
from hummingbot.connector.exchange.peatio.common.fields import as_time_s
from hummingbot.connector.exchange.peatio.common.retry import Backoff
from hummingbot.connector.exchange.peatio.order_books.commands import AskDepth, Command, Job, Log, Wait
from hummingbot.connector.exchange.peatio.order_books.counts import BookCounts
from hummingbot.connector.exchange.peatio.order_books.levels import SyncedLevels
from hummingbot.connector.exchange.peatio.order_books.replay import Payload
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow

#: What a request for depth came to.
Answer = Payload | PeatioError


def difference(ours: SyncedLevels, theirs: SyncedLevels) -> str:
    """The first level in which a book and REST depth differ, as far as both are known; "" where they agree."""
    lowest_bid = max(ours.edges[0], theirs.edges[0])
    highest_ask = min(ours.edges[1], theirs.edges[1])

    for name, side, is_known in (
        ("bid", SyncedLevels.bids, lambda row: row.price >= lowest_bid),
        ("ask", SyncedLevels.asks, lambda row: row.price <= highest_ask),
    ):
        known = [islice(takewhile(is_known, side(each)), CONSTANTS.DEPTH_COMPARED_LEVELS) for each in (ours, theirs)]
        for our, their in zip_longest(*known):
            if not our or not their or our.price != their.price or not isclose(our.amount, their.amount, rel_tol=1e-9):
                return f"{name} {_text(our)} in the book, {_text(their)} in REST depth"
    return ""


def book_of(answer: Answer) -> SyncedLevels:
    """:raises PeatioError: the one that came instead of depth, or one that says why the depth is no book"""
    levels = SyncedLevels(OrderBook())
    levels.start_from(_depth(answer), CONSTANTS.DEPTH_LIMIT)
    return levels


class DepthFeed:
    """Fills a book from depth again and again, as long as each answer is newer than the one before.

    :ivar is_filling: whether the levels in the book are those of depth
    """

    def __init__(self, trading_pair: str, levels: SyncedLevels, counts: BookCounts, now_s: float) -> None:
        self.is_filling = False
        self._name = f"The order book of {trading_pair}"
        self._levels = levels
        self._counts = counts
        self._backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        self._good_at_s = now_s
        self._timestamp = 0.0

    def on_depth(self, answer: Answer, reason: str, now_s: float) -> list[Command]:
        """:param reason: why the stream does not fill the book"""
        try:
            self._fill(answer)
        except PeatioError as error:
            return self._on_failure(error, now_s)
        self._good_at_s = now_s
        self._backoff.reset()
        wait = Wait(Job.FEED, CONSTANTS.REST_BOOK_PERIOD_S)
        if self.is_filling:
            return [wait]
        self.is_filling = True
        self._counts.rest_fallbacks += 1
        text = f"{self._name} is fed from REST depth: {reason}. Only resting limit orders are sent meanwhile."
        return [Log(logging.WARNING, text), wait]

    def _fill(self, answer: Answer) -> None:
        depth = _depth(answer)
        timestamp = as_time_s(depth.get("timestamp"), "its time")
        if timestamp <= self._timestamp:
            raise MessageError(f"its time is {timestamp:.0f}, and was {self._timestamp:.0f} before")
        self._levels.start_from(depth, CONSTANTS.DEPTH_LIMIT)
        self._timestamp = timestamp

    def _on_failure(self, error: PeatioError, now_s: float) -> list[Command]:
        wait_s = self._backoff.next_s()
        commands: list[Command] = [Log(logging.DEBUG, f"{self._name} cannot be fed from REST depth: {error}")]
        if self.is_filling and now_s - self._good_at_s + wait_s > CONSTANTS.REST_BOOK_MAX_AGE_S:
            commands = self._empty(str(error))
        return [*commands, Wait(Job.FEED, wait_s)]

    def expire(self, fed_markets: int, now_s: float) -> list[Command]:
        """Empties a book whose next answer does not come: its request hangs, or waits for the request limit.

        :param fed_markets: how many markets take turns
        """
        age_s = now_s - self._good_at_s
        is_old = age_s > CONSTANTS.REST_BOOK_MAX_AGE_S + fed_markets * CONSTANTS.REST_DEPTH_GAP_S
        return self._empty(f"no answer for {age_s:.0f} s") if self.is_filling and is_old else []

    def _empty(self, why: str) -> list[Command]:
        self.is_filling = False
        self._levels.clear()
        return [Log(logging.WARNING, f"{self._name} is empty again: REST depth cannot be used ({why}).")]


class DepthCheck:
    """Compares a book that came back with depth, once both rest; ends where they never do.

    :ivar differs: whether they were found to differ
    """

    def __init__(self, trading_pair: str, levels: SyncedLevels, counts: BookCounts, sequence: int) -> None:
        self.differs = False
        self._name = f"The order book of {trading_pair}"
        self._levels = levels
        self._counts = counts
        self._sequence = sequence
        self._wait_s = CONSTANTS.DEPTH_QUIET_S
        self._attempts = 1
        # The difference that the first of two answers showed.
        self._found = ""

    def start(self) -> list[Command]:
        """Lets the book rest first."""
        return [Wait(Job.CHECK, self._wait_s)]

    def on_timer(self, sequence: int) -> list[Command]:
        """:param sequence: the book's; it must be the same as before the wait"""
        return [AskDepth(Job.CHECK)] if self._found or sequence == self._sequence else self._retry(sequence)

    def on_depth(self, answer: Answer, sequence: int) -> list[Command]:
        """Reports twice the same difference, or none, where no increment came between."""
        try:
            found = difference(self._levels, book_of(answer))
        except PeatioError as error:
            debug = Log(logging.DEBUG, f"{self._name} cannot be compared with REST depth: {error}")
            return [debug, *self._retry(sequence)]
        if found and not self._found:
            self._found = found
            return [Wait(Job.CHECK, CONSTANTS.DEPTH_QUIET_S)]
        if found != self._found or sequence != self._sequence:
            return self._retry(sequence)
        self._counts.depth_checks += 1
        if not found:
            return []
        self.differs = True
        self._counts.depth_differences += 1
        text = (
            f"{self._name} differs from REST depth while both rest: {found}. "
            "The book stays; the database may lag behind the matching engine, or hold less than it."
        )
        return [Log(logging.WARNING, text)]

    def _retry(self, sequence: int) -> list[Command]:
        self._sequence, self._found = sequence, ""
        self._attempts += 1
        self._wait_s *= 2
        return self.start() if self._attempts <= CONSTANTS.DEPTH_CHECK_ATTEMPTS else []


def _depth(answer: Answer) -> Payload:
    if isinstance(answer, PeatioError):
        raise answer
    return answer


def _text(level: OrderBookRow | None) -> str:
    return "nothing" if level is None else f"{level.amount} at {level.price}"
