"""Every scenario on every dialect with every login, and the page that tells of them."""

from importlib.metadata import version

import pytest
from hummingbot.connector.exchange.peatio.common.dialects import DIALECTS as SETTINGS

from peatio_sandbox.dialects.catalog import DIALECTS
from test.compatibility.columns import SET_BY_HAND
from test.compatibility.differences import DIFFERENCES
from test.compatibility.matrix import Cell, all_cells
from test.compatibility.page import PAGE, render
from test.end_to_end.scenarios import GROUPS, SCENARIOS

# The first test waits until all have been played.
pytestmark = pytest.mark.timeout(900)


@pytest.mark.skipif(
    f"hummingbot=={version('hummingbot')} " not in (PAGE.parents[2] / "requirements.txt").read_text(encoding="utf-8"),
    reason="the page is made with the pinned Hummingbot, and this is another",
)
def test_the_page_tells_what_was_played(outcomes: dict[Cell, str]) -> None:
    assert PAGE.read_text(encoding="utf-8") == render(outcomes), "run `make compatibility`"


@pytest.mark.parametrize("cell", all_cells(), ids=lambda cell: cell.name.replace(" ", "-"))
def test_cell(cell: Cell, outcomes: dict[Cell, str]) -> None:
    assert not outcomes[cell], outcomes[cell]


def test_every_setting_and_every_difference_is_of_something_that_is_there() -> None:
    assert set(GROUPS) == {scenario.group for scenario in SCENARIOS.values()}
    assert {name for name, _ in DIFFERENCES} <= set(SCENARIOS)
    assert {dialect for _, dialect in [*DIFFERENCES, *((0, dialect) for dialect, _ in SET_BY_HAND)]} <= set(DIALECTS)
    assert set(SET_BY_HAND.values()) <= set(SETTINGS)
