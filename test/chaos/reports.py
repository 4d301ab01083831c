"""What a bot tells while it lives, one JSON object a line, decimals as strings.

Each line is handed to the operating system before the bot goes on, so SIGKILL loses none that was written. (It would
take a power cut to lose one; nothing here needs a flush to the disk.)
"""

import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from peatio_sandbox.exchange.market import OrderType, Side

EndState = Literal["filled", "cancelled", "failed"]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Intended(_Line):
    """The trader told the connector to place an order; `price` is None for a market order.

    Written before the connector had a chance to do anything about it.
    """

    kind: Literal["intended"] = "intended"
    client_order_id: str
    pair: str
    side: Side
    order_type: OrderType
    amount: Decimal
    price: Decimal | None


class Created(_Line):
    """Hummingbot's event BuyOrderCreated or SellOrderCreated."""

    kind: Literal["created"] = "created"
    client_order_id: str
    order_id: str
    pair: str
    side: Side
    order_type: OrderType
    price: Decimal | None
    amount: Decimal


class Filled(_Line):
    """Hummingbot's event OrderFilled; `fees` are its flat fees by currency, added up."""

    kind: Literal["filled"] = "filled"
    client_order_id: str
    order_id: str
    trade_id: str
    pair: str
    side: Side
    price: Decimal
    amount: Decimal
    fees: dict[str, Decimal]


class Ended(_Line):
    """Hummingbot's event BuyOrderCompleted, SellOrderCompleted, OrderCancelled or OrderFailure.

    `base` and `quote` are what the completed events say was traded; `reason` is a failure's.
    """

    kind: Literal["ended"] = "ended"
    client_order_id: str
    state: EndState
    base: Decimal | None = None
    quote: Decimal | None = None
    reason: str = ""


class Status(_Line):
    """What the connector holds at a moment: orders it follows, and balances as it tells them to strategies.

    `available` is None where nobody asked.
    """

    kind: Literal["status"] = "status"
    is_ready: bool
    followed: tuple[str, ...]
    total: dict[str, Decimal]
    available: dict[str, Decimal] | None


class Phase(_Line):
    """How far the bot has come. `idle`: its script is done, nothing more is placed."""

    kind: Literal["phase"] = "phase"
    name: Literal["started", "ready", "idle", "stopped"]


Line = Intended | Created | Filled | Ended | Status | Phase
_LINE: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="kind")])


class LineWriter:
    """Appends lines to a file."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, line: Line) -> None:
        os.write(self._descriptor, line.model_dump_json().encode() + b"\n")


class LineReader:
    """Reads the lines of a file that grows; one that is not finished waits for its end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read_new(self) -> Iterator[Line]:
        """The lines written since the last call."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        complete = data[: data.rfind(b"\n") + 1]
        self._offset += len(complete)
        for line in complete.splitlines():
            yield _LINE.validate_json(line)


def side_of(trade_type: Any) -> Side:
    """Hummingbot's TradeType as Peatio says it."""
    return "buy" if trade_type.name == "BUY" else "sell"


def type_of(order_type: Any) -> OrderType:
    """Hummingbot's OrderType as Peatio says it."""
    return "market" if order_type.name == "MARKET" else "limit"
