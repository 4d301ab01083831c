#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# When it starts with `hanging_orders_enabled`, pure_market_making takes up the orders that an earlier run left. The
# database keeps them by settings file and connector.
# Guess: those of its own market; after a change of `market` in the settings the orders of the old one are left alone.
# What happens: it takes up all that the connector knows, and each counts as one on its own market, at the same price.
# One that is too old is cancelled on the old market and placed again on the new one: a bid of 98 dollars becomes one of
# 98 euros, where 95.5 are asked. One whose price is far from that of the new market is cancelled.
#
# Observed:
#   max_order_age 60 s; left by a run at 100: buy 1 at 98 on BAY-USD, sell 1 at 102 on BAY-USD
#   started on BAY-EUR at 95: to the strategy buy 1 at 98 on BAY-EUR, sell 1 at 102 on BAY-EUR
#     70 s later on the exchange: buy 1 at 98 on BAY-EUR, sell 1 at 102 on BAY-EUR
#   started on BAY-EUR at 80: to the strategy buy 1 at 98 on BAY-EUR, sell 1 at 102 on BAY-EUR
#     70 s later on the exchange: none
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - "$work" <<'PYTHON' | check_observed
import asyncio
import logging
import sys
from decimal import Decimal

from hummingbot.client.config.client_config_map import ClientConfigMap, MarketDataCollectionConfigMap
from hummingbot.client.config.config_helpers import ClientConfigAdapter
from hummingbot.connector.exchange_base import ExchangeBase
from hummingbot.connector.markets_recorder import MarketsRecorder
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.data_type.limit_order import LimitOrder
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow
from hummingbot.core.data_type.trade_fee import AddedToCostTradeFee
from hummingbot.core.event.events import BuyOrderCreatedEvent, MarketEvent, OrderCancelledEvent, SellOrderCreatedEvent
from hummingbot.core.network_iterator import NetworkStatus
from hummingbot.logger import HummingbotLogger
from hummingbot.model.sql_connection_manager import SQLConnectionManager, SQLConnectionType
from hummingbot.strategy.market_trading_pair_tuple import MarketTradingPairTuple
from hummingbot.strategy.pure_market_making.pure_market_making import PureMarketMakingStrategy

logging.disable()
HummingbotLogger.notify = lambda *_: None
NAME, SETTINGS, OLD, NEW, PLENTY = "any", "conf.yml", "BAY-USD", "BAY-EUR", Decimal(100_000)


class Connector(ExchangeBase):
    """As much of a connector as is asked for. Its orders by name: pair, side, price, amount."""

    name = display_name = NAME
    ready = True
    network_status = NetworkStatus.CONNECTED
    order_books = property(lambda self: {self.pair: self.book})
    limit_orders = property(lambda self: [
        LimitOrder(name, pair, buy, *pair.split("-"), Decimal(price), Decimal(amount), creation_timestamp=1_000_000)
        for name, (pair, buy, price, amount) in self.known.items()
    ])
    tracking_states = property(lambda self: dict(self.known))

    def __init__(self, pair: str, price: int) -> None:
        super().__init__()
        self.pair, self.known, self.placed, self.to_cancel = pair, {}, 0, []
        self.trading_pairs, self.book = [pair], OrderBook()
        self.book.apply_snapshot([OrderBookRow(price - 0.5, 9.0, 1)], [OrderBookRow(price + 0.5, 9.0, 1)], 1)

    async def check_network(self) -> NetworkStatus:
        return NetworkStatus.CONNECTED

    def restore_tracking_states(self, saved_states: dict[str, list]) -> None:
        self.known.update(saved_states)

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

    def place(self, is_buy: bool, pair: str, amount: Decimal, price: Decimal) -> str:
        self.placed += 1
        name = f"{self.pair}-{self.placed}"
        self.known[name] = pair, is_buy, str(price), str(amount)
        return name

    def buy(self, trading_pair: str, amount: Decimal, order_type: OrderType, price: Decimal, **_: object) -> str:
        return self.place(True, trading_pair, amount, price)

    def sell(self, trading_pair: str, amount: Decimal, order_type: OrderType, price: Decimal, **_: object) -> str:
        return self.place(False, trading_pair, amount, price)

    def cancel(self, trading_pair: str, client_order_id: str) -> None:
        self.to_cancel.append(client_order_id)

    def confirm(self) -> None:
        """The exchange confirms the cancels that it was asked for."""
        while self.to_cancel:
            name = self.to_cancel.pop(0)
            del self.known[name]
            self.trigger_event(MarketEvent.OrderCancelled, OrderCancelledEvent(self.current_timestamp, name))


def text(orders: list[LimitOrder]) -> str:
    """Names those of amount 1; those that the strategy places itself are of 5."""
    return ", ".join(
        f"{'buy' if order.is_buy else 'sell'} {order.quantity.normalize():f} at {order.price.normalize():f}"
        f" on {order.trading_pair}"
        for order in sorted(orders, key=lambda order: order.price) if order.quantity == 1
    ) or "none"


def recorder(sql: SQLConnectionManager, connector: Connector) -> MarketsRecorder:
    return MarketsRecorder(sql, [connector], SETTINGS, "pure_market_making", MarketDataCollectionConfigMap())


async def start(sql: SQLConnectionManager, price: int) -> None:
    """Starts the strategy on the other market with what the database has."""
    connector, strategy = Connector(NEW, price), PureMarketMakingStrategy()
    recorder(sql, connector).restore_market_states(SETTINGS, connector)
    strategy.init_params(
        MarketTradingPairTuple(connector, NEW, *NEW.split("-")), bid_spread=Decimal("0.5"), ask_spread=Decimal("0.5"),
        order_amount=Decimal(5), order_refresh_time=1000.0, max_order_age=60.0, hanging_orders_enabled=True,
        hanging_orders_cancel_pct=Decimal("0.1"), hb_app_notification=False,
    )
    clock = Clock(ClockMode.BACKTEST, 1.0, 1.0, 1000.0)
    clock.add_iterator(connector)
    clock.add_iterator(strategy)
    with clock:
        for second in range(2, 72):
            clock.backtest_til(float(second))
            if second == 2:
                print(f"started on {NEW} at {price}: to the strategy {text(strategy.active_orders)}")
            await asyncio.sleep(0)
            connector.confirm()
        print(f"  70 s later on the exchange: {text(connector.limit_orders)}")


async def main() -> None:
    sql = SQLConnectionManager(
        ClientConfigAdapter(ClientConfigMap()), SQLConnectionType.TRADE_FILLS, f"{sys.argv[1]}/any.sqlite"
    )
    connector = Connector(OLD, 100)
    before = recorder(sql, connector)
    before.start()
    for is_buy, price in ((True, Decimal(98)), (False, Decimal(102))):
        name = connector.place(is_buy, OLD, Decimal(1), price)
        kind, event = (
            (MarketEvent.BuyOrderCreated, BuyOrderCreatedEvent) if is_buy
            else (MarketEvent.SellOrderCreated, SellOrderCreatedEvent)
        )
        connector.trigger_event(kind, event(1.0, OrderType.LIMIT, OLD, Decimal(1), price, name, 1.0))
    print(f"max_order_age 60 s; left by a run at 100: {text(connector.limit_orders)}")
    before.stop()
    await start(sql, 95)
    await start(sql, 80)


asyncio.run(main())
PYTHON
