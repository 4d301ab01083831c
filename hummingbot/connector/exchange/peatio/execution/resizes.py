"""Applies to our orders what the exchange makes of their sizes without a trade (docs/protocol.md section 4.13)."""

import time
from collections.abc import Callable, Iterable
from decimal import Decimal

from hummingbot.connector.exchange.peatio.common.messages import ZERO, OrderReport
from hummingbot.connector.exchange.peatio.execution.counts import CountsByPair
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.reservations import Reservations
from hummingbot.connector.exchange.peatio.resizes.cycle_log import CycleLog
from hummingbot.connector.exchange.peatio.resizes.looks import Looks
from hummingbot.core.data_type.common import OrderType


class Resizes:
    """
    :param is_pegged: whether the settings name a pair as pegged; only there an executed volume without a trade is taken
        for a resize
    :param say: gets one line a cycle
    :param tell_strategy: gets each order whose size has changed
    :param now_s: a clock that never steps
    """

    def __init__(
        self,
        reservations: Reservations,
        counts: CountsByPair,
        is_pegged: Callable[[str], bool],
        say: Callable[[str], None],
        tell_strategy: Callable[[TrackedOrder], None],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reservations = reservations
        self._counts = counts
        self.is_pegged = is_pegged
        self._tell_strategy = tell_strategy
        self._looks = Looks(now_s)
        self.log = CycleLog(say, now_s)

    def on_report(self, order: TrackedOrder, report: OrderReport) -> None:
        """The exchange reports the order's size. The trades of the report are recorded.

        :param report: with what was executed under former ids
        """
        if order.order_type is OrderType.MARKET:
            return
        order.size.learn(report)
        if self.is_pegged(order.trading_pair):
            self._judge_unexplained(order, report)
        self.fit(order)

    def _judge_unexplained(self, order: TrackedOrder, report: OrderReport) -> None:
        size = order.size
        listed = sum((trade.amount for trade in report.trades), size.carried)
        missing = report.executed_volume - size.unexplained - max(order.executed_amount_base, listed)
        if missing < ZERO:
            # It grew back, or a trade turned up late. Where this is no answer about the order, its trade may have been
            # reported before the order's event.
            size.is_doubtful |= not report.lists_trades and bool(size.unexplained)
            size.unexplained = max(size.unexplained + missing, ZERO)
        if report.lists_trades:
            size.unexplained += self._looks.on_look(order.client_order_id, missing)

    def fit(self, order: TrackedOrder) -> None:
        """Lets what strategies read and what the order reserves follow its size, after a report or a fill."""
        before, after = order.amount, order.size.working(order.executed_amount_base)
        if after == before:
            return
        order.resize(after)
        self._reservations.on_resized(order)
        self._tell_strategy(order)
        self._counts[order.trading_pair].resizes += 1
        self.log.on_resize(order.client_order_id, order.trading_pair, before, after)

    def next_look_s(self, order: TrackedOrder) -> float | None:
        """In how many seconds the exchange is asked about the order, to decide what it executed without a trade; None
        where nothing is to be decided."""
        return self._looks.next_s(order.client_order_id)

    def is_in_question(self, client_order_id: str) -> bool:
        """Whether all that is missing of the order's fills may be a resize: its trades so far are known."""
        return self._looks.next_s(client_order_id) is not None

    def on_order_ended(self, order: TrackedOrder) -> None:
        """It is asked for no more."""
        self._looks.forget(order.client_order_id)

    def notices(self, orders: Iterable[TrackedOrder]) -> list[str]:
        """What `status` says of the open orders: one line a market."""
        by_pair: dict[str, list[TrackedOrder]] = {}
        for order in orders:
            if order.is_open and order.size.is_resized and order.order_type is not OrderType.MARKET:
                by_pair.setdefault(order.trading_pair, []).append(order)
        lines = []
        for pair, resized in sorted(by_pair.items()):
            placed = sum((order.size.placed for order in resized), Decimal(0))
            left = sum((order.amount for order in resized), Decimal(0))
            resting = sum(order.size.is_resting for order in resized)
            rest = f"; {resting} of them at zero, out of the book until the exchange lets them grow" if resting else ""
            lines.append(
                f"{pair}: the exchange resized {len(resized)} open order(s) without a trade, together from "
                f"{placed.normalize():f} to {left.normalize():f}{rest}."
            )
        return lines
