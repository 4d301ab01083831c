"""What was selected is played once, all of it together."""

import asyncio

import pytest

from test.compatibility.matrix import Cell, all_cells, play_all
from test.secret_watch import take_leaks


@pytest.fixture(scope="session")
def outcomes(request: pytest.FixtureRequest) -> dict[Cell, str]:
    """By cell, for the cells whose tests were selected; all of them where the page is looked at."""
    selected = [item for item in request.session.items if "outcomes" in getattr(item, "fixturenames", ())]
    parameters = [getattr(item, "callspec", None) for item in selected]
    cells = all_cells() if None in parameters else [found.params["cell"] for found in parameters if found is not None]
    played = asyncio.run(play_all(cells))
    leaks = take_leaks()
    assert not leaks, f"a secret was logged by {', '.join(leaks)}"
    return played
