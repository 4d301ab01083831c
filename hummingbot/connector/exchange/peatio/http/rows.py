"""The rows of a list: one that cannot be read hides no other."""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from hummingbot.connector.exchange.peatio.common.errors import MessageError
from hummingbot.connector.exchange.peatio.common.messages import FeeRow, OrderReport
from hummingbot.connector.exchange.peatio.common.retry import SayOnce

#: What identifies a row, the first that it has: orders and trades, balances, fees.
_ID_FIELDS = ("id", "currency", "market_id")


class Rows:
    """Reads lists. A row that cannot be read is logged once: mostly it is of somebody else's order or of another
    market, and an order of ours is asked for by its id as well."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._say_once = SayOnce(time.monotonic)

    def read[Row](self, parse: Callable[[Any], Row], rows: Iterable[Any], path: str) -> list[Row]:
        """The rows that can be read, in their order.

        :param path: where the list is from
        """
        found: list[Row] = []
        for row in rows:
            try:
                parsed = parse(row)
            except MessageError as error:
                self.report(f"a row cannot be read and is skipped: {error}", row, path)
                continue
            found.append(parsed)
            if isinstance(parsed, (OrderReport, FeeRow)) and parsed.trouble:
                self.report(f"row {_id_of(row)} {parsed.trouble}.", row, path)
        return found

    def report(self, trouble: str, row: Any, path: str) -> None:
        """Logs what is wrong with a row, once."""
        if self._say_once.is_due(f"{path} {_id_of(row)}"):
            self._logger.warning(f"In the list of {path}, {trouble}")


def _id_of(row: Any) -> str:
    if isinstance(row, dict):
        row = next((row[field] for field in _ID_FIELDS if row.get(field) is not None), None)
    elif isinstance(row, (list, tuple)) and row:
        row = row[0]  # a candle's time, a ticker's market
    return f"{row!s:.80}"
