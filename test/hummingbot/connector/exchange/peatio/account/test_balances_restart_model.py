"""As `test_balances_model`, over restarts of the bot: the orders of the last run are settled first."""

from decimal import Decimal

from hummingbot.connector.exchange.peatio.account.balances import Balances
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from test.hummingbot.connector.exchange.peatio.account.model_orders import Order
from test.hummingbot.connector.exchange.peatio.account.test_balances_model import (
    CURRENCIES,
    ROUNDING,
    FundsOfOneAccount,
    amounts,
    prices,
)


class FundsOverRestarts(FundsOfOneAccount):
    """Available is never more than what the exchange has free, also while the orders of the last run are settled."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 1000.0
        self.unsettled: list[Order] = []
        self.is_ready = True

    @initialize()
    def starts(self) -> None:
        self.take_a_snapshot()

    def take_a_snapshot(self) -> None:
        with self.balances.snapshot(self.now_s) as snapshot:
            snapshot.answered_at_s = self.now_s
            self.balances.compare(snapshot, self.read())

    @rule(seconds=st.integers(1, 3))
    def time_passes(self, seconds: int) -> None:
        self.now_s += seconds

    # A restart.

    @rule()
    def the_bot_restarts(self) -> None:
        self.request.close()
        self.snapshot, self.rows, self.is_compared = None, None, False
        self.balances = Balances()
        self.balances.hold()
        self.is_ready = False
        self.unsettled = [order for order in self.orders if not order.is_end_reported]
        for order in self.unsettled:
            order.recorded_fills |= order.reported_fills
            order.reported_fills = set()
            amount = order.lock * Decimal("1.1") if order.is_estimate else order.lock
            self.reserve(order, amount if order.is_estimable else None)

    @precondition(lambda self: self.unsettled)
    @rule(data=st.data())
    def an_order_is_settled(self, data: st.DataObject) -> None:
        order = self.which(data, self.unsettled)
        self.unsettled.remove(order)
        if not order.is_answered:
            self.answer(order)
        for number in range(len(order.fills)):
            self.report_fill(order, number)
        self.report_end(order)
        if not order.has_ended:
            self.report_live(order)

    @precondition(lambda self: not self.is_ready and not self.unsettled)
    @rule()
    def the_last_run_is_settled(self) -> None:
        self.balances.settled()

    @precondition(lambda self: not self.is_ready and not self.unsettled and not self.balances.is_held)
    @rule()
    def is_reconciled(self) -> None:
        self.is_ready = True

    @property
    def known(self) -> list[Order]:
        return [order for order in self.orders if order.is_answered and order not in self.unsettled]

    @property
    def unanswered(self) -> list[Order]:
        return [order for order in self.orders if not order.is_answered and order not in self.unsettled]

    def report_live(self, order: Order) -> None:
        if order.is_live and not order.is_market and not order.is_end_reported:
            reported = sum((order.fills[number][0] for number in order.reported_fills), Decimal(0))
            self.balances.live(order.key, order.lock - reported)

    @precondition(lambda self: self.is_ready)
    @rule(
        is_buy=st.booleans(), price=prices, volume=amounts, is_market=st.booleans(), is_estimable=st.booleans()
    )
    def is_written_down(
        self, is_buy: bool, price: Decimal, volume: Decimal, is_market: bool, is_estimable: bool
    ) -> None:
        self.write_down(is_buy, price, volume, is_market, is_estimable)

    # Snapshots.

    @precondition(lambda self: self.snapshot is None)
    @rule()
    def a_snapshot_is_requested(self) -> None:
        self.snapshot = self.request.enter_context(self.balances.snapshot(self.now_s))

    @precondition(lambda self: self.rows is not None and not self.is_compared)
    @rule()
    def a_snapshot_is_answered(self) -> None:
        assert self.snapshot is not None
        assert self.rows is not None
        self.snapshot.answered_at_s = self.now_s
        self.balances.compare(self.snapshot, self.rows)
        self.is_compared = True

    @precondition(lambda self: False)
    @rule()
    def everything_is_reported_and_compared(self) -> None:
        """What nothing reported is taken over later."""

    # The account's owner.

    @rule(currency=st.sampled_from(CURRENCIES), amount=amounts)
    def deposits_or_withdraws(self, currency: str, amount: Decimal) -> None:
        """A deposit."""
        self.free[currency] += amount

    @precondition(lambda self: self.is_ready)
    @rule(currency=st.sampled_from(CURRENCIES), amount=amounts)
    def places_an_order_by_hand(self, currency: str, amount: Decimal) -> None:
        """It is reported."""
        self.place_by_hand(currency, amount)

    def refreshes_follow(self) -> None:
        """They come later."""

    @invariant()
    def is_the_ledger(self) -> None:
        for currency in CURRENCIES:
            if currency in self.balances.available:
                assert self.balances.available[currency] <= self.free[currency] + ROUNDING


FundsOverRestarts.TestCase.settings = settings(FundsOfOneAccount.TestCase.settings, max_examples=1000)
TestFundsOverRestarts = FundsOverRestarts.TestCase
