"""Books that follow an unbroken sequence from a snapshot, or hold nothing."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.peatio_api_order_book_data_source import PeatioAPIOrderBookDataSource
from hummingbot.connector.exchange.peatio.peatio_backoff import Backoff
from hummingbot.connector.exchange.peatio.peatio_errors import PeatioMessageError, PeatioStreamError
from hummingbot.connector.exchange.peatio.peatio_messages import sequence_of
from hummingbot.connector.exchange.peatio.peatio_order_book import PeatioOrderBook
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_tracker import OrderBookTracker
from hummingbot.core.event.events import OrderBookTradeEvent
from hummingbot.core.utils.async_utils import safe_ensure_future

Payload = Mapping[str, Any]


class PeatioOrderBookTracker(OrderBookTracker):
    """Applies the public messages to the books as they arrive, without queues between.

    Per market an increment counts one more than the one before; anything else is a break (docs/protocol.md section
    5). From a break to the next snapshot the book is empty, so that nobody prices from it, and the exchange is asked
    for its stored snapshot again, with growing pauses.

    `on_engine_restart` is called with the trading pair when a market's sequence has begun anew.
    """

    def __init__(self, data_source: PeatioAPIOrderBookDataSource, trading_pairs: list[str], domain: str = "") -> None:
        super().__init__(data_source=data_source, trading_pairs=trading_pairs, domain=domain)
        self._sequences: dict[str, int] = {}
        self._last_sequences: dict[str, int] = {}
        self._reasons: dict[str, str] = {}
        self._resync_tasks: dict[str, asyncio.Task[None]] = {}
        self._backoffs: dict[str, Backoff] = {}
        self._synced_at_s: dict[str, float] = {}
        self._all_synced = asyncio.Event()
        self.on_engine_restart: Callable[[str], None] = _nothing
        data_source.attach(self)

    @property
    def ready(self) -> bool:
        """Whether every book follows the exchange."""
        return bool(super().ready) and not self._reasons

    @property
    def untrusted_reasons(self) -> dict[str, str]:
        """Trading pair → why its book is not to be trusted; empty when all are sound."""
        return dict(self._reasons)

    def start(self) -> None:
        """Starts the connection; the books fill as their snapshots arrive, all at once."""
        self.stop()
        self._metrics.tracker_start_time = time.perf_counter()
        for trading_pair in self._trading_pairs:
            self._open_book(trading_pair)
        self._init_order_books_task = safe_ensure_future(self._init_order_books())
        self._order_book_stream_listener_task = safe_ensure_future(self._data_source.listen_for_subscriptions())
        self._update_last_trade_prices_task = safe_ensure_future(self._update_last_trade_prices_loop())

    def stop(self) -> None:
        super().stop()
        self._cancel_resyncs()

    async def add_trading_pair(self, trading_pair: str) -> bool:
        """Follows one more pair on the standing connection; True once the exchange acknowledged it."""
        await self._order_books_initialized.wait()
        if trading_pair in self._order_books:
            self.logger().warning(f"Trading pair {trading_pair} is already being tracked")
            return False
        # The snapshot arrives before the ack, so the book must be there first.
        self._open_book(trading_pair)
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
        if trading_pair in self._reasons:
            self._resync(trading_pair, CONSTANTS.SNAPSHOT_TIMEOUT_S)
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
        book = self._order_books.get(trading_pair)
        if book is None:
            return
        sequence = sequence_of(payload)
        message = PeatioOrderBook.snapshot_message_from_exchange(
            payload, trading_pair, self._data_source.next_update_id(), time.time()
        )
        book.apply_snapshot(message.bids, message.asks, message.update_id)
        if trading_pair not in self._reasons and sequence < self._sequences[trading_pair]:
            self.on_engine_restart(trading_pair)  # no replay: the engine itself sent a new beginning
        self._sequences[trading_pair] = sequence
        self._trust(trading_pair)
        metrics = self._metrics.get_or_create_pair_metrics(trading_pair)
        self._metrics.total_snapshots_processed += 1
        metrics.snapshots_processed += 1
        metrics.last_snapshot_timestamp = time.perf_counter()

    def on_increment(self, trading_pair: str, payload: Payload) -> None:
        book = self._order_books.get(trading_pair)
        if book is None:
            return
        metrics = self._metrics.get_or_create_pair_metrics(trading_pair)
        if trading_pair in self._reasons:
            self._metrics.total_diffs_rejected += 1
            metrics.diffs_rejected += 1
            return
        expected = self._sequences.get(trading_pair, 0) + 1
        sequence = sequence_of(payload)
        if sequence != expected:
            self._distrust(trading_pair, f"its sequence went from {expected - 1} to {sequence}")
            if sequence < expected:
                self._look_for_restart(trading_pair, sequence)
            return
        book.apply_increment(payload, self._data_source.next_update_id())
        self._sequences[trading_pair] = sequence
        self._metrics.total_diffs_processed += 1
        metrics.diffs_processed += 1
        metrics.last_diff_timestamp = time.perf_counter()

    def on_trades(self, trading_pair: str, payload: Payload) -> None:
        book = self._order_books.get(trading_pair)
        if book is None:
            return
        for trade in payload.get("trades") or ():
            metrics = self._metrics.get_or_create_pair_metrics(trading_pair)
            try:
                message = PeatioOrderBook.trade_message_from_exchange(trade, trading_pair)
            except PeatioMessageError as error:
                # The book does not depend on trades, so it stays trusted.
                self.logger().warning(str(error))
                self._metrics.total_trades_rejected += 1
                metrics.trades_rejected += 1
                continue
            is_sell = message.content["trade_type"] == float(TradeType.SELL.value)
            book.apply_trade(
                OrderBookTradeEvent(
                    trading_pair=trading_pair,
                    timestamp=message.timestamp,
                    price=float(message.content["price"]),
                    amount=float(message.content["amount"]),
                    trade_id=message.trade_id,
                    type=TradeType.SELL if is_sell else TradeType.BUY,
                )
            )
            self._metrics.total_trades_processed += 1
            metrics.trades_processed += 1
            metrics.last_trade_timestamp = time.perf_counter()

    def on_unreadable(self, trading_pair: str, error: PeatioMessageError) -> None:
        self._distrust(trading_pair, f"a message could not be read ({error})")

    def on_connected(self) -> None:
        """All subscriptions are acknowledged; an early subscriber may still have got no snapshot."""
        for trading_pair, sequence in self._sequences.items():
            self._look_for_restart(trading_pair, sequence)
        for trading_pair in self._reasons:
            self._resync(trading_pair, CONSTANTS.SNAPSHOT_TIMEOUT_S)

    def on_lost(self) -> None:
        self._cancel_resyncs()
        for trading_pair in self._order_books:
            self._empty(trading_pair, "the connection was lost")

    # Trust.

    def _open_book(self, trading_pair: str) -> None:
        self._order_books[trading_pair] = self._data_source.order_book_create_function()
        self._reasons[trading_pair] = "no snapshot has come yet"
        self._all_synced.clear()

    def _close_book(self, trading_pair: str) -> None:
        self._order_books.pop(trading_pair, None)
        self._sequences.pop(trading_pair, None)
        self._last_sequences.pop(trading_pair, None)
        self._backoffs.pop(trading_pair, None)
        task = self._resync_tasks.pop(trading_pair, None)
        if task is not None:
            task.cancel()
        self._trust(trading_pair)

    def _trust(self, trading_pair: str) -> None:
        self._synced_at_s[trading_pair] = time.monotonic()
        if self._reasons.pop(trading_pair, None) is not None and not self._reasons:
            self._all_synced.set()

    def _distrust(self, trading_pair: str, reason: str) -> None:
        if trading_pair not in self._order_books:
            return
        self.logger().warning(f"The order book of {trading_pair} is not trusted: {reason}. Asking for a snapshot.")
        was_sound = trading_pair not in self._reasons
        self._empty(trading_pair, reason)
        if trading_pair in self._resync_tasks:
            return
        backoff = self._backoff(trading_pair)
        if was_sound and time.monotonic() - self._synced_at_s[trading_pair] > CONSTANTS.STABLE_AFTER_S:
            backoff.reset()
            self._resync(trading_pair, 0)
        else:
            self._resync(trading_pair, backoff.next_s())

    def _look_for_restart(self, trading_pair: str, sequence: int) -> None:
        """Tells of a sequence that began anew. Not to be asked during a replay, which goes back as well."""
        if sequence < self._last_sequences.get(trading_pair, 0):
            self.on_engine_restart(trading_pair)
        self._last_sequences[trading_pair] = sequence

    def _empty(self, trading_pair: str, reason: str) -> None:
        book: OrderBook = self._order_books[trading_pair]
        book.apply_snapshot([], [], self._data_source.next_update_id())
        self._reasons[trading_pair] = reason
        # A replay may begin, so what was reached is kept apart.
        self._last_sequences[trading_pair] = max(
            self._last_sequences.get(trading_pair, 0), self._sequences.get(trading_pair, 0)
        )
        self._all_synced.clear()

    def _resync(self, trading_pair: str, first_wait_s: float) -> None:
        if trading_pair not in self._resync_tasks:
            task = asyncio.create_task(self._resync_until_synced(trading_pair, first_wait_s))
            self._resync_tasks[trading_pair] = task

    async def _resync_until_synced(self, trading_pair: str, first_wait_s: float) -> None:
        await self._sleep(first_wait_s)
        while trading_pair in self._reasons:
            try:
                # The stored snapshot comes before the ack that this waits for.
                await self._data_source.resubscribe_book(trading_pair)
                self._look_for_restart(trading_pair, self._sequences.get(trading_pair, 0))
            except PeatioStreamError as error:
                self.logger().warning(f"No snapshot of {trading_pair}: {error}")
            except Exception:
                # Whatever it was, giving up would leave the book empty for good.
                self.logger().exception(f"Unexpected error while asking for a snapshot of {trading_pair}.")
            if trading_pair in self._reasons:
                await self._sleep(self._backoff(trading_pair).next_s())
        del self._resync_tasks[trading_pair]

    def _backoff(self, trading_pair: str) -> Backoff:
        if trading_pair not in self._backoffs:
            self._backoffs[trading_pair] = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        return self._backoffs[trading_pair]

    def _cancel_resyncs(self) -> None:
        for task in self._resync_tasks.values():
            task.cancel()
        self._resync_tasks.clear()

    async def _init_order_books(self) -> None:
        if self._reasons:
            await self._all_synced.wait()
        self._order_books_initialized.set()
        self.logger().info(f"Order books of {', '.join(self._trading_pairs) or 'no market'} are following.")


def _nothing(trading_pair: str) -> None:
    """Nobody wants to know."""
