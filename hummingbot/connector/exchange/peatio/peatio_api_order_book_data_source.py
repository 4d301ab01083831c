"""Public streams of Ranger: books and trades of the chosen pairs."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.book_messages import flat_increment
from hummingbot.connector.exchange.peatio.common.dialects import book_stream_of
from hummingbot.connector.exchange.peatio.common.errors import StreamError
from hummingbot.connector.exchange.peatio.common.messages import PublicTrade
from hummingbot.connector.exchange.peatio.config import ExchangeAddress
from hummingbot.connector.exchange.peatio.peatio_order_book import PeatioOrderBook
from hummingbot.connector.exchange.peatio.websocket.client import RangerConnection
from hummingbot.connector.exchange.peatio.websocket.public import open_public_socket
from hummingbot.connector.exchange.peatio.websocket.sockets import Socket
from hummingbot.core.data_type.order_book_tracker_data_source import OrderBookTrackerDataSource
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory

if TYPE_CHECKING:
    from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange

Payload = Mapping[str, Any]


class BookListener(Protocol):
    """Who gets what the public streams say, as it arrives and in its order."""

    def on_level(self, trading_pair: str, sequence: int, is_bid: bool, price: float, volume: float) -> bool:
        """An increment that was read already. False, and nothing done, where `on_message` must judge it.

        `apply_levels` follows, before anybody else looks at the books.
        """

    def apply_levels(self) -> None:
        """All messages that arrived together were handed over."""

    def on_message(self, trading_pair: str, stream: str, payload: Payload) -> None:
        """:param stream: which of the market's streams, such as `ob-inc`"""

    def on_stored(self, trading_pair: str) -> None:
        """The server has sent what it stores of the pair's book: its subscription is acknowledged."""

    def on_connected(self) -> None: ...

    def on_lost(self) -> None: ...


class PeatioAPIOrderBookDataSource(OrderBookTrackerDataSource):
    """Feeds a `BookListener` (`BookTracker`), without the queues of the base class.

    :ivar connections: how often the public connection came to stand, its streams acknowledged
    """

    def __init__(
        self,
        trading_pairs: list[str],
        connector: "PeatioExchange",
        api_factory: WebAssistantsFactory,
        address: ExchangeAddress,
    ) -> None:
        super().__init__(trading_pairs)
        self._connector = connector
        self._api_factory = api_factory
        self._address = address
        self._listener: BookListener
        self._pairs_by_symbol: dict[str, str] = {}
        # The same by the name of the increments' stream, which is looked up for every increment.
        self._pairs_by_increments: dict[str, str] = {}
        self._book_stream = CONSTANTS.INCREMENTS_STREAM
        self.connections = 0
        self._connection = RangerConnection(
            connect=self._open_socket,
            on_message=self._on_message,
            on_connected=self._on_connected,
            on_lost=self._on_lost,
            logger=self.logger(),
            sleep=self._sleep,
            on_plain_text=self._on_plain_text,
            on_read=self._on_read,
            on_acknowledged=self._on_acknowledged,
        )
        self.order_book_create_function = PeatioOrderBook

    def attach(self, listener: BookListener) -> None:
        """`listener` gets the messages. The base class makes the data source before there is one."""
        self._listener = listener

    async def get_last_traded_prices(self, trading_pairs: list[str], domain: str | None = None) -> dict[str, float]:
        prices: dict[str, float] = await self._connector.get_last_traded_prices(trading_pairs=trading_pairs)
        return prices

    async def depth(self, trading_pair: str) -> Payload:
        """The book from the exchange's database.

        :raises PeatioError: when there is no answer
        """
        depth: Payload = await self._connector.rest.depth(await self._symbol(trading_pair))
        return depth

    async def newest_trade(self, trading_pair: str) -> tuple[int, float] | None:
        """The market's last trade over REST: its number and its age in seconds; None where there never was one.

        :raises PeatioError: when there is no answer
        """
        trade: PublicTrade | None = await self._connector.rest.newest_trade(await self._symbol(trading_pair))
        if trade is None:
            return None
        return trade.trade_id, self._connector._time_synchronizer.time() - trade.created_at_s

    async def listen_for_subscriptions(self) -> None:
        """Keeps the public connection up until cancelled."""
        await self._connection.run()

    async def subscribe_to_trading_pair(self, trading_pair: str) -> bool:
        """Subscribes one more pair on the standing connection."""
        is_subscribed = False
        try:
            symbol = await self._symbol(trading_pair)
            self._remember(symbol, trading_pair)
            await self._connection.subscribe(self._streams([symbol]))
            is_subscribed = True
        except (StreamError, OSError) as error:
            self.logger().error(f"Could not subscribe to {trading_pair}: {error}")
        finally:
            if not is_subscribed:  # the caller may have been cancelled
                self._forget(trading_pair)
        if is_subscribed:
            self.add_trading_pair(trading_pair)
        return is_subscribed

    async def unsubscribe_from_trading_pair(self, trading_pair: str) -> bool:
        """Ends the pair's subscriptions. Its messages are dropped from now on, whatever the server does."""
        self.remove_trading_pair(trading_pair)
        symbol = self._forget(trading_pair)
        if symbol is None:
            return False
        try:
            await self._connection.unsubscribe(self._streams([symbol]))
        except (StreamError, OSError) as error:
            self.logger().warning(f"Could not unsubscribe from {trading_pair}: {error}")
            return False
        return True

    async def resubscribe_book(self, trading_pair: str, is_afresh: bool = False) -> None:
        """Asks for the stored snapshot and increments again.

        :param is_afresh: unsubscribes first; newer Ruby Rangers send nothing to those who are subscribed
        :raises StreamError: when there is no connection or no answer
        """
        symbol = await self._symbol(trading_pair)
        # Not known when the connection was opened, if the server did not answer with its version.
        self._book_stream = book_stream_of(self._connector.known_version)
        # A market that was closed when the connection was opened needs all its streams.
        is_known = symbol in self._pairs_by_symbol
        self._remember(symbol, trading_pair)
        streams = [f"{symbol}.{self._book_stream}"] if is_known else self._streams([symbol])
        if is_afresh:
            await self._connection.unsubscribe(streams)
        await self._connection.subscribe(streams)

    def _streams(self, symbols: list[str]) -> list[str]:
        return [f"{symbol}.{kind}" for kind in (self._book_stream, CONSTANTS.TRADES_STREAM) for symbol in symbols]

    def _remember(self, symbol: str, trading_pair: str) -> None:
        """Messages about the symbol are those of the pair."""
        self._pairs_by_symbol[symbol] = trading_pair
        self._pairs_by_increments[f"{symbol}.{CONSTANTS.INCREMENTS_STREAM}"] = trading_pair

    def _forget(self, trading_pair: str) -> str | None:
        """The symbol of the pair, whose messages are dropped from now on."""
        symbol = next((symbol for symbol, pair in self._pairs_by_symbol.items() if pair == trading_pair), None)
        if symbol is not None:
            del self._pairs_by_symbol[symbol]
            self._pairs_by_increments.pop(f"{symbol}.{CONSTANTS.INCREMENTS_STREAM}", None)
        return symbol

    async def _open_socket(self) -> Socket:
        return await open_public_socket(self._api_factory, self._address)

    async def _on_connected(self) -> None:
        for trading_pair in list(self._trading_pairs):
            try:
                self._remember(await self._symbol(trading_pair), trading_pair)
            except StreamError as error:
                if not self._connector.trading_pair_symbol_map_ready():
                    raise
                # One market that was closed must not cost the books of the others.
                self.logger().error(str(error))
        self._book_stream = book_stream_of(await self._connector.version())
        await self._connection.subscribe(self._streams(list(self._pairs_by_symbol)))
        self.connections += 1
        self.logger().info(f"Subscribed to the public streams of {len(self._pairs_by_symbol)} market(s).")
        self._listener.on_connected()
        await self._connector.on_books_connected()

    def _on_acknowledged(self, streams: Iterable[str]) -> None:
        for stream in streams:
            trading_pair = self._pairs_by_increments.get(stream)
            if trading_pair is not None:
                self._listener.on_stored(trading_pair)

    def _on_lost(self) -> None:
        self._listener.on_lost()

    async def _symbol(self, trading_pair: str) -> str:
        """
        :raises StreamError: when the exchange has no such market, or does not answer with its markets
        """
        try:
            symbol: str = await self._connector.exchange_symbol_associated_to_pair(trading_pair=trading_pair)
        except KeyError as error:
            raise StreamError(f"The exchange has no open market for {trading_pair}.") from error
        return symbol

    def _on_plain_text(self, text: str) -> bool:
        """Whether it was an increment, and one that goes into its book without further ado: nearly all are."""
        increment = flat_increment(text)
        if increment is None:
            return False
        stream, sequence, is_bid, price, volume = increment
        trading_pair = self._pairs_by_increments.get(stream)
        return trading_pair is not None and self._listener.on_level(trading_pair, sequence, is_bid, price, volume)

    def _on_read(self) -> None:
        """What arrived together was handled."""
        self._listener.apply_levels()

    def _on_message(self, message: Mapping[str, Any]) -> None:
        for stream, payload in message.items():
            symbol, _, kind = stream.rpartition(".")
            trading_pair = self._pairs_by_symbol.get(symbol)
            if trading_pair is not None:
                self._listener.on_message(trading_pair, kind, payload)
