"""Candles and tickers: what is read, what is filled, what is refused."""

import math
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.common.errors import MessageError
from hummingbot.connector.exchange.peatio.common.market_data import (
    Candle,
    Ticker,
    candles_of,
    parse_candle,
    parse_ticker,
    streamed_candle_rows,
    without_gaps,
)

from test.hummingbot.connector.exchange.peatio.recorded import answer

D = Decimal


def parse_candles(payload: Any) -> list[Candle]:
    return candles_of(map(parse_candle, streamed_candle_rows(payload)))


def parse_tickers(payload: Any) -> dict[str, Ticker]:
    return dict(map(parse_ticker, payload.items()))


def test_recorded_candles_are_read() -> None:
    assert parse_candles(answer("k-line")) == [
        Candle(1795207620, 30001.36, 30001.36, 30001.36, 30001.36, 0.0),
        Candle(1795207680, 31000.01, 31000.01, 29000.0, 29500.0, 0.9200000000000002),
    ]


@pytest.mark.parametrize(
    "payload",
    [
        [1700000000, 1, 3, 0.5, 2, 1.2e-7],
        [[1700000000, "1", "3", "0.5", "2", "1.2e-7"]],
        [[1700000000000, 1, 3, 0.5, 2, 1.2e-7]],
        [[1699999940, None, None, None, None, None], [1700000000, 1, 3, 0.5, 2, 1.2e-7]],
        [[1700000000, 1, 3, 0.5, 2, 1.2e-7, "more"]],
        [[1700000000, 9, 9, 9, 9, 9], [1700000000, 1, 3, 0.5, 2, 1.2e-7]],
    ],
    ids=["a stream's one row", "decimal strings", "milliseconds", "a period without prices", "more columns", "twice"],
)
def test_other_forms_of_candles_are_read(payload: Any) -> None:
    assert parse_candles(payload) == [Candle(1700000000, 1.0, 3.0, 0.5, 2.0, 1.2e-7)]


def test_candles_come_by_time() -> None:
    rows = [[1700000060, 2, 2, 2, 2, 1], [1700000000, 1, 1, 1, 1, 1]]
    assert [candle.start_s for candle in parse_candles(rows)] == [1700000000, 1700000060]
    assert candles_of([]) == []


@pytest.mark.parametrize(
    "payload",
    [
        {},
        [],
        None,
        "k-line",
        [[1700000000, 1, 2, 3, 4]],
        [[1700000000, 1, 2, 3, 4, "x"]],
        [[1700000000, 1, 2, 3, 4, math.inf]],
        [[1700000000, 1, 2, -3, 4, 5]],
        [[1700000000, 1, 2, 3, 4, {}]],
        [[1700000000, 1, 2, 3, 4, 5], 6],
    ],
)
def test_candles_that_cannot_be_read_are_refused(payload: Any) -> None:
    with pytest.raises(MessageError):
        parse_candles(payload)


def test_gaps_are_filled_at_the_last_close_without_volume() -> None:
    first, last = Candle(0, 1, 4, 1, 3, 9), Candle(180, 5, 6, 5, 6, 9)
    assert list(without_gaps([first, last], 60, 250)) == [
        first,
        Candle(60, 3, 3, 3, 3, 0),
        Candle(120, 3, 3, 3, 3, 0),
        last,
        Candle(240, 6, 6, 6, 6, 0),
    ]
    assert list(without_gaps([], 60, 250)) == []


def test_the_recorded_ticker_has_a_quote_and_a_base_volume() -> None:
    recorded = answer("tickers after trades")["btcusd"]["ticker"]
    ticker = parse_tickers(answer("tickers after trades"))["btcusd"]
    assert ticker.price == D("29500.0")
    assert (ticker.quote_volume, ticker.base_volume) == (D(recorded["volume"]), D(recorded["amount"]))
    assert ticker.quote_volume is not None
    assert ticker.quote_volume > ticker.base_volume * 29000


def test_up_to_2_3_volume_is_of_the_base_currency_and_the_best_prices_are_told() -> None:
    old = {"buy": "29990.0", "sell": "30010.0", "last": "29000.0", "volume": "1.5", "vol": "1.5", "high": "30000.0"}
    assert parse_tickers({"btcusd": {"at": 1700000000, "ticker": old}}) == {
        "btcusd": Ticker(D(29000), D(29990), D(30010), base_volume=D("1.5"), quote_volume=None)
    }


@pytest.mark.parametrize(
    ("figures", "price"),
    [
        ({"buy": "10", "sell": "20", "last": "1"}, D(15)),
        ({"buy": "0.0", "sell": "20", "last": "1"}, D(1)),
        ({"buy": "30", "sell": "20", "last": "1"}, D(1)),
        ({"last": "1.5"}, D("1.5")),
        ({"last": "0.0"}, None),
        ({"last": None}, None),
        ({}, None),
    ],
)
def test_the_price_is_the_middle_of_the_best_or_else_the_last(figures: Any, price: D | None) -> None:
    assert parse_tickers({"btcusd": {"ticker": figures}})["btcusd"].price == price


@pytest.mark.parametrize("payload", [{"btcusd": None}, {"btcusd": {"ticker": 5}}, {"btcusd": {"last": "x"}}])
def test_tickers_that_cannot_be_read_are_refused(payload: Any) -> None:
    with pytest.raises(MessageError):
        parse_tickers(payload)
