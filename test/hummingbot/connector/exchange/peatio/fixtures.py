"""Recorded payloads with other names and values in them, and what the tests of this folder share.

Every payload starts from one that a Peatio 3.1.0 really sent, so its fields are the exchange's and not a test's idea
of them.
"""

import asyncio
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings

from test.hummingbot.connector.exchange.peatio.recorded import answer, private_event

SITE = "https://exchange.example"
API_KEY = "61d025b8573501c2"
SECRET = "2d0b4979c7fe6986daa8e21d1dc0644f"

# The rates of the recorded exchange's only row of public/trading_fees.
MAKER_FEE = Decimal("0.001")
TAKER_FEE = Decimal("0.002")


def rest_url(path: str) -> str:
    return f"{SITE}/api/v2/peatio/{path}"


def exchange_arguments(folder: Path, trading_pairs: list[str]) -> dict[str, Any]:
    """For a connector that trades on `SITE` and leaves its files in `folder`."""
    return {
        "peatio_api_key": API_KEY,
        "peatio_secret_key": SECRET,
        "peatio_exchange_domain": SITE,
        "trading_pairs": trading_pairs,
        "settings": ConnectorSettings(),
        "journal_folder": folder,
        "instance": "test",
    }


async def settle() -> None:
    """Lets everything run that waits for nothing but its turn."""
    for _ in range(50):
        await asyncio.sleep(0)


def market_row(symbol: str, base: str, quote: str, **changes: Any) -> dict[str, Any]:
    """A row of public/markets."""
    row: dict[str, Any] = answer("public markets")[0]
    names = {"id": symbol, "symbol": symbol, "name": f"{base}/{quote}".upper(), "base_unit": base, "quote_unit": quote}
    return {**row, **names, **changes}


def balance_rows(**amounts: tuple[str, str]) -> list[dict[str, Any]]:
    """Rows of account/balances: currency → (free, locked)."""
    row: dict[str, Any] = answer("balances")[0]
    return [
        {**row, "currency": currency, "balance": free, "locked": locked}
        for currency, (free, locked) in amounts.items()
    ]


@dataclass(frozen=True)
class WireTrade:
    """A trade of one of our orders as Peatio tells it; `rate` is what it charged us."""

    trade_id: int
    price: str
    amount: str
    taker_type: str = "buy"
    rate: Decimal = MAKER_FEE

    @property
    def total(self) -> str:
        return f"{Decimal(self.price) * Decimal(self.amount):f}"

    def inside(self, order: "WireOrder") -> dict[str, Any]:
        """As GET market/orders/:id lists it."""
        return {**answer("SELF-TRADE taker order")["trades"][0], **self._values(order)}

    def row(self, order: "WireOrder") -> dict[str, Any]:
        """As GET market/trades lists it: with the fee."""
        is_buy = order.side == "buy"
        fee = Decimal(self.amount if is_buy else self.total) * self.rate
        return {
            **answer("SELF-TRADE trades list")[0],
            **self._values(order),
            "order_id": order.order_id,
            "fee": f"{self.rate}",
            "fee_amount": f"{fee:f}",
            "fee_currency": order.base if is_buy else order.quote,
        }

    def event(self, order: "WireOrder") -> dict[str, Any]:
        """As the private `trade` stream sends it: without a fee."""
        event = private_event("SELF-TRADE cross", "trade")
        return {"trade": {**event["trade"], **self._values(order), "order_id": order.order_id}}

    def _values(self, order: "WireOrder") -> dict[str, Any]:
        return {
            "id": self.trade_id,
            "price": self.price,
            "amount": self.amount,
            "total": self.total,
            "market": order.market,
            "side": order.side,
            "taker_type": self.taker_type,
        }


@dataclass(frozen=True)
class WireOrder:
    """An order as Peatio tells it. `price` None is a market order."""

    order_id: int
    state: str = "wait"
    side: str = "buy"
    price: str | None = "30000.0"
    volume: str = "1.0"
    executed: str = "0.0"
    base: str = "btc"
    quote: str = "usd"

    @property
    def market(self) -> str:
        return f"{self.base}{self.quote}"

    def now(self, state: str, executed: str | None = None) -> "WireOrder":
        return replace(self, state=state, executed=self.executed if executed is None else executed)

    def row(self, trades: list[WireTrade] | None = None, **changes: Any) -> dict[str, Any]:
        """As REST answers it; with `trades` as GET market/orders/:id does, without as everything else does."""
        row = {**answer("create limit sell JSON strings"), **self._values(), **changes}
        if trades is not None:
            row["trades"] = [trade.inside(self) for trade in trades]
        return row

    def event(self) -> dict[str, Any]:
        """As the private `order` stream sends it: without trades and without the fee rates."""
        event = private_event("create limit sell JSON strings", "order")
        return {"order": {**event["order"], **self._values(), "kind": "bid" if self.side == "buy" else "ask"}}

    def _values(self) -> dict[str, Any]:
        return {
            "id": self.order_id,
            "market": self.market,
            "side": self.side,
            "ord_type": "limit" if self.price else "market",
            "price": self.price,
            "state": self.state,
            "origin_volume": self.volume,
            "executed_volume": self.executed,
            "remaining_volume": f"{Decimal(self.volume) - Decimal(self.executed):f}",
        }
