"""Orders that are not known to have ended, with those that Hummingbot has given up and the exchange may still have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker

#: Such an intent may be filled; the others have ended.
_STATES = (IntentState.RECORDED, IntentState.SENT, IntentState.LIVE, IntentState.ABSENT)


@dataclass(frozen=True, slots=True)
class UnendedOrder:
    """
    :ivar price: NaN for a market order
    :ivar remaining: what may still be filled, in base
    :ivar is_tracked: whether it can be cancelled: Hummingbot has it open. One that it has not is looked for
    :ivar is_missing: whether the exchange was asked and does not have it; it may still turn up
    :ivar look_alike: the exchange's id of an order that may be it, and was stored too late to be surely it
    """

    client_order_id: str
    trading_pair: str
    is_buy: bool
    price: Decimal
    remaining: Decimal
    is_tracked: bool
    is_missing: bool
    look_alike: str | None


def unended_orders(
    intents: Iterable[Intent], tracker: OrderTracker, trading_pair: str, look_alikes: Mapping[str, str]
) -> list[UnendedOrder]:
    """
    :param intents: those that are not closed
    :param look_alikes: by client order id
    """
    found = []
    for intent in intents:
        if intent.trading_pair != trading_pair or intent.state not in _STATES:
            continue
        order = tracker.active_orders.get(intent.client_order_id)
        amount = intent.amount if order is None else order.amount - order.executed_amount_base
        price = Decimal("NaN") if intent.price is None else intent.price
        found.append(
            UnendedOrder(
                intent.client_order_id,
                trading_pair,
                intent.is_buy,
                price,
                Decimal(amount),
                order is not None,
                intent.state is IntentState.ABSENT,
                look_alikes.get(intent.client_order_id),
            )
        )
    return found
