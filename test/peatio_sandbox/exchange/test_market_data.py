"""Candles at the turn of a period: their trades are missing for a moment."""

import random
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from peatio_sandbox.exchange.market_data import Statistics
from peatio_sandbox.exchange.scheduler import Delay

MINUTE_S = 60
TURN_S = 1_800_000_000


@pytest.fixture
def statistics() -> Statistics:
    """A trade a minute, the last one half a second before the turn; candles are whole one second after it."""
    made = Statistics(["btcusd"], Delay(1.0, 1.0), random.Random(3))
    for minutes, price in ((4, "100"), (3, "101"), (2, "102"), (1, "103")):
        at_s = TURN_S - (minutes - 1) * MINUTE_S - 0.5
        trade: Any = SimpleNamespace(
            market="btcusd", price=Decimal(price), amount=Decimal(1), total=Decimal(price), created_at_s=at_s
        )
        made.add(trade)
    return made


def closes_and_volumes(statistics: Statistics, now_s: float) -> list[tuple[Any, Any]]:
    rows = statistics.candles("btcusd", 1, now_s, TURN_S - 4 * MINUTE_S, TURN_S, 30)
    return [(row[4], row[5]) for row in rows]


WHOLE = [(100, 1), (101, 1), (102, 1), (103, 1)]


def test_before_the_turn_and_a_moment_after_it_the_candles_are_whole(statistics: Statistics) -> None:
    assert closes_and_volumes(statistics, TURN_S - 0.1) == WHOLE
    assert closes_and_volumes(statistics, TURN_S + 1.0) == [*WHOLE, (103, 0)]


def test_right_after_the_turn_the_last_ones_are_flat(statistics: Statistics) -> None:
    seen = {tuple(closes_and_volumes(statistics, TURN_S + 0.9))}
    statistics._missing.clear()
    while len(seen) < 2:
        seen.add(tuple(closes_and_volumes(statistics, TURN_S)))
        statistics._missing.clear()
    assert seen == {
        ((100, 1), (101, 1), (102, 1), (102, 0), (102, 0)),
        ((100, 1), (101, 1), (101, 0), (101, 0), (101, 0)),
    }


def test_within_one_moment_every_answer_is_the_same(statistics: Statistics) -> None:
    assert len({tuple(closes_and_volumes(statistics, TURN_S + 0.5)) for _ in range(20)}) == 1
