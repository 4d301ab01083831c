"""Books that follow an unbroken sequence from a snapshot, or hold nothing (docs/reference/order-books.md)."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.book_messages import sequence_of
from hummingbot.connector.exchange.peatio.common.errors import CrossedBookError, MessageError
from hummingbot.connector.exchange.peatio.order_books.depth import BookDepth
from hummingbot.connector.exchange.peatio.order_books.resync import BookResync
from hummingbot.connector.exchange.peatio.order_books.state import BookCounts, BookFault, BookHealth, MarketBook
from hummingbot.connector.exchange.peatio.order_books.watch import BookWatch
from hummingbot.connector.exchange.peatio.peatio_api_order_book_data_source import PeatioAPIOrderBookDataSource
from hummingbot.core.data_type.order_book_tracker import OrderBookTracker
from hummingbot.core.utils.async_utils import safe_ensure_future

Payload = Mapping[str, Any]


class BookTracker(OrderBookTracker):
    """Applies the public messages to the books as they arrive, without queues between.

    Per market an increment counts one more than the one before; anything else is a break (docs/protocol.md section
    5). From a break to the next snapshot the book is empty, so that nobody prices from it, and the exchange is asked
    for its stored snapshot again, with growing pauses.

    :ivar on_engine_restart: called with the trading pair when a market's sequence has begun anew
    :ivar watch: looks after what no message shows
    """

    def __init__(self, data_source: PeatioAPIOrderBookDataSource, trading_pairs: list[str], domain: str = "") -> None:
        super().__init__(data_source=data_source, trading_pairs=trading_pairs, domain=domain)
        self._markets: dict[str, MarketBook] = {}
        # Kept through removal and restart: what happened, happened.
        self._counts: dict[str, BookCounts] = {}
        self._resync = BookResync(
            ask=data_source.resubscribe_book,
            judge=self._judge_replay,
            sleep=lambda delay_s: self._sleep(delay_s),
            now_s=lambda: self._now_s(),
            logger=self.logger(),
        )
        self._now_s: Callable[[], float] = time.monotonic
        depth = BookDepth(
            self, data_source.depth, asyncio.sleep, now_s=lambda: self._now_s(), logger=self.logger()
        )
        self.watch = BookWatch(
            self, depth, data_source.newest_trade, now_s=lambda: self._now_s(), logger=self.logger()
        )
        self._is_connected = False
        self._all_followed = asyncio.Event()
        self.on_engine_restart: Callable[[str], None] = _nothing
        self._next_update_id = data_source.next_update_id
        data_source.attach(self)

    @property
    def ready(self) -> bool:
        """Whether every book follows the exchange."""
        return bool(super().ready) and not any(market.reason for market in self._markets.values())

    @property
    def untrusted_reasons(self) -> dict[str, str]:
        """Trading pair → why its book is empty; no entry for a followed one, nor for one that REST feeds."""
        return {pair: m.reason for pair, m in self._markets.items() if m.reason and not m.is_rest_fed}

    @property
    def rest_fed_reasons(self) -> dict[str, str]:
        """Trading pair → why its book comes from REST depth instead of the stream."""
        return {pair: market.reason for pair, market in self._markets.items() if market.is_rest_fed}

    @property
    def health(self) -> dict[str, BookHealth]:
        """Trading pair → its book's mode, reason and counters, as of now."""
        now_s = self._now_s()
        return {pair: market.health(now_s) for pair, market in self._markets.items()}

    @property
    def markets(self) -> Mapping[str, MarketBook]:
        """The records of the pairs that are tracked, for those who watch over them."""
        return self._markets

    @property
    def is_connected(self) -> bool:
        """Whether the public connection stands and all subscriptions were acknowledged."""
        return self._is_connected

    def start(self) -> None:
        """Starts the connection; the books fill as their snapshots arrive, all at once."""
        self.stop()
        self._metrics.tracker_start_time = time.perf_counter()
        for trading_pair in self._trading_pairs:
            self._open_book(trading_pair)
        self._init_order_books_task = safe_ensure_future(self._init_order_books())
        self._order_book_stream_listener_task = safe_ensure_future(self._data_source.listen_for_subscriptions())
        self.watch.start()
        self._update_last_trade_prices_task = safe_ensure_future(self._update_last_trade_prices_loop())

    def stop(self) -> None:
        super().stop()
        self._is_connected = False
        self._resync.stop()
        self.watch.stop()

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
        if market.reason:
            self._resync.start(market, CONSTANTS.SNAPSHOT_TIMEOUT_S)
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

    # What the data source tells.

    def on_snapshot(self, trading_pair: str, payload: Payload) -> None:
        market = self._markets.get(trading_pair)
        if market is None:
            return
        if market.replay is not None:
            market.replay.on_snapshot(payload)
            self._look_at_late_replay(market)
            return
        self._start_book(market, payload)
        self._trust(market)

    def on_level(self, trading_pair: str, sequence: int, is_bid: bool, price: float, volume: float) -> bool:
        market = self._markets.get(trading_pair)
        if market is None or market.reason or sequence != market.sequence + 1:
            return False
        if not market.book.apply_plain_level(is_bid, price, volume, self._next_update_id()):
            return False
        self._count_increment(market, sequence)
        return True

    def on_increment(self, trading_pair: str, payload: Payload) -> None:
        market = self._markets.get(trading_pair)
        if market is None:
            return
        if market.reason:
            self._keep_back(market, payload)
            return
        expected = market.sequence + 1
        if not isinstance(payload, dict) or payload.get("sequence") != expected:
            self._break(market, sequence_of(payload))  # looked at closely only here: nearly every one is the expected
            return
        market.book.apply_increment(payload, self._next_update_id())
        self._count_increment(market, expected)

    def on_whole_book(self, trading_pair: str, payload: Payload) -> None:
        """Peatio before 2.4 sends the whole book from time to time, from the database, and no increments."""
        market = self._markets.get(trading_pair)
        if market is None:
            return
        market.replay = market.stale_at = None
        market.is_rest_fed = False
        market.book.start_from(payload, self._next_update_id(), CONSTANTS.WHOLE_BOOK_LEVELS)
        # It has no number; counted here, the watch sees that it goes on.
        market.sequence += 1
        market.whole_book_s = self._now_s()
        self._metrics.total_snapshots_processed += 1
        market.metrics.snapshots_processed += 1
        market.metrics.last_snapshot_timestamp = time.perf_counter()
        self._trust(market)

    def _count_increment(self, market: MarketBook, sequence: int) -> None:
        market.sequence = sequence
        metrics = market.metrics
        self._metrics.total_diffs_processed += 1
        metrics.diffs_processed += 1
        metrics.last_diff_timestamp = time.perf_counter()

    def on_trades(self, trading_pair: str, payload: Payload) -> None:
        market = self._markets.get(trading_pair)
        if market is None:
            return
        for trade in payload.get("trades") or ():
            try:
                market.book.apply_public_trade(trade, trading_pair)
                self.watch.on_trade(trading_pair, trade["tid"])
            except MessageError as error:
                # The book does not depend on trades, so it stays trusted.
                self.logger().warning(str(error))
                self._metrics.total_trades_rejected += 1
                market.metrics.trades_rejected += 1
                continue
            self._metrics.total_trades_processed += 1
            market.metrics.trades_processed += 1
            market.metrics.last_trade_timestamp = time.perf_counter()

    def on_unreadable(self, trading_pair: str, error: MessageError) -> None:
        market = self._markets.get(trading_pair)
        if market is None:
            return
        if market.replay is not None:
            market.replay.flaw = market.replay.flaw or str(error)
        if isinstance(error, CrossedBookError):
            self.invalidate(market, BookFault.CROSSED, f"its snapshot is crossed ({error})")
        else:
            self.invalidate(market, BookFault.UNREADABLE, f"a message could not be read ({error})")

    def on_connected(self) -> None:
        """All subscriptions are acknowledged; an early subscriber may still have got no snapshot."""
        self._is_connected = True
        for market in self._markets.values():
            if market.replay is not None:
                self._judge_replay(market)
            if market.reason:
                self._resync.start(market, CONSTANTS.SNAPSHOT_TIMEOUT_S)
            else:
                self._look_for_restart(market)

    def on_lost(self) -> None:
        self._is_connected = False
        self._resync.stop()
        followed = [market.trading_pair for market in self._markets.values() if not market.reason]
        if followed:
            self.logger().warning(
                f"The connection was lost: the order books of {', '.join(followed)} are empty until it is back."
            )
        for market in self._markets.values():
            if not market.reason:
                market.counts.add(BookFault.CONNECTION)
            market.is_rest_fed = False
            self._empty(market, BookFault.CONNECTION, "the connection was lost")
            market.forget_replay()

    # Trust.

    def invalidate(self, market: MarketBook, fault: BookFault, reason: str) -> None:
        """Empties the book and asks for its snapshot until it can be followed again.

        Logged and counted once, however often the same fault is met before that.
        """
        was_followed = not market.reason
        if was_followed or market.fault is not fault:
            market.counts.add(fault)
            self.logger().warning(
                f"The order book of {market.trading_pair} is not trusted: {reason}. Asking for a snapshot."
            )
        if fault is BookFault.SILENT:
            market.stale_at = market.sequence
        self._empty(market, fault, reason)
        self._resync.after_break(market, was_followed)

    def release(self, market: MarketBook) -> None:
        """Takes what was kept back of a replay for the book.

        :raises MessageError: when it makes none; the book may hold a part of it then
        """
        replay = market.replay
        assert replay is not None
        assert replay.snapshot is not None
        market.replay = market.stale_at = None
        market.is_rest_fed = False
        self._start_book(market, replay.snapshot)
        for payload in replay.increments:
            market.book.apply_increment(payload, self._next_update_id())
        market.sequence = replay.sequence
        self._metrics.total_diffs_processed += len(replay.increments)
        market.metrics.diffs_processed += len(replay.increments)
        self._look_for_restart(market)
        if market.book.is_crossed:
            self.invalidate(market, BookFault.CROSSED, "its stored book is crossed")
        elif market.book.is_depleted:
            self.invalidate(market, BookFault.DEPLETED, "a side of its stored book is used up to where it was cut")
        else:
            self._trust(market)

    def feed(self, market: MarketBook, depth: Payload) -> None:
        """Fills the book of a market that is not followed from REST depth.

        :raises MessageError: when it is no book, or a crossed one; the book is unchanged then
        """
        market.book.start_from(depth, self._next_update_id(), CONSTANTS.DEPTH_LIMIT)
        if not market.is_rest_fed:
            market.is_rest_fed = True
            market.counts.rest_fallbacks += 1
            self.logger().warning(f"The order book of {market.trading_pair} is fed from REST depth: {market.reason}.")

    def stop_feeding(self, market: MarketBook, reason: str) -> None:
        """Empties a book that REST fed."""
        if market.is_rest_fed:
            market.is_rest_fed = False
            self.logger().warning(f"The order book of {market.trading_pair} is empty again: {reason}.")
            self._empty(market, market.fault, market.reason)

    def _open_book(self, trading_pair: str) -> MarketBook:
        book = self._order_books[trading_pair] = self._data_source.order_book_create_function()
        market = self._markets[trading_pair] = MarketBook(
            trading_pair=trading_pair,
            book=book,
            metrics=self._metrics.get_or_create_pair_metrics(trading_pair),
            counts=self._counts.setdefault(trading_pair, BookCounts()),
            reason="no snapshot has come yet",
            invalid_since_s=self._now_s(),
        )
        self._all_followed.clear()
        return market

    def _close_book(self, trading_pair: str) -> None:
        self._order_books.pop(trading_pair, None)
        market = self._markets.pop(trading_pair)
        self._resync.forget(market)
        self._note_all_followed()

    def _break(self, market: MarketBook, sequence: int) -> None:
        reached = market.sequence
        fault = BookFault.GAP if sequence > reached else BookFault.STEP_BACK
        self.invalidate(market, fault, f"its sequence went from {reached} to {sequence}")
        if sequence <= reached:
            self._look_for_restart(market, sequence)

    def _keep_back(self, market: MarketBook, payload: Payload) -> None:
        """An increment of a market that is not followed: a part of a replay, or of no use."""
        if market.replay is not None:
            market.replay.on_increment(payload)
            self._look_at_late_replay(market)
            return
        self._metrics.total_diffs_rejected += 1
        market.metrics.diffs_rejected += 1

    def _look_at_late_replay(self, market: MarketBook) -> None:
        """A replay that showed nothing new, once live increments go on from it."""
        replay = market.replay
        if replay is None or not replay.is_whole or self._resync.is_asking(market):
            return
        if market.stale_at is not None and replay.sequence > market.stale_at:
            self.release(market)

    def _judge_replay(self, market: MarketBook) -> None:
        """The server has sent all it stores: does it make a book?"""
        replay = market.replay
        if replay is None or replay.snapshot is None:
            market.forget_replay()
        elif replay.flaw:
            market.forget_replay()
            if market.fault is not BookFault.UNREADABLE:
                self.invalidate(market, BookFault.GAP, replay.flaw)
        elif replay.sequence == market.stale_at:
            market.counts.stale_replays += 1
            self.watch.on_stale_replay(market)
        else:
            try:
                self.release(market)
            except MessageError as error:
                market.forget_replay()
                self.on_unreadable(market.trading_pair, error)

    def _start_book(self, market: MarketBook, payload: Payload) -> None:
        sequence = sequence_of(payload)
        market.book.start_from(payload, self._next_update_id(), CONSTANTS.SNAPSHOT_LEVELS)
        market.sequence = sequence
        self._metrics.total_snapshots_processed += 1
        market.metrics.snapshots_processed += 1
        market.metrics.last_snapshot_timestamp = time.perf_counter()

    def _trust(self, market: MarketBook) -> None:
        now_s = self._now_s()
        market.followed_s = now_s
        if not market.reason:
            return
        lasted_s = now_s - market.invalid_since_s
        market.counts.untrusted_s += lasted_s
        market.reason, market.is_rest_fed = "", False
        if self._order_books_initialized.is_set():
            self.logger().info(f"The order book of {market.trading_pair} is followed again, after {lasted_s:.1f} s.")
        self._note_all_followed()
        self.watch.on_followed(market)

    def _note_all_followed(self) -> None:
        if not any(market.reason for market in self._markets.values()):
            self._all_followed.set()

    def _empty(self, market: MarketBook, fault: BookFault, reason: str) -> None:
        if not market.is_rest_fed:
            market.book.clear(self._next_update_id())
        if not market.reason:
            market.invalid_since_s = self._now_s()
            # A replay may begin, so what was reached is kept apart.
            market.reached = max(market.reached, market.sequence)
        market.fault, market.reason = fault, reason
        self._all_followed.clear()

    def _look_for_restart(self, market: MarketBook, sequence: int | None = None) -> None:
        """Tells of a sequence that began anew. Not to be asked during a replay, which goes back as well."""
        sequence = market.sequence if sequence is None else sequence
        if sequence < market.reached:
            market.counts.restarts += 1
            self.on_engine_restart(market.trading_pair)
        market.reached = sequence

    async def _init_order_books(self) -> None:
        if any(market.reason for market in self._markets.values()):
            await self._all_followed.wait()
        self._order_books_initialized.set()
        self.logger().info(f"Order books of {', '.join(self._trading_pairs) or 'no market'} are following.")


def _nothing(what: object) -> None:
    """Nobody wants to know."""
