"""The table of capabilities in README.md: no row twice, and a page where a setting is needed."""

from test.documents.capabilities import CAPABILITIES, State


def test_every_row_says_one_thing_once() -> None:
    assert len({row.what for row in CAPABILITIES}) == len(CAPABILITIES)
    areas = [row.area for row in CAPABILITIES]
    assert areas == sorted(areas, key=areas.index), "the rows of an area stand together"


def test_what_is_switched_on_by_a_setting_has_a_page_that_says_how() -> None:
    optional = [row for row in CAPABILITIES if row.state is State.OPTIONAL]
    assert optional
    assert all(row.docs for row in optional)
