"""What no message shows: books that stay crossed, were used up, or have gone silent (docs/reference/order-books.md)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import PeatioError
from hummingbot.connector.exchange.peatio.order_books.depth import BookDepth
from hummingbot.connector.exchange.peatio.order_books.state import BookFault, MarketBook

if TYPE_CHECKING:
    from hummingbot.connector.exchange.peatio.order_books.tracker import BookTracker

#: Asks for a pair's last trade: its number and how many seconds ago it was, None where there never was one.
NewestTrade = Callable[[str], Awaitable[tuple[int, float] | None]]


@dataclass(eq=False, slots=True)
class _Watched:
    """
    :ivar news_s: when the book was last seen with another sequence
    :ivar newest_trade: the highest trade number known of
    :ivar traded_s: when there was a trade that no increment preceded, as far as known
    :ivar noticed_s: when that trade was noticed
    :ivar own_trade: an own fill that nobody else told of yet, noticed at `own_trade_s`
    """

    market: MarketBook
    news_s: float
    sequence: int = 0
    crossed_s: float | None = None
    newest_trade: int = 0
    traded_s: float | None = None
    noticed_s: float = 0.0
    own_trade: int = 0
    own_trade_s: float = 0.0
    asked_s: float = -inf
    is_told: bool = False
    was_followed: bool = False


class BookWatch:
    """Looks at all books twice a second, and asks REST where a book should have moved and did not.

    :param newest_trade: asks REST; at most one such request is under way
    :ivar on_untrusted: called once with a trading pair whose book has not been followed for a moment
    """

    def __init__(
        self,
        tracker: "BookTracker",
        depth: BookDepth,
        newest_trade: NewestTrade,
        now_s: Callable[[], float],
        logger: logging.Logger,
    ) -> None:
        self._tracker = tracker
        self._depth = depth
        self._newest_trade = newest_trade
        self._now_s = now_s
        self._logger = logger
        self._watched: dict[str, _Watched] = {}
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None
        self._next_question_s = 0.0
        self.on_untrusted: Callable[[str], None] = lambda trading_pair: None

    def start(self) -> None:
        """Looks until stopped."""
        self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        """Ends looking, asking and feeding."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()
        self._watched.clear()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(CONSTANTS.BOOK_WATCH_PERIOD_S)
            try:
                self.look()
            except Exception:
                self._logger.exception("Unexpected error while looking at the order books.")

    # What others notice.

    def on_trade(self, trading_pair: str, trade_id: Any, age_s: float = 0.0) -> None:
        """There was a trade `age_s` seconds ago: the book must have moved about then."""
        watched = self._watched_of(trading_pair)
        if watched is None or not isinstance(trade_id, int) or trade_id <= watched.newest_trade:
            return
        watched.newest_trade = trade_id
        now_s = self._now_s()
        self._note_news(watched, now_s)
        traded_s = now_s - max(age_s, 0.0)
        if watched.traded_s is None and not watched.market.reason and not self._is_explained(watched, traded_s):
            watched.traded_s, watched.noticed_s = traded_s, now_s

    def on_own_trade(self, trading_pair: str, trade_id: str) -> None:
        """One of our orders was filled. When that was is found out if the stream does not tell of it soon."""
        watched = self._watched_of(trading_pair)
        number = int(trade_id) if trade_id.isdecimal() else 0
        if watched is not None and number > max(watched.newest_trade, watched.own_trade):
            watched.own_trade, watched.own_trade_s = number, self._now_s()

    def on_followed(self, market: MarketBook) -> None:
        """A book is followed, for the first time or again."""
        watched = self._watched_of(market.trading_pair)
        if watched is None:
            return
        watched.traded_s = watched.crossed_s = None
        watched.is_told = False
        if watched.was_followed:
            self._begin("check", market, self._depth.check(market))
        else:
            watched.news_s = self._now_s()
        watched.was_followed = True

    def on_stale_replay(self, market: MarketBook) -> None:
        """A silent book's replay showed nothing new: the stream is dead, or there was nothing to miss."""
        self._begin("confirm_unchanged", market, self._depth.confirm_unchanged(market))

    # Looking.

    def look(self) -> None:
        """One look at every book."""
        now_s = self._now_s()
        for trading_pair in [pair for pair in self._watched if pair not in self._tracker.markets]:
            del self._watched[trading_pair]
        for trading_pair, market in list(self._tracker.markets.items()):
            watched = self._watched_of(trading_pair)
            assert watched is not None
            self._note_news(watched, now_s)
            if market.reason:
                self._look_at_broken(watched, now_s)
            else:
                self._look_at_followed(watched, now_s)
        self._ask_for_a_trade(now_s)

    def _look_at_followed(self, watched: _Watched, now_s: float) -> None:
        market = watched.market
        if not market.book.is_crossed:
            watched.crossed_s = None
        elif watched.crossed_s is None:
            watched.crossed_s = now_s
        elif now_s - watched.crossed_s >= CONSTANTS.CROSSED_LIMIT_S:
            self._tracker.invalidate(market, BookFault.CROSSED, f"crossed for {now_s - watched.crossed_s:.1f} s")
            return
        if market.whole_book_s is not None and now_s - market.whole_book_s > CONSTANTS.WHOLE_BOOK_LATE_S:
            late_s = now_s - market.whole_book_s
            self._tracker.invalidate(market, BookFault.SILENT, f"the last whole book came {late_s:.0f} s ago")
            return
        if market.book.is_depleted:
            self._tracker.invalidate(market, BookFault.DEPLETED, "a side is used up to where its snapshot was cut")
            return
        if watched.traded_s is None:
            return
        if self._is_explained(watched, watched.traded_s):
            watched.traded_s = None
        elif now_s - watched.noticed_s >= CONSTANTS.SILENCE_AFTER_TRADE_S:
            silent_s = now_s - watched.news_s
            self._tracker.invalidate(
                market, BookFault.SILENT, f"trades go on and it has not moved for {silent_s:.0f} s"
            )
            for other in self._watched.values():
                other.asked_s = -inf  # what silenced one may have silenced all

    def _look_at_broken(self, watched: _Watched, now_s: float) -> None:
        market = watched.market
        for_s = now_s - market.invalid_since_s
        if for_s >= CONSTANTS.QUOTES_PULLED_AFTER_S and not watched.is_told:
            watched.is_told = True
            self.on_untrusted(market.trading_pair)
        if for_s < CONSTANTS.REST_FALLBACK_AFTER_S or not self._tracker.is_connected:
            return
        fed = [1 for kind, _ in self._tasks if kind == "feed"]
        if len(fed) < CONSTANTS.MAX_REST_FED_BOOKS:
            self._begin("feed", market, self._depth.feed(market))

    def _ask_for_a_trade(self, now_s: float) -> None:
        """Asks REST about the market that was not asked about for longest, of those without news."""
        if now_s < self._next_question_s or not self._tracker.is_connected:
            return
        silent = [watched for watched in self._watched.values() if self._should_ask(watched, now_s)]
        if silent:
            self._next_question_s = now_s + CONSTANTS.QUIET_CHECK_GAP_S
            longest = min(silent, key=lambda watched: watched.asked_s)
            longest.asked_s = now_s
            self._begin("trade", longest.market, self._ask_trade(longest))

    @staticmethod
    def _should_ask(watched: _Watched, now_s: float) -> bool:
        if watched.market.reason:
            return False
        if watched.own_trade > watched.newest_trade and now_s - watched.own_trade_s >= CONSTANTS.SILENCE_AFTER_TRADE_S:
            return True
        is_quiet = now_s - watched.news_s >= CONSTANTS.QUIET_AFTER_S
        return is_quiet and now_s - watched.asked_s >= CONSTANTS.QUIET_CHECK_S

    async def _ask_trade(self, watched: _Watched) -> None:
        own_trade = watched.own_trade
        try:
            newest = await self._newest_trade(watched.market.trading_pair)
        except PeatioError as error:
            self._logger.debug(f"The last trade on {watched.market.trading_pair} cannot be learned: {error}")
            return
        if newest is not None:
            self.on_trade(watched.market.trading_pair, *newest)
        watched.newest_trade = max(watched.newest_trade, own_trade)  # asked about, whatever came of it

    @staticmethod
    def _is_explained(watched: _Watched, traded_s: float) -> bool:
        return watched.news_s >= traded_s - CONSTANTS.SILENCE_BEFORE_TRADE_S

    @staticmethod
    def _note_news(watched: _Watched, now_s: float) -> None:
        sequence = watched.market.sequence
        if sequence != watched.sequence and not watched.market.reason:
            watched.sequence, watched.news_s = sequence, now_s

    def _watched_of(self, trading_pair: str) -> _Watched | None:
        market = self._tracker.markets.get(trading_pair)
        if market is None:
            return None
        watched = self._watched.get(trading_pair)
        if watched is None or watched.market is not market:
            watched = self._watched[trading_pair] = _Watched(market, self._now_s())
        return watched

    def _begin(self, kind: str, market: MarketBook, work: Coroutine[Any, Any, None]) -> None:
        """Runs `work` unless the same is being done for the market."""
        key = (kind, market.trading_pair)
        if key in self._tasks:
            work.close()
            return
        task = self._tasks[key] = asyncio.create_task(work)
        task.add_done_callback(lambda done: self._end(key, done))

    def _end(self, key: tuple[str, str], task: asyncio.Task[None]) -> None:
        if self._tasks.get(key) is task:
            del self._tasks[key]
        if not task.cancelled() and task.exception() is not None:
            self._logger.error(f"Unexpected error at the order book of {key[1]}.", exc_info=task.exception())
