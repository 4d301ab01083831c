"""The rows that hftbacktest reads."""

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peatio_cli.record import events
from peatio_cli.record.events import EVENT, GAP, Encoder, Flag, Kind

BOTH = int(Flag.EXCHANGE | Flag.LOCAL)
BUY, SELL = BOTH | int(Flag.BUY), BOTH | int(Flag.SELL)


def rows(encoder: Encoder) -> list[tuple[int, int, float, float]]:
    return [(int(row["ev"]), int(row["local_ts"]), float(row["px"]), float(row["qty"])) for row in encoder.array()]


def test_a_row_has_the_fields_and_the_size_that_hftbacktest_declares() -> None:
    assert EVENT.itemsize == 64
    assert [(name, EVENT[name].str) for name in EVENT.names or ()] == [
        ("ev", "<u8"), ("exch_ts", "<i8"), ("local_ts", "<i8"), ("px", "<f8"), ("qty", "<f8"), ("order_id", "<u8"),
        ("ival", "<i8"), ("fval", "<f8"),
    ]  # fmt: skip


def test_the_first_book_is_whole_and_later_ones_are_what_changed_with_what_is_gone_first() -> None:
    encoder = Encoder()
    encoder.book(5, {99.0: 1.0, 98.0: 2.0}, {101.0: 3.0})
    encoder.trade(6, 101.0, 0.5, is_buy=True)
    encoder.book(7, {101.0: 1.0, 98.0: 2.0}, {102.0: 1.0})
    encoder.trade(8, 98.0, 0.1, is_buy=False)
    assert rows(encoder) == [
        (BUY | 4, 5, 99.0, 1.0),
        (BUY | 4, 5, 98.0, 2.0),
        (SELL | 4, 5, 101.0, 3.0),
        (BUY | 2, 6, 101.0, 0.5),
        (BUY | 1, 7, 99.0, 0.0),
        (SELL | 1, 7, 101.0, 0.0),
        (BUY | 1, 7, 101.0, 1.0),
        (SELL | 1, 7, 102.0, 1.0),
        (SELL | 2, 8, 98.0, 0.1),
    ]
    assert len(encoder) == 9


def test_a_clock_that_is_set_back_does_not_set_the_rows_back() -> None:
    encoder = Encoder()
    encoder.trade(9, 1.0, 1.0, is_buy=True)
    encoder.trade(3, 1.0, 1.0, is_buy=True)
    assert [row[1] for row in rows(encoder)] == [9, 9]
    assert (encoder.array()["exch_ts"] == encoder.array()["local_ts"]).all()


def test_a_time_of_the_exchange_is_kept_where_it_is_known_and_not_ahead_and_never_goes_back() -> None:
    encoder = Encoder()
    encoder.trade(10, 1.0, 1.0, True, 7)
    encoder.book(20, {1.0: 1.0}, {}, 5)
    encoder.trade(30, 1.0, 1.0, True, 99)
    encoder.trade(40, 1.0, 1.0, True)
    found = encoder.array()
    assert found["exch_ts"].tolist() == [7, 7, 30, 40]
    assert found["local_ts"].tolist() == [10, 20, 30, 40]


def test_a_gap_removes_all_levels_by_marked_rows_and_the_next_book_is_whole() -> None:
    encoder = Encoder()
    encoder.book(1, {99.0: 1.0}, {101.0: 3.0})
    encoder.gap(2)
    encoder.book(3, {99.0: 1.0}, {})
    assert rows(encoder)[2:] == [(BUY | 1, 2, 99.0, 0.0), (SELL | 1, 2, 101.0, 0.0), (BUY | 4, 3, 99.0, 1.0)]
    assert encoder.array()["ival"].tolist() == [0, 0, GAP, GAP, 0]


def test_rows_that_were_taken_are_counted_and_not_given_again() -> None:
    encoder = Encoder()
    encoder.trade(1, 1.0, 1.0, is_buy=True)
    assert len(encoder.take()) == 1
    encoder.trade(2, 2.0, 1.0, is_buy=True)
    assert encoder.take()["px"].tolist() == [2.0]
    assert (len(encoder), len(encoder.take())) == (2, 0)


def test_nothing_recorded_is_an_empty_array() -> None:
    assert Encoder().array().shape == (0,)


SIDES = st.dictionaries(st.integers(1, 9).map(float), st.integers(1, 3).map(float), max_size=4)


@given(st.lists(st.tuples(SIDES, SIDES), min_size=1, max_size=8))
def test_the_rows_lead_to_the_last_book(books: list[tuple[dict[float, float], dict[float, float]]]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(events, "CHUNK", 3)
        encoder = Encoder()
        for number, (bids, asks) in enumerate(books):
            encoder.book(number, bids, asks)
    built: dict[bool, dict[float, float]] = {True: {}, False: {}}
    for row in encoder.array():
        assert int(row["ev"]) & 0xFF in (Kind.SNAPSHOT, Kind.DEPTH)
        side = built[bool(int(row["ev"]) & Flag.BUY)]
        side[float(row["px"])] = float(row["qty"])
    left: Any = {is_bid: {price: qty for price, qty in side.items() if qty} for is_bid, side in built.items()}
    assert (left[True], left[False]) == books[-1]
    assert np.all(np.diff(encoder.array()["local_ts"]) >= 0)
    assert Decimal(len(encoder)) == len(encoder.array())
