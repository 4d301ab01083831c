"""Increments as Rango writes them are read past JSON: with the same outcome, and nothing else is."""

import json
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.common.book_messages import flat_increment
from hummingbot.connector.exchange.peatio.order_books.tracker import BookTracker
from hummingbot.connector.exchange.peatio.peatio_api_order_book_data_source import PeatioAPIOrderBookDataSource
from hypothesis import given, settings
from hypothesis import strategies as st

from test.hummingbot.connector.exchange.peatio.book_support import ScriptedDataSource, increment, levels, snapshot

PAIR, SYMBOL = "BTC-USD", "btcusd"
BIDS = [["29990.0", "0.4"], ["29980.5", "1.0"]]
ASKS = [["30010.0", "0.6"], ["30020.25", "2.0"]]


def written(payload: Any) -> str:
    """As Rango sends it."""
    return json.dumps({f"{SYMBOL}.ob-inc": payload}, separators=(",", ":"))


def opened() -> tuple[PeatioAPIOrderBookDataSource, BookTracker]:
    """A source, and a tracker that follows one book."""
    source = ScriptedDataSource([PAIR])
    source._pairs_by_symbol[SYMBOL] = PAIR
    tracker = BookTracker(source, [PAIR])
    tracker._open_book(PAIR)
    source._on_message({f"{SYMBOL}.ob-snap": snapshot(7, BIDS, ASKS)})
    return source, tracker


@pytest.mark.parametrize(("volume", "is_gone"), [("0.25", False), ("3", False), ("", True)])
def test_the_form_that_rango_sends_is_read(volume: str, is_gone: bool) -> None:
    read = flat_increment(written(increment(8, "asks", "30010.5", volume)))
    assert read == (SYMBOL, 8, False, 30010.5, 0.0 if is_gone else float(volume))
    assert flat_increment(written(increment(8, "bids", "1", volume))) == (SYMBOL, 8, True, 1.0, float(volume or 0))


@pytest.mark.parametrize(
    "text",
    [
        "pong",
        '{"success":{"message":"subscribed","streams":["btcusd.ob-inc"]}}',
        written(snapshot(8, BIDS, ASKS)),
        written({"asks": [["30010.5", "1.0"]], "sequence": 8}),
        written({"asks": ["30010.5", None], "sequence": 8}),
        written({"asks": ["1e5", "1.0"], "sequence": 8}),
        written({"asks": ["-1.0", "1.0"], "sequence": 8}),
        written({"asks": ["NaN", "1.0"], "sequence": 8}),
        written({"asks": ["٣", "1.0"], "sequence": 8}),
        written({"asks": ["3" * 400, "1.0"], "sequence": 8}),
        written({"asks": ["30010.5", "1.0"], "sequence": -8}),
        written({"asks": ["30010.5", "1.0"], "bids": ["29990.0", "1.0"], "sequence": 8}),
        written({"sequence": 8, "asks": ["30010.5", "1.0"]}),
        written(increment(8, "asks", "30010.5", "1.0")) + "\n",
        '{"btcusd.trades":{"trades":[]}}',
    ],
)
def test_anything_else_is_left_to_json(text: str) -> None:
    assert flat_increment(text) is None


async def test_an_increment_goes_into_its_book() -> None:
    source, tracker = opened()
    assert source._on_plain_text(written(increment(8, "bids", "29995.5", "0.75")))
    assert levels(tracker.order_books[PAIR])[0][0] == (29995.5, 0.75)
    assert tracker.metrics.total_diffs_processed == 1
    assert tracker.metrics.per_pair_metrics[PAIR].diffs_processed == 1


@pytest.mark.parametrize(
    "payload",
    [
        increment(9, "bids", "29995.5", "1.0"),
        increment(7, "bids", "29995.5", "1.0"),
        increment(8, "bids", "30015.0", "1.0"),
        increment(8, "asks", "29985.0", "1.0"),
    ],
    ids=["gap", "step back", "crossing bid", "crossing ask"],
)
async def test_what_needs_judgement_is_left_alone(payload: Any) -> None:
    source, tracker = opened()
    before = levels(tracker.order_books[PAIR])
    assert not source._on_plain_text(written(payload))
    assert levels(tracker.order_books[PAIR]) == before
    assert tracker.metrics.total_diffs_processed == 0
    assert tracker.ready is False or not tracker.invalid_reasons


async def test_markets_that_are_not_followed_are_left_alone() -> None:
    source, tracker = opened()
    tracker.on_lost()
    assert not source._on_plain_text(written(increment(8, "bids", "29995.5", "1.0")))
    source._pairs_by_symbol.clear()
    assert not source._on_plain_text(written(increment(8, "bids", "29995.5", "1.0")))


PRICES = st.integers(29_950, 30_050).map(lambda price: f"{price}.0")
VOLUMES = st.sampled_from(["", "0.5", "1.25", "0", "0.0"])


@settings(deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(["bids", "asks"]), PRICES, VOLUMES), max_size=40))
async def test_the_book_is_the_same_either_way(told: list[tuple[str, str, str]]) -> None:
    source, tracker = opened()
    plain_source, plain_tracker = opened()
    for number, (side, price, volume) in enumerate(told):
        payload = increment(8 + number, side, price, volume)
        source._on_message({f"{SYMBOL}.ob-inc": payload})
        plain_source._connection._on_text(written(payload))
        assert levels(plain_tracker.order_books[PAIR]) == levels(tracker.order_books[PAIR])
        assert plain_tracker.invalid_reasons == tracker.invalid_reasons
