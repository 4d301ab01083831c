"""What Hummingbot finds: the configuration's class, and by it the controller's."""

from peatio_liquidity.config import LiquidityConfig
from peatio_liquidity.controller import PeatioLiquidity


class PeatioLiquidityConfig(LiquidityConfig):
    """The settings, with the way to their controller."""

    def get_controller_class(self) -> type[PeatioLiquidity]:
        """Hummingbot's own searches the module of the configuration's class for one."""
        return PeatioLiquidity
