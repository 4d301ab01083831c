"""An order as the connector follows it: Hummingbot's, and what Peatio's lifecycle adds to it."""

import asyncio
from decimal import Decimal
from typing import Any

from hummingbot.connector.exchange.peatio.common.messages import FeeRates
from hummingbot.core.data_type.in_flight_order import InFlightOrder


class TrackedOrder(InFlightOrder):
    """Adds what else there is to know of an order here.

    `fee_rates`: frozen on the order by the exchange at its creation; None until an answer told them.
    `seen_live_event`: set once the exchange was seen to have left `pending`, the earliest moment to cancel.
    `awaits_end`: the exchange told a final state whose fills are not all known yet.
    `ended_event`: set once the order is final in Hummingbot as well, its fills recorded.
    `cancel_sent_at_s`: when this process first asked for its cancel, by our clock; None if it did not.
    `has_ghost_risk`: it was cancelled while pending, so the engine may keep it in its book (docs/protocol.md
    section 4.4) until it is cancelled a second time; or the engine restarted during its cancel.
    `placing_error`: why it was not placed; None as long as it may be.
    `cancel_error`: why the last attempt to cancel it failed; None if none did.
    `recorded_trade_ids`: trades that Hummingbot's database had recorded before this process started.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._add_facts(None)

    def _add_facts(self, fee_rates: FeeRates | None) -> None:
        self.fee_rates = fee_rates
        self.seen_live_event = asyncio.Event()
        self.awaits_end = False
        self.ended_event = asyncio.Event()
        self.cancel_sent_at_s: float | None = None
        self.has_ghost_risk = False
        self.placing_error: Exception | None = None
        self.cancel_error: Exception | None = None
        self.recorded_trade_ids: frozenset[str] = frozenset()

    def lacks_fills(self, executed_volume: Decimal) -> bool:
        """Whether the exchange executed more than the fills known here."""
        return bool(executed_volume > self.executed_amount_base and not self.completely_filled_event.is_set())

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = super().to_json()
        if self.fee_rates is not None:
            data["fee_rates"] = [str(self.fee_rates.maker), str(self.fee_rates.taker)]
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "TrackedOrder":
        """Restores an order saved by this class or by Hummingbot's own."""
        saved = super().from_json(data)
        order = cls.__new__(cls)
        order.__dict__.update(saved.__dict__)
        rates = data.get("fee_rates")
        order._add_facts(FeeRates(Decimal(rates[0]), Decimal(rates[1])) if rates else None)
        return order
