"""One increment at a time on many markets: CPU time from the readable socket until it is in its book."""

import selectors
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from bench.server import ServerOptions
from bench.stamps import Instant, StampingSelector, run_stamped
from bench.subjects import running_connector, until

#: Left out: imports and caches of the first times.
WARM_UP = 5


class TurnSelector(StampingSelector):
    """Calls `on_turn` at the end of each turn of the loop, before it waits for the next event."""

    on_turn: Callable[[], None] | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.on_turn is not None:
            self.on_turn()
        return super().select(timeout)


def measure(subject: str, markets: int, messages: dict[str, int]) -> dict[str, float]:
    """Median and 99th percentile, in µs, at each rate.

    :param messages: by messages a second, how many are measured
    """
    return run_stamped(lambda selector: _measure(selector, subject, markets, messages), TurnSelector)


async def _measure(
    selector: TurnSelector, subject: str, markets: int, messages: dict[str, int]
) -> dict[str, float]:
    figures: dict[str, float] = {}
    async with running_connector(subject, ServerOptions(markets=markets), trading=False) as (connector, server):
        await until(lambda: connector.order_book_tracker.ready, "all books are ready")
        books = list(connector.order_books.values())
        for rate, count in messages.items():
            taken_s: list[float] = []
            selector.on_turn = partial(_note, selector, books, _Newest(books), taken_s)
            server.command(f"steady {rate}")
            await until(partial(_has, taken_s, count + WARM_UP), f"{count} messages came")
            server.command("steady 0")
            selector.on_turn = None
            ordered = sorted(taken_s[WARM_UP:])
            figures[f"us_{rate}"] = ordered[len(ordered) // 2] * 1e6
            figures[f"us_{rate}_p99"] = ordered[int(len(ordered) * 0.99)] * 1e6
    return figures


class _Newest:
    """Notices that a book has changed."""

    def __init__(self, books: Sequence[Any]) -> None:
        self._ids = [book.last_diff_uid for book in books]

    def has_moved(self, books: Sequence[Any]) -> bool:
        ids = [book.last_diff_uid for book in books]
        has_moved, self._ids = ids != self._ids, ids
        return has_moved


def _note(selector: TurnSelector, books: Sequence[Any], newest: _Newest, taken_s: list[float]) -> None:
    now = Instant.now()
    if newest.has_moved(books):
        taken_s.append(selector.ready_at.until(now).cpu_s)


def _has(taken_s: Sequence[float], count: int) -> bool:
    return len(taken_s) >= count
