"""Candles of a CSV file: which ones are read, and what is said about those that cannot be."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from peatio_sandbox.candle_file import CandleFileError, parse_candles, read_candles
from peatio_sandbox.config import DEFAULT_MARKETS

D = Decimal
BTCUSD, ETHBTC = DEFAULT_MARKETS[0], DEFAULT_MARKETS[2]
HEAD = "timestamp,open,high,low,close,volume"
FIRST, SECOND = "1700000040,100,110,90,105,1.5", "1700000100,105,106,104,104,0"


@pytest.mark.parametrize(
    "lines",
    [
        [HEAD, FIRST, SECOND],
        [FIRST, SECOND],
        ["", f" {HEAD} ", "", FIRST.replace(",", " , "), SECOND, ""],
        ["Time,Close,Open,High,Low,Volume,trades", "1700000040,105,100,110,90,1.5,7", "1700000100,104,105,106,104,0,0"],
        [f",{HEAD}", f"0,{FIRST}", f"1,{SECOND}"],
        [HEAD, "1700000040000,100,110,90,105,1.5", "1700000100000,105,106,104,104,0"],
        [HEAD, "1700000040000000,100,110,90,105,1.5", "1700000100000000,105,106,104,104,0"],
        [HEAD, "1700000040.0,100.0,1.1e2,90,105,1.5", SECOND],
        [HEAD, "2023-11-14T22:14:00Z,100,110,90,105,1.5", "2023-11-14 22:15:00,105,106,104,104,0"],
        [HEAD, "2023-11-14T23:14:00+01:00,100,110,90,105,1.5", SECOND],
        [HEAD, "1700000040,100.004,110.001,89.996,104.999,1.5", SECOND],
    ],
)
def test_a_line_is_a_candle(lines: list[str]) -> None:
    series = parse_candles("btc.csv", lines, BTCUSD)
    assert (series.market, series.period) == (BTCUSD, 1)
    first, second = series.candles
    assert (first.start_s, first.open, first.high, first.low, first.close, first.volume) == (
        1700000040, D(100), D(110), D(90), D(105), D("1.5"),
    )  # fmt: skip
    assert (second.start_s, second.close, second.volume) == (1700000100, D(104), D(0))


def test_the_period_is_the_shortest_distance_and_periods_may_be_missing() -> None:
    times = (0, 7200, 10800, 21600)
    lines = [HEAD, *(f"{1_700_000_000 + at_s},100,110,90,105,1.5" for at_s in times)]
    series = parse_candles("btc.csv", lines, BTCUSD)
    assert series.period == 60
    assert [candle.start_s - 1_700_000_000 for candle in series.candles] == list(times)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "btc.csv"
    path.write_text("\ufeff" + "\r\n".join([HEAD, FIRST, SECOND]), encoding="utf-8")
    assert len(read_candles(path, BTCUSD).candles) == 2


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "btc.csv has 0 candles; remedy: give at least two: their distance is their period"),
        ([HEAD], "btc.csv has 0 candles; remedy: give at least two"),
        ([HEAD, FIRST], "btc.csv has 1 candles; remedy: give at least two"),
        (
            ["timestamp,open,high,low,close", FIRST, SECOND],
            "btc.csv, line 1: there is no column volume; remedy: name the columns timestamp,open,high,low,close,volume",
        ),
        ([HEAD, FIRST, "", "1700000100,1,1,1"], "btc.csv, line 4, column close: it is missing; remedy: each line has"),
        ([HEAD, FIRST, "1700000100,1,1,1,,1"], "btc.csv, line 3, column close: it is empty; remedy: write a number"),
        ([HEAD, "1700000040,x,1,1,1,1", SECOND], "btc.csv, line 2, column open: 'x' is not a number; remedy: write a"),
        ([HEAD, "1700000040,nan,1,1,1,1", SECOND], "column open: 'nan' is not a number"),
        ([HEAD, "1700000040,1e99,1,1,1,1", SECOND], "column open: '1e99' is not a number"),
        ([HEAD, "1700000040,1,1,1,0,1", SECOND], "column close: btcusd cannot have the price 0; remedy: write a price"),
        ([HEAD, "1700000040,1,1,-1,1,1", SECOND], "column low: btcusd cannot have the price -1; remedy: write a price"),
        ([HEAD, "1700000040,1,1,1,1,-1", SECOND], "column volume: -1 is negative; remedy: write 0 or more"),
        ([HEAD, "1700000040,5,4,3,4,1", SECOND], "column high: 4.00 is below another price of the line; remedy: high"),
        ([HEAD, "1700000040,5,6,5.5,5,1", SECOND], "column low: 5.50 is above another price of the line; remedy: low"),
        ([HEAD, "soon,1,1,1,1,1", SECOND], "line 2, column timestamp: 'soon' is not a time; remedy: write epoch"),
        ([HEAD, "-5,1,1,1,1,1", SECOND], "line 2, column timestamp: '-5' is not a time"),
        ([HEAD, SECOND, FIRST], "line 3, column timestamp: it is not later than the line before; remedy: sort the"),
        ([HEAD, FIRST, FIRST], "line 3, column timestamp: it is not later than the line before"),
        (
            [HEAD, FIRST, "1700000220,1,1,1,1,1"],
            "line 3, column timestamp: 180 s after the line before is no period; remedy: periods have 1, 5, 15, 30,",
        ),
        (
            [HEAD, FIRST, SECOND, "1700000190,1,1,1,1,1"],
            "line 4, column timestamp: 90 s after the line before, where the period is 60 s; remedy: the distance is a",
        ),
        ([HEAD, '1700000040,"1'], "btc.csv"),
        ([HEAD, FIRST + "\0", SECOND], "btc.csv"),
    ],
)
def test_what_cannot_be_read_is_named_with_file_line_column_and_remedy(lines: list[str], said: str) -> None:
    with pytest.raises(CandleFileError) as error:
        parse_candles("btc.csv", lines, BTCUSD)
    assert said in str(error.value)
    assert str(error.value) == f"{error.value.problem}; remedy: {error.value.remedy}"


def test_a_price_beyond_the_markets_limits_is_refused_with_the_limits() -> None:
    with pytest.raises(CandleFileError, match=r"ethbtc cannot have the price 100; .* from 0\.000001 to 10$"):
        parse_candles("ratio.csv", [HEAD, FIRST, SECOND], ETHBTC)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "btc.csv"
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(CandleFileError, match=r"btc\.csv is no text; remedy: a CSV file in UTF-8"):
        read_candles(path, BTCUSD)
