"""The liquidity controller as an operator runs it: from its file in an instance, in a bot of its own process."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from peatio_sandbox import Sandbox
from test.strategies.assignment import Configuration
from test.strategies.stage import MEMBER, Play, play

OWN, OUTER = "peatio", "peatio_outer"
VALUES = {
    "connector_name": OWN,
    "trading_pair": "BTC-USD",
    "source_connector": OUTER,
    "source_pair": "BTC-USD",
    "bid_budget_quote": "30000",
    "ask_budget_base": "1",
    "max_exposure_base": "1",
    "levels": 5,
    "depth_curve": [["0", "0.05"], ["0.001", "0.05"], ["0.002", "0.1"]],
}

pytestmark = pytest.mark.timeout(300)


def has_hedged(sandboxes: Sequence[Sandbox], _database: Path) -> bool:
    own, outer = sandboxes
    return bool(own.fills(MEMBER)) and len(outer.fills(MEMBER)) > 1


async def test_it_quotes_one_exchange_and_hedges_on_another(tmp_path: Path) -> None:
    configuration = Configuration(kind="controller", source="peatio_liquidity", values=VALUES)
    outcome = await play(Play("liquidity", (configuration,), (OWN, OUTER), seconds=60.0), tmp_path, has_hedged)
    assert outcome.discrepancies == ()
    assert outcome.errors == {}
    assert outcome.fills > 2
    (journal,) = (tmp_path / "data").glob("peatio_liquidity_*.sqlite")
    with closing(sqlite3.connect(journal)) as file:
        hedges = file.execute("SELECT count(*) FROM hedge WHERE client_order_id IS NOT NULL").fetchone()[0]
        venues = {venue for (venue,) in file.execute("SELECT DISTINCT venue FROM fill")}
    assert hedges
    assert venues == {"own", "source"}
