"""As `test_balances_restart_model`, with two snapshots at once, answers that never come, and clocks that are off."""

import math
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal

from hummingbot.connector.exchange.peatio.account.records import Snapshot
from hummingbot.connector.exchange.peatio.common.balance_messages import Balance
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from test.hummingbot.connector.exchange.peatio.account.test_balances_model import FundsOfOneAccount, amounts, prices
from test.hummingbot.connector.exchange.peatio.account.test_balances_restart_model import FundsOverRestarts

#: A status poll and a refresh after an event ask at the same time.
MOST_REQUESTS = 2


@dataclass
class Request:
    """A snapshot that is requested, read and answered."""

    stack: ExitStack
    snapshot: Snapshot
    rows: list[Balance] | None = None
    is_compared: bool = False


@dataclass
class Clocks:
    """
    :ivar true_s: the time
    :ivar offset_s: of the exchange's clock
    :ivar known_offset_s: what the bot knows of that
    """

    true_s: float = 1000.0
    offset_s: float = 0.0
    known_offset_s: float = 0.0

    @property
    def stamp_s(self) -> float:
        """What the exchange writes: whole seconds."""
        return float(math.floor(self.true_s + self.offset_s))

    @property
    def known_s(self) -> float:
        return self.true_s + self.known_offset_s


class FundsBesideClocks(FundsOverRestarts):
    """Available is never more than what the exchange has free, whatever the clocks are."""

    happenings = ("fill", "end", "live", "report", "hand", "time", "clock")

    def __init__(self) -> None:
        super().__init__()
        self.clocks = Clocks()
        self.requests: list[Request] = []
        self.now_s = self.clocks.stamp_s

    def teardown(self) -> None:
        self.end_requests()

    @initialize(orders=st.lists(st.tuples(st.booleans(), prices, amounts), max_size=3))
    def starts(self, orders: list[tuple[bool, Decimal, Decimal]]) -> None:
        """With the orders of the last run, as far as there are funds for them."""
        with self.balances.snapshot(self.clocks.known_s) as snapshot:
            snapshot.answered_at_s = self.clocks.known_s
            self.balances.compare(snapshot, self.read())
        for is_buy, price, volume in orders:
            self.write_down(is_buy, price, volume, is_market=False, is_estimable=True)
            self.answer(self.orders[-1])
            self.take(self.orders[-1])
        if orders:
            self.the_bot_restarts()

    @precondition(lambda self: not self.is_ready and self.balances.is_held)
    @rule(data=st.data())
    def a_start_in_one_go(self, data: st.DataObject) -> None:
        """The orders of the last run are settled, and balances are copied, while the exchange goes on."""
        while self.unsettled:
            self.an_order_is_settled(data)
        self.balances.settled()
        with self.balances.snapshot(self.clocks.known_s) as snapshot:
            self.something_happens(data)
            rows = self.read()
            self.something_happens(data)
            snapshot.answered_at_s = self.clocks.known_s
            self.balances.compare(snapshot, rows)
        self.is_ready = True

    @rule(data=st.data(), asks_for_orders=st.booleans())
    def a_snapshot_in_one_go(self, data: st.DataObject, asks_for_orders: bool) -> None:
        with self.balances.snapshot(self.clocks.known_s) as snapshot:
            self.something_happens(data)
            rows = self.read()
            self.something_happens(data)
            snapshot.answered_at_s = self.clocks.known_s
            self.balances.compare(snapshot, rows)
            if asks_for_orders:
                self.our_orders_are_asked_for()
                self.balances.accept(snapshot)

    def happens(self, what: str, data: st.DataObject) -> None:
        if what == "time":
            self.time_passes(data.draw(st.integers(1, 12), "quarters"))
        elif what == "clock":
            self.a_clock_is_set(data.draw(st.sampled_from([0.0, -10.0, 10.0]), "offset"))
        else:
            super().happens(what, data)

    # Clocks.

    @rule(quarters=st.integers(1, 12))
    def time_passes(self, quarters: int) -> None:
        self.clocks.true_s += quarters / 4
        self.now_s = self.clocks.stamp_s

    @rule(offset_s=st.sampled_from([0.0, -10.0, 10.0]))
    def a_clock_is_set(self, offset_s: float) -> None:
        self.clocks.offset_s = offset_s
        self.now_s = self.clocks.stamp_s

    @rule(error_s=st.sampled_from([0.0, -0.5, 0.5, 3.0, -3.0]))
    def the_clock_is_measured(self, error_s: float) -> None:
        self.clocks.known_offset_s = self.clocks.offset_s + error_s

    # A restart.

    def end_requests(self) -> None:
        for request in self.requests:
            request.stack.close()
        self.requests = []

    @rule()
    def the_bot_restarts(self) -> None:
        self.end_requests()
        super().the_bot_restarts()

    # Snapshots.

    @precondition(lambda self: len(self.requests) < MOST_REQUESTS)
    @rule()
    def a_snapshot_is_requested(self) -> None:
        stack = ExitStack()
        snapshot = stack.enter_context(self.balances.snapshot(self.clocks.known_s))
        self.requests.append(Request(stack, snapshot))

    @precondition(lambda self: any(request.rows is None for request in self.requests))
    @rule(data=st.data())
    def a_snapshot_is_read(self, data: st.DataObject) -> None:
        unread = [number for number, request in enumerate(self.requests) if request.rows is None]
        self.requests[data.draw(st.sampled_from(unread), "request")].rows = self.read()

    @precondition(lambda self: any(request.rows is not None and not request.is_compared for request in self.requests))
    @rule(data=st.data())
    def a_snapshot_is_answered(self, data: st.DataObject) -> None:
        unanswered = [
            number
            for number, request in enumerate(self.requests)
            if request.rows is not None and not request.is_compared
        ]
        request = self.requests[data.draw(st.sampled_from(unanswered), "request")]
        assert request.rows is not None
        request.snapshot.answered_at_s = self.clocks.known_s
        self.balances.compare(request.snapshot, request.rows)
        request.is_compared = True

    @precondition(lambda self: self.requests)
    @rule(data=st.data(), asks_for_orders=st.booleans())
    def a_snapshot_is_done_with(self, data: st.DataObject, asks_for_orders: bool) -> None:
        """Where it was not answered, the request has failed."""
        request = self.requests.pop(data.draw(st.sampled_from(range(len(self.requests))), "request"))
        if request.is_compared and asks_for_orders:
            self.our_orders_are_asked_for()
            self.balances.accept(request.snapshot)
        request.stack.close()


FundsBesideClocks.TestCase.settings = settings(
    FundsOfOneAccount.TestCase.settings, max_examples=2000, stateful_step_count=15
)
TestFundsBesideClocks = FundsBesideClocks.TestCase
