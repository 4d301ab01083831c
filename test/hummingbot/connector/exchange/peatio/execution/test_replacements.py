"""Orders in the place of ours: what is taken for one, and what is not."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.messages import parse_order
from hummingbot.connector.exchange.peatio.resizes.successors import Replaced, successors
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.data_type.in_flight_order import OrderState

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder
from test.hummingbot.connector.exchange.peatio.rig import OPEN_ORDERS, PAIR, Rig
from test.patience import eventually

D = Decimal
BUY = WireOrder(18)
ENDED = parse_order(BUY.now("cancel").row())
REPLACED = Replaced(ENDED, D("1.0"))
NEXT = replace(
    ENDED, order_id="19", origin_volume=D("0.6"), created_at_s=ENDED.updated_at_s, uuid="", state=ENDED.state
)


def test_the_next_order_of_its_market_side_and_price_takes_its_place() -> None:
    second = replace(NEXT, order_id="20")
    assert successors(REPLACED, [second, NEXT]) == [NEXT, second]


@pytest.mark.parametrize(
    "change",
    [
        {"market": "ethusd"},
        {"is_buy": False},
        {"price": D(29999)},
        {"is_limit": False},
        {"origin_volume": D("1.1")},
        {"origin_volume": D(0)},
        {"created_at_s": ENDED.updated_at_s + 3},
        {"created_at_s": ENDED.updated_at_s - 3},
        {"order_id": "17"},
    ],
    ids=str,
)
def test_any_other_does_not(change: dict[str, object]) -> None:
    assert successors(REPLACED, [replace(NEXT, **change)]) == []  # type: ignore[arg-type]


async def test_where_more_orders_fit_than_were_cancelled_none_is_taken(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 0.5)
    order = rig.follow_live(BUY)
    rows = [replace(BUY, order_id=number, volume="0.6").row() for number in (19, 20)]
    rig.http.get(OPEN_ORDERS, payload=rows, repeat=True)
    rig.hear(BUY.now("cancel").event())
    await eventually(lambda: order.current_state is OrderState.CANCELED, "it ends")
    assert "Orders 19, 20 look like the one in its place" in caplog.text


async def test_on_another_market_a_cancel_is_the_end_at_once(rig: Rig) -> None:
    order = rig.follow_live(BUY)
    rig.hear(BUY.now("cancel").event())
    assert order.current_state is OrderState.CANCELED
    assert rig.requests() == []
