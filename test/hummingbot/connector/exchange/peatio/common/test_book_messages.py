"""Recorded book and trade messages as the numbers that Hummingbot's book takes."""

import json
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.common.book_messages import float_levels, trade_event, trade_rows
from hummingbot.connector.exchange.peatio.common.errors import MessageError
from hummingbot.core.data_type.common import TradeType

from test.hummingbot.connector.exchange.peatio.recorded import answer, lines


def rango_payloads(stream: str, conn: str = "late") -> list[Any]:
    """The payloads of a stream as Rango sent them to one client in recording 03."""
    texts = [
        line["raw"]
        for line in lines("rango-3.1.0/03_orderbook_snapshot_and_increments.jsonl")
        if line["dir"] == "recv" and line.get("conn") == conn and line.get("op") == "text"
    ]
    return [message[stream] for message in map(json.loads, texts) if stream in message]


def test_the_sides_of_a_recorded_snapshot() -> None:
    payload = rango_payloads("btcusd.ob-snap")[0]
    assert float_levels(payload["bids"]) == [(29990.0, 0.4), (29980.0, 0.8), (29970.0, 1.2)]
    assert float_levels(payload["asks"]) == [(30010.0, 0.6), (30020.0, 1.0), (30030.0, 1.5)]


def test_recorded_increments_are_one_level_each() -> None:
    payloads = rango_payloads("btcusd.ob-inc")[:3]
    assert [float_levels(payload.get("bids")) for payload in payloads] == [[(29990.0, 0.9)], [], []]
    assert [float_levels(payload.get("asks")) for payload in payloads] == [[], [(30010.0, 0.7)], [(30010.0, 0.0)]]


def test_the_sides_of_rest_depth() -> None:
    depth = answer("depth")
    assert float_levels(depth["asks"]) == [(30000.0, 0.5), (30050.5, 0.25)]
    assert float_levels(depth["bids"]) == [(29000.0, 0.3), (28900.1, 0.2)]


@pytest.mark.parametrize("side", [None, []])
def test_an_empty_side_is_no_level(side: Any) -> None:
    assert float_levels(side) == []


@pytest.mark.parametrize(
    "side",
    ["30010", ["1"], [["1", "2", "3"]], {"1": "2"}, ["cheap", "1"], ["1", "many"], [["1", {"a": 1}]], [[None, "1"]]],
)
def test_a_side_that_is_no_list_of_levels_is_refused(side: Any) -> None:
    with pytest.raises(MessageError):
        float_levels(side)


@pytest.mark.parametrize("side", [["NaN", "1"], ["1", "NaN"], ["Infinity", "1"]])
def test_a_price_that_is_no_number_is_refused(side: Any) -> None:
    with pytest.raises(MessageError):
        float_levels(side)


@pytest.mark.parametrize(("taker_type", "trade_type"), [("buy", TradeType.BUY), ("sell", TradeType.SELL)])
def test_a_recorded_public_trade(taker_type: str, trade_type: TradeType) -> None:
    sent = json.loads(lines("rango-3.1.0/15_public_event_shapes_and_number_formatting.jsonl")[5]["raw"])
    (trade,) = sent["btcusd.trades"]["trades"]
    event = trade_event({**trade, "taker_type": taker_type}, "BTC-USD")
    assert (event.trade_id, event.timestamp, event.type) == (1001, 1700000000.0, trade_type)
    assert (event.price, event.amount, event.trading_pair) == (30010.0, 0.25, "BTC-USD")


@pytest.mark.parametrize(
    "fields",
    [
        {"tid": ...},
        {"taker_type": ...},
        {"taker_type": None},
        {"taker_type": "both"},
        {"date": ...},
        {"date": "yesterday"},
        {"date": None},
        {"price": ...},
        {"price": None},
        {"price": "cheap"},
        {"price": "NaN"},
        {"amount": ...},
        {"amount": []},
        {"amount": "much"},
    ],
)
def test_a_public_trade_with_a_bad_field_is_refused(fields: dict[str, Any]) -> None:
    trade = {"tid": 1001, "taker_type": "buy", "date": 1700000000, "price": "30010.0", "amount": "0.25", **fields}
    with pytest.raises(MessageError, match="A public trade cannot be read"):
        trade_event({name: value for name, value in trade.items() if value is not ...}, "BTC-USD")


@pytest.mark.parametrize("payload", [None, [], "trade", 5])
def test_a_public_trade_that_is_no_object_is_refused(payload: Any) -> None:
    with pytest.raises(MessageError):
        trade_event(payload, "BTC-USD")


@pytest.mark.parametrize(
    ("payload", "rows"),
    [
        ({"trades": [{"tid": 1}, None]}, [{"tid": 1}, None]),
        ({"trades": []}, []),
        ({"trades": None}, []),
        ({}, []),
        (None, []),
        ({"trades": 5}, [5]),
        ("trades", ["trades"]),
    ],
)
def test_the_trades_of_a_message_are_its_rows_readable_or_not(payload: Any, rows: list[Any]) -> None:
    assert trade_rows(payload) == rows
