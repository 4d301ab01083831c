"""Markets, currencies and trading fees: what the exchange lists, and the limits it puts on an order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from peatio_sandbox.exchange.decimals import ZERO, fits_precision

Side = Literal["buy", "sell"]
OrderType = Literal["limit", "market"]
MarketState = Literal["enabled", "disabled", "hidden", "locked", "sale", "presale"]

#: The states that Peatio calls active, from 2.5 on: such markets are listed and take orders. ``hidden`` only asks
#: frontends not to show the market.
ACTIVE_STATES: frozenset[MarketState] = frozenset({"enabled", "hidden"})

#: The wildcard of a fee rule.
ANY = "any"


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency as ``public/currencies`` shows it (docs/protocol.md section 3)."""

    code: str
    name: str
    kind: Literal["coin", "fiat"]
    precision: int
    price: Decimal
    parent: str | None = None
    blockchain: str = "testnet"
    protocol: str = "TEST"
    base_factor: int = 10**8


@dataclass(frozen=True, slots=True)
class Market:
    """A market and its limits. ``max_price`` 0 means no upper limit."""

    symbol: str
    base: str
    quote: str
    amount_precision: int
    price_precision: int
    min_price: Decimal
    max_price: Decimal
    min_amount: Decimal
    state: MarketState = "enabled"

    @property
    def name(self) -> str:
        """Return the name for people, ``BTC/USD``."""
        return f"{self.base}/{self.quote}".upper()

    @property
    def is_enabled(self) -> bool:
        """Return whether people see this market; orders are taken in every active one, see :data:`ACTIVE_STATES`."""
        return self.state == "enabled"

    def accepts_volume(self, volume: Decimal) -> bool:
        """Return whether an order may have this volume; Peatio refuses and never rounds."""
        return volume >= self.min_amount and fits_precision(volume, self.amount_precision)

    def accepts_price(self, price: Decimal) -> bool:
        """Return whether a limit order may have this price; Peatio refuses and never rounds."""
        below_limit = self.max_price == ZERO or price <= self.max_price
        return self.min_price <= price and below_limit and fits_precision(price, self.price_precision)


@dataclass(frozen=True, slots=True)
class TradingFee:
    """One row of ``public/trading_fees``; rates are fractions, ``any`` matches everything."""

    group: str
    market_id: str
    maker: Decimal
    taker: Decimal


def choose_fee(fees: Iterable[TradingFee], group: str, market_id: str) -> TradingFee:
    """Pick the fee row for a member's group and a market; without one, trading costs nothing.

    The order of preference is group+market, group+any, any+market, any+any (docs/protocol.md section 3).
    """
    rows = {(fee.group, fee.market_id): fee for fee in fees}
    for key in ((group, market_id), (group, ANY), (ANY, market_id), (ANY, ANY)):
        if key in rows:
            return rows[key]
    return TradingFee(ANY, ANY, ZERO, ZERO)
