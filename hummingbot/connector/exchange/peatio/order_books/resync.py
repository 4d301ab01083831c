"""Asking for the stored snapshots of broken books, ever more patiently."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import StreamError
from hummingbot.connector.exchange.peatio.common.retry import Backoff
from hummingbot.connector.exchange.peatio.order_books.state import MarketBook, Replay


class BookResync:
    """One task for each market that is being asked for; it ends when the book is followed.

    While the answer comes, it is kept back in `MarketBook.replay`, so that a book is never shown that an old snapshot
    began and a gap ends.

    :param ask: subscribes to a pair's increments again, `afresh` after unsubscribing; returns with the ack
    :param judge: called when all that the server stores has arrived
    """

    def __init__(
        self,
        ask: Callable[[str, bool], Awaitable[None]],
        judge: Callable[[MarketBook], None],
        sleep: Callable[[float], Awaitable[None]],
        now_s: Callable[[], float],
        logger: logging.Logger,
    ) -> None:
        self._ask = ask
        self._judge = judge
        self._sleep = sleep
        self._now_s = now_s
        self._logger = logger
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._backoffs: dict[str, Backoff] = {}
        self._asking: set[str] = set()

    def is_asking(self, market: MarketBook) -> bool:
        """Whether an answer is under way."""
        return market.trading_pair in self._asking

    def start(self, market: MarketBook, first_wait_s: float) -> None:
        """Asks after that time, and again until the book is followed; nothing where that goes on already."""
        if market.trading_pair not in self._tasks:
            task = asyncio.create_task(self._ask_until_followed(market, first_wait_s))
            self._tasks[market.trading_pair] = task

    def after_break(self, market: MarketBook, was_followed: bool) -> None:
        """At once where the book was sound for long; with growing pauses where it breaks again and again."""
        if market.trading_pair in self._tasks:
            return
        backoff = self._backoff(market)
        if was_followed and self._now_s() - market.followed_s > CONSTANTS.STABLE_AFTER_S:
            backoff.reset()
            self.start(market, 0)
        else:
            self.start(market, backoff.next_s())

    def stop(self) -> None:
        """Ends all asking."""
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()
        self._asking.clear()

    def forget(self, market: MarketBook) -> None:
        """Ends asking for a market, and the memory of how patient that had become."""
        task = self._tasks.pop(market.trading_pair, None)
        if task is not None:
            task.cancel()
        self._asking.discard(market.trading_pair)
        self._backoffs.pop(market.trading_pair, None)

    async def _ask_until_followed(self, market: MarketBook, first_wait_s: float) -> None:
        await self._sleep(first_wait_s)
        is_afresh = False
        while market.reason:
            is_afresh = not await self._ask_once(market, is_afresh)
            if market.reason:
                await self._sleep(self._backoff(market).next_s())
        del self._tasks[market.trading_pair]

    async def _ask_once(self, market: MarketBook, is_afresh: bool) -> bool:
        """Whether a snapshot came."""
        market.counts.resyncs += 1
        replay = market.replay = Replay()
        self._asking.add(market.trading_pair)
        try:
            # The stored snapshot comes before the ack that this waits for.
            await self._ask(market.trading_pair, is_afresh)
        except StreamError as error:
            self._logger.warning(f"No snapshot of {market.trading_pair}: {error}")
            market.forget_replay()
        except Exception:
            # Whatever it was, giving up would leave the book empty for good.
            self._logger.exception(f"Unexpected error while asking for a snapshot of {market.trading_pair}.")
            market.forget_replay()
        else:
            self._asking.discard(market.trading_pair)
            self._judge(market)
        self._asking.discard(market.trading_pair)
        return replay.snapshot is not None

    def _backoff(self, market: MarketBook) -> Backoff:
        if market.trading_pair not in self._backoffs:
            self._backoffs[market.trading_pair] = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        return self._backoffs[market.trading_pair]
