#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# A V2 market making controller on a spot market first "rebalances": it gets the coins that its sell orders need, with
# an order at market price. It does that where it is not told not to (`skip_rebalance`).
# Guess: it looks at the balance, and buys only what is missing there.
# What happens: it never asks for the balance. It counts what executors of this controller have left held, which is
# nothing at its first start: it buys all that its sell orders need, however many coins there are, and also sells what
# is held above that.
#
# Observed:
#   1000 USD to trade with at 100: the sell orders need 5 BAY
#   balance 50 BAY, held 0: BUY 5 BAY MARKET
#   balance 0 BAY, held 0: BUY 5 BAY MARKET
#   balance 0 BAY, held 5: nothing
#   balance 50 BAY, held 7: SELL 2 BAY MARKET
#   it asked for a balance 0 times
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
from decimal import Decimal
from types import SimpleNamespace

from hummingbot.core.data_type.common import TradeType
from hummingbot.strategy_v2.executors.executor_orchestrator import ExecutorOrchestrator  # the order of the imports
from hummingbot.strategy_v2.controllers.market_making_controller_base import (
    MarketMakingControllerBase, MarketMakingControllerConfigBase,
)
from hummingbot.strategy_v2.executors.data_types import PositionSummary

NAME, PAIR = "any", "BAY-USD"
ZERO = Decimal(0)
asked: list[str] = []
SETTINGS = MarketMakingControllerConfigBase(
    id="any", controller_name="any", connector_name=NAME, trading_pair=PAIR, total_amount_quote=Decimal(1000),
    buy_spreads=[0.01], sell_spreads=[0.01], buy_amounts_pct=[1], sell_amounts_pct=[1],
)


class Controller(MarketMakingControllerBase):
    """Any: one that plans nothing besides what its base class does."""

    def get_executor_config(self, *_: object) -> None:
        return None


class Market:
    """Everything that a controller can ask for the price or a balance."""

    def __init__(self, balance: int) -> None:
        self.balance = Decimal(balance)
        self.connectors = {NAME: self}

    def get_connector(self, _name: str) -> "Market":
        return self

    def get_balance(self, *_: object) -> Decimal:
        asked.append("get_balance")
        return self.balance

    get_available_balance = get_balance

    def get_price_by_type(self, *_: object) -> Decimal:
        return Decimal(100)

    def time(self) -> float:
        return 1.0

    def initialize_rate_sources(self, *_: object) -> None:
        pass


def held_position(amount: int) -> PositionSummary:
    return PositionSummary(
        connector_name=NAME, trading_pair=PAIR, volume_traded_quote=ZERO, side=TradeType.BUY, amount=Decimal(amount),
        breakeven_price=Decimal(100), unrealized_pnl_quote=ZERO, realized_pnl_quote=ZERO, cum_fees_quote=ZERO,
    )


async def show(balance: int, held: int) -> None:
    """Prints what a controller does first on an account with that balance."""
    controller = Controller(SETTINGS, Market(balance), asyncio.Queue())
    controller.positions_held = [held_position(held)] if held else []
    await controller.update_processed_data()
    orders = [action.executor_config for action in controller.determine_executor_actions()]
    texts = [f"{each.side.name} {each.amount.normalize():f} BAY {each.execution_strategy.name}" for each in orders]
    print(f"balance {balance} BAY, held {held}: {', '.join(texts) or 'nothing'}")


async def main() -> None:
    need = SETTINGS.get_required_base_amount(Decimal(100))
    print(f"1000 USD to trade with at 100: the sell orders need {need.normalize():f} BAY")
    for balance, held in ((50, 0), (0, 0), (0, 5), (50, 7)):
        await show(balance, held)
    print(f"it asked for a balance {len(asked)} times")


asyncio.run(main())
PYTHON
