"""Long lives: a fault in every hour but a day's last, and growth that is seen."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from simulation.footprint import FEW, Footprint, growth
from simulation.long_life import DAY_S, HOUR_S, hourly, quiet
from simulation.quoter import Quoter

FIRST = Footprint(1.0, 40_000, 30_000_000, 100_000, 40, 60, 90, 200_000_000)


def test_a_fault_begins_in_every_hour_but_each_days_last() -> None:
    plan = hourly(1, 2)
    assert plan.trading_s == 2 * DAY_S
    hours = [int(fault.at_s // HOUR_S) for fault in plan.faults]
    assert hours == [hour for hour in range(48) if hour % 24 != 23]
    assert len({fault.kind for fault in plan.faults}) > 3
    assert hourly(1, 2) == plan
    assert quiet(1, 2).faults == ()


@pytest.mark.parametrize("name", FEW)
def test_growth_of_each_figure_is_named(name: str) -> None:
    before = getattr(FIRST, name)
    last = replace(FIRST, day=30.0)
    assert growth(FIRST, replace(last, **{name: before + FEW[name]})) == []
    more = round(before * 1.05) + FEW[name] + 1
    assert growth(FIRST, replace(last, **{name: more})) == [f"{name}: {before} on day 1.0, {more} on day 30.0"]


def test_what_the_exchange_keeps_is_no_growth_of_the_bot() -> None:
    assert growth(FIRST, replace(FIRST, day=30.0, resident_bytes=10**9)) == []


def test_a_quoter_that_rests_takes_off_the_orders_of_its_former_lives_too() -> None:
    cancelled: list[tuple[str, str]] = []
    connector: Any = SimpleNamespace(
        in_flight_orders={"of-a-former-life": SimpleNamespace(trading_pair="BTC-USD")},
        cancel=lambda *order: cancelled.append(order),
    )
    script: Any = SimpleNamespace(pair_scripts=[])
    writer: Any = None
    resting = False
    quoter = Quoter(script, connector, writer, lambda: 0, asyncio.Event(), lambda: resting)
    quoter.look()
    assert cancelled == []
    resting = True
    quoter.look()
    assert cancelled == [("BTC-USD", "of-a-former-life")]
