"""The messages between the demo and the bot's process: reports, one JSON object on each line, and the assignment.

Decimals are written as strings, so that amounts stay exact between Hummingbot's events and the comparison.
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, field_serializer

from peatio_cli.demo.comparison import Side


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Phase(_Message):
    """A phase of the bot.

    `started`: Hummingbot's engine runs the strategy; `ready`: the connector has books, balances and private
    streams; `stopped`: stopped by Hummingbot's own shutdown, orders cancelled.
    """

    kind: Literal["phase"] = "phase"
    name: Literal["started", "ready", "stopped"]


class OrderCreated(_Message):
    """A BuyOrderCreatedEvent or SellOrderCreatedEvent: the exchange knows the order by `order_id`.

    `took_s` is the time from the tick of Hummingbot's clock in which the strategy placed the order to this event.
    """

    kind: Literal["created"] = "created"
    client_order_id: str
    order_id: str
    side: Side
    price: Decimal
    amount: Decimal
    took_s: float = 0.0


class OrderFilled(_Message):
    """An OrderFilledEvent; `fees` are (token, amount) pairs, exactly as in the event."""

    kind: Literal["filled"] = "filled"
    client_order_id: str
    order_id: str
    trade_id: str
    side: Side
    price: Decimal
    amount: Decimal
    fees: tuple[tuple[str, Decimal], ...]


class OrderEnded(_Message):
    """A completed, cancelled or failure event."""

    kind: Literal["ended"] = "ended"
    client_order_id: str
    state: Literal["filled", "cancelled", "failed"]


class Quote(_Message):
    """One open order of the bot according to Hummingbot; `amount` is the unfilled amount."""

    side: Side
    price: Decimal
    amount: Decimal


class Snapshot(_Message):
    """The connector's state at one moment: middle of the book, own open orders, total balances."""

    kind: Literal["snapshot"] = "snapshot"
    mid_price: Decimal | None
    quotes: tuple[Quote, ...]
    balances: dict[str, Decimal]


Report = Phase | OrderCreated | OrderFilled | OrderEnded | Snapshot
_REPORT: TypeAdapter[Report] = TypeAdapter(Annotated[Report, Field(discriminator="kind")])


class BotAssignment(_Message):
    """The task for the bot's process. It is sent to its standard input, because it holds the password and the keys:
    other users can read a command line or an environment."""

    exchange_domain: str
    api_key: str
    secret_key: SecretStr
    password: SecretStr
    strategy_file: str
    strategy: dict[str, str]
    trading_pair: str
    report_file: Path

    @field_serializer("secret_key", "password", when_used="json")
    def _reveal(self, secret: SecretStr) -> str:
        return secret.get_secret_value()


class MirrorAssignment(BotAssignment):
    """The task of a bot that mirrors another exchange's book; `strategy` has its controller's settings.

    The bot's reports about the other exchange are in a file of their own.
    """

    source: str
    source_api_key: str
    source_secret_key: SecretStr
    source_report_file: Path

    @field_serializer("source_secret_key", when_used="json")
    def _reveal_source(self, secret: SecretStr) -> str:
        return secret.get_secret_value()


class ReportReader:
    """Reads a report file while it is being written; an incomplete line is read later."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read_new(self) -> Iterator[Report]:
        """The reports written since the last call."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return
        complete = data[: data.rfind(b"\n") + 1]
        self._offset += len(complete)
        for line in complete.splitlines():
            yield _REPORT.validate_json(line)
