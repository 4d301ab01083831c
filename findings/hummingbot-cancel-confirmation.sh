#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# `should_wait_order_cancel_confirmation` in the settings of pure_market_making says whether a refresh waits, before it
# places the next orders, until the exchange has confirmed that those before are cancelled.
# Guess: with `False` it does not wait. The settings say that it takes more balance then.
# What happens: it waits with either value, also where the strategy gets False without the settings. Orders that are
# being cancelled are active to it, and it places none while there are any. With an exchange that is slow to confirm,
# the market is without its orders for that long at each refresh.
#
# Observed:
#   orders refreshed every 10 s, cancels confirmed after 5 s
#   started with True in the settings: orders placed after 1, 17, 33, 49 s, no order on the market for 18 of 49 s
#   started with False in the settings: orders placed after 1, 17, 33, 49 s, no order on the market for 18 of 49 s
#   the strategy itself with False: orders placed after 1, 17, 33, 49 s, no order on the market for 18 of 49 s
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
import logging
from decimal import Decimal
from types import SimpleNamespace

from hummingbot.client.config.config_helpers import parse_cvar_value
from hummingbot.connector.exchange_base import ExchangeBase
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.data_type.limit_order import LimitOrder
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow
from hummingbot.core.data_type.trade_fee import AddedToCostTradeFee
from hummingbot.core.event.events import MarketEvent, OrderCancelledEvent
from hummingbot.core.network_iterator import NetworkStatus
from hummingbot.strategy.market_trading_pair_tuple import MarketTradingPairTuple
from hummingbot.strategy.pure_market_making.pure_market_making import PureMarketMakingStrategy
from hummingbot.strategy.pure_market_making.pure_market_making_config_map import pure_market_making_config_map
from hummingbot.strategy.pure_market_making.start import start

logging.disable()
NAME, BASE, QUOTE = "binance", "BAY", "USD"
PAIR, CONFIRMED_AFTER = f"{BASE}-{QUOTE}", 5
SETTINGS = {
    "exchange": NAME, "market": PAIR, "bid_spread": "1", "ask_spread": "1", "order_refresh_time": "10",
    "order_amount": "1", "order_refresh_tolerance_pct": "-1",
}


class Market(ExchangeBase):
    """As much of a connector as the strategy asks for. An order to cancel is gone; the event comes later."""

    name = NAME
    ready = True
    network_status = NetworkStatus.CONNECTED
    order_books = property(lambda self: {PAIR: self.book})
    limit_orders = property(lambda self: [])

    def __init__(self) -> None:
        super().__init__()
        self.book = OrderBook()
        self.book.apply_snapshot([OrderBookRow(99.5, 100.0, 1)], [OrderBookRow(100.5, 100.0, 1)], 1)
        self.open: set[str] = set()
        self.to_confirm: list[tuple[float, str]] = []
        self.placed: list[float] = []

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

    def place(self, *_: object, **__: object) -> str:
        self.placed.append(self.current_timestamp)
        name = f"order-{len(self.placed)}"
        self.open.add(name)
        return name

    buy = sell = place

    def cancel(self, trading_pair: str, client_order_id: str) -> None:
        if client_order_id in self.open:
            self.open.remove(client_order_id)
            self.to_confirm.append((self.current_timestamp + CONFIRMED_AFTER, client_order_id))

    def confirm(self) -> None:
        while self.to_confirm and self.to_confirm[0][0] <= self.current_timestamp:
            name = self.to_confirm.pop(0)[1]
            self.trigger_event(MarketEvent.OrderCancelled, OrderCancelledEvent(self.current_timestamp, name))


async def show(what: str, market: Market, strategy: PureMarketMakingStrategy) -> None:
    clock = Clock(ClockMode.BACKTEST, 1.0, 0.0, 1000.0)
    clock.add_iterator(market)
    clock.add_iterator(strategy)
    without = 0
    with clock:
        for second in range(1, 50):
            clock.backtest_til(float(second))
            await asyncio.sleep(0)
            market.confirm()
            without += not market.open
    times = ", ".join(f"{second:g}" for second in sorted(set(market.placed)))
    print(f"{what}: orders placed after {times} s, no order on the market for {without} of 49 s")


async def started(value: str) -> None:
    """Starts the strategy as the bot does, with that in the settings."""
    for setting in pure_market_making_config_map.values():
        setting.value = parse_cvar_value(setting, SETTINGS.get(setting.key, setting.default))
    setting = pure_market_making_config_map["should_wait_order_cancel_confirmation"]
    setting.value = parse_cvar_value(setting, value)
    assert setting.value is (value == "True")
    market = Market()

    async def initialize_markets(_: list) -> None:
        """The connector is there."""

    bot = SimpleNamespace(
        initialize_markets=initialize_markets, connector_manager=SimpleNamespace(connectors={NAME: market}),
        notify=print, logger=logging.getLogger,
    )
    await start(bot)
    await show(f"started with {value} in the settings", market, bot.strategy)


async def main() -> None:
    print(f"orders refreshed every 10 s, cancels confirmed after {CONFIRMED_AFTER} s")
    await started("True")
    await started("False")
    market, strategy = Market(), PureMarketMakingStrategy()
    strategy.init_params(
        MarketTradingPairTuple(market, PAIR, BASE, QUOTE), bid_spread=Decimal("0.01"), ask_spread=Decimal("0.01"),
        order_amount=Decimal(1), order_refresh_time=10.0, should_wait_order_cancel_confirmation=False,
    )
    await show("the strategy itself with False", market, strategy)


asyncio.run(main())
PYTHON
