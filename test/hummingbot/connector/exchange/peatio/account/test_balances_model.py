"""Available funds against a plain ledger, whatever happens in whatever order, and whenever a snapshot is read."""

import math
from contextlib import ExitStack
from decimal import Decimal

from hummingbot.connector.exchange.peatio.account.balances import Balances
from hummingbot.connector.exchange.peatio.account.records import Snapshot
from hummingbot.connector.exchange.peatio.common.balance_messages import Balance
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from test.hummingbot.connector.exchange.peatio.account.model_happenings import Happenings
from test.hummingbot.connector.exchange.peatio.account.model_orders import FEE, Order

CURRENCIES = ("BTC", "USD")
# Sums of this test have more digits than a Decimal keeps.
ROUNDING = Decimal("1e-15")


eight_decimals = st.integers(1, 2 * 10**8).map(lambda number: Decimal(number).scaleb(-8))
# Amounts that are often alike: one order's end can hide another one's lock.
amounts = st.one_of(eight_decimals, st.sampled_from([Decimal(1), Decimal(2), Decimal("0.5")]))
prices = st.one_of(st.integers(1, 3 * 10**6).map(lambda number: Decimal(number).scaleb(-2)), st.just(Decimal(1000)))


class FundsOfOneAccount(Happenings, RuleBasedStateMachine):
    """available <= total - what our orders reserve by what was reported - what others' orders lock, and never more than
    the exchange has free; and the former once everything was reported and a snapshot was compared.

    The exchange books; its reports arrive later, in any order, or not at all, until our orders and trades are asked
    for. A snapshot is requested, read and answered at any moment between.
    """

    def __init__(self) -> None:
        super().__init__()
        # So little that a few orders together need more.
        self.free = {"BTC": Decimal(5), "USD": Decimal(60000)}
        self.locked = {"BTC": Decimal(3), "USD": Decimal(0)}
        self.others = dict(self.locked)
        self.total = {name: self.free[name] + self.locked[name] for name in CURRENCIES}
        self.orders: list[Order] = []
        self.by_hand: dict[str, tuple[str, Decimal, bool]] = {}
        self.made = 0
        self.balances = Balances()
        self.request = ExitStack()
        self.snapshot: Snapshot | None = None
        self.rows: list[Balance] | None = None
        self.is_compared = False
        self.now_s = math.inf

    def teardown(self) -> None:
        self.request.close()

    @initialize()
    def starts(self) -> None:
        with self.balances.snapshot() as snapshot:
            self.balances.compare(snapshot, self.read())

    # The exchange.

    def read(self) -> list[Balance]:
        return [Balance(name.lower(), self.free[name], self.locked[name]) for name in CURRENCIES]

    def move(self, currency: str, amount: Decimal) -> None:
        """From the free funds to the locked ones."""
        self.free[currency] -= amount
        self.locked[currency] += amount

    def place_by_hand(self, currency: str, amount: Decimal) -> None:
        """An order of the account's owner, which is reported."""
        if amount <= self.free[currency]:
            self.made += 1
            key = f"by hand {self.made}"
            self.by_hand[key] = currency, amount, True
            self.others[currency] += amount
            self.move(currency, amount)
            self.balances.lock_of_others(key, currency, amount)

    def which(self, data: st.DataObject, orders: list[Order]) -> Order:
        return data.draw(st.sampled_from(orders), "order")

    @rule(
        is_buy=st.booleans(), price=prices, volume=amounts, is_market=st.booleans(), is_estimable=st.booleans()
    )
    def is_written_down(
        self, is_buy: bool, price: Decimal, volume: Decimal, is_market: bool, is_estimable: bool
    ) -> None:
        self.write_down(is_buy, price, volume, is_market, is_estimable)

    def write_down(
        self, is_buy: bool, price: Decimal, volume: Decimal, is_market: bool, is_estimable: bool
    ) -> None:
        self.made += 1
        order = Order(str(self.made), is_buy, price, volume, is_market)
        self.orders.append(order)
        order.is_estimable = is_estimable or not order.is_estimate
        # What a market buy locks is not known beforehand.
        order.reserved = order.lock * Decimal("1.1") if order.is_estimate else order.lock
        self.reserve(order, order.reserved if order.is_estimable else None)

    def reserve(self, order: Order, amount: Decimal | None) -> None:
        self.balances.reserve(
            order.key, order.spends, order.receives, amount, order.is_answered, order.is_market, order.is_estimate
        )

    @property
    def unanswered(self) -> list[Order]:
        return [order for order in self.orders if not order.is_answered]

    @precondition(lambda self: self.unanswered)
    @rule(data=st.data(), factor=st.sampled_from([None, Decimal(1), Decimal(3)]))
    def leaves(self, data: st.DataObject, factor: Decimal | None) -> None:
        """It is estimated once more."""
        order = self.which(data, self.unanswered)
        if order.is_estimate:
            order.is_estimable &= factor is not None
            order.reserved = max(order.reserved, order.lock * (factor or 1))
        self.reserve(order, None if order.is_estimate and factor is None else order.lock * (factor or 1))

    @precondition(lambda self: self.unanswered)
    @rule(data=st.data())
    def is_answered(self, data: st.DataObject) -> None:
        self.answer(self.which(data, self.unanswered))

    def answer(self, order: Order) -> None:
        order.is_answered = True
        self.reserve(order, Decimal(0))

    @precondition(lambda self: self.unanswered)
    @rule(data=st.data())
    def is_refused(self, data: st.DataObject) -> None:
        order = self.which(data, self.unanswered)
        if not order.is_live:
            self.orders.remove(order)
            self.balances.release(order.key)

    @property
    def pending(self) -> list[Order]:
        return [order for order in self.orders if not order.is_live and not order.has_ended]

    @precondition(lambda self: self.pending)
    @rule(data=st.data())
    def goes_live_or_is_rejected(self, data: st.DataObject) -> None:
        self.take(self.which(data, self.pending))

    def take(self, order: Order) -> None:
        """The exchange takes it from `pending`."""
        if order.lock <= self.free[order.spends]:
            order.is_live = True
            self.move(order.spends, order.lock)
        else:
            order.has_ended = True

    @property
    def live(self) -> list[Order]:
        return [order for order in self.orders if order.is_live and not order.has_ended]

    @precondition(lambda self: self.live)
    @rule(data=st.data(), part=st.sampled_from([Decimal(1), Decimal("0.5")]), is_better=st.booleans())
    def is_filled(self, data: st.DataObject, part: Decimal, is_better: bool) -> None:
        order = self.which(data, self.live)
        amount = order.left * part
        # A taker gets a better price than it asked for.
        price = order.price * (1 if not is_better else Decimal("0.5") if order.is_buy else 2)
        spent, received = (price * amount, amount) if order.is_buy else (amount, price * amount)
        received -= received * FEE
        order.fills.append((spent, received))
        order.booked_at_s.append(self.now_s)
        self.locked[order.spends] -= spent
        self.free[order.receives] += received
        if part == 1:
            self.end(order)

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def ends(self, data: st.DataObject) -> None:
        self.end(self.which(data, self.live))

    def end(self, order: Order) -> None:
        order.has_ended = True
        self.move(order.spends, order.spent - order.lock)

    # Its reports.

    @property
    def known(self) -> list[Order]:
        return [order for order in self.orders if order.is_answered]

    @precondition(lambda self: self.known)
    @rule(data=st.data(), what=st.sampled_from(["live", "fill", "end"]))
    def is_reported(self, data: st.DataObject, what: str) -> None:
        """Any report of any order, be it the second time or before earlier ones."""
        order = self.which(data, self.known)
        if what == "live":
            self.report_live(order)
        elif what == "fill" and order.fills:
            self.report_fill(order, data.draw(st.sampled_from(range(len(order.fills))), "fill"))
        elif what == "end":
            self.report_end(order)

    def report_live(self, order: Order) -> None:
        if order.is_live and not order.is_market and not order.is_end_reported:
            self.balances.live(order.key)

    def report_fill(self, order: Order, number: int) -> None:
        if number in order.reported_fills:
            return
        order.reported_fills.add(number)
        spent, received = order.fills[number]
        order.reserved = max(order.reserved - spent, Decimal(0))
        self.total[order.spends] -= spent
        self.total[order.receives] += received
        at_s = order.booked_at_s[number]
        is_recorded = number in order.recorded_fills
        self.balances.fill(order.key, (order.spends, spent), (order.receives, received), is_recorded, at_s)

    def report_end(self, order: Order) -> None:
        """Fills are reported before the end that they led to."""
        if not order.has_ended or order.is_end_reported:
            return
        for number in range(len(order.fills)):
            self.report_fill(order, number)
        order.is_end_reported = True
        order.reserved = Decimal(0)
        self.balances.release(order.key)

    @rule()
    def our_orders_are_asked_for(self) -> None:
        for order in self.known:
            for number in range(len(order.fills)):
                self.report_fill(order, number)
            self.report_end(order)
            if not order.has_ended:
                self.report_live(order)

    # Snapshots.

    @precondition(lambda self: self.snapshot is None)
    @rule()
    def a_snapshot_is_requested(self) -> None:
        self.snapshot = self.request.enter_context(self.balances.snapshot())

    @precondition(lambda self: self.snapshot is not None and self.rows is None)
    @rule()
    def a_snapshot_is_read(self) -> None:
        self.rows = self.read()

    @precondition(lambda self: self.rows is not None and not self.is_compared)
    @rule()
    def a_snapshot_is_answered(self) -> None:
        assert self.snapshot is not None
        assert self.rows is not None
        self.balances.compare(self.snapshot, self.rows)
        self.is_compared = True

    @precondition(lambda self: self.is_compared)
    @rule(asks_for_orders=st.booleans())
    def a_snapshot_is_done_with(self, asks_for_orders: bool) -> None:
        if asks_for_orders:
            assert self.snapshot is not None
            self.our_orders_are_asked_for()
            self.balances.accept(self.snapshot)
        self.request.close()
        self.snapshot, self.rows, self.is_compared = None, None, False

    @precondition(lambda self: self.snapshot is None)
    @rule(data=st.data(), asks_for_orders=st.booleans())
    def a_snapshot_in_one_go(self, data: st.DataObject, asks_for_orders: bool) -> None:
        self.a_snapshot_is_requested()
        self.something_happens(data)
        self.a_snapshot_is_read()
        self.something_happens(data)
        self.a_snapshot_is_answered()
        self.a_snapshot_is_done_with(asks_for_orders)

    # The account's owner, by hand.

    @rule(currency=st.sampled_from(CURRENCIES), amount=amounts, is_reported=st.booleans())
    def places_an_order_by_hand(self, currency: str, amount: Decimal, is_reported: bool) -> None:
        if is_reported:
            self.place_by_hand(currency, amount)
        elif amount <= self.free[currency]:
            self.made += 1
            self.by_hand[f"by hand {self.made}"] = currency, amount, False
            self.others[currency] += amount
            self.move(currency, amount)
            self.refreshes_follow()

    @precondition(lambda self: self.by_hand)
    @rule(data=st.data(), is_reported=st.booleans(), is_filled=st.booleans())
    def ends_by_hand(self, data: st.DataObject, is_reported: bool, is_filled: bool) -> None:
        key = data.draw(st.sampled_from(sorted(self.by_hand)), "order")
        currency, amount, was_reported = self.by_hand.pop(key)
        self.others[currency] -= amount
        self.move(currency, -amount)
        freed = amount
        if is_filled:
            freed = Decimal(0)
            self.free[currency] -= amount
            self.total[currency] -= amount
        if is_reported:
            self.balances.end_of_others(key, currency, freed)
        if is_filled or not (is_reported and was_reported):
            self.refreshes_follow()

    @rule(currency=st.sampled_from(CURRENCIES), amount=amounts, is_withdrawal=st.booleans())
    def deposits_or_withdraws(self, currency: str, amount: Decimal, is_withdrawal: bool) -> None:
        if is_withdrawal:
            amount = -min(amount, self.free[currency])
        self.free[currency] += amount
        self.total[currency] += amount
        self.refreshes_follow()

    def refreshes_follow(self) -> None:
        """As `BalanceUpdates` does them."""
        for order in self.unanswered:
            self.answer(order)
        for order in self.orders:
            if order.is_market and not order.has_ended:
                # What it locks is not known, so that nothing in its currency is taken over before its end.
                if order.is_live:
                    self.end(order)
                order.has_ended = True
        self.our_orders_are_asked_for()
        self.balances.doubt()
        while self.balances.needs_snapshot:
            with self.balances.snapshot() as snapshot:
                self.balances.compare(snapshot, self.read())
                self.our_orders_are_asked_for()
                self.balances.accept(snapshot)

    def expected(self, currency: str) -> Decimal:
        spenders = [order for order in self.orders if order.spends == currency and not order.is_end_reported]
        if not all(order.is_estimable for order in spenders):
            return Decimal(0)
        reserved = sum((order.reserved for order in spenders), Decimal(0))
        return max(self.total[currency] - self.others[currency] - reserved, Decimal(0))

    @rule()
    def everything_is_reported_and_compared(self) -> None:
        """The exchange takes nothing more from `pending` meanwhile."""
        self.our_orders_are_asked_for()
        with self.balances.snapshot() as snapshot:
            self.balances.compare(snapshot, self.read())
        for currency in CURRENCIES:
            spenders = [order for order in self.orders if order.spends == currency and not order.is_end_reported]
            if not any(order.is_market or not order.is_answered for order in spenders):
                assert self.balances.available[currency] == self.expected(currency)

    @invariant()
    def is_the_ledger(self) -> None:
        for currency in CURRENCIES:
            if currency in self.balances.available:
                assert self.balances.available[currency] <= self.expected(currency)
                assert self.balances.available[currency] <= self.free[currency]
                assert self.balances.total[currency] == self.total[currency]


class FundsThatSomebodyTakes(FundsOfOneAccount):
    """As above, and others take funds without any report: available is never more than what the exchange has free, and
    what was taken since the last balances were requested that were compared."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = {currency: Decimal(0) for currency in CURRENCIES}
        self.taken_before = dict(self.taken)
        self.takes = 0

    @rule(currency=st.sampled_from(CURRENCIES), amount=amounts, is_spent=st.booleans())
    def somebody_takes(self, currency: str, amount: Decimal, is_spent: bool) -> None:
        # No two amounts, nor sums of them, are alike: an equal one cannot be told from a lock of ours.
        self.takes += 1
        amount += Decimal(2**self.takes).scaleb(-14)
        if amount > self.free[currency]:
            return
        if is_spent:
            self.free[currency] -= amount
        else:
            self.move(currency, amount)
        self.taken[currency] += amount

    @precondition(lambda self: self.snapshot is None)
    @rule()
    def a_snapshot_is_requested(self) -> None:
        self.snapshot = self.request.enter_context(self.balances.snapshot())
        self.taken_before = dict(self.taken)

    @precondition(lambda self: self.rows is not None and not self.is_compared)
    @rule()
    def a_snapshot_is_answered(self) -> None:
        assert self.snapshot is not None
        assert self.rows is not None
        is_quiet = not self.snapshot.touched | self.snapshot.estimated
        self.balances.compare(self.snapshot, self.rows)
        self.is_compared = True
        if is_quiet:
            for currency in CURRENCIES:
                self.taken[currency] -= self.taken_before[currency]

    @precondition(lambda self: False)
    @rule()
    def everything_is_reported_and_compared(self) -> None:
        """What somebody took keeps it from being what was reported."""

    @rule(currency=st.sampled_from(CURRENCIES), amount=amounts)
    def deposits_or_withdraws(self, currency: str, amount: Decimal) -> None:
        """A deposit; `somebody_takes` withdraws as well."""
        self.free[currency] += amount

    @rule(currency=st.sampled_from(CURRENCIES), amount=amounts)
    def places_an_order_by_hand(self, currency: str, amount: Decimal) -> None:
        """Reported; `somebody_takes` does the other kind."""
        self.place_by_hand(currency, amount)

    def refreshes_follow(self) -> None:
        """They come later."""

    @invariant()
    def is_the_ledger(self) -> None:
        for currency in CURRENCIES:
            if currency in self.balances.available:
                most = self.free[currency] + self.taken[currency]
                assert self.balances.available[currency] <= most + ROUNDING


FundsOfOneAccount.TestCase.settings = settings(
    max_examples=300, stateful_step_count=40, deadline=None, derandomize=True
)
TestFundsOfOneAccount = FundsOfOneAccount.TestCase
FundsThatSomebodyTakes.TestCase.settings = FundsOfOneAccount.TestCase.settings
TestFundsThatSomebodyTakes = FundsThatSomebodyTakes.TestCase
