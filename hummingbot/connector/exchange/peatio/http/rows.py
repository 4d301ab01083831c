"""The rows of a list of orders or trades: one that cannot be read hides no other."""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from hummingbot.connector.exchange.peatio.common.errors import MessageError
from hummingbot.connector.exchange.peatio.common.messages import OrderReport, TradeReport
from hummingbot.connector.exchange.peatio.common.retry import SayOnce


class Rows:
    """Reads lists. A row that cannot be read is logged once: mostly it is of somebody else's order, and an order of
    ours is asked for by its id as well."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._say_once = SayOnce(time.monotonic)

    def read[Row: (OrderReport, TradeReport)](
        self, parse: Callable[[Any], Row], rows: Iterable[Any], path: str
    ) -> list[Row]:
        """The rows that can be read, in their order.

        :param path: where the list is from
        """
        found: list[Row] = []
        for row in rows:
            trouble = ""
            try:
                parsed = parse(row)
            except MessageError as error:
                trouble = f"a row cannot be read and is skipped: {error}"
            else:
                found.append(parsed)
                if isinstance(parsed, OrderReport) and parsed.trouble:
                    trouble = f"order {parsed.order_id} {parsed.trouble}."
            row_id = row.get("id") if isinstance(row, dict) else row
            if trouble and self._say_once.is_due(f"{path} {row_id}"):
                self._logger.warning(f"In the list of {path}, {trouble}")
        return found
