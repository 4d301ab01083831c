"""Recorded book and trade messages in Hummingbot's form, applied to Hummingbot's book."""

import json
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.common.errors import MessageError
from hummingbot.connector.exchange.peatio.peatio_order_book import PeatioOrderBook
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.data_type.order_book_message import OrderBookMessageType

from test.hummingbot.connector.exchange.peatio.recorded import answer, lines


def rango_payloads(stream: str, conn: str = "late") -> list[Any]:
    """The payloads of a stream as Rango sent them to one client in recording 03."""
    texts = [
        line["raw"]
        for line in lines("rango-3.1.0/03_orderbook_snapshot_and_increments.jsonl")
        if line["dir"] == "recv" and line.get("conn") == conn and line.get("op") == "text"
    ]
    return [message[stream] for message in map(json.loads, texts) if stream in message]


def rows(book: PeatioOrderBook) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Bids and asks as (price, amount), best first."""
    bids = [(row.price, row.amount) for row in book.bid_entries()]
    return bids, [(row.price, row.amount) for row in book.ask_entries()]


def test_a_recorded_snapshot_becomes_a_snapshot_message() -> None:
    payload = rango_payloads("btcusd.ob-snap")[0]

    message = PeatioOrderBook.snapshot_message_from_exchange(payload, "BTC-USD", 7, 12.5)

    assert message.type is OrderBookMessageType.SNAPSHOT
    assert (message.trading_pair, message.update_id, message.timestamp) == ("BTC-USD", 7, 12.5)
    assert [(row.price, row.amount) for row in message.bids] == [(29990.0, 0.4), (29980.0, 0.8), (29970.0, 1.2)]
    assert [(row.price, row.amount) for row in message.asks] == [(30010.0, 0.6), (30020.0, 1.0), (30030.0, 1.5)]
    assert {row.update_id for row in message.bids + message.asks} == {7}


def test_recorded_increments_become_diffs_of_one_level() -> None:
    messages = [
        PeatioOrderBook.diff_message_from_exchange(payload, "BTC-USD", number, 1.0)
        for number, payload in enumerate(rango_payloads("btcusd.ob-inc")[:3], 1)
    ]

    assert [message.type for message in messages] == [OrderBookMessageType.DIFF] * 3
    assert [message.update_id for message in messages] == [1, 2, 3]
    assert [[(row.price, row.amount) for row in message.bids] for message in messages] == [[(29990.0, 0.9)], [], []]
    assert [[(row.price, row.amount) for row in message.asks] for message in messages] == [
        [],
        [(30010.0, 0.7)],
        [(30010.0, 0.0)],
    ]


def test_snapshot_and_increments_make_the_recorded_book() -> None:
    book = PeatioOrderBook()
    snapshot = PeatioOrderBook.snapshot_message_from_exchange(rango_payloads("btcusd.ob-snap")[0], "BTC-USD", 1, 1.0)
    book.apply_snapshot(snapshot.bids, snapshot.asks, snapshot.update_id)
    for number, payload in enumerate(rango_payloads("btcusd.ob-inc")[:3], 2):
        diff = PeatioOrderBook.diff_message_from_exchange(payload, "BTC-USD", number, 1.0)
        book.apply_diffs(diff.bids, diff.asks, diff.update_id)

    assert rows(book) == (
        [(29990.0, 0.9), (29980.0, 0.8), (29970.0, 1.2)],
        [(30020.0, 1.0), (30030.0, 1.5)],
    )
    assert book.get_price(is_buy=True) == 30020.0
    assert (book.snapshot_uid, book.last_diff_uid) == (1, 4)


def test_rest_depth_is_a_snapshot_too() -> None:
    depth = answer("depth")

    message = PeatioOrderBook.snapshot_message_from_exchange(depth, "BTC-USD", 1, 1.0)

    assert [(row.price, row.amount) for row in message.asks] == [(30000.0, 0.5), (30050.5, 0.25)]
    assert [(row.price, row.amount) for row in message.bids] == [(29000.0, 0.3), (28900.1, 0.2)]


@pytest.mark.parametrize("payload", [{"sequence": 1}, {"asks": None, "bids": None}, {"asks": [], "bids": []}])
def test_an_empty_side_is_no_level(payload: Any) -> None:
    message = PeatioOrderBook.snapshot_message_from_exchange(payload, "BTC-USD", 1, 1.0)

    assert (message.bids, message.asks) == ([], [])


@pytest.mark.parametrize(
    "side",
    ["30010", ["1"], [["1", "2", "3"]], {"1": "2"}, ["cheap", "1"], ["1", "many"], [["1", {"a": 1}]], [[None, "1"]]],
)
def test_a_side_that_is_no_list_of_levels_is_refused(side: Any) -> None:
    with pytest.raises(MessageError):
        PeatioOrderBook.snapshot_message_from_exchange({"asks": side}, "BTC-USD", 1, 1.0)
    with pytest.raises(MessageError):
        PeatioOrderBook.diff_message_from_exchange({"bids": side}, "BTC-USD", 1, 1.0)


@pytest.mark.parametrize("side", [["NaN", "1"], ["1", "NaN"], ["Infinity", "1"]])
def test_a_price_that_is_no_number_is_refused(side: Any) -> None:
    with pytest.raises(MessageError):
        PeatioOrderBook.diff_message_from_exchange({"bids": side}, "BTC-USD", 1, 1.0)


@pytest.mark.parametrize(("taker_type", "trade_type"), [("buy", TradeType.BUY), ("sell", TradeType.SELL)])
def test_a_recorded_public_trade_becomes_a_trade_message(taker_type: str, trade_type: TradeType) -> None:
    sent = json.loads(lines("rango-3.1.0/15_public_event_shapes_and_number_formatting.jsonl")[5]["raw"])
    (trade,) = sent["btcusd.trades"]["trades"]

    message = PeatioOrderBook.trade_message_from_exchange({**trade, "taker_type": taker_type}, "BTC-USD")

    assert message.type is OrderBookMessageType.TRADE
    assert message.trade_id == message.content["update_id"] == 1001
    assert message.timestamp == 1700000000.0
    assert message.content["trade_type"] == float(trade_type.value)
    assert (float(message.content["price"]), float(message.content["amount"])) == (30010.0, 0.25)
    assert message.trading_pair == "BTC-USD"


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
        PeatioOrderBook.trade_message_from_exchange(
            {name: value for name, value in trade.items() if value is not ...}, "BTC-USD"
        )


@pytest.mark.parametrize("payload", [None, [], "trade", 5])
def test_a_public_trade_that_is_no_object_is_refused(payload: Any) -> None:
    with pytest.raises(MessageError):
        PeatioOrderBook.trade_message_from_exchange(payload, "BTC-USD")
