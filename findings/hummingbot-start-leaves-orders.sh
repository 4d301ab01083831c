#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# A bot that was killed, or whose machine went down, leaves its orders on the exchange. They are in its database, with
# which it fills its connectors again when it starts; and it cancels "dangling limit orders" when it starts.
# Guess: so what the last run left is cancelled, or is refreshed by the strategy as its own.
# What happens: it cancels before it has read the database, when no connector knows an order. Then the connector knows
# them, and pure_market_making, which places others beside them, looks at them only with `hanging_orders_enabled`.
# They stay at their price until somebody fills them; each such stop adds a set.
#
# Observed:
#   hanging_orders_enabled False
#   run 1 at 100: cancelled of earlier runs 0; exchange: buys at 98, sells at 102
#     known to the connector 2, to the strategy 2
#   run 2 at 101: cancelled of earlier runs 0; exchange: buys at 98, 98.98, sells at 102, 103.02
#     known to the connector 4, to the strategy 2
#   run 3 at 100: cancelled of earlier runs 0; exchange: buys at 98, 98, 98.98, sells at 102, 102, 103.02
#     known to the connector 6, to the strategy 2
#   run 4 that has read the database before: cancelled of earlier runs 6; exchange: buys at 98, sells at 102
#   hanging_orders_enabled True
#   run 1 at 100: cancelled of earlier runs 0; exchange: buys at 98, sells at 102
#     known to the connector 2, to the strategy 2
#   run 2 at 101: cancelled of earlier runs 0; exchange: buys at 98, 98.98, sells at 102, 103.02
#     known to the connector 4, to the strategy 4
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - "$work" <<'PYTHON' | check_observed
import asyncio
import logging
import sys
from decimal import Decimal
from types import SimpleNamespace

from hummingbot.client.config.client_config_map import ClientConfigMap, MarketDataCollectionConfigMap
from hummingbot.client.config.config_helpers import ClientConfigAdapter
from hummingbot.connector.exchange_base import ExchangeBase
from hummingbot.connector.markets_recorder import MarketsRecorder
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.data_type.limit_order import LimitOrder
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow
from hummingbot.core.data_type.trade_fee import AddedToCostTradeFee
from hummingbot.core.event.events import BuyOrderCreatedEvent, MarketEvent, OrderCancelledEvent, SellOrderCreatedEvent
from hummingbot.core.network_iterator import NetworkStatus
from hummingbot.core.trading_core import TradingCore
from hummingbot.model.sql_connection_manager import SQLConnectionManager, SQLConnectionType
from hummingbot.strategy.market_trading_pair_tuple import MarketTradingPairTuple
from hummingbot.strategy.pure_market_making.pure_market_making import PureMarketMakingStrategy

logging.disable()
NAME, BASE, QUOTE, SETTINGS = "any", "BAY", "USD", "conf.yml"
PAIR = f"{BASE}-{QUOTE}"


class Connector(ExchangeBase):
    """As much of a connector as is asked for. `exchange` is what is on the exchange, `known` what this one follows."""

    name = display_name = NAME
    ready = True
    trading_pairs = [PAIR]
    network_status = NetworkStatus.CONNECTED
    order_books = property(lambda self: {PAIR: self.book})
    limit_orders = property(lambda self: [LimitOrder(name, PAIR, buy, BASE, QUOTE, Decimal(price), Decimal(amount))
                                          for name, (buy, price, amount) in self.known.items()])
    tracking_states = property(lambda self: dict(self.known))

    def __init__(self, exchange: dict[str, tuple[bool, str, str]], run: int, price: int) -> None:
        super().__init__()
        self.exchange, self.run, self.known = exchange, run, {}
        self.book = OrderBook()
        self.book.apply_snapshot([OrderBookRow(price - 0.5, 9.0, 1)], [OrderBookRow(price + 0.5, 9.0, 1)], 1)
        self.placed, self.cancelled = 0, []

    async def check_network(self) -> NetworkStatus:
        return NetworkStatus.CONNECTED

    async def start_network(self) -> None:
        """There is none."""

    def restore_tracking_states(self, saved_states: dict[str, list]) -> None:
        self.known.update(saved_states)

    def get_order_book(self, trading_pair: str) -> OrderBook:
        return self.book

    def get_available_balance(self, currency: str) -> Decimal:
        return Decimal(100_000)

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
        self.placed += 1
        name = f"{self.run}-{self.placed}"
        self.known[name] = self.exchange[name] = is_buy, str(price), str(amount)
        kind, event = (
            (MarketEvent.BuyOrderCreated, BuyOrderCreatedEvent) if is_buy
            else (MarketEvent.SellOrderCreated, SellOrderCreatedEvent)
        )
        created = event(self.current_timestamp, OrderType.LIMIT, PAIR, amount, price, name, self.current_timestamp)
        asyncio.get_running_loop().call_soon(self.trigger_event, kind, created)
        return name

    def buy(self, trading_pair: str, amount: Decimal, order_type: OrderType, price: Decimal, **_: object) -> str:
        return self.place(True, amount, price)

    def sell(self, trading_pair: str, amount: Decimal, order_type: OrderType, price: Decimal, **_: object) -> str:
        return self.place(False, amount, price)

    def cancel(self, trading_pair: str, client_order_id: str) -> None:
        del self.known[client_order_id], self.exchange[client_order_id]
        self.cancelled.append(client_order_id)
        event = OrderCancelledEvent(self.current_timestamp, client_order_id)
        asyncio.get_running_loop().call_soon(self.trigger_event, MarketEvent.OrderCancelled, event)

    async def cancel_all(self, timeout_seconds: float) -> None:
        for name in list(self.known):
            self.cancel(PAIR, name)


def text(exchange: dict[str, tuple[bool, str, str]]) -> str:
    buys, sells = (
        ", ".join(f"{price:g}" for price in sorted(float(price) for buy, price, _ in exchange.values() if buy is side))
        for side in (True, False)
    )
    return f"buys at {buys}, sells at {sells}"


async def run(
    sql: SQLConnectionManager, exchange: dict, number: int, price: int, hanging: bool, known: bool = False
) -> None:
    """Starts the bot with the strategy, lets it refresh its orders several times, and kills it."""
    connector, strategy = Connector(exchange, number, price), PureMarketMakingStrategy()
    strategy.init_params(
        MarketTradingPairTuple(connector, PAIR, BASE, QUOTE), bid_spread=Decimal("0.02"), ask_spread=Decimal("0.02"),
        order_amount=Decimal(1), order_refresh_time=0.4, hb_app_notification=False,
        hanging_orders_enabled=hanging,
    )
    connectors = {NAME: connector}
    core = TradingCore.__new__(TradingCore)  # its __init__ looks for a Gateway on the network
    core.__dict__.update(
        client_config_map=SimpleNamespace(tick_size=0.1, kill_switch_mode=SimpleNamespace(model_config={})),
        connector_manager=SimpleNamespace(connectors=connectors, get_all_connectors=lambda: connectors),
        strategy=strategy, clock=None, strategy_name="pure_market_making", _strategy_file_name=SETTINGS,
        _trading_required=True, kill_switch=None, _metrics_collectors={NAME: None},
        markets_recorder=MarketsRecorder(
            sql, [connector], SETTINGS, "pure_market_making", MarketDataCollectionConfigMap()
        ),
    )
    core.markets_recorder.start()
    if known:
        core.markets_recorder.restore_market_states(SETTINGS, connector)
    await core._start_strategy_execution()
    await asyncio.sleep(3)
    while sum(order.client_order_id.startswith(f"{number}-") for order in strategy.active_orders) < 2:
        await asyncio.sleep(0.01)
    core._clock_task.cancel()
    await asyncio.sleep(0.1)  # the events of the last orders, with which the recorder saves them
    assert len(connector.cancelled) >= 4
    old = sum(not name.startswith(f"{number}-") for name in connector.cancelled)
    first = "that has read the database before" if known else f"at {price}"
    print(f"run {number} {first}: cancelled of earlier runs {old}; exchange: {text(exchange)}")
    if not known:
        print(f"  known to the connector {len(connector.known)}, to the strategy {len(strategy.active_orders)}")


async def main() -> None:
    database = SQLConnectionType.TRADE_FILLS
    for hanging in (False, True):
        print(f"hanging_orders_enabled {hanging}")
        sql = SQLConnectionManager(
            ClientConfigAdapter(ClientConfigMap()), database, f"{sys.argv[1]}/hanging-{hanging}.sqlite"
        )
        exchange: dict[str, tuple[bool, str, str]] = {}
        for number, price in ((1, 100), (2, 101)):
            await run(sql, exchange, number, price, hanging)
        if not hanging:
            await run(sql, exchange, 3, 100, hanging)
            await run(sql, exchange, 4, 100, hanging, known=True)


asyncio.run(main())
PYTHON
