"""The least that Hummingbot's base class for directional trading needs: a signal, which turns with the clock here."""

import pandas as pd
from hummingbot.strategy_v2.controllers.directional_trading_controller_base import (
    DirectionalTradingControllerBase,
    DirectionalTradingControllerConfigBase,
)

TURN_S = 20


class TurningSignalConfig(DirectionalTradingControllerConfigBase):
    """The base's settings."""

    controller_name: str = "turning_signal"


class TurningSignal(DirectionalTradingControllerBase):
    """Buys and sells in turn, at the market."""

    async def update_processed_data(self) -> None:
        """Set the signal: 1 is to buy, -1 to sell."""
        turns = int(self.market_data_provider.time() / TURN_S)
        self.processed_data = {"signal": 1 if turns % 2 == 0 else -1, "features": pd.DataFrame()}
