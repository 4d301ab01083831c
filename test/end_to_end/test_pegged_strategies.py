"""What Hummingbot's strategies read of orders that the exchange resized."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hummingbot.client import hummingbot_application
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent
from hummingbot.strategy.data_types import HangingOrder
from hummingbot.strategy.market_trading_pair_tuple import MarketTradingPairTuple
from hummingbot.strategy.pure_market_making import PureMarketMakingStrategy
from hummingbot.strategy_v2.executors.order_executor.data_types import ExecutionStrategy, OrderExecutorConfig
from hummingbot.strategy_v2.executors.order_executor.order_executor import OrderExecutor
from hummingbot.strategy_v2.models.base import RunnableStatus
from hummingbot.strategy_v2.models.executors import CloseType

from peatio_sandbox.exchange.resize import Telling
from test.end_to_end.pegged import (
    MARKET,
    PAIR,
    PRICE,
    agrees,
    cycle,
    orders_there,
    part_of_all,
    pegged_bot,
    pegged_sandbox,
)
from test.end_to_end.support import TICK_S, Bot, person
from test.patience import eventually

D = Decimal


@asynccontextmanager
async def quoting(bot: Bot, monkeypatch: pytest.MonkeyPatch, **parameters: Any) -> AsyncIterator[Any]:
    """Hummingbot's own pure_market_making on the connector, as the application's strategy."""
    strategy = PureMarketMakingStrategy()
    strategy.init_params(
        market_info=MarketTradingPairTuple(bot.exchange, PAIR, *PAIR.split("-")),
        bid_spread=D("0.01"),
        ask_spread=D("0.01"),
        max_order_age=1800,
        **parameters,
    )
    core = SimpleNamespace(strategy=strategy)
    application = SimpleNamespace(
        trading_core=core, client_config_map=None, notify=print, add_application_warning=print
    )
    monkeypatch.setattr(hummingbot_application.HummingbotApplication, "_main_app", application)
    with Clock(ClockMode.REALTIME, TICK_S) as clock:
        clock.add_iterator(strategy)
        task = asyncio.create_task(clock.run())
        try:
            yield strategy
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_the_orders_of_pure_market_making_have_their_size(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with pegged_sandbox(Telling.ORIGIN) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        async with person(sandbox, "maker") as maker:
            await maker.place(MARKET, "sell", "100", "1.3")
            await maker.place(MARKET, "buy", "100", "1.1")
        await eventually(lambda: bot.exchange.get_price(PAIR, False) == D("1.1"), "there is a book")
        amount = part_of_all(bot, "0.9")
        async with quoting(bot, monkeypatch, order_amount=amount, order_refresh_time=1000.0) as strategy:
            await eventually(lambda: len(strategy.active_sells) == 1, "it quotes")
            key = strategy.active_sells[0].client_order_id
            await bot.live(key)
            await cycle(sandbox, 200)
            await eventually(lambda: bot.order(key).amount < amount, "it is resized")
            await agrees(sandbox, bot)
            (there,) = [order for order in orders_there(sandbox) if order.side == "sell"]
            (copy,) = strategy.active_sells
            assert copy.quantity == there.remaining_volume
            assert copy.client_order_id == key
            base, _ = strategy.adjusted_available_balance_for_orders_budget_constrain()
            assert base <= bot.exchange.get_balance("BAY"), "it plans with what there is"
            await cycle(sandbox, 51)
            await eventually(lambda: strategy.active_sells[0].quantity == amount, "it grows back")


async def test_a_hanging_order_has_its_size_in_every_list(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with pegged_sandbox(Telling.ORIGIN) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        async with person(sandbox, "maker") as maker:
            await maker.place(MARKET, "sell", "100", "1.3")
            await maker.place(MARKET, "buy", "100", "1.1")
        await eventually(lambda: bot.exchange.get_price(PAIR, False) == D("1.1"), "there is a book")
        amount = part_of_all(bot, "0.9")
        parameters = {"order_amount": amount, "order_refresh_time": 1000.0, "hanging_orders_enabled": True}
        async with quoting(bot, monkeypatch, hanging_orders_cancel_pct=D("0.9"), **parameters) as strategy:
            await eventually(lambda: len(strategy.active_sells) == 1, "it quotes")
            hanging = strategy.hanging_orders_tracker
            (copy,) = strategy.active_sells
            await bot.live(copy.client_order_id)
            hanging.add_as_hanging_order(copy)
            await cycle(sandbox, 200)
            await eventually(lambda: bot.order(copy.client_order_id).amount < amount, "it is resized")
            size = bot.order(copy.client_order_id).amount
            kept = {order for order in hanging.strategy_current_hanging_orders if isinstance(order, HangingOrder)}
            assert {order.amount for order in kept} == {size}
            assert hanging.equivalent_orders == frozenset(kept), "nothing is to be created or cancelled"
            hanging.update_strategy_orders_with_equivalent_orders()
            await agrees(sandbox, bot)
            assert not bot.of(MarketEvent.OrderCancelled)


class V2Strategy:
    """As much of a V2 strategy as an executor needs."""

    def __init__(self, bot: Bot) -> None:
        self.connectors = {"peatio": bot.exchange}
        self.market_data_provider = SimpleNamespace(
            get_price_by_type=lambda *_: D(PRICE), get_rate=lambda *_: D(1), time=lambda: self.current_timestamp
        )
        self._bot = bot

    @property
    def current_timestamp(self) -> float:
        return float(self._bot.exchange.current_timestamp)

    def buy(self, connector: str, pair: str, amount: Decimal, order_type: Any, price: Decimal, *_: Any) -> str:
        return str(self.connectors[connector].buy(pair, amount, order_type, price))

    def sell(self, connector: str, pair: str, amount: Decimal, order_type: Any, price: Decimal, *_: Any) -> str:
        return str(self.connectors[connector].sell(pair, amount, order_type, price))

    def cancel(self, connector: str, pair: str, order_id: str) -> None:
        self.connectors[connector].cancel(pair, order_id)


@pytest.mark.parametrize("telling", [Telling.ORIGIN, Telling.REPLACE])
async def test_an_executor_is_filled_at_the_size_that_its_order_has(data_folder: Path, telling: Telling) -> None:
    async with pegged_sandbox(telling) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        strategy: Any = V2Strategy(bot)
        config = OrderExecutorConfig(
            timestamp=strategy.current_timestamp,
            connector_name="peatio",
            trading_pair=PAIR,
            side=TradeType.SELL,
            amount=part_of_all(bot, "0.9"),
            price=D(PRICE),
            execution_strategy=ExecutionStrategy.LIMIT,
            leverage=1,
        )
        executor = OrderExecutor(strategy, config, update_interval=TICK_S)
        executor.start()
        try:
            await eventually(lambda: orders_there(sandbox), "it has placed its order")
            await bot.live(executor._order.order_id)
            await cycle(sandbox, 200)
            await agrees(sandbox, bot)
            size = bot.order(executor._order.order_id).amount
            assert size < config.amount
            async with person(sandbox, "taker") as taker:
                await taker.place(MARKET, "buy", "100", PRICE)
                await eventually(lambda: executor._order.executed_amount_base == 100, "part of it")
                assert not executor._order.is_filled
                await taker.place(MARKET, "buy", str(size - 100), PRICE)
                await eventually(lambda: executor.status is RunnableStatus.TERMINATED, "it has ended")
            assert executor.close_type is CloseType.POSITION_HOLD
            (held,) = executor._held_position_orders
            assert D(str(held["executed_amount_base"])) == size
            await agrees(sandbox, bot)
        finally:
            executor.stop()
