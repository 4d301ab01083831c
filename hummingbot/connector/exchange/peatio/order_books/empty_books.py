"""What Hummingbot logs while a book is empty: once a market and episode, with its end.

Hummingbot's connector base logs a warning at every price that is asked for. A strategy that compares orders with the
missing price (pure_market_making) ends each of its ticks with `decimal.InvalidOperation` and a traceback.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import InvalidOperation
from traceback import walk_tb

from hummingbot.core.data_type.order_book import OrderBook

#: The loggers of Hummingbot's clock, and of its paper trade connector.
HOST_LOGGERS = ("hummingbot.core.clock", "hummingbot.core.network_iterator")

_EMPTY = re.compile(r"(?:Ask|Bid|Buy) orderbook for (\S+) is empty\.").fullmatch


@dataclass
class _Episode:
    since_s: float
    logged: set[str] = field(default_factory=set)
    left_out: int = 0


def _place_of(error: Exception) -> tuple[str, int] | None:
    """File and line that raised it, to tell a strategy's mistakes apart."""
    frames = walk_tb(error.__traceback__)
    return next(((frame.f_code.co_filename, line) for frame, line in reversed(list(frames))), None)


class EmptyBookFilter(logging.Filter):
    """Leaves repetitions out of the loggers that it is added to.

    :param books: Hummingbot's order books by trading pair
    :param now_s: a clock that never steps
    :param logger: gets the end of each episode
    """

    def __init__(self, books: Mapping[str, OrderBook], now_s: Callable[[], float], logger: logging.Logger) -> None:
        super().__init__()
        self._books = books
        self._now_s = now_s
        self._logger = logger
        self._episodes: dict[str, _Episode] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is logged. Those that are not about an empty book of ours are."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, InvalidOperation):
            pairs = [pair for pair in self._books if self._is_empty(pair)]
            is_new = self._is_new(f"a tick ended with an error in {_place_of(error)}", pairs)
            if pairs and is_new:
                record.msg = (
                    f"{record.msg} A strategy cannot price while an order book is empty: {', '.join(pairs)}. "
                    "Logged once until there are prices again."
                )
            return is_new
        # Without its arguments: a line that cannot be formatted is logging's to report, not an error of who logs it.
        about = _EMPTY(str(record.msg))
        return about is None or self._is_new("it is empty", [pair for pair in about.groups() if self._is_empty(pair)])

    def tick(self) -> None:
        """Logs the end of the episodes that ended."""
        for pair, episode in list(self._episodes.items()):
            if pair not in self._books:
                del self._episodes[pair]
            elif not self._is_empty(pair):
                del self._episodes[pair]
                self._logger.info(
                    f"The order book of {pair} has prices again after {self._now_s() - episode.since_s:.0f} s; "
                    f"{episode.left_out} message(s) about it were not repeated in the log."
                )

    def _is_new(self, what: str, pairs: list[str]) -> bool:
        """Whether it is new for one of the markets; also where it concerns none."""
        is_new = not pairs
        for pair in pairs:
            episode = self._episodes.setdefault(pair, _Episode(self._now_s()))
            episode.left_out += what in episode.logged
            is_new |= what not in episode.logged
            episode.logged.add(what)
        return is_new

    def _is_empty(self, trading_pair: str) -> bool:
        book = self._books.get(trading_pair)
        return book is not None and (next(book.bid_entries(), None) is None or next(book.ask_entries(), None) is None)
