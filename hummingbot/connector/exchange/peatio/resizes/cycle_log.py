"""What a cycle of a pegged coin changed, in one line. No I/O."""

from collections.abc import Callable
from decimal import Decimal

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS

# So many orders are named in a line.
_NAMED_ORDERS = 5


class CycleLog:
    """Collects what belongs together in time: a cycle's events and answers arrive within moments.

    :ivar cycles: how many lines there were
    :param say: gets the line
    :param now_s: a clock that never steps
    """

    def __init__(self, say: Callable[[str], None], now_s: Callable[[], float]) -> None:
        self.cycles = 0
        self._say = say
        self._now_s = now_s
        self._last_s = 0.0
        #: By order and by currency: before and after.
        self._orders: dict[str, tuple[str, Decimal, Decimal]] = {}
        self._funds: dict[str, tuple[Decimal, Decimal]] = {}

    def on_resize(self, key: str, trading_pair: str, before: Decimal, after: Decimal) -> None:
        """The exchange resized an order."""
        self._last_s = self._now_s()
        self._orders[key] = trading_pair, self._orders[key][1] if key in self._orders else before, after

    def on_moved(self, currency: str, before: Decimal, after: Decimal) -> None:
        """A total changed without a trade."""
        self._last_s = self._now_s()
        self._funds[currency] = self._funds[currency][0] if currency in self._funds else before, after

    def tick(self) -> None:
        """Says what has been collected, once nothing more has come for `CYCLE_LOG_S`."""
        if (self._orders or self._funds) and self._now_s() - self._last_s >= CONSTANTS.CYCLE_LOG_S:
            self.flush()

    def flush(self) -> None:
        """Says it now."""
        if not (self._orders or self._funds):
            return
        self.cycles += 1
        parts = []
        if self._orders:
            named = [
                f"{key} ({pair}) {_text(before)} → {_text(after)}"
                for key, (pair, before, after) in list(self._orders.items())[:_NAMED_ORDERS]
            ]
            more = len(self._orders) - len(named)
            rest = f" and {more} more" if more else ""
            parts.append(f"it resized {len(self._orders)} order(s): {', '.join(named)}{rest}")
        if self._funds:
            funds = sorted(self._funds.items())
            moved = [f"{name} {_text(before)} → {_text(after)}" for name, (before, after) in funds]
            parts.append(f"these funds changed: {', '.join(moved)}")
        self._orders, self._funds = {}, {}
        self._say(f"The exchange changed orders or funds without a trade: {'; '.join(parts)}.")


def _text(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
