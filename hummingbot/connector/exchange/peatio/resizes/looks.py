"""Executed volume that has no trade: a fill that is not known yet, or a resize. A later look shows which. No I/O."""

from collections.abc import Callable
from decimal import Decimal

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.messages import ZERO


class Looks:
    """What REST showed of the orders in question: (when, how much had no trade).

    :param now_s: a clock that never steps
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._seen: dict[str, list[tuple[float, Decimal]]] = {}

    def on_look(self, key: str, missing: Decimal) -> Decimal:
        """An answer about the order, with its trades.

        :param missing: how much it counts as executed more than its trades give
        :return: how much of it is a resize: what two answers `RESIZE_LOOKS_S` apart, and those between, did not explain
        """
        now_s = self._now_s()
        if missing <= ZERO:
            self._seen.pop(key, None)
            return ZERO
        looks = self._seen.setdefault(key, [])
        looks.append((now_s, missing))
        if now_s - looks[0][0] < CONSTANTS.RESIZE_LOOKS_S:
            return ZERO
        explained = min(amount for _, amount in looks)
        # What came on top begins its own time now.
        self._seen[key] = [(now_s, missing - explained)]
        return explained

    def next_s(self, key: str) -> float | None:
        """In how many seconds the next answer can decide; None where the order is not in question."""
        looks = self._seen.get(key)
        return None if looks is None else max(looks[0][0] + CONSTANTS.RESIZE_LOOKS_S - self._now_s(), 0.0)

    def forget(self, key: str) -> None:
        """The order has ended."""
        self._seen.pop(key, None)
