"""Pages of a list and the headers that describe them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from peatio_sandbox.rest.validation import Params


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted; ``number`` counts from 1."""

    number: int
    limit: int

    @property
    def offset(self) -> int:
        """Return how many rows come before this page."""
        return (max(self.number, 1) - 1) * self.limit

    def cut[Row](self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows of this page."""
        return list(rows[self.offset : self.offset + self.limit])

    def headers(self, total: int | None = None) -> dict[str, str]:
        """Return the paging headers; ``Total`` only where Peatio counts."""
        headers = {} if total is None else {"Total": str(total)}
        return {**headers, "Per-Page": str(self.limit), "Page": str(self.number)}


def read_page(params: Params) -> Page:
    """Read ``limit`` (1–1000, default 100) and ``page`` as the public and account lists do."""
    limit = params.integer(
        "limit",
        100,
        non_integer="pagination.non_integer_limit",
        invalid="pagination.invalid_limit",
        low=1,
        high=1000,
    )
    number = params.integer(
        "page",
        1,
        non_integer="pagination.non_integer_page",
        invalid="pagination.non_positive_page",
        low=1,
        high=2**31,
    )
    return Page(number, limit)
