"""REST depth beside the stream's books: to compare with, and as the last resort.

It comes from the exchange's database, has no sequence and a clock of its own, and may lag or be crossed
(docs/protocol.md sections 3 and 4.11). So it is never mixed with increments, and where it differs it is reported, not
obeyed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from itertools import islice, takewhile, zip_longest
from math import isclose
from typing import TYPE_CHECKING

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import MessageError, PeatioError
from hummingbot.connector.exchange.peatio.common.retry import Backoff
from hummingbot.connector.exchange.peatio.order_books.state import MarketBook, Payload
from hummingbot.connector.exchange.peatio.peatio_order_book import PeatioOrderBook

if TYPE_CHECKING:
    from hummingbot.connector.exchange.peatio.order_books.tracker import BookTracker


def difference(book: PeatioOrderBook, depth: PeatioOrderBook) -> str:
    """The first level in which two books differ, as far as both are known; "" where they agree."""
    lowest_bid = max(book.edges[0], depth.edges[0])
    highest_ask = min(book.edges[1], depth.edges[1])

    def bids(which: PeatioOrderBook) -> list[tuple[float, float]]:
        known = takewhile(lambda row: row.price >= lowest_bid, which.bid_entries())
        return [(row.price, row.amount) for row in islice(known, CONSTANTS.DEPTH_COMPARED_LEVELS)]

    def asks(which: PeatioOrderBook) -> list[tuple[float, float]]:
        known = takewhile(lambda row: row.price <= highest_ask, which.ask_entries())
        return [(row.price, row.amount) for row in islice(known, CONSTANTS.DEPTH_COMPARED_LEVELS)]

    for name, side in (("bid", bids), ("ask", asks)):
        for ours, theirs in zip_longest(side(book), side(depth)):
            if not ours or not theirs or ours[0] != theirs[0] or not isclose(ours[1], theirs[1], rel_tol=1e-9):
                return f"{name} {_text(ours)} in the book, {_text(theirs)} in REST depth"
    return ""


class BookDepth:
    """What is done with depth. Each method runs for one market until it has come to an end.

    :param ask: REST depth of a trading pair; one request at a time is made
    """

    def __init__(
        self,
        tracker: "BookTracker",
        ask: Callable[[str], Awaitable[Payload]],
        sleep: Callable[[float], Awaitable[None]],
        now_s: Callable[[], float],
        logger: logging.Logger,
    ) -> None:
        self._tracker = tracker
        self._ask = ask
        self._sleep = sleep
        self._now_s = now_s
        self._logger = logger
        self._one_at_a_time = asyncio.Lock()

    async def feed(self, market: MarketBook) -> None:
        """Fills the book of a market until the stream does again, or the connection is lost."""
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        good_at_s, timestamp = self._now_s(), 0.0
        since_s = market.invalid_since_s
        while market.reason and market.invalid_since_s == since_s and self._tracker.is_connected:
            try:
                timestamp = await self._feed_once(market, timestamp)
                good_at_s = self._now_s()
                backoff.reset()
                wait_s = CONSTANTS.REST_BOOK_PERIOD_S
            except PeatioError as error:
                wait_s = backoff.next_s()
                self._logger.debug(f"REST depth of {market.trading_pair} is of no use: {error}")
                if self._now_s() - good_at_s + wait_s > CONSTANTS.REST_BOOK_MAX_AGE_S:
                    self._tracker.stop_feeding(market, f"REST depth is of no use either ({error})")
            await self._sleep(wait_s)

    async def _feed_once(self, market: MarketBook, timestamp: float) -> float:
        """The answer's time by the server's clock.

        :raises PeatioError: when there is no answer, no sound one, or one that is no newer than the last
        """
        depth = await self._depth_of(market)
        told_at = depth.get("timestamp")
        if not isinstance(told_at, int | float) or told_at <= timestamp:
            raise MessageError(f"its time is {told_at!r:.40}, and was {timestamp:.0f} before")
        if market.reason and self._tracker.is_connected:
            self._tracker.feed(market, depth)
        return float(told_at)

    async def check(self, market: MarketBook) -> None:
        """Compares a book that came back, once nothing moves; gives up where it never rests."""
        wait_s = CONSTANTS.DEPTH_QUIET_S
        for _ in range(CONSTANTS.DEPTH_CHECK_ATTEMPTS):
            sequence = market.sequence
            await self._sleep(wait_s)
            if market.reason:
                return  # the next return is checked
            if market.sequence == sequence and await self._compare(market):
                return
            wait_s *= 2

    async def _compare(self, market: MarketBook) -> bool:
        """Whether both rested: twice the same difference, or none, and no increment between."""
        sequence = market.sequence
        try:
            first = difference(market.book, await self._depth_book(market))
            if first:
                await self._sleep(CONSTANTS.DEPTH_QUIET_S)
                if difference(market.book, await self._depth_book(market)) != first:
                    return False
        except PeatioError as error:
            self._logger.debug(f"The order book of {market.trading_pair} cannot be compared: {error}")
            return False
        if market.reason or market.sequence != sequence:
            return False
        market.counts.depth_checks += 1
        if first:
            market.counts.depth_differences += 1
            self._logger.warning(
                f"The order book of {market.trading_pair} differs from REST depth while both rest: {first}. "
                "The book stays; the database may lag behind the matching engine, or hold less than it."
            )
        return True

    async def confirm_unchanged(self, market: MarketBook) -> None:
        """Follows a silent book after all where REST depth agrees with what is stored: nothing was missed."""
        replay = market.replay
        try:
            depth = await self._depth_book(market)
        except PeatioError as error:
            self._logger.debug(f"The order book of {market.trading_pair} cannot be compared: {error}")
            return
        if replay is None or market.replay is not replay or not replay.is_whole:
            return
        assert replay.snapshot is not None
        stored = PeatioOrderBook()
        try:
            stored.start_from(replay.snapshot, 1, CONSTANTS.SNAPSHOT_LEVELS)
            for payload in replay.increments:
                stored.apply_increment(payload, 1)
            if not difference(stored, depth):
                self._tracker.release(market)
        except MessageError as error:
            self._tracker.on_unreadable(market.trading_pair, error)

    async def _depth_book(self, market: MarketBook) -> PeatioOrderBook:
        """:raises PeatioError: when there is no answer, or it is no book"""
        book = PeatioOrderBook()
        book.start_from(await self._depth_of(market), 1, CONSTANTS.DEPTH_LIMIT)
        return book

    async def _depth_of(self, market: MarketBook) -> Payload:
        async with self._one_at_a_time:
            return await self._ask(market.trading_pair)


def _text(level: tuple[float, float] | None) -> str:
    return "nothing" if level is None else f"{level[1]} at {level[0]}"
