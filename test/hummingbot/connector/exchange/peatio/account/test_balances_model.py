"""Available funds, whatever happens between two snapshots, against a plain model of Peatio's own bookkeeping."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from hummingbot.connector.exchange.peatio.account.balances import EVENT_DELAY_S, Balances
from hummingbot.connector.exchange.peatio.common.messages import Balance
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

FEE = Decimal("0.002")
Funds = dict[str, tuple[Decimal, Decimal]]


@dataclass
class ModelOrder:
    """A limit order; `locked` is what Peatio holds for it."""

    number: str
    is_buy: bool
    price: Decimal
    volume: Decimal
    locked: Decimal = Decimal(0)

    @property
    def spends(self) -> str:
        return "USD" if self.is_buy else "BTC"


@dataclass
class ModelAccount:
    """Peatio's own bookkeeping, told by docs/protocol.md sections 4.1 and 4.8."""

    free: dict[str, Decimal] = field(default_factory=lambda: {"BTC": Decimal(50), "USD": Decimal(500000)})
    locked: dict[str, Decimal] = field(default_factory=lambda: {"BTC": Decimal(3), "USD": Decimal(0)})

    def lock(self, order: ModelOrder) -> None:
        order.locked = order.price * order.volume if order.is_buy else order.volume
        self._move(order.spends, order.locked)

    def fill(self, order: ModelOrder, price: Decimal, amount: Decimal) -> tuple[Decimal, Decimal]:
        """:return: what was spent, and what was received less the fee"""
        spent, received = (price * amount, amount) if order.is_buy else (amount, price * amount)
        received -= received * FEE
        order.volume -= amount
        order.locked -= spent
        self.locked[order.spends] -= spent
        self.free["BTC" if order.is_buy else "USD"] += received
        return spent, received

    def end(self, order: ModelOrder) -> None:
        self._move(order.spends, -order.locked)
        order.locked = Decimal(0)

    def rows(self) -> list[Balance]:
        return [Balance(name.lower(), self.free[name], self.locked[name]) for name in self.free]

    def _move(self, currency: str, amount: Decimal) -> None:
        self.free[currency] -= amount
        self.locked[currency] += amount


eight_decimals = st.integers(1, 2 * 10**8).map(lambda number: Decimal(number).scaleb(-8))
prices = st.integers(1, 3 * 10**6).map(lambda number: Decimal(number).scaleb(-2))

# How one change and one snapshot can meet, as (what happens in which order). "ask" is when the snapshot is asked for,
# "read" when the exchange makes its answer, "answer" when that arrives; "book" the exchange's booking, "event" its
# event here.
MEETINGS = [
    ("book", "event"),
    ("ask", "read", "answer", "book", "event"),
    ("ask", "read", "book", "event", "answer"),
    ("ask", "read", "book", "answer", "event"),
    ("ask", "book", "read", "event", "answer"),
    ("ask", "book", "read", "answer", "event"),
    ("book", "ask", "read", "event", "answer"),
    ("book", "ask", "read", "answer", "event"),
    ("book", "ask", "event", "read", "answer"),
    ("book", "event", "ask", "read", "answer"),
]


class BalancesOfOneAccount(RuleBasedStateMachine):
    """Whatever happens, and however a snapshot meets it, the funds are those of the account, to the last digit."""

    def __init__(self) -> None:
        super().__init__()
        self.account = ModelAccount()
        self.balances = Balances()
        self.now_s = 1000.0
        self.made = 0
        self.open: list[ModelOrder] = []
        self.balances.snapshot(self.account.rows(), self.now_s, self.now_s)

    def meet(self, meeting: tuple[str, ...], book: Callable[[], None], event: Callable[[], None]) -> None:
        asked_at_s = self.now_s
        rows: list[Balance] = []
        for happening in meeting:
            self.now_s += 0.02
            if happening == "ask":
                asked_at_s = self.now_s
            elif happening == "read":
                rows = self.account.rows()
            elif happening == "answer":
                self.balances.snapshot(rows, asked_at_s, self.now_s)
            elif happening == "book":
                book()
            else:
                event()

    @rule(is_buy=st.booleans(), price=prices, volume=eight_decimals, meeting=st.sampled_from(MEETINGS))
    def goes_live(self, is_buy: bool, price: Decimal, volume: Decimal, meeting: tuple[str, ...]) -> None:
        self.made += 1
        order = ModelOrder(str(self.made), is_buy, price, volume)
        if (price * volume if is_buy else volume) > self.account.free[order.spends]:
            return  # Peatio would reject it
        self.open.append(order)

        def event() -> None:
            self.balances.lock(order.number, order.spends, order.locked, self.now_s)

        self.meet(meeting, lambda: self.account.lock(order), event)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), meeting=st.sampled_from(MEETINGS))
    def is_filled(self, data: st.DataObject, meeting: tuple[str, ...]) -> None:
        order = data.draw(st.sampled_from(self.open), "order")
        amount = data.draw(st.integers(1, int(order.volume.scaleb(8)))) * Decimal("0.00000001")
        # A taker gets a better price than it asked for.
        better = data.draw(st.sampled_from([Decimal(1), Decimal("0.5")] if order.is_buy else [Decimal(1), Decimal(2)]))
        price = order.price * better
        moved: list[Decimal] = []

        def event() -> None:
            spent, received = moved
            got = "BTC" if order.is_buy else "USD"
            self.balances.fill(order.number, (order.spends, spent), (got, received), self.now_s)

        self.meet(meeting, lambda: moved.extend(self.account.fill(order, price, amount)), event)
        if order.volume == 0:
            self.ends_now(order, ("book", "event"))

    @precondition(lambda self: self.open)
    @rule(data=st.data(), meeting=st.sampled_from(MEETINGS))
    def ends(self, data: st.DataObject, meeting: tuple[str, ...]) -> None:
        self.ends_now(data.draw(st.sampled_from(self.open), "order"), meeting)

    def ends_now(self, order: ModelOrder, meeting: tuple[str, ...]) -> None:
        self.open.remove(order)
        self.meet(
            meeting, lambda: self.account.end(order), lambda: self.balances.release(order.number, self.now_s)
        )

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def goes_live_is_told_again(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from(self.open), "order")
        self.balances.lock(order.number, order.spends, order.locked, self.now_s)

    @rule()
    def ends_twice(self) -> None:
        self.balances.release("no such order", self.now_s)

    @rule(currency=st.sampled_from(["BTC", "USD"]), amount=eight_decimals)
    def somebody_else_trades_and_time_passes(self, currency: str, amount: Decimal) -> None:
        """By hand, on the same account: only a snapshot tells."""
        taken = min(amount, self.account.free[currency])
        self.account._move(currency, taken)
        self.meet(("ask", "read", "answer"), _nothing, _nothing)
        self.now_s += EVENT_DELAY_S

    @rule(amount=eight_decimals)
    def a_deposit_comes(self, amount: Decimal) -> None:
        self.account.free["USD"] += amount
        self.meet(("ask", "read", "answer"), _nothing, _nothing)

    @rule(pause_s=st.sampled_from([0.1, 1.0, EVENT_DELAY_S, 3600.0]))
    def time_passes(self, pause_s: float) -> None:
        self.now_s += pause_s

    @invariant()
    def is_the_account(self) -> None:
        assert self.balances.available() == self.account.free
        assert self.balances.total() == {
            name: free + self.account.locked[name] for name, free in self.account.free.items()
        }


def _nothing() -> None:
    pass


BalancesOfOneAccount.TestCase.settings = settings(
    max_examples=100, stateful_step_count=25, deadline=None, derandomize=True
)
TestBalancesOfOneAccount = BalancesOfOneAccount.TestCase
