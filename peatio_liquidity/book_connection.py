"""Whether a connector's book has every message of its exchange.

Hummingbot's connectors go on with the book that they had when a websocket was lost, and with what comes after it:
levels that went meanwhile stay in the book, for up to an hour. Here the book is asked for once more.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from hummingbot.connector.exchange_py_base import ExchangePyBase

#: A new connection gives no more than answers to the subscriptions at first; a book asked for before these would miss
#: what happened in between.
SUBSCRIBED_AFTER_S = 1.0
#: Between two requests for the book where one failed.
RETRY_AFTER_S = 2.0


class BookConnection:
    """
    :param logger: for a book that cannot be had
    :param now_s: a clock that never steps
    """

    def __init__(
        self,
        connector: ExchangePyBase,
        trading_pair: str,
        logger: logging.Logger,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connector = connector
        self._trading_pair = trading_pair
        self._logger = logger
        self._now_s = now_s
        #: The connection that the book is whole with. Connectors that keep theirs elsewhere have none.
        self._socket: Any = None
        self._renewed: Any = None
        self._seen_s = 0.0
        self._not_before_s = 0.0
        self._asking: asyncio.Task[int] | None = None

    def is_whole(self) -> bool:
        """To be asked often: a connection that was lost in between is noticed by its successor."""
        socket = getattr(self._connector.order_book_tracker.data_source, "_ws_assistant", None)
        if socket is self._socket:
            return True
        if socket is None:
            self._renewed = None
            return False
        if self._socket is None:
            self._socket = socket  # the first one: the connector's first book came after it, or comes by it
            return True
        return self._is_renewed(socket)

    def close(self) -> None:
        """No request goes on."""
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _is_renewed(self, socket: Any) -> bool:
        now_s = self._now_s()
        if socket is not self._renewed:
            self.close()
            self._renewed, self._seen_s = socket, now_s
        if self._asking is None:
            if now_s >= max(self._seen_s + SUBSCRIBED_AFTER_S, self._not_before_s):
                self._asking = asyncio.ensure_future(self._ask())
            return False
        if not self._asking.done():
            return False
        asked, self._asking = self._asking, None
        if (error := asked.exception()) is not None:
            self._not_before_s = now_s + RETRY_AFTER_S
            self._logger.warning(f"The book of {self._trading_pair} on {self._connector.name} is not there: {error}")
            return False
        if self._connector.order_books[self._trading_pair].snapshot_uid < asked.result():
            self._asking = asked  # on its way through the tracker's queue
            return False
        self._socket = socket
        return True

    async def _ask(self) -> int:
        tracker = self._connector.order_book_tracker
        snapshot = await tracker.data_source._order_book_snapshot(self._trading_pair)
        tracker._order_book_snapshot_stream.put_nowait(snapshot)
        return int(snapshot.update_id)
