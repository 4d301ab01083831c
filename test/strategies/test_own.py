"""Hummingbot's strategies, executors and base classes for some seconds; `make strategies` gives each a minute."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from peatio_sandbox import Sandbox
from test.strategies.assignment import Configuration
from test.strategies.cases import BASES, EAST, EXECUTORS, TWO, V1
from test.strategies.stage import MEMBER, Play, play

SECONDS = 8.0
#: Their orders are filled at once, whatever the others do meanwhile.
AT_MARKET = {"order-market", "signal"}

pytestmark = pytest.mark.timeout(300)


def have_filled(sandboxes: Sequence[Sandbox], _database: Path) -> bool:
    return bool(sandboxes[0].fills(MEMBER))


@pytest.mark.parametrize("names", [("hanging", "avellaneda")], ids=" and ".join)
async def test_a_v1_strategy_agrees_with_the_ledger(names: tuple[str, ...], tmp_path: Path) -> None:
    """The others run in the quickstart and between two exchanges (test/peatio_cli)."""
    plays = [case.play(SECONDS, None) for case in V1 if case.name in names]
    outcomes = await asyncio.gather(*(play(each, tmp_path / each.name, have_filled) for each in plays))
    for outcome in outcomes:
        assert outcome.discrepancies == ()
        assert outcome.fills


async def test_every_executor_and_base_class_agrees_with_the_ledger(tmp_path: Path) -> None:
    """All in one bot, each in a controller of its own."""
    configurations = tuple(
        Configuration(kind="controller", source=case.source, values={**case.values, **EAST})
        for case in (*EXECUTORS, *BASES)
    )
    outcome = await play(Play("all", configurations, TWO, SECONDS, stop_attempts=1), tmp_path)
    assert outcome.discrepancies == ()
    ran = {executor.controller for executor in outcome.executors}
    assert ran == {case.name for case in (*EXECUTORS, *BASES)}
    assert {executor.controller for executor in outcome.executors if executor.filled_quote} >= AT_MARKET
