#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: with fees set to be paid in BNB and BNB-USDT among the bot's markets, the budget check of a purchase on
# BTC-USDT reserves the BNB for its fee, at the price of that market.
# What happens: it asks for the price of the market USDT-BNB, which no exchange has, and raises a ValueError. The check
# of a sale does not ask. So every V2 executor that buys ends as failed before it places an order, and those that sell
# go on: the bot only sells.
#
# Observed:
#   binance_percent_fee_token: None, buy_percent_fee_deducted_from_returns: False
#     BUY: amount 1, takes 60060 USDT; executor: orders buy, goes on
#     SELL: amount 1, takes 1 BTC; executor: orders sell, goes on
#   binance_percent_fee_token: BNB, buy_percent_fee_deducted_from_returns: False
#     BUY: ValueError: No order book exists for 'USDT-BNB'.; executor: orders none, FAILED
#     SELL: amount 1, takes 1 BTC; executor: orders sell, goes on
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
import logging
from decimal import Decimal

from hummingbot.client.config.fee_overrides_config_map import fee_overrides_config_map
from hummingbot.connector.exchange.binance.binance_exchange import BinanceExchange
from hummingbot.connector.trading_rule import TradingRule
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow
from hummingbot.core.data_type.order_candidate import OrderCandidate
from hummingbot.strategy_v2.executors.executor_orchestrator import ExecutorOrchestrator  # the order of the imports
from hummingbot.strategy_v2.executors.position_executor.data_types import PositionExecutorConfig, TripleBarrierConfig
from hummingbot.strategy_v2.executors.position_executor.position_executor import PositionExecutor

logging.disable()
NAME, PAIR = "binance", "BTC-USDT"
BOOKS = {PAIR: 60000.0, "BNB-USDT": 600.0}


def connector() -> BinanceExchange:
    """Returns the connector with books and balances, without a network."""
    exchange = BinanceExchange("", "", trading_pairs=list(BOOKS), trading_required=False)
    for pair, price in BOOKS.items():
        book = OrderBook()
        book.apply_snapshot([OrderBookRow(price, 10.0, 1)], [OrderBookRow(price, 10.0, 1)], 1)
        exchange.order_book_tracker.order_books[pair] = book
    step = Decimal("0.001")
    exchange.trading_rules[PAIR] = TradingRule(PAIR, step, min_price_increment=step, min_base_amount_increment=step)
    for coin, amount in (("USDT", 100_000), ("BTC", 2), ("BNB", 100)):
        exchange._account_balances[coin] = exchange._account_available_balances[coin] = Decimal(amount)
    return exchange


class Strategy:
    """As much of a strategy as the executor asks for."""

    def __init__(self, exchange: BinanceExchange) -> None:
        self.connectors, self.current_timestamp, self.orders = {NAME: exchange}, 1.0, []

    def buy(self, *_: object) -> str:
        self.orders.append("buy")
        return "order"

    def sell(self, *_: object) -> str:
        self.orders.append("sell")
        return "order"


async def show(side: TradeType) -> None:
    """Prints what the check says of an order for 1 BTC, and what becomes of an executor for it."""
    exchange = connector()
    try:
        candidate = exchange.budget_checker.adjust_candidate(
            OrderCandidate(PAIR, True, OrderType.LIMIT, side, Decimal(1), Decimal(60000))
        )
        needs = ", ".join(f"{amount.normalize():f} {coin}" for coin, amount in candidate.collateral_dict.items())
        check = f"amount {candidate.amount}, takes {needs}"
    except ValueError as error:
        check = f"ValueError: {error}"
    strategy = Strategy(exchange)
    executor = PositionExecutor(strategy, PositionExecutorConfig(
        timestamp=1.0, connector_name=NAME, trading_pair=PAIR, side=side, amount=Decimal(1),
        entry_price=Decimal(60000), triple_barrier_config=TripleBarrierConfig(),
    ), update_interval=0.01)
    executor.start()
    await asyncio.sleep(0.5)
    end = executor.close_type.name if executor.close_type else "goes on"
    print(f"  {side.name}: {check}; executor: orders {', '.join(strategy.orders) or 'none'}, {end}")
    if executor.is_active:
        executor.stop()
    await asyncio.sleep(0.05)


async def main() -> None:
    fee_overrides_config_map["binance_buy_percent_fee_deducted_from_returns"].value = False
    for token in (None, "BNB"):
        fee_overrides_config_map["binance_percent_fee_token"].value = token
        print(f"binance_percent_fee_token: {token}, buy_percent_fee_deducted_from_returns: False")
        await show(TradeType.BUY)
        await show(TradeType.SELL)


asyncio.run(main())
PYTHON
