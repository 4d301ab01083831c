"""An order as the connector tracks it: Hummingbot's, and what Peatio's lifecycle adds to it."""

import asyncio
from decimal import Decimal
from typing import Any

from hummingbot.connector.constants import s_decimal_NaN
from hummingbot.connector.exchange.peatio.common.messages import FeeRates
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState, OrderEnd
from hummingbot.connector.exchange.peatio.execution.trade_records import OrderRecord
from hummingbot.connector.exchange.peatio.resizes.size import OrderSize
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState

_FINAL_STATES = (OrderState.FILLED, OrderState.CANCELED, OrderState.FAILED)
_ENDS = {OrderState.FILLED: OrderEnd.FILLED, OrderState.CANCELED: OrderEnd.CANCELLED}


def end_of(state: OrderState) -> OrderEnd:
    """What the journal calls the end of an order that is in this final state for Hummingbot."""
    return _ENDS.get(state, OrderEnd.FAILED)


class TrackedOrder(InFlightOrder):
    """
    :ivar fee_rates: frozen on the order by the exchange at its creation; None until an answer held them
    :ivar seen_live_event: set once the exchange was seen to have left `pending`, the earliest moment to cancel
    :ivar awaits_end: the exchange reported a final state whose fills are not all known yet
    :ivar ended_event: set once the order is final in Hummingbot as well, its fills recorded
    :ivar placement_error: why it was not placed; None as long as it may be
    :ivar is_cancel_taken: whether the exchange accepted a cancel of it
    :ivar cancel_error: why the last attempt to cancel it failed; None if none did
    :ivar is_of_other_strategy: whether no event of it is reported to the running strategy
    :ivar recorded_trade_ids: trades that Hummingbot's database had recorded before this process started
    :ivar restored_trade_ids: trades that Hummingbot had saved with the order, and of which it is not known whether the
        history has them
    :ivar is_recorded_as_ended: whether Hummingbot's database had its end before the order was followed in this process
    :ivar size: what the exchange makes of its size without a trade; `amount` is the working size
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._add_facts(None)

    def _add_facts(self, fee_rates: FeeRates | None) -> None:
        self.fee_rates = fee_rates
        self.seen_live_event = asyncio.Event()
        self.awaits_end = False
        self.ended_event = asyncio.Event()
        self.placement_error: Exception | None = None
        self.cancel_error: Exception | None = None
        self.is_cancel_taken = False
        self.recorded_trade_ids: frozenset[str] = frozenset()
        self.restored_trade_ids: set[str] = set()
        self.is_of_other_strategy = False
        self.is_recorded_as_ended = False
        self.size = OrderSize(self.amount)

    @property
    def is_done(self) -> bool:
        """As the base class, which takes an order of which nothing remains for one that is filled."""
        return self.current_state in _FINAL_STATES if self.size.is_resting else bool(super().is_done)

    @property
    def is_filled(self) -> bool:
        return self.current_state is OrderState.FILLED if self.size.is_resting else bool(super().is_filled)

    def has_id(self, exchange_order_id: str) -> bool:
        """Whether the exchange calls it so, or did."""
        return self.exchange_order_id == exchange_order_id or exchange_order_id in self.size.former_ids

    def lacks_fills(self, executed_volume: Decimal) -> bool:
        """Whether the exchange executed more than the fills known here, a resize that looks like a fill apart."""
        explained = self.executed_amount_base + self.size.unexplained
        return bool(executed_volume > explained and not self.completely_filled_event.is_set())

    def resize(self, amount: Decimal) -> None:
        """The exchange changed the size without a trade.

        :param amount: what was filled plus what remains
        """
        self.amount = amount
        self.completely_filled_event.clear()
        self.check_filled_condition()

    @classmethod
    def from_intent(cls, intent: Intent, record: OrderRecord) -> "TrackedOrder":
        """An order that an earlier process placed, or this one and Hummingbot has forgotten it."""
        order = cls(
            client_order_id=intent.client_order_id,
            exchange_order_id=intent.exchange_order_id,
            trading_pair=intent.trading_pair,
            order_type=intent.order_type,
            trade_type=TradeType.BUY if intent.is_buy else TradeType.SELL,
            amount=intent.amount,
            price=s_decimal_NaN if intent.price is None else intent.price,
            creation_timestamp=intent.created_at_s,
            # A second created event would violate the database's key.
            initial_state=OrderState.OPEN if record.is_created else OrderState.PENDING_CREATE,
        )
        order.learn(intent, record)
        return order

    def learn(self, intent: Intent, record: OrderRecord) -> None:
        """Adds what the journal and Hummingbot's database know of the order."""
        order_id = intent.exchange_order_id or record.exchange_order_id
        if self.exchange_order_id is None and order_id is not None:
            self.update_exchange_order_id(order_id)
        self.fee_rates = self.fee_rates or intent.fee_rates
        self.recorded_trade_ids = record.trade_ids
        self.is_recorded_as_ended = record.has_ended

    def to_intent(self) -> Intent:
        """For an order without a row in the journal; its market and time are not known."""
        return Intent(
            client_order_id=self.client_order_id,
            trading_pair=self.trading_pair,
            market="",
            is_buy=self.trade_type is TradeType.BUY,
            amount=self.size.placed,
            price=None if self.order_type is OrderType.MARKET else self.price,
            created_at_s=0.0,
            state=IntentState.LIVE if self.exchange_order_id is not None else IntentState.SENT,
            exchange_order_id=self.exchange_order_id,
            fee_rates=self.fee_rates,
            is_maker_only=self.order_type is OrderType.LIMIT_MAKER,
        )

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = super().to_json()
        if self.fee_rates is not None:
            data["fee_rates"] = [str(self.fee_rates.maker), str(self.fee_rates.taker)]
        if self.size.is_resized or self.size.former_ids:
            data["size"] = self.size.to_json()
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "TrackedOrder":
        """Restores an order saved by this class or by Hummingbot's own."""
        saved = super().from_json(data)
        order = cls.__new__(cls)
        order.__dict__.update(saved.__dict__)
        rates = data.get("fee_rates")
        order._add_facts(FeeRates(Decimal(rates[0]), Decimal(rates[1])) if rates else None)
        order.restored_trade_ids = set(order.order_fills)
        if "size" in data:
            order.size = OrderSize.from_json(data["size"])
        return order
