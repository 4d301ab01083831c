"""A pegged coin on the sandbox: two currencies, three markets, and what every member holds of it at first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from peatio_sandbox.exchange.market import Currency, Market
from peatio_sandbox.exchange.resize import Telling

if TYPE_CHECKING:
    from peatio_sandbox.config import SandboxConfig

D = Decimal
#: What the coins are worth, for the traders.
LIQUID_PRICE, RESERVE_PRICE = D("1.2"), D("0.4")
#: New coins that every member begins with; at peg 51 a little less than six tenths of them are liquid.
FIRST_COINS = 100_000
#: ... and the traders, who are not to run out of them.
TRADERS_COINS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class PeggedCoin:
    """
    Attributes:
        code: of the liquid currency; the reserve's has an ``r`` at its end.
        pegs: the peg to begin with, and those of the cycles to come; the last one stays.
        every_s: seconds between two cycles; None: only by command.
        busy_s: seconds in which balances are calculated: creates are refused.
        updating_s: seconds in which they are copied: there are no trades either.
        telling: how resized orders are shown to their owners.
    """

    code: str = "bay"
    pegs: Sequence[int] = (51,)
    every_s: float | None = None
    busy_s: float = 1.0
    updating_s: float = 0.5
    telling: Telling = Telling.ORIGIN

    @property
    def reserve_code(self) -> str:
        """Return the code of the currency of reserve coins."""
        return f"{self.code}r"

    @property
    def currencies(self) -> tuple[Currency, Currency]:
        """Return the liquid and the reserve currency."""
        name = self.code.upper()
        return (
            Currency(self.code, name, "coin", 8, LIQUID_PRICE, blockchain=f"{self.code}-testnet", protocol=name),
            Currency(
                self.reserve_code,
                f"{name} reserve",
                "coin",
                8,
                RESERVE_PRICE,
                blockchain=f"{self.code}-testnet",
                protocol=name,
            ),
        )

    @property
    def markets(self) -> tuple[Market, ...]:
        """Return the markets, with steps so large that every fee is whole satoshi."""
        liquid, reserve = self.code, self.reserve_code
        return (
            Market(f"{liquid}usd", liquid, "usd", 3, 4, D("0.0001"), D(0), D("0.1")),
            Market(f"{reserve}usd", reserve, "usd", 3, 4, D("0.0001"), D(0), D("0.1")),
            Market(f"{liquid}{reserve}", liquid, reserve, 3, 2, D("0.01"), D(0), D("0.1")),
        )


def with_pegged_coin(config: SandboxConfig, coin: PeggedCoin) -> SandboxConfig:
    """Return the configuration with the coin's currencies and markets.

    Raises:
        ValueError: a currency of that code is there already.
    """
    taken = {currency.code for currency in config.currencies}
    for currency in coin.currencies:
        if currency.code in taken:
            raise ValueError(f"there is a currency {currency.code!r} already")
    return replace(
        config, currencies=config.currencies + coin.currencies, markets=config.markets + coin.markets, pegged=coin
    )
