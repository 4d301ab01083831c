"""Hummingbot's order-book tracker: one `BookSync` a market, and what it commands (docs/reference/order-books.md)."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from math import inf
from typing import TYPE_CHECKING, Any, Protocol

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.book_messages import trade_rows
from hummingbot.connector.exchange.peatio.common.errors import MessageError, PeatioError
from hummingbot.connector.exchange.peatio.common.retry import SayOnce
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.order_books.commands import (
    AskDepth,
    Cancel,
    Command,
    Count,
    Event,
    Job,
    Log,
    Notify,
    Resubscribe,
    Wait,
)
from hummingbot.connector.exchange.peatio.order_books.counts import BookCounts, BookHealth, BookState
from hummingbot.connector.exchange.peatio.order_books.empty_books import HOST_LOGGERS, EmptyBookFilter
from hummingbot.connector.exchange.peatio.order_books.levels import SyncedLevels, UpdateIds
from hummingbot.connector.exchange.peatio.order_books.replay import Payload
from hummingbot.connector.exchange.peatio.order_books.sync import BookSync
from hummingbot.core.data_type.order_book_tracker import OrderBookTracker

if TYPE_CHECKING:
    from hummingbot.connector.exchange.peatio.peatio_api_order_book_data_source import PeatioAPIOrderBookDataSource

#: The same mistake of ours is logged once in this time.
TROUBLE_PERIOD_S = 60.0


class BookEvents(Protocol):
    """Who acts on what happens to the books. Called while a message is handled: must not wait, and not raise."""

    def on_book_invalid(self, trading_pair: str) -> None:
        """The market's book has been neither followed nor fed for `QUOTES_PULLED_AFTER_S`; once until it is."""

    def on_messages_missed(self, trading_pair: str) -> None:
        """The public stream of the market has a gap, or is silent while trades go on."""

    def on_engine_restart(self, trading_pair: str) -> None:
        """The market's matching engine has started its sequence from the beginning."""


class BookTracker(OrderBookTracker):
    """Applies the public messages to the books as they arrive, without queues between.

    :param events: who acts on what happens to the books
    :param price_logger: where the connector that owns the tracker logs that a book is empty
    :ivar tasks: supervises all tasks of the tracker; `stop` cancels them and does not wait, `await tasks.stop()`
        does both
    :ivar markets: the books of the pairs that are tracked
    :ivar is_connected: whether the public connection stands and all subscriptions were acknowledged
    """

    def __init__(
        self,
        data_source: "PeatioAPIOrderBookDataSource",
        trading_pairs: list[str],
        domain: str = "",
        events: BookEvents | None = None,
        price_logger: logging.Logger | None = None,
    ) -> None:
        super().__init__(data_source=data_source, trading_pairs=trading_pairs, domain=domain)
        self.tasks = Tasks(self.logger())
        self._events = events
        self.markets: dict[str, BookSync] = {}
        # Kept through removal and restart, as the counters of metrics are.
        self._counts: dict[str, BookCounts] = {}
        # By trading pair ("" for all) and what it does.
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._now_s: Callable[[], float] = time.monotonic
        self._say_once = SayOnce(lambda: self._now_s(), TROUBLE_PERIOD_S)
        self.is_connected = False
        self._one_depth_at_a_time = asyncio.Lock()
        self._next_feed_s = -inf
        self._empty_books = EmptyBookFilter(self._order_books, lambda: self._now_s(), self.logger())
        self._price_loggers = [*map(logging.getLogger, HOST_LOGGERS), price_logger or self.logger()]
        self._next_question_s = 0.0
        self._update_ids = UpdateIds()
        # By trading pair, the markets with increments that are not in their books yet.
        self._unapplied: dict[str, BookSync] = {}
        data_source.attach(self)

    @property
    def ready(self) -> bool:
        """Whether every book is followed, or fed from REST depth."""
        return bool(super().ready) and not self.invalid_reasons

    @property
    def invalid_reasons(self) -> dict[str, str]:
        """Trading pair → why its book is empty; no entry for a followed one, nor for one that REST feeds."""
        empty = (BookState.EMPTY, BookState.REPLAYING)
        return {pair: market.reason for pair, market in self.markets.items() if market.state in empty}

    @property
    def rest_fed_reasons(self) -> dict[str, str]:
        """Trading pair → why its book comes from REST depth instead of the stream."""
        return {pair: market.reason for pair, market in self.markets.items() if market.state is BookState.REST_FED}

    @property
    def health(self) -> dict[str, BookHealth]:
        """Trading pair → its book's state, reason and counters, as of now."""
        now_s = self._now_s()
        return {pair: market.health(now_s) for pair, market in self.markets.items()}

    def start(self) -> None:
        """Starts the connection; the books fill as their snapshots arrive, all at once."""
        self.stop()
        self._metrics.tracker_start_time = time.perf_counter()
        for logger in self._price_loggers:
            logger.addFilter(self._empty_books)
        for trading_pair in self._trading_pairs:
            self._open_book(trading_pair)
        self._note_all_there()
        for name, work in (
            ("public streams", self._data_source.listen_for_subscriptions),
            ("book ticks", self._tick_until_cancelled),
            ("last trade prices", self._update_last_trade_prices_loop),
        ):
            self._running["", name] = self.tasks.start_persistent(work, name)
        # Hummingbot's `MarketDataProvider` waits half a minute for a tracker that has none.
        self._order_book_stream_listener_task = self._running["", "public streams"]

    def stop(self) -> None:
        """Cancels all tasks; await `tasks.stop()` for their end."""
        super().stop()
        self.is_connected = False
        for logger in self._price_loggers:
            logger.removeFilter(self._empty_books)
        for task in self._running.values():
            task.cancel()
        self._running.clear()

    async def add_trading_pair(self, trading_pair: str) -> bool:
        """Follows one more pair on the standing connection; True once the exchange acknowledged it."""
        await self._order_books_initialized.wait()
        if trading_pair in self._order_books:
            self.logger().warning(f"Trading pair {trading_pair} is already being tracked")
            return False
        # The snapshot arrives before the ack, so the book must be there first.
        market = self._open_book(trading_pair)
        is_subscribed = False
        try:
            is_subscribed = await self._data_source.subscribe_to_trading_pair(trading_pair)
        finally:
            if not is_subscribed:
                self._close_book(trading_pair)
        if not is_subscribed:
            return False
        if trading_pair not in self._trading_pairs:
            self._trading_pairs.append(trading_pair)
        self._hand(market, market.on_connected)
        return True

    async def remove_trading_pair(self, trading_pair: str) -> bool:
        """Ends following a pair."""
        if trading_pair not in self._order_books:
            self.logger().warning(f"Trading pair {trading_pair} is not being tracked")
            return False
        self._close_book(trading_pair)
        if trading_pair in self._trading_pairs:
            self._trading_pairs.remove(trading_pair)
        self._metrics.remove_pair_metrics(trading_pair)
        await self._data_source.unsubscribe_from_trading_pair(trading_pair)
        return True

    # What the data source reports.

    def on_level(self, trading_pair: str, sequence: int, is_bid: bool, price: float, volume: float) -> bool:
        market = self.markets.get(trading_pair)
        if market is None or not market.on_level(sequence, is_bid, price, volume):
            return False
        self._unapplied[trading_pair] = market
        return True

    def apply_levels(self) -> None:
        now_s = time.perf_counter()
        for trading_pair, market in self._unapplied.items():
            count = market.apply_levels()
            self._metrics.total_diffs_processed += count
            metrics = self._metrics.get_or_create_pair_metrics(trading_pair)
            metrics.diffs_processed += count
            metrics.last_diff_timestamp = now_s
        self._unapplied.clear()

    def on_message(self, trading_pair: str, stream: str, payload: Payload) -> None:
        market = self.markets.get(trading_pair)
        if market is None:
            return
        self.apply_levels()
        if stream == CONSTANTS.TRADES_STREAM:
            self._apply_trades(market, payload)
        else:
            self._hand(market, market.on_message, stream, payload)

    def _apply_trades(self, market: BookSync, payload: Payload) -> None:
        metrics = self._metrics.get_or_create_pair_metrics(market.trading_pair)
        for trade in trade_rows(payload):
            try:
                market.on_trade(trade, self._now_s())
            except MessageError as error:
                self.logger().warning(str(error))
                self._metrics.total_trades_rejected += 1
                metrics.trades_rejected += 1
                continue
            self._metrics.total_trades_processed += 1
            metrics.trades_processed += 1
            metrics.last_trade_timestamp = time.perf_counter()

    def on_stored(self, trading_pair: str) -> None:
        if trading_pair in self.markets:
            self.markets[trading_pair].on_stored()

    def on_connected(self) -> None:
        self.is_connected = True
        for market in self.markets.values():
            self._hand(market, market.on_connected)

    def on_lost(self) -> None:
        self.is_connected = False
        followed = [pair for pair, market in self.markets.items() if not market.reason]
        if followed and self._running:  # a stop ends the connection as well
            self.logger().warning(
                f"The connection was lost: the order books of {', '.join(followed)} are empty until it is back."
            )
        for market in self.markets.values():
            self._hand(market, market.on_lost)

    # What others report.

    def on_own_trade(self, trading_pair: str, trade_id: str) -> None:
        """One of our orders was filled. REST is asked when that was, if the public stream does not report it soon."""
        market = self.markets.get(trading_pair)
        if market is not None:
            market.silence.on_own_trade(trade_id, self._now_s())

    def tick(self) -> None:
        """Looks at every book for what no message shows, and asks REST where one should have moved and did not."""
        now_s = self._now_s()
        fed = self.rest_fed_reasons
        for pair, market in list(self.markets.items()):
            if pair in fed:
                self._hand(market, market.expire_feed, len(fed))
            self._hand(market, market.tick)
        self._empty_books.tick()
        if not self.is_connected or now_s < self._next_question_s:
            return
        silent = [market for market in self.markets.values() if market.silence.should_ask(now_s)]
        if silent:
            self._next_question_s = now_s + CONSTANTS.QUIET_CHECK_GAP_S
            longest = min(silent, key=lambda market: market.silence.asked_s)
            longest.silence.ask(now_s)
            self._begin(longest.trading_pair, Job.TRADE.value, self._ask_trade(longest))

    async def _tick_until_cancelled(self) -> None:
        while True:
            await asyncio.sleep(CONSTANTS.BOOK_TICK_S)
            self.tick()

    # Commands.

    def _hand(self, market: BookSync, take: Callable[..., Sequence[Command]], *arguments: Any) -> None:
        """Hands an input to a market's book and runs what follows. A mistake of ours costs a new subscription."""
        pair = market.trading_pair
        try:
            commands = take(*arguments, self._now_s())
        except Exception as error:
            if self._say_once.is_due(repr(error)):
                self.logger().exception(f"Unexpected error while following the order book of {pair}.")
            commands = market.on_broken(error, self._now_s())
        for command in commands:
            match command:
                case Count():
                    self._count(pair, command)
                case Log(level, text):
                    self.logger().log(level, text)
                case Wait(job, delay_s):
                    self._begin(pair, job.value, self._wait(market, job, delay_s))
                case Cancel(job):
                    self._cancel(pair, job.value)
                case Resubscribe(is_fresh):
                    self._begin(pair, Job.RESUBSCRIBE.value, self._resubscribe(market, is_fresh))
                case AskDepth(job):
                    self._begin(pair, job.value, self._ask_depth(market, job))
                case Notify(event):
                    self._notify(pair, event)
        if not self._order_books_initialized.is_set():
            self._note_all_there()

    def _notify(self, trading_pair: str, event: Event) -> None:
        if event is Event.SILENT:
            for market in self.markets.values():
                market.silence.ask_soon()
        if event is Event.ENGINE_RESTART_CONFIRMED:
            for market in self.markets.values():
                if market.trading_pair != trading_pair:
                    self._hand(market, market.on_other_restart)
            return
        if self._events is None:
            return
        if event is Event.INVALID:
            self._events.on_book_invalid(trading_pair)
        elif event is Event.ENGINE_RESTART:
            self._events.on_engine_restart(trading_pair)
        else:
            self._events.on_messages_missed(trading_pair)

    def _count(self, trading_pair: str, count: Count) -> None:
        totals, metrics = self._metrics, self._metrics.get_or_create_pair_metrics(trading_pair)
        if count.snapshots:
            totals.total_snapshots_processed += count.snapshots
            metrics.snapshots_processed += count.snapshots
            metrics.last_snapshot_timestamp = time.perf_counter()
        if count.increments:
            totals.total_diffs_processed += count.increments
            metrics.diffs_processed += count.increments
            metrics.last_diff_timestamp = time.perf_counter()
        totals.total_diffs_rejected += count.rejected
        metrics.diffs_rejected += count.rejected

    async def _wait(self, market: BookSync, job: Job, delay_s: float) -> None:
        await self._sleep(delay_s)
        self._hand(market, market.on_timer, job)

    async def _resubscribe(self, market: BookSync, is_fresh: bool) -> None:
        # The stored snapshot comes before the ack that this waits for.
        asking = self._data_source.resubscribe_book(market.trading_pair, is_fresh)
        answer = await self._answer(asking, f"a snapshot of {market.trading_pair}")
        self._hand(market, market.on_ack, answer)

    async def _ask_depth(self, market: BookSync, job: Job) -> None:
        async with self._one_depth_at_a_time:
            if job is Job.FEED and self._next_feed_s > self._now_s():
                await self._sleep(self._next_feed_s - self._now_s())
            self._next_feed_s = self._now_s() + CONSTANTS.REST_DEPTH_GAP_S
            asking = self._data_source.depth(market.trading_pair)
            answer = await self._answer(asking, f"REST depth of {market.trading_pair}")
        self._hand(market, market.on_depth, job, answer)

    async def _ask_trade(self, market: BookSync) -> None:
        asking = self._data_source.newest_trade(market.trading_pair)
        answer = await self._answer(asking, f"the last trade on {market.trading_pair}")
        market.silence.on_answer(answer, self._now_s())

    async def _answer[Result](self, asking: Awaitable[Result], what: str) -> Result | PeatioError:
        """Raises nothing: a job that ends without an answer would leave its market waiting for one."""
        try:
            return await asking
        except PeatioError as error:
            return error
        except Exception as error:
            self.logger().exception(f"Unexpected error while asking for {what}.")
            return PeatioError(repr(error))

    def _begin(self, trading_pair: str, what: str, work: Coroutine[Any, Any, None]) -> None:
        """Runs `work` in place of what is running under that name."""
        self._cancel(trading_pair, what)
        self._running[trading_pair, what] = self.tasks.start(work, f"{trading_pair} {what}".strip())

    def _cancel(self, trading_pair: str, what: str) -> None:
        task = self._running.pop((trading_pair, what), None)
        # A job that begins its own next step is about to end.
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    # Books that come and go.

    def _open_book(self, trading_pair: str) -> BookSync:
        book = self._order_books[trading_pair] = self._data_source.order_book_create_function()
        self._metrics.get_or_create_pair_metrics(trading_pair)
        market = self.markets[trading_pair] = BookSync(
            trading_pair,
            SyncedLevels(book, self._update_ids),
            self._counts.setdefault(trading_pair, BookCounts()),
            self._now_s(),
        )
        return market

    def _close_book(self, trading_pair: str) -> None:
        self._order_books.pop(trading_pair, None)
        del self.markets[trading_pair]
        for job in Job:
            self._cancel(trading_pair, job.value)
        self._note_all_there()

    def _note_all_there(self) -> None:
        if self._order_books_initialized.is_set() or self.invalid_reasons:
            return
        self._order_books_initialized.set()
        self.logger().info(f"Order books of {', '.join(self._trading_pairs) or 'no market'} are there.")
