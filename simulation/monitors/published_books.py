"""The states of an engine's book by time, as it published them.

A state is named by its key: the sum of its levels' hashes. It changes with each increment by one level, so that a state
costs nothing to keep, and a book is compared with hundreds of states at once.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

#: States that were superseded before so many seconds are forgotten.
KEPT_S = 600.0
_MASK = (1 << 64) - 1

Level = tuple[str, float, float]


def key_of(levels: Iterable[Level]) -> int:
    """The key of a book: of all its levels (side, price, amount), in any order. An empty book has 0."""
    return sum(map(hash, levels)) & _MASK


class PublishedBook:
    """The book of one market, from the messages that its engine publishes."""

    def __init__(self) -> None:
        self._amounts: dict[tuple[str, float], float] = {}
        self._key = 0
        # (when it became the book, key), oldest first.
        self._states: deque[tuple[float, int]] = deque()

    def increment(self, payload: Mapping[str, Any], at_s: float) -> None:
        """An `ob-inc` message (docs/protocol.md section 5)."""
        for side in ("asks", "bids"):
            if side in payload:
                price, amount = payload[side]
                self._set(side, float(price), float(amount or 0))
        self._publish(at_s)

    def snapshot(self, payload: Mapping[str, Any], at_s: float) -> None:
        """An `ob-snap` message: the whole book."""
        self._amounts.clear()
        self._key = 0
        for side, price, amount in levels_of(payload):
            self._set(side, price, amount)
        self._publish(at_s)

    def _set(self, side: str, price: float, amount: float) -> None:
        before = self._amounts.pop((side, price), 0.0)
        if before:
            self._key = (self._key - hash((side, price, before))) & _MASK
        if amount:
            self._amounts[side, price] = amount
            self._key = (self._key + hash((side, price, amount))) & _MASK

    def _publish(self, at_s: float) -> None:
        self._states.append((at_s, self._key))
        while len(self._states) > 1 and self._states[1][0] < at_s - KEPT_S:
            self._states.popleft()

    def superseded_at_s(self, key: int) -> float | None:
        """When the state of that key was last superseded: infinity for the present one, None if it never was one."""
        end_s = float("inf")
        for begin_s, state in reversed(self._states):
            if state == key:
                return end_s
            end_s = begin_s
        return None

    def has_changed(self, after_s: float, until_s: float) -> bool:
        """Whether anything was published in that time."""
        for at_s, _ in reversed(self._states):
            if at_s <= until_s:
                return at_s > after_s
        return False


def levels_of(body: Mapping[str, Any]) -> Iterator[Level]:
    """The levels of a whole book, in a snapshot of the stream or in REST depth."""
    for side in ("asks", "bids"):
        for price, amount in body[side]:
            yield side, float(price), float(amount)
