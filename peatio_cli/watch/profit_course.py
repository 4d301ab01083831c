"""Profit of one market over time, in as many points as a screen shows."""

from decimal import Decimal

POINTS = 600


class ProfitCourse:
    """Points of (epoch second, profit), the latest one a second. What does not fit is thinned evenly."""

    def __init__(self, points: int = POINTS) -> None:
        self._most = 2 * points
        self._points: list[tuple[int, Decimal]] = []
        self._step_s = 1

    @property
    def points(self) -> list[tuple[int, Decimal]]:
        return list(self._points)

    def add(self, at_s: float, profit: Decimal) -> None:
        """:param at_s: epoch seconds, not before the last one; what is earlier counts as of then"""
        second = int(at_s)
        if self._points:
            last_s = self._points[-1][0]
            second = max(second, last_s)
            # The last point stands for all of its step.
            is_same_step = len(self._points) > 1 and last_s - self._points[-2][0] < self._step_s
            if second == last_s or is_same_step:
                self._points.pop()
        self._points.append((second, profit))
        if len(self._points) > self._most:
            self._points = [*self._points[:-1:2], self._points[-1]]
            span_s = self._points[-1][0] - self._points[0][0]
            self._step_s = max(1, 2 * span_s // self._most)
