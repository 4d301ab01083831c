"""A page gets rows that it can draw, whatever an exchange answers."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peatio_cli.watch.answer_shapes import ShapeError, is_number, shaped

MARKET = {"id": "btcusd", "name": "BTC/USD", "base_unit": "btc", "quote_unit": "usd", "price_precision": 2,
          "amount_precision": 6, "state": "enabled"}  # fmt: skip
ORDER = {"id": 1, "side": "buy", "state": "wait", "market": "btcusd", "price": "1.5", "origin_volume": "1",
         "remaining_volume": "1", "executed_volume": "0", "created_at": "2026-11-30T10:00:00Z"}  # fmt: skip
FILL = {"id": 5, "price": "1", "amount": "2", "total": "2", "side": "sell", "market": "btcusd", "created_at": 1}
BALANCE = {"currency": "usd", "balance": "1", "locked": "0.5"}
CANDLE = [1, 1.0, 2, "3", 4, 5]
PATHS = ("public/markets", "public/markets/tickers", "public/markets/btcusd/depth", "public/markets/btcusd/trades",
         "public/markets/btcusd/k-line", "market/orders", "market/trades", "account/balances")  # fmt: skip


@pytest.mark.parametrize(
    ("path", "row", "wrong"),
    [
        ("public/markets", MARKET, [None, 1, "x", [], {}, {**MARKET, "base_unit": 1}, {**MARKET, "name": None}]),
        ("market/orders", ORDER, [{**ORDER, "price": "NaN"}, {**ORDER, "side": None}, {**ORDER, "origin_volume": []}]),
        ("market/trades", FILL, [{**FILL, "total": "1e999999999"}, {**FILL, "id": None}]),
        ("public/markets/btcusd/trades", FILL, [{**FILL, "amount": "9" * 61}, {**FILL, "created_at": None}]),
        ("account/balances", BALANCE, [{**BALANCE, "balance": True}, {**BALANCE, "currency": {}}]),
        ("public/markets/btcusd/k-line", CANDLE, [[1, 2], "x", [1, 2, 3, 4, 5, None], {}]),
    ],
)
def test_rows_that_cannot_be_drawn_are_left_out_and_the_others_stay(path: str, row: Any, wrong: list[Any]) -> None:
    assert shaped(path, [*wrong, row, *wrong]) == [row]


def test_an_order_without_a_price_is_one() -> None:
    market_order = {**ORDER, "price": None}
    assert shaped("market/orders", [market_order]) == [market_order]


def test_a_market_without_sound_precisions_gets_some() -> None:
    for odd in (None, "2", -1, 33, True, 2.5):
        (market,) = shaped("public/markets", [{**MARKET, "price_precision": odd}])
        assert (market["price_precision"], market["amount_precision"]) == (8, 6)


def test_sides_and_tickers_are_read_one_by_one() -> None:
    depth = {"asks": [["1", "2"], ["x", "1"], ["1"], 5, ["3", "4", 1]], "bids": [], "sequence": 7}
    assert shaped("public/markets/btcusd/depth", depth) == {**depth, "asks": [["1", "2"], ["3", "4", 1]]}
    good = {"ticker": {"last": "1", "volume": 2, "open": None}}
    tickers = {"a": good, "b": {}, "c": 5, "d": {"ticker": {"last": "soon"}}}
    assert shaped("public/markets/tickers", tickers) == {"a": good}


@pytest.mark.parametrize("body", [None, 1, "x", True])
@pytest.mark.parametrize("path", PATHS)
def test_another_kind_of_answer_is_refused(path: str, body: Any) -> None:
    with pytest.raises(ShapeError):
        shaped(path, body)


_NAMES = st.sampled_from(["id", "asks", "bids", "ticker", "x"])
_SCALARS = st.none() | st.booleans() | st.floats() | st.text() | st.integers()


@given(
    st.recursive(_SCALARS, lambda inner: st.lists(inner) | st.dictionaries(_NAMES, inner)), st.sampled_from(PATHS)
)
def test_no_answer_breaks_it(body: Any, path: str) -> None:
    try:
        json.dumps(shaped(path, body))
    except ShapeError:
        pass


@pytest.mark.parametrize("number", ["0", "-1.5", 3, 2.5, "1e-8", 1e-8, "1E5", "0.00000001"])
def test_numbers_are_those_of_peatio(number: Any) -> None:
    assert is_number(number)


@pytest.mark.parametrize("number", ["", "1e100", "1e+999999", "NaN", float("nan"), "\uff11", None, "1 ", "0x1", "1_0"])
def test_other_texts_are_none(number: Any) -> None:
    assert not is_number(number)
