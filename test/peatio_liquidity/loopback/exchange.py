"""One account on one market whose other offers a test writes. What is common to the exchanges of this folder."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

ZERO = Decimal(0)
BASE, QUOTE = "BTC", "USDT"
#: Steps and minimums of the market.
TICK, LOT, MIN_AMOUNT, MAX_AMOUNT, MIN_VALUE = map(Decimal, ("0.01", "0.00001", "0.00001", "2", "5"))


class State(StrEnum):
    """Of an order."""

    OPEN = "open"
    FILLED = "filled"
    CANCELLED = "cancelled"


@dataclass
class Order:
    """The account's. A market order has no price."""

    number: int
    client_id: str
    is_buy: bool
    amount: Decimal
    price: Decimal | None
    filled: Decimal = ZERO
    state: State = State.OPEN


@dataclass(frozen=True)
class Trade:
    """:ivar fee: charged in `fee_currency`"""

    number: int
    order: Order
    price: Decimal
    amount: Decimal
    fee: Decimal
    fee_currency: str
    at_ms: int


class RefusedError(Exception):
    """The exchange does not take the order."""


#: What is told of it: "book" with (is a bid, price, amount), "order" with an `Order`, "trade" with a `Trade`, "market
#: trade" with (taker buys, price, amount), "balances" with nothing.
Listener = Callable[[str, Any], None]


@dataclass
class LoopbackExchange:
    """
    :ivar fee_currency: in which fees are charged; "" for what was received
    :ivar accepts_creates, answers_creates, answers_look_ups, has_user_events: False is a fault
    :ivar creates: client ids of every create that arrived, refused ones too
    """

    fee_currency: str = ""
    accepts_creates: bool = True
    answers_creates: bool = True
    answers_look_ups: bool = True
    has_user_events: bool = True
    orders: dict[int, Order] = field(default_factory=dict)
    trades: list[Trade] = field(default_factory=list)
    creates: list[str] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    balances: dict[str, Decimal] = field(
        default_factory=lambda: {BASE: Decimal(100), QUOTE: Decimal(10_000_000)}
    )
    others: dict[bool, dict[Decimal, Decimal]] = field(default_factory=lambda: {True: {}, False: {}})
    update_id: int = 1000
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def offer(self, is_bid: bool, price: str, amount: str) -> None:
        """What others offer at a price from now on; 0 for nothing."""
        self.others[is_bid][Decimal(price)] = Decimal(amount)
        self._tell_level(is_bid, Decimal(price))

    def trade_of_others(self, is_buy: bool, price: str, amount: str) -> None:
        """:param is_buy: whether the taker bought"""
        self._tell("market trade", (is_buy, Decimal(price), Decimal(amount)))

    def levels(self, is_bid: bool) -> list[tuple[Decimal, Decimal]]:
        """The book's side, the account's orders included, best first."""
        prices = {*self.others[is_bid], *(order.price for order in self._resting(is_bid) if order.price is not None)}
        levels = [(price, self._at(is_bid, price)) for price in sorted(prices, reverse=is_bid)]
        return [(price, amount) for price, amount in levels if amount > 0]

    def place(self, client_id: str, is_buy: bool, amount: Decimal, price: Decimal | None) -> Order:
        """
        :raises RefusedError: when the order is not within the market's rules, or the exchange accepts none
        """
        self.creates.append(client_id)
        reached = [level for level in self.levels(not is_buy) if _reaches(is_buy, price, level[0])]
        value = amount * (price if price is not None else reached[0][0] if reached else ZERO)
        fits = amount % LOT == 0 and (price is None or price % TICK == 0) and MIN_AMOUNT <= amount <= MAX_AMOUNT
        if not self.accepts_creates or not fits or value < MIN_VALUE:
            raise RefusedError(f"{amount} at {price}")
        order = Order(next(self._numbers), client_id, is_buy, amount, price)
        self.orders[order.number] = order
        self._tell("order", order)
        for at, offered in reached:
            taken = min(offered, order.amount - order.filled)
            if taken > 0:
                self.others[not is_buy][at] = self.others[not is_buy].get(at, ZERO) - taken
                self.fill(order, at, taken)
                self._tell_level(not is_buy, at)
        if order.state is State.OPEN and price is None:
            order.state = State.CANCELLED
            self._tell("order", order)
        elif order.state is State.OPEN and price is not None:
            self._tell_level(is_buy, price)
        return order

    def fill(self, order: Order, price: Decimal, amount: Decimal) -> None:
        """Some of an order is traded."""
        order.filled += amount
        if order.filled == order.amount:
            order.state = State.FILLED
        received = BASE if order.is_buy else QUOTE
        currency = self.fee_currency or received
        value = amount * price
        # A thousandth; a BNB is 600 USDT.
        fee = {BASE: amount, QUOTE: value}.get(currency, value / 600) / 1000
        self.balances[BASE] += amount if order.is_buy else -amount
        self.balances[QUOTE] -= value if order.is_buy else -value
        self.balances[currency] = self.balances.get(currency, ZERO) - fee
        trade = Trade(next(self._numbers), order, price, amount, fee, currency, time.time_ns() // 1_000_000)
        self.trades.append(trade)
        self._tell("trade", trade)
        self._tell("balances", None)

    def cancel(self, order: Order) -> None:
        """Its rest is no more."""
        order.state = State.CANCELLED
        self._tell("order", order)
        if order.price is not None:
            self._tell_level(order.is_buy, order.price)

    def of_client(self, client_id: str) -> Order | None:
        """By the id that the connector gave."""
        return next((order for order in self.orders.values() if order.client_id == client_id), None)

    @property
    def hedged(self) -> Decimal:
        """Bought less sold, fees left out."""
        return sum((trade.amount if trade.order.is_buy else -trade.amount for trade in self.trades), ZERO)

    def _resting(self, is_bid: bool) -> list[Order]:
        return [order for order in self.orders.values() if order.state is State.OPEN and order.is_buy == is_bid]

    def _at(self, is_bid: bool, price: Decimal) -> Decimal:
        own = sum((order.amount - order.filled for order in self._resting(is_bid) if order.price == price), ZERO)
        return self.others[is_bid].get(price, ZERO) + own

    def _tell_level(self, is_bid: bool, price: Decimal) -> None:
        self.update_id += 1
        self._tell("book", (is_bid, price, self._at(is_bid, price)))

    def _tell(self, what: str, subject: Any) -> None:
        if what in ("order", "trade", "balances") and not self.has_user_events:
            return
        for listener in self.listeners:
            listener(what, subject)


def _reaches(is_buy: bool, price: Decimal | None, offer: Decimal) -> bool:
    return price is None or (offer <= price if is_buy else offer >= price)
