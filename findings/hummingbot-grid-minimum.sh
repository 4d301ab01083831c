#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: GridExecutor, which is given the market's TradingRule, plans orders that the market takes and that
# together cost no more than `total_amount_quote`.
# What happens: it reads the smallest notional and the increments, never `min_order_size`: on a market that counts its
# minimum in the base currency it plans orders far below. Where not even one smallest order fits into the total, it
# plans one all the same.
#
# Observed:
#   total 100, min_order_size 0.5: 18 orders of 0.055
#   total 10, min_order_amount_quote 20: 1 order of 0.21, which costs 21
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import logging
from decimal import Decimal
from types import SimpleNamespace

from hummingbot.connector.trading_rule import TradingRule
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.strategy_v2.executors.grid_executor.grid_executor import GridExecutor

PRICE = Decimal(100)


def planned(total_quote: int, min_order_quote: int, min_order_size: str) -> list:
    """Returns the levels of a grid around PRICE; the executor is replaced by as much of it as planning reads."""
    barriers = SimpleNamespace(
        take_profit=Decimal("0.01"), open_order_type=OrderType.LIMIT, take_profit_order_type=OrderType.LIMIT
    )
    config = SimpleNamespace(
        connector_name="any",
        trading_pair="BAY-USD",
        side=TradeType.BUY,
        start_price=Decimal(90),
        end_price=Decimal(110),
        total_amount_quote=Decimal(total_quote),
        min_order_amount_quote=Decimal(min_order_quote),
        min_spread_between_orders=Decimal("0.001"),
        coerce_tp_to_step=False,
        triple_barrier_config=barriers,
    )
    rule = TradingRule(
        "BAY-USD",
        min_order_size=Decimal(min_order_size),
        min_price_increment=Decimal("0.01"),
        min_base_amount_increment=Decimal("0.001"),
    )
    executor = SimpleNamespace(
        config=config, trading_rules=rule, get_price=lambda *_: PRICE, logger=lambda: logging.getLogger("grid")
    )
    return GridExecutor._generate_grid_levels(executor)


levels = planned(total_quote=100, min_order_quote=5, min_order_size="0.5")
(amount,) = {level.amount_quote / PRICE for level in levels}
print(f"total 100, min_order_size 0.5: {len(levels)} orders of {amount.normalize():f}")

(level,) = planned(total_quote=10, min_order_quote=20, min_order_size="0.001")
print(
    f"total 10, min_order_amount_quote 20: 1 order of {(level.amount_quote / PRICE).normalize():f},"
    f" which costs {level.amount_quote.normalize():f}"
)
PYTHON
