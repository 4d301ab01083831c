"""The table of capabilities says what the code does."""

from hummingbot.connector.exchange.peatio.peatio_capabilities import CAPABILITIES, ORDER_TYPES, State
from hummingbot.core.data_type.common import OrderType

from test.hummingbot.connector.exchange.peatio.rig import Rig


def test_the_connector_takes_the_order_types_of_the_table(rig: Rig) -> None:
    assert rig.exchange.supported_order_types() == list(ORDER_TYPES)
    assert OrderType.LIMIT_MAKER in ORDER_TYPES


def test_every_row_says_one_thing_once() -> None:
    assert len({row.what for row in CAPABILITIES}) == len(CAPABILITIES)
    areas = [row.area for row in CAPABILITIES]
    assert areas == sorted(areas, key=areas.index), "the rows of an area stand together"


def test_what_there_is_and_a_page_tells_of_is_linked() -> None:
    assert all(row.docs == "" for row in CAPABILITIES if row.state is State.PLANNED)
    assert any(row.docs for row in CAPABILITIES)
