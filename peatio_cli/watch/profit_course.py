"""Profit and inventory of one market over time, in as many points as a screen shows."""

from bisect import bisect_left
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from peatio_cli.watch.bot_state import Result

POINTS = 600


@dataclass(frozen=True, slots=True)
class Moment:
    """What a market came to at one time, in quote currency; the inventory in base."""

    net: Decimal
    realised: Decimal
    unrealised: Decimal
    fees: Decimal
    inventory: Decimal

    @classmethod
    def of(cls, result: Result, price: Decimal) -> Self:
        """At that price of the base."""
        unrealised = result.unrealised(price)
        return cls(result.net(price), result.realised, unrealised, result.fees, result.inventory)


class ProfitCourse:
    """Points of (epoch second, moment), the latest one a second. What does not fit is thinned evenly."""

    def __init__(self, points: int = POINTS) -> None:
        self._most = 2 * points
        self._points: list[tuple[int, Moment]] = []
        self._step_s = 1

    @property
    def points(self) -> list[tuple[int, Moment]]:
        return list(self._points)

    def since(self, second: int) -> list[tuple[int, Moment]]:
        """Those of that second and later."""
        return self._points[bisect_left(self._points, second, key=lambda point: point[0]) :]

    def add(self, at_s: float, moment: Moment) -> None:
        """:param at_s: epoch seconds, not before the last one; what is earlier counts as of then"""
        second = int(at_s)
        if self._points:
            last_s = self._points[-1][0]
            second = max(second, last_s)
            # The last point stands for all of its step.
            is_same_step = len(self._points) > 1 and last_s - self._points[-2][0] < self._step_s
            if second == last_s or is_same_step:
                self._points.pop()
        self._points.append((second, moment))
        if len(self._points) > self._most:
            self._points = [*self._points[:-1:2], self._points[-1]]
            span_s = self._points[-1][0] - self._points[0][0]
            self._step_s = max(1, 2 * span_s // self._most)
