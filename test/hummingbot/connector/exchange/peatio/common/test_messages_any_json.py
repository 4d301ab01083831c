"""The parsers meet everything: whole websocket sessions as recorded, and JSON that nobody ever sent."""

import contextlib
import dataclasses
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.common.balance_messages import parse_balance, pushed_balance_rows
from hummingbot.connector.exchange.peatio.common.book_messages import price_levels, sequence_of
from hummingbot.connector.exchange.peatio.common.errors import MessageError
from hummingbot.connector.exchange.peatio.common.fields import as_precision
from hummingbot.connector.exchange.peatio.common.market_data import (
    candles_of,
    parse_candle,
    parse_ticker,
    streamed_candle_rows,
)
from hummingbot.connector.exchange.peatio.common.messages import (
    OrderReport,
    TradeReport,
    decode,
    parse_fee_row,
    parse_market,
    parse_order,
    parse_server_time_ms,
    parse_trade,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from test.hummingbot.connector.exchange.peatio.message_support import read_events
from test.hummingbot.connector.exchange.peatio.recorded import lines

SESSIONS = ("ranger-over-gateway/ws.jsonl", "ranger-over-gateway/ws_races.jsonl")


def messages(recording: str, conns: tuple[str, ...]) -> list[Any]:
    """The decoded data messages of some connections, without acks."""
    found = [json.loads(line["msg"]) for line in lines(recording) if line["conn"] in conns and "msg" in line]
    return [message for message in found if "success" not in message]


@pytest.mark.parametrize("recording", SESSIONS)
def test_every_message_of_the_private_sessions_is_an_order_or_a_trade(recording: str) -> None:
    found = messages(recording, ("maker", "taker"))
    assert len(found) > 50

    for message in found:
        (event,) = read_events(message)
        (stream,) = message
        assert type(event) is {"order": OrderReport, "trade": TradeReport}[stream]


@pytest.mark.parametrize("recording", SESSIONS)
def test_every_book_message_of_the_public_sessions_has_levels_and_a_sequence(recording: str) -> None:
    books = [
        payload
        for message in messages(recording, ("public",))
        for stream, payload in message.items()
        if stream.split(".")[1] in ("ob-snap", "ob-inc")
    ]
    assert len(books) > 20

    for payload in books:
        levels = price_levels(payload.get("asks")) + price_levels(payload.get("bids"))
        assert sequence_of(payload) == payload["sequence"]
        assert all(Decimal(price) > 0 and Decimal(volume) >= 0 for price, volume in levels)


def test_what_rango_alone_relayed_is_read_too() -> None:
    texts = [line["raw"] for line in lines("rango-3.1.0/11_private_events.jsonl") if line.get("op") == "text"]
    found = [json.loads(text) for text in texts if '"order":{' in text or '"trade":{' in text]
    events = [event for message in found for event in read_events(message)]

    assert {event.state.value for event in events if isinstance(event, OrderReport)} == {
        "pending",
        "wait",
        "done",
        "cancel",
        "reject",
    }
    assert any(isinstance(event, TradeReport) for event in events)


# JSON that nobody ever sent.

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**400)])
    | st.floats()
    | st.decimals()
    | st.sampled_from(["", "0", "1.5", "-1", "1e999999", "NaN", "Infinity", "1e-999999", "buy", "ask", "wait", "limit"])
    | st.sampled_from(["2026-11-20T20:47:50Z", "0001-01-01", "9999-12-31T23:59:59-23:59"])
    | st.text(max_size=8)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)

GOOD_ORDER = {
    "id": 1,
    "market": "btcusd",
    "side": "buy",
    "state": "wait",
    "price": "1.0",
    "origin_volume": "1.0",
    "remaining_volume": "1.0",
    "executed_volume": "0.0",
    "created_at": 1,
}
GOOD_TRADE = {"id": 1, "market": "btcusd", "side": "buy", "price": "1.0", "amount": "1.0", "created_at": 1}
GOOD_MARKET = {
    "id": "btcusd",
    "base_unit": "btc",
    "quote_unit": "usd",
    "amount_precision": 6,
    "price_precision": 2,
    "min_amount": "0.1",
}


def rows_like(good: dict[str, Any], *more: str) -> "st.SearchStrategy[Any]":
    """Anything at all, or an almost good row: some of its fields, and others, hold anything."""
    changes = st.dictionaries(st.sampled_from([*good, *more]), VALUES, max_size=3)
    return VALUES | changes | changes.map(lambda values: {**good, **values})


GOOD_TICKER = {"last": "1.0", "volume": "2.0", "amount": "2.0"}

CASES: list[tuple[Callable[[Any], object], "st.SearchStrategy[Any]"]] = [
    (parse_market, rows_like(GOOD_MARKET, "symbol", "max_price", "min_price", "state")),
    (parse_order, rows_like(GOOD_ORDER, "uuid", "kind", "updated_at", "maker_fee", "taker_fee", "trades", "ord_type")),
    (parse_trade, rows_like(GOOD_TRADE, "order_id", "taker_type", "fee_amount", "fee_currency")),
    (parse_balance, rows_like({"currency": "btc", "balance": "1.0", "locked": "0.0"})),
    (parse_fee_row, rows_like({"group": "any", "market_id": "any", "maker": "0.1", "taker": "0.2"})),
    (lambda entry: parse_ticker(("btcusd", entry)), rows_like(GOOD_TICKER, "ticker", "buy", "sell")),
    (
        lambda payload: candles_of(map(parse_candle, streamed_candle_rows(payload))),
        VALUES | st.lists(VALUES | st.lists(VALUES, min_size=5, max_size=7), max_size=3),
    ),
    (parse_server_time_ms, VALUES),
    (lambda value: as_precision(value), VALUES),
    (lambda payload: read_events(payload), rows_like({"order": GOOD_ORDER, "trade": GOOD_TRADE})),
    (
        lambda payload: [
            parse_balance(row) for row in pushed_balance_rows(payload if isinstance(payload, dict) else {})
        ],
        rows_like({"balances": {"btc": ["1.0", "0.0"]}}) | VALUES.map(lambda value: {"balances": {"btc": value}}),
    ),
    (price_levels, VALUES | st.lists(st.lists(SCALARS, max_size=3), max_size=3)),
    (sequence_of, rows_like({"sequence": 1})),
]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_parser_gives_a_value_or_a_message_error(number: int) -> None:
    parse, payloads = CASES[number]

    @settings(deadline=None, derandomize=True)
    @given(payloads)
    def check(payload: Any) -> None:
        with contextlib.suppress(MessageError):
            use(parse(payload))

    check()


def use(value: object) -> None:
    """As the connector does: amounts are written out, times become whole seconds."""
    if isinstance(value, Decimal):
        assert len(f"{value:f}") < 1000
    elif isinstance(value, float):
        int(value)
    elif isinstance(value, (list, tuple)):
        for each in value:
            use(each)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            use(getattr(value, field.name))


@settings(deadline=None, derandomize=True)
@given(rows_like(GOOD_MARKET))
def test_the_increments_of_a_readable_market_can_be_computed(payload: Any) -> None:
    try:
        market = parse_market(payload)
    except MessageError:
        return
    assert market.price_increment > 0
    assert market.amount_increment > 0


@settings(deadline=None, derandomize=True)
@given(st.text())
def test_text_is_json_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        decode(text)
