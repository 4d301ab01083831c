"""The controller that mirrors another exchange's book on your own Peatio and hedges what is taken.

Hummingbot looks for controllers in this folder; the code is in the package `peatio_liquidity`, and each controller's
settings are in a file of `conf/controllers/`.
"""

from peatio_liquidity.plugin import PeatioLiquidityConfig

__all__ = ["PeatioLiquidityConfig"]
