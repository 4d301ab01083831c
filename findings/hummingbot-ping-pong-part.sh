#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# With `ping_pong_enabled`, pure_market_making leaves a side alone on which it was filled until it was filled on the
# other.
# Guess: what was bought counts, so that it does not buy on and on in a falling market.
# What happens: it counts orders that were filled completely. One that was filled in part when it was refreshed counts
# for nothing, and the next has the full amount again. With levels of different amounts a purchase of the largest takes
# the smallest away and the largest is bought again, and a sale of the smallest makes up for it.
#
# Observed:
#   one level of 1, refreshed every 10 s, ping-pong
#   bought 1: orders next: sell 1 at 101
#   bought 0.99: orders next: buy 1 at 99, sell 1 at 101
#   20 times 0.99: bought 19.8, sold 0, orders next: buy 1 at 99, sell 1 at 101
#   two levels of 1 and 10, ping-pong
#   the purchase of 10 filled: orders next: buy 10 at 98, sell 1 at 101, sell 10 at 102
#   then the sale of 1, 9 too many: orders next: buy 1 at 99, buy 10 at 98, sell 1 at 101, sell 10 at 102
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import logging
from decimal import Decimal

from hummingbot.connector.exchange_base import ExchangeBase
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.data_type.limit_order import LimitOrder
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow
from hummingbot.core.data_type.trade_fee import AddedToCostTradeFee
from hummingbot.core.event.events import (
    BuyOrderCompletedEvent, MarketEvent, OrderCancelledEvent, OrderFilledEvent, SellOrderCompletedEvent, TradeType,
)
from hummingbot.core.network_iterator import NetworkStatus
from hummingbot.strategy.market_trading_pair_tuple import MarketTradingPairTuple
from hummingbot.strategy.pure_market_making.pure_market_making import PureMarketMakingStrategy

logging.disable()
BASE, QUOTE = "BAY", "USD"
PAIR, PLENTY = f"{BASE}-{QUOTE}", Decimal(100_000)


class Market(ExchangeBase):
    """As much of a connector as the strategy asks for; its orders are filled by the lines below."""

    def __init__(self) -> None:
        super().__init__()
        self.book = OrderBook()
        self.book.apply_snapshot([OrderBookRow(99.5, 100.0, 1)], [OrderBookRow(100.5, 100.0, 1)], 1)
        self.orders: dict[str, LimitOrder] = {}
        self.traded = {TradeType.BUY: Decimal(0), TradeType.SELL: Decimal(0)}
        self.names = 0

    name = "any"
    ready = True
    network_status = NetworkStatus.CONNECTED
    order_books = property(lambda self: {PAIR: self.book})
    limit_orders = property(lambda self: list(self.orders.values()))

    def get_order_book(self, trading_pair: str) -> OrderBook:
        return self.book

    def get_available_balance(self, currency: str) -> Decimal:
        return PLENTY

    get_balance = get_available_balance

    def get_fee(self, *_: object, **__: object) -> AddedToCostTradeFee:
        return AddedToCostTradeFee()

    def get_order_price_quantum(self, trading_pair: str, price: Decimal) -> Decimal:
        return Decimal("0.01")

    def get_order_size_quantum(self, trading_pair: str, order_size: Decimal) -> Decimal:
        return Decimal("0.01")

    def supported_order_types(self) -> list[OrderType]:
        return [OrderType.LIMIT]

    def place(self, is_buy: bool, amount: Decimal, price: Decimal) -> str:
        self.names += 1
        name = f"order-{self.names}"
        self.orders[name] = LimitOrder(name, PAIR, is_buy, BASE, QUOTE, price, amount)
        return name

    def buy(self, trading_pair: str, amount: Decimal, order_type: OrderType, price: Decimal, **_: object) -> str:
        return self.place(True, amount, price)

    def sell(self, trading_pair: str, amount: Decimal, order_type: OrderType, price: Decimal, **_: object) -> str:
        return self.place(False, amount, price)

    def cancel(self, trading_pair: str, client_order_id: str) -> None:
        del self.orders[client_order_id]
        self.trigger_event(MarketEvent.OrderCancelled, OrderCancelledEvent(self.current_timestamp, client_order_id))

    def fill(self, is_buy: bool, of_amount: int, amount: str) -> None:
        """Fills the order of that side and amount by that much."""
        (order,) = [each for each in self.limit_orders if (each.is_buy, each.quantity) == (is_buy, of_amount)]
        side, name, part = (TradeType.BUY if is_buy else TradeType.SELL), order.client_order_id, Decimal(amount)
        self.traded[side] += part
        self.trigger_event(MarketEvent.OrderFilled, OrderFilledEvent(
            self.current_timestamp, name, PAIR, side, OrderType.LIMIT, order.price, part, AddedToCostTradeFee(), name,
        ))
        if part == order.quantity:
            del self.orders[name]
            kind, event = (
                (MarketEvent.BuyOrderCompleted, BuyOrderCompletedEvent) if is_buy
                else (MarketEvent.SellOrderCompleted, SellOrderCompletedEvent)
            )
            self.trigger_event(kind, event(
                self.current_timestamp, name, BASE, QUOTE, part, part * order.price, OrderType.LIMIT
            ))

    def __str__(self) -> str:
        orders = sorted(self.limit_orders, key=lambda each: (not each.is_buy, each.quantity))
        return ", ".join(
            f"{'buy' if each.is_buy else 'sell'} {each.quantity.normalize():f} at {each.price.normalize():f}"
            for each in orders
        )


class Run:
    """The strategy with its orders placed."""

    def __init__(self, levels: int = 1) -> None:
        self.market, self.now = Market(), 1.0
        strategy = PureMarketMakingStrategy()
        strategy.init_params(
            MarketTradingPairTuple(self.market, PAIR, BASE, QUOTE), bid_spread=Decimal("0.01"),
            ask_spread=Decimal("0.01"), order_amount=Decimal(1), order_refresh_time=10.0, filled_order_delay=10.0,
            order_levels=levels, order_level_spread=Decimal("0.01"), order_level_amount=Decimal(9),
            ping_pong_enabled=True, hb_app_notification=False,
        )
        self.clock = Clock(ClockMode.BACKTEST, 1.0, 1.0, 10_000.0)
        self.clock.add_iterator(self.market)
        self.clock.add_iterator(strategy)
        self.strategy = strategy
        self.clock.__enter__()
        self.renewed()

    def renewed(self) -> None:
        """Lets time pass until the orders that are there are replaced."""
        old, until = set(self.market.orders), self.now + 60
        while not self.market.orders or old & set(self.market.orders):
            assert self.now < until
            self.now += 1
            self.clock.backtest_til(self.now)


print("one level of 1, refreshed every 10 s, ping-pong")
for amount in ("1", "0.99"):
    run = Run()
    run.market.fill(True, 1, amount)
    run.renewed()
    print(f"bought {amount}: orders next: {run.market}")

run = Run()
for _ in range(20):
    run.market.fill(True, 1, "0.99")
    run.renewed()
bought, sold = run.market.traded[TradeType.BUY], run.market.traded[TradeType.SELL]
print(f"20 times 0.99: bought {bought.normalize():f}, sold {sold}, orders next: {run.market}")

run = Run(levels=2)
run.market.fill(True, 10, "10")
run.renewed()
print("two levels of 1 and 10, ping-pong")
print(f"the purchase of 10 filled: orders next: {run.market}")
run.market.fill(False, 1, "1")
run.renewed()
left = run.market.traded[TradeType.BUY] - run.market.traded[TradeType.SELL]
print(f"then the sale of 1, {left.normalize():f} too many: orders next: {run.market}")
PYTHON
