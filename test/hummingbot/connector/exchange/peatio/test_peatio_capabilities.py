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


def test_what_is_switched_on_by_a_setting_has_a_page_that_says_how() -> None:
    optional = [row for row in CAPABILITIES if row.state is State.OPTIONAL]
    assert optional
    assert all(row.docs for row in optional)
