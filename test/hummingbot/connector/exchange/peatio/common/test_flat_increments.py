"""Increments as Rango writes them are read past JSON and applied together, with the same outcome; nothing else is."""

import json
from collections.abc import Iterator
from math import isfinite
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.common.book_messages import flat_increment, float_levels, sequence_of
from hummingbot.connector.exchange.peatio.common.errors import MessageError
from hummingbot.connector.exchange.peatio.order_books.tracker import BookTracker
from hummingbot.connector.exchange.peatio.peatio_api_order_book_data_source import PeatioAPIOrderBookDataSource
from hypothesis import given, settings
from hypothesis import strategies as st

from test.hummingbot.connector.exchange.peatio.book_support import ScriptedDataSource, increment, levels, snapshot

PAIR, SYMBOL = "BTC-USD", "btcusd"
STREAM = f"{SYMBOL}.ob-inc"
BIDS = [["29990.0", "0.4"], ["29980.5", "1.0"]]
ASKS = [["30010.0", "0.6"], ["30020.25", "2.0"]]


def written(payload: Any, stream: str = STREAM) -> str:
    """As Rango sends it."""
    return json.dumps({stream: payload}, separators=(",", ":"))


def opened() -> tuple[PeatioAPIOrderBookDataSource, BookTracker]:
    """A source, and a tracker that follows one book."""
    source = ScriptedDataSource([PAIR])
    source._remember(SYMBOL, PAIR)
    tracker = BookTracker(source, [PAIR])
    tracker._open_book(PAIR)
    source._on_message({f"{SYMBOL}.ob-snap": snapshot(7, BIDS, ASKS)})
    return source, tracker


@pytest.mark.parametrize(("volume", "is_gone"), [("0.25", False), ("3", False), ("", True)])
def test_the_form_that_rango_sends_is_read(volume: str, is_gone: bool) -> None:
    read = flat_increment(written(increment(8, "asks", "30010.5", volume)))
    assert read == (STREAM, 8, False, 30010.5, 0.0 if is_gone else float(volume))
    assert flat_increment(written(increment(8, "bids", "1", volume))) == (STREAM, 8, True, 1.0, float(volume or 0))


@pytest.mark.parametrize(
    "text",
    [
        "pong",
        "",
        "{}",
        "[]",
        '{"success":{"message":"subscribed","streams":["btcusd.ob-inc"]}}',
        written(snapshot(8, BIDS, ASKS)),
        written({"sequence": 8}),
        written({"asks": [["30010.5", "1.0"]], "sequence": 8}),
        written({"asks": ["30010.5", None], "sequence": 8}),
        written({"asks": ["30010.5", 1.0], "sequence": 8}),
        written({"asks": ["30010.5"], "sequence": 8}),
        written({"asks": ["30010.5", "1.0", "2.0"], "sequence": 8}),
        written({"asks": ["NaN", "1.0"], "sequence": 8}),
        written({"asks": ["30010.5", "nan"], "sequence": 8}),
        written({"asks": ["inf", "1.0"], "sequence": 8}),
        written({"bids": ["-inf", "1.0"], "sequence": 8}),
        written({"bids": ["inf", "-inf"], "sequence": 8}),
        written({"asks": ["three", "1.0"], "sequence": 8}),
        written({"asks": ["3" * 400, "1.0"], "sequence": 8}),
        written({"asks": ["30010.5", "1.0"], "sequence": 8.5}),
        written({"asks": ["30010.5", "1.0"], "sequence": "8"}),
        written({"asks": ["30010.5", "1.0"], "sequence": True}),
        written({"asks": ["30010.5", "1.0"]}),
        written({"asks": ["30010.5", "1.0"], "bids": ["29990.0", "1.0"], "sequence": 8}),
        written({"asks": ["30010.5", "1.0"], "sequence": 8, "more": 1}),
        '{"btcusd.ob-inc":{"asks":["1.0","1.0"],"sequence":8},"ethusd.ob-inc":{"asks":["1.0","1.0"],"sequence":8}}',
        '{"btcusd.trades":{"trades":[]}}',
    ],
)
def test_anything_else_is_left_to_json(text: str) -> None:
    assert flat_increment(text) is None


NUMBERS = st.one_of(
    st.integers(-9, 9).map(str),
    st.floats().map(str),
    st.text("0123456789.-+eE_ ٣infa", max_size=6),
    st.floats(),
    st.none(),
)
SIDES = st.one_of(st.lists(NUMBERS, max_size=3), st.lists(st.lists(NUMBERS, max_size=3), max_size=2), st.none())
PAYLOADS = st.fixed_dictionaries(
    {"sequence": st.one_of(st.integers(), st.floats(), st.booleans(), st.text(max_size=3))},
    optional={"bids": SIDES, "asks": SIDES, "more": st.booleans()},
)


@settings(deadline=None, derandomize=True, max_examples=500)
@given(PAYLOADS, st.text(max_size=5))
def test_what_is_read_is_what_json_and_the_plain_parser_read(payload: dict[str, Any], symbol: str) -> None:
    stream = f"{symbol}.ob-inc"
    read = flat_increment(written(payload, stream))
    if read is None:
        return
    read_stream, sequence, is_bid, price, volume = read
    data = json.loads(written(payload, stream))[stream]
    assert (read_stream, sequence) == (stream, sequence_of(data))
    side, other = ("bids", "asks") if is_bid else ("asks", "bids")
    assert (float_levels(data[side]), float_levels(data.get(other))) == ([(price, volume)], [])


@settings(deadline=None, derandomize=True, max_examples=300)
@given(NUMBERS, NUMBERS, st.integers(0, 9))
def test_every_level_that_the_plain_parser_reads_in_this_form_is_read(price: Any, volume: Any, sequence: int) -> None:
    read = flat_increment(written({"bids": [price, volume], "sequence": sequence}))
    if not (isinstance(price, str) and isinstance(volume, str)):
        assert read is None
        return
    try:
        ((plain_price, plain_volume),) = float_levels([price, volume])
    except MessageError:
        assert read is None
        return
    if isfinite(plain_price + plain_volume):  # the sum may be too large, and JSON reads it
        assert read == (STREAM, sequence, True, plain_price, plain_volume)


async def test_an_increment_goes_into_its_book_when_all_that_came_with_it_is_read() -> None:
    source, tracker = opened()
    assert source._on_plain_text(written(increment(8, "bids", "29995.5", "0.75")))
    assert source._on_plain_text(written(increment(9, "bids", "29995.5", "0.5")))
    assert levels(tracker.order_books[PAIR])[0][0] == (29990.0, 0.4)
    source._on_read()
    assert levels(tracker.order_books[PAIR])[0][0] == (29995.5, 0.5)
    assert tracker.metrics.total_diffs_processed == 2
    assert tracker.metrics.per_pair_metrics[PAIR].diffs_processed == 2


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
    source._on_read()
    assert levels(tracker.order_books[PAIR]) == before
    assert tracker.metrics.total_diffs_processed == 0
    assert tracker.ready is False or not tracker.invalid_reasons


async def test_markets_that_are_not_followed_are_left_alone() -> None:
    source, tracker = opened()
    tracker.on_lost()
    assert not source._on_plain_text(written(increment(8, "bids", "29995.5", "1.0")))
    source._forget(PAIR)
    assert not source._on_plain_text(written(increment(8, "bids", "29995.5", "1.0")))


PRICES = st.integers(29_950, 30_050).map(lambda price: f"{price}.0")
VOLUMES = st.sampled_from(["", "0.5", "1.25", "0", "0.0"])
CHANGES = st.lists(st.tuples(st.sampled_from(["bids", "asks"]), PRICES, VOLUMES), max_size=40)


def in_parts(texts: list[str], sizes: list[int]) -> Iterator[list[str]]:
    """The texts as they may arrive: so many together each time, the rest at once."""
    for size in sizes:
        yield texts[:size]
        texts = texts[size:]
    yield texts


@settings(deadline=None, derandomize=True, max_examples=200)
@given(CHANGES, st.lists(st.integers(1, 12), max_size=8))
async def test_the_book_is_the_same_either_way(changes: list[tuple[str, str, str]], sizes: list[int]) -> None:
    source, tracker = opened()
    fast_source, fast_tracker = opened()
    payloads = [increment(8 + number, *change) for number, change in enumerate(changes)]
    done = 0
    for texts in in_parts([written(payload) for payload in payloads], sizes):
        fast_source._connection._on_texts(texts)
        for payload in payloads[done : done + len(texts)]:
            source._on_message({STREAM: payload})
        done += len(texts)
        assert levels(fast_tracker.order_books[PAIR]) == levels(tracker.order_books[PAIR])
        assert fast_tracker.invalid_reasons == tracker.invalid_reasons
        assert fast_tracker.metrics.total_diffs_processed == tracker.metrics.total_diffs_processed
        if texts:
            assert fast_tracker.order_books[PAIR].last_diff_uid == fast_tracker._update_ids.take(0)
