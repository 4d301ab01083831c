"""What a feed holds, whatever order things arrive in."""

from collections import deque
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.market_data import Candle
from hummingbot.connector.exchange.peatio.feeds.candle_series import CandleSeries, rows_of

LIMIT = 5


def candle(minute: int, close: float, volume: float = 1.0) -> Candle:
    return Candle(minute * 60, close, close, close, close, volume)


@pytest.fixture
def rows() -> "deque[Any]":
    return deque(maxlen=LIMIT)


@pytest.fixture
def series(rows: "deque[Any]") -> CandleSeries:
    return CandleSeries(rows, 60)


def held(rows: "deque[Any]") -> list[tuple[int, float, float]]:
    """Minute, close, volume."""
    return [(int(row[0]) // 60, row[4], row[5]) for row in rows]


def test_candles_are_ordered_and_filled_up_to_now(series: CandleSeries, rows: "deque[Any]") -> None:
    series.merge([candle(3, 13), candle(1, 11)], now_s=4 * 60 + 59)
    assert held(rows) == [(1, 11, 1), (2, 11, 0), (3, 13, 1), (4, 13, 0)]
    assert series.newest_s == 240


def test_the_newest_are_kept(series: CandleSeries, rows: "deque[Any]") -> None:
    series.merge([candle(minute, minute) for minute in range(20)], now_s=19 * 60)
    assert held(rows) == [(minute, minute, 1) for minute in range(15, 20)]


def test_corrections_replace_what_is_held_and_reach_the_flat_candles_after_them(
    series: CandleSeries, rows: "deque[Any]"
) -> None:
    series.merge([candle(1, 11)], now_s=3 * 60)
    series.merge([candle(1, 12, 5)], now_s=3 * 60)
    assert held(rows) == [(1, 12, 5), (2, 12, 0), (3, 12, 0)]


def test_time_goes_on_without_anything_new(series: CandleSeries, rows: "deque[Any]") -> None:
    series.merge([], now_s=60)
    assert held(rows) == []
    series.merge([candle(1, 11)], now_s=60)
    series.merge([], now_s=3 * 60)
    assert held(rows) == [(1, 11, 1), (2, 11, 0), (3, 11, 0)]


def test_the_open_candle_is_replaced_and_the_next_one_appended(
    series: CandleSeries, rows: "deque[Any]"
) -> None:
    series.merge([candle(minute, minute) for minute in range(5)], now_s=4 * 60)
    series.take(candle(4, 40, 2), now_s=4 * 60)
    series.take(candle(5, 50, 3), now_s=5 * 60)
    assert held(rows) == [(1, 1, 1), (2, 2, 1), (3, 3, 1), (4, 40, 2), (5, 50, 3)]


def test_a_late_word_about_an_earlier_candle_is_taken(series: CandleSeries, rows: "deque[Any]") -> None:
    series.merge([candle(1, 11)], now_s=3 * 60)
    series.take(candle(2, 22, 2), now_s=3 * 60)
    assert held(rows) == [(1, 11, 1), (2, 22, 2), (3, 22, 0)]
    series.take(candle(4, 44, 4), now_s=4 * 60)
    assert held(rows) == [(1, 11, 1), (2, 22, 2), (3, 22, 0), (4, 44, 4)]


def test_a_candle_with_volume_is_emptied_only_by_two_answers(series: CandleSeries, rows: "deque[Any]") -> None:
    series.merge([candle(1, 11), candle(2, 22, 5)], now_s=180)
    flat = [candle(1, 11), candle(2, 11, 0), candle(3, 11, 0)]
    for now_s in (180.5, 181.0):
        series.merge(flat, now_s)
        assert held(rows) == [(1, 11, 1), (2, 22, 5), (3, 22, 0)]
        assert series.is_doubtful
    series.merge(flat, 180.5 + CONSTANTS.CANDLE_SETTLED_S)
    assert held(rows) == [(1, 11, 1), (2, 11, 0), (3, 11, 0)]
    assert not series.is_doubtful


def test_an_answer_with_the_volume_ends_the_doubt(series: CandleSeries, rows: "deque[Any]") -> None:
    series.merge([candle(1, 11), candle(2, 22, 5)], now_s=180)
    series.merge([candle(2, 11, 0)], now_s=180.5)
    series.merge([candle(2, 23, 6)], now_s=182)
    assert held(rows) == [(1, 11, 1), (2, 23, 6), (3, 23, 0)]
    series.merge([candle(2, 11, 0)], now_s=240)
    assert held(rows)[1] == (2, 23, 6), "the count of answers starts again"


def test_the_stream_empties_no_candle(series: CandleSeries, rows: "deque[Any]") -> None:
    series.merge([candle(1, 11), candle(2, 22, 5)], now_s=120)
    for _ in range(5):
        series.take(candle(2, 11, 0), now_s=200)
    assert held(rows) == [(1, 11, 1), (2, 22, 5)]
    assert not series.is_doubtful


def test_the_old_candle_that_a_quiet_market_repeats_changes_nothing(
    series: CandleSeries, rows: "deque[Any]"
) -> None:
    series.merge([candle(1, 11)], now_s=3 * 60)
    before = list(rows)
    series.take(candle(1, 11), now_s=3 * 60)
    assert all(one is other for one, other in zip(before, rows, strict=True))
    series.take(candle(-50, 1), now_s=3 * 60)
    assert held(rows) == [(1, 11, 1), (2, 11, 0), (3, 11, 0)]


def test_a_server_that_counts_from_another_day_is_followed(series: CandleSeries, rows: "deque[Any]") -> None:
    series.merge([candle(1, 11), candle(2, 12)], now_s=2 * 60)
    moved = Candle(150, 15, 15, 15, 15, 1)
    series.take(moved, now_s=150)
    assert [row[0] for row in rows] == [150]


def test_no_candles_are_no_rows_of_ten_columns() -> None:
    assert rows_of([]).shape == (0, 10)
    assert rows_of([candle(1, 11)]).tolist() == [[60, 11, 11, 11, 11, 1, 0, 0, 0, 0]]


def test_a_streamed_candle_of_another_age_is_none(series: CandleSeries, rows: "deque[Any]") -> None:
    series.merge([candle(minute, minute) for minute in range(20)], now_s=19 * 60)
    before = held(rows)
    series.take(candle(19 + 10**9, 1), now_s=19 * 60)
    assert held(rows) == before
    series.take(candle(20, 20), now_s=20 * 60)
    assert held(rows) == [*before[1:], (20, 20, 1)]
