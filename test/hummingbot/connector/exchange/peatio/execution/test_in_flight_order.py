"""What Peatio's lifecycle adds to Hummingbot's order."""

from decimal import Decimal
from typing import Any

from hummingbot.connector.exchange.peatio.common.messages import FeeRates
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState, TradeUpdate
from hummingbot.core.data_type.trade_fee import DeductedFromReturnsTradeFee, TokenAmount

FIELDS: dict[str, Any] = {
    "client_order_id": "c1",
    "exchange_order_id": "19",
    "trading_pair": "BTC-USD",
    "order_type": OrderType.LIMIT,
    "trade_type": TradeType.BUY,
    "amount": Decimal("1.5"),
    "price": Decimal("30000.01"),
    "creation_timestamp": 1795207700.0,
}


def order_of(**changes: Any) -> TrackedOrder:
    return TrackedOrder(**{**FIELDS, **changes})


def fill_of(amount: str, trade_id: str = "8", price: str = "30000.01") -> TradeUpdate:
    return TradeUpdate(
        trade_id=trade_id,
        client_order_id="c1",
        exchange_order_id="19",
        trading_pair="BTC-USD",
        fill_timestamp=1795207701.0,
        fill_price=Decimal(price),
        fill_base_amount=Decimal(amount),
        fill_quote_amount=Decimal(amount) * Decimal(price),
        fee=DeductedFromReturnsTradeFee(flat_fees=[TokenAmount("BTC", Decimal("0.000001"))]),
    )


def test_a_new_order_knows_nothing_of_the_exchange_yet() -> None:
    order = order_of()
    assert order.fee_rates is None
    assert not order.seen_live_event.is_set()
    assert not order.ended_event.is_set()
    assert order.recorded_trade_ids == frozenset()


def test_is_saved_and_restored_with_its_fee_rates_and_fills() -> None:
    order = order_of()
    order.fee_rates = FeeRates(maker=Decimal("0.001"), taker=Decimal("0.0025"))
    order.update_with_trade_update(fill_of("0.5"))
    restored = TrackedOrder.from_json(order.to_json())
    assert type(restored) is TrackedOrder
    assert restored == order
    assert restored.fee_rates == order.fee_rates
    assert restored.order_fills.keys() == {"8"}
    assert restored.executed_amount_base == Decimal("0.5")


def test_a_restored_order_has_to_be_seen_live_again() -> None:
    order = order_of(initial_state=OrderState.OPEN)
    order.seen_live_event.set()
    restored = TrackedOrder.from_json(order.to_json())
    assert not restored.seen_live_event.is_set()


def test_an_order_saved_by_hummingbots_own_class_is_restored() -> None:
    restored = TrackedOrder.from_json(InFlightOrder(**FIELDS).to_json())
    assert type(restored) is TrackedOrder
    assert restored == order_of()
    assert restored.fee_rates is None
    assert "fee_rates" not in restored.to_json()


def test_lacks_fills_while_the_exchange_executed_more_than_is_recorded() -> None:
    order = order_of()
    assert not order.lacks_fills(Decimal(0))
    assert order.lacks_fills(Decimal("0.00000001"))
    order.update_with_trade_update(fill_of("0.5"))
    assert not order.lacks_fills(Decimal("0.5"))
    assert order.lacks_fills(Decimal("0.50000001"))


def test_lacks_no_fills_once_filled_completely() -> None:
    order = order_of()
    order.completely_filled_event.set()
    assert not order.lacks_fills(Decimal("1.5"))
