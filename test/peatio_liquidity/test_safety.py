"""Why a side does not quote."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from peatio_liquidity.exposure import Exposure
from peatio_liquidity.levels import Book, Level
from peatio_liquidity.safety import Limits, LossSwitch, PriceMoves, Situation, Verdict, verdict

D = Decimal

SOURCE = Book(bids=(Level(D(100), D(1)),), asks=(Level(D(101), D(1)),))
LIMITS = Limits(source_age_s=5, rate_age_s=30, move=D("0.02"), exposure=D(2))
WELL = Situation(
    is_own_ready=True,
    source_fault="",
    source=SOURCE,
    source_age_s=0.5,
    rate=D(1),
    rate_age_s=0.0,
    move=D(0),
    exposure=Exposure(),
    smallest_hedge=D("0.1"),
    loss="",
    shortage={},
    unhedgeable={},
    hedge_in_doubt={},
)


def test_when_all_is_well_both_sides_quote() -> None:
    assert verdict(WELL, LIMITS) == Verdict()


BOTH: dict[str, tuple[dict[str, Any], str]] = {
    "own": ({"is_own_ready": False}, "the own exchange is not ready"),
    "source": ({"source_fault": "the source is not ready"}, "the source is not ready"),
    "loss": ({"loss": "too much was lost"}, "too much was lost"),
    "crossed": (
        {"source": Book(SOURCE.asks, SOURCE.bids)},
        "the source's book is crossed: bid 101, ask 100",
    ),
    "no bids": ({"source": Book(asks=SOURCE.asks)}, "the source has no bids"),
    "no asks": ({"source": Book(bids=SOURCE.bids)}, "the source has no asks"),
    "stale": ({"source_age_s": 5.1}, "the source's book has not changed for 5.1 s"),
    "no rate": ({"rate": None}, "the rate between the quote currencies is not known"),
    "old rate": ({"rate_age_s": 31.0}, "the rate between the quote currencies is 31.0 s old"),
    "bound": (
        {"smallest_hedge": D("2.001")},
        "max_exposure_base is 2, and the source takes no order below 2.00100000: raise it",
    ),
    "move": ({"move": D("0.021")}, "the source's price moved by 2.10%"),
}


@pytest.mark.parametrize(("change", "reason"), BOTH.values(), ids=BOTH)
def test_what_makes_the_source_s_price_doubtful_stops_both_sides(change: dict[str, Any], reason: str) -> None:
    assert verdict(replace(WELL, **change), LIMITS) == Verdict(reason, reason)


def test_what_is_at_its_limit_still_quotes() -> None:
    at_limit = replace(WELL, source_age_s=5.0, rate_age_s=30.0, move=D("0.02"))
    assert verdict(at_limit, LIMITS) == Verdict()


SIDES: dict[str, tuple[dict[str, Any], Verdict]] = {
    "long": ({"exposure": Exposure(D(2))}, Verdict(bids="the exposure is at its bound of 2")),
    "short": ({"exposure": Exposure(D(-2))}, Verdict(asks="the exposure is at its bound of 2")),
    # What an own bid buys is sold on the source.
    "no sale": ({"unhedgeable": {False: "too thin"}}, Verdict(bids="too thin")),
    "no purchase": ({"unhedgeable": {True: "too thin"}}, Verdict(asks="too thin")),
    "poor": ({"shortage": {True: "no money", False: ""}}, Verdict(bids="no money")),
    "doubt": ({"hedge_in_doubt": {True: "ask the operator"}}, Verdict(asks="ask the operator")),
}


@pytest.mark.parametrize(("change", "expected"), SIDES.values(), ids=SIDES)
def test_what_concerns_one_side_stops_that_side(change: dict[str, Any], expected: Verdict) -> None:
    assert verdict(replace(WELL, **change), LIMITS) == expected


def test_a_move_counts_as_long_as_it_lies_within_the_window() -> None:
    moves = PriceMoves(window_s=10)
    assert moves.largest(0.0) == 0
    moves.add(0.0, D(100))
    moves.add(5.0, D(103))
    moves.add(6.0, D(101))
    assert moves.largest(6.0) == D("0.03")
    assert moves.largest(14.9) == D("0.03")
    # At 15.5 s the window began at 5.5 s, when the price was 103 already.
    assert moves.largest(15.5) == D(2) / D(101)
    assert moves.largest(16.0) == 0


LOST = "the loss was 50.5, above max_loss_quote (50); raise that above it to go on"


def test_a_loss_switches_the_quotes_off_until_the_operator_accepts_it() -> None:
    switch = LossSwitch()
    assert switch.look(D(-50), D(50)) == ""
    assert switch.look(D("-50.5"), D(50)) == LOST
    assert switch.look(D(100), D(50)) == LOST, "the price came back"
    assert switch.look(None, D(50)) == LOST
    assert switch.look(D(-60), D(50)).startswith("the loss was 60, above")
    assert switch.look(D(-10), D(59)).startswith("the loss was 60, above")
    assert switch.look(D(-10), D(60)) == ""
    assert switch.look(D(-10), D(50)) == "", "it was accepted"


def test_without_a_limit_no_loss_switches_them_off_and_an_earlier_one_is_forgotten() -> None:
    switch = LossSwitch(D(70))
    assert switch.look(D(0), D(50)).startswith("the loss was 70, above")
    assert switch.look(D(-(10**9)), None) == ""
    assert switch.look(D(0), D(50)) == ""
