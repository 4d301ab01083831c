"""Recorded payloads become the values they stand for; what Peatio never sends is refused."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.peatio_errors import PeatioMessageError
from hummingbot.connector.exchange.peatio.peatio_messages import (
    PeatioBalance,
    PeatioFeeRates,
    PeatioFeeRow,
    PeatioMarket,
    PeatioOrder,
    PeatioOrderState,
    PeatioTrade,
    decode,
    parse_balance,
    parse_fee_row,
    parse_last_prices,
    parse_market,
    parse_order,
    parse_server_time_ms,
    parse_trade,
    price_levels,
    private_events,
    pushed_balances,
    sequence_of,
)

from test.hummingbot.connector.exchange.peatio.recorded import RACES, REST, answer, lines, private_event

D = Decimal

RESTING = "create limit sell JSON strings"


def successes(path: str) -> list[Any]:
    """Bodies of the recorded answers below `path` that are no errors."""
    return [
        step["response"]["body"]
        for step in lines(REST) + lines(RACES)
        if "response" in step
        and step["response"]["status"] < 400
        and step["request"]["path"].startswith(f"/api/v2/peatio/{path}")
    ]


def rows(path: str) -> list[Any]:
    """The JSON objects in those answers, those of lists one by one."""
    found: list[Any] = []
    for body in successes(path):
        found.extend(body if isinstance(body, list) else [body])
    return found


def private_payloads(stream: str) -> list[Any]:
    """Every recorded private event of a stream, as published."""
    return [
        event["payload"]
        for step in lines(REST) + lines(RACES)
        for event in step.get("events", ())
        if event["key"].startswith("private.") and event["key"].endswith(f".{stream}")
    ]


def changed(row: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A copy with other values; a field set to `...` is taken out."""
    return {key: value for key, value in {**row, **fields}.items() if value is not ...}


# Markets.


def test_a_market_has_its_units_increments_and_limits() -> None:
    market = parse_market(answer("public markets")[2])

    assert market == PeatioMarket("ethbtc", "eth", "btc", 4, 6, D("0.001"), D("0.000001"), D(10), True)
    assert market.price_increment == D("0.000001")
    assert market.amount_increment == D("0.0001")


def test_a_limit_of_zero_is_none() -> None:
    market = parse_market(answer("public markets")[0])

    assert market.max_price is None
    assert market.min_price == D("0.01")


def test_every_recorded_market_can_be_read() -> None:
    found = [row for body in successes("public/markets") if isinstance(body, list) for row in body if "symbol" in row]

    assert len(found) == 4
    assert [parse_market(row).symbol for row in found] == [row["id"] for row in found]


def test_older_names_of_the_same_fields_are_read() -> None:
    old = {
        "id": "ethusd",
        "ask_unit": "eth",
        "bid_unit": "usd",
        "ask_precision": 4,
        "bid_precision": 2,
        "min_ask_amount": "0.001",
    }

    assert parse_market(old) == PeatioMarket("ethusd", "eth", "usd", 4, 2, D("0.001"), D(0), None, True)


def test_only_an_enabled_market_can_be_traded() -> None:
    row = answer("public markets")[0]

    assert not parse_market(changed(row, state="disabled")).is_enabled
    assert not parse_market(changed(row, state="hidden")).is_enabled
    assert parse_market(changed(row, state=...)).is_enabled


@pytest.mark.parametrize(
    "fields",
    [
        {"id": ..., "symbol": ...},
        {"base_unit": ...},
        {"quote_unit": None},
        {"amount_precision": ...},
        {"price_precision": None},
        {"min_amount": ...},
        {"min_amount": "much"},
        {"max_price": "NaN"},
        {"min_price": "Infinity"},
        {"amount_precision": "six"},
        {"price_precision": []},
        {"price_precision": {}},
        {"price_precision": -1},
        {"price_precision": 10**9},
    ],
)
def test_a_market_without_its_rules_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(PeatioMessageError):
        parse_market(changed(answer("public markets")[0], **fields))


# Orders.


def assert_same_order(order: PeatioOrder, row: dict[str, Any]) -> None:
    assert order.order_id == str(row["id"])
    assert order.market == row["market"]
    assert order.is_buy is (row["side"] == "buy")
    assert order.is_limit is (row["ord_type"] == "limit")
    assert order.state.value == row["state"]
    assert order.price == (None if row["price"] is None else D(row["price"]))
    assert order.origin_volume == D(row["origin_volume"])
    assert order.remaining_volume == D(row["remaining_volume"])
    assert order.executed_volume == D(row["executed_volume"])


def test_every_recorded_rest_order_keeps_every_value() -> None:
    found = rows("market/orders")
    assert len(found) > 100

    for row in found:
        order = parse_order(row)
        assert_same_order(order, row)
        assert order.created_at_s == datetime.fromisoformat(row["created_at"]).timestamp()
        assert order.updated_at_s == datetime.fromisoformat(row["updated_at"]).timestamp()
        assert order.fee_rates == PeatioFeeRates(D("0.001"), D("0.002"))
        assert len(order.trades) == len(row.get("trades", ()))

    assert {row["state"] for row in found} == {"pending", "wait", "done", "cancel", "reject"}


def test_every_recorded_order_event_keeps_every_value() -> None:
    found = private_payloads("order")
    assert len(found) > 80

    for payload in found:
        (order,) = private_events({"order": payload})
        assert isinstance(order, PeatioOrder)
        assert_same_order(order, payload)
        assert order.created_at_s == payload["created_at"]
        assert order.updated_at_s == payload["updated_at"]
        assert order.fee_rates is None
        assert order.trades == ()


def test_an_order_event_and_its_rest_answer_are_the_same_value_but_for_what_only_rest_tells() -> None:
    rest = parse_order(answer(RESTING))
    (event,) = private_events(private_event(RESTING, "order"))

    assert isinstance(event, PeatioOrder)
    assert (event.order_id, event.price, event.origin_volume, event.state, event.created_at_s) == (
        rest.order_id,
        rest.price,
        rest.origin_volume,
        rest.state,
        rest.created_at_s,
    )


def test_an_order_read_by_id_has_its_trades() -> None:
    order = parse_order(answer("taker order (multi-trade)"))

    assert len(order.trades) == 2
    assert {trade.is_buy for trade in order.trades} == {True}
    assert {trade.order_id for trade in order.trades} == {""}
    assert sum(trade.amount for trade in order.trades) == order.executed_volume
    assert {trade.fee_amount for trade in order.trades} == {None}


def test_both_orders_of_a_self_trade_name_it_with_their_own_side() -> None:
    (bought,) = parse_order(answer("SELF-TRADE taker order")).trades
    (listed,) = (parse_trade(row) for row in answer("SELF-TRADE trades list"))

    assert (bought.trade_id, bought.is_buy) == (listed.trade_id, True)
    assert (listed.order_id, listed.is_buy) == ("18", False)


def test_an_order_of_a_foreign_engine_has_only_a_uuid() -> None:
    row = answer(RESTING)

    assert parse_order(changed(row, id=None)).order_id == row["uuid"]
    assert parse_order(changed(row, uuid=...)).order_id == str(row["id"])


def test_the_kind_tells_the_side_where_there_is_no_side() -> None:
    event = private_event(RESTING, "order")["order"]

    assert parse_order(changed(event, side=..., kind="bid")).is_buy
    assert not parse_order(changed(event, side=..., kind="ask")).is_buy


def test_times_are_read_from_what_there_is() -> None:
    event = private_event(RESTING, "order")["order"]

    assert parse_order(changed(event, created_at=..., at=5)).created_at_s == 5
    assert parse_order(changed(event, created_at=7, updated_at=...)).updated_at_s == 7
    assert parse_order(changed(event, created_at=D("1.5"))).created_at_s == 1.5


def test_fee_rates_come_together_or_not_at_all() -> None:
    row = answer(RESTING)

    assert parse_order(changed(row, maker_fee=...)).fee_rates is None
    assert parse_order(changed(row, taker_fee=None)).fee_rates is None


@pytest.mark.parametrize(
    "fields",
    [
        {"id": ..., "uuid": ...},
        {"market": ...},
        {"side": "up"},
        {"side": ..., "kind": ...},
        {"state": ...},
        {"state": "expired"},
        {"state": ["wait"]},
        {"origin_volume": ...},
        {"remaining_volume": None},
        {"executed_volume": "all"},
        {"origin_volume": "NaN"},
        {"price": "1e9999999999999999999999"},
        {"price": "cheap"},
        {"created_at": ..., "at": ...},
        {"created_at": "yesterday"},
        {"created_at": True},
        {"created_at": 10**400},
        {"created_at": "0001-01-01"},
        {"updated_at": "later"},
        {"maker_fee": "low"},
        {"trades": 5},
        {"trades": [{}]},
    ],
)
@pytest.mark.parametrize("source", ["rest", "event"])
def test_an_order_that_cannot_be_read_is_refused(source: str, fields: dict[str, Any]) -> None:
    row = answer(RESTING) if source == "rest" else private_event(RESTING, "order")["order"]
    if "maker_fee" in fields:
        row = changed(row, maker_fee="0.001", taker_fee="0.002")

    with pytest.raises(PeatioMessageError):
        parse_order(changed(row, **fields))


def test_an_unknown_state_is_named() -> None:
    with pytest.raises(PeatioMessageError, match="Peatio has no order state 'expired'"):
        parse_order(changed(answer(RESTING), state="expired"))


def test_three_states_are_final() -> None:
    assert {state for state in PeatioOrderState if state.is_final} == {
        PeatioOrderState.DONE,
        PeatioOrderState.CANCEL,
        PeatioOrderState.REJECT,
    }


# Trades.


def assert_same_trade(trade: PeatioTrade, row: dict[str, Any]) -> None:
    assert trade.trade_id == str(row["id"])
    assert trade.order_id == str(row["order_id"])
    assert trade.market == row["market"]
    assert trade.is_buy is (row["side"] == "buy")
    assert trade.taker_is_buy is (row["taker_type"] == "buy")
    assert trade.price == D(row["price"])
    assert trade.amount == D(row["amount"])
    assert trade.total == D(row["total"])


def test_every_recorded_rest_trade_has_the_fee_as_charged() -> None:
    found = rows("market/trades")
    assert len(found) > 10

    for row in found:
        trade = parse_trade(row)
        assert_same_trade(trade, row)
        assert trade.created_at_s == datetime.fromisoformat(row["created_at"]).timestamp()
        assert trade.fee_amount == D(row["fee_amount"])
        assert trade.fee_currency == row["fee_currency"]


def test_every_recorded_trade_event_comes_without_a_fee() -> None:
    found = private_payloads("trade")
    assert len(found) > 10

    for payload in found:
        (trade,) = private_events({"trade": payload})
        assert isinstance(trade, PeatioTrade)
        assert_same_trade(trade, payload)
        assert trade.created_at_s == payload["created_at"]
        assert (trade.fee_amount, trade.fee_currency) == (None, None)


def test_amounts_are_exact_to_the_last_digit() -> None:
    row = changed(answer("trades maker")[0], price="0.12345678", amount="98765432.00000001")
    trade = parse_trade(row)

    assert trade.price == D("0.12345678")
    assert trade.amount == D("98765432.00000001")
    assert trade.total == D("0.12345678") * D("98765432.00000001")


@pytest.mark.parametrize(
    "fields",
    [
        {"id": ...},
        {"market": ...},
        {"price": ...},
        {"amount": None},
        {"amount": "some"},
        {"side": None},
        {"created_at": ...},
        {"fee_amount": "free"},
        {"price": "1e999999", "amount": "1e999999"},
    ],
)
def test_a_trade_that_cannot_be_read_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(PeatioMessageError):
        parse_trade(changed(answer("trades maker")[0], **fields))


def test_a_trade_without_taker_and_fee_currency_is_read() -> None:
    trade = parse_trade(changed(answer("trades maker")[0], taker_type=..., fee_currency=..., order_id=...))

    assert (trade.taker_is_buy, trade.fee_currency, trade.order_id) == (None, None, "")


# Balances, fees, prices, time.


def test_every_recorded_balance_is_read() -> None:
    found = rows("account/balances")
    assert len(found) > 10

    for row in found:
        assert parse_balance(row) == PeatioBalance(row["currency"], D(row["balance"]), D(row["locked"]))
    assert any(D(row["locked"]) > 0 for row in found)


def test_a_balance_without_locked_has_nothing_locked() -> None:
    assert parse_balance({"currency": "btc", "balance": "1"}) == PeatioBalance("btc", D(1), D(0))


@pytest.mark.parametrize("row", [{"balance": "1"}, {"currency": "btc"}, {"currency": "btc", "balance": "?"}, [], None])
def test_a_balance_that_cannot_be_read_is_refused(row: Any) -> None:
    with pytest.raises(PeatioMessageError):
        parse_balance(row)


def test_the_recorded_fee_row_is_read() -> None:
    (row,) = answer("public trading_fees")

    assert parse_fee_row(row) == PeatioFeeRow("any", "any", PeatioFeeRates(D("0.001"), D("0.002")))


def test_a_fee_row_without_group_and_market_is_for_all() -> None:
    assert parse_fee_row({"maker": "0", "taker": 0.5}) == PeatioFeeRow("any", "any", PeatioFeeRates(D(0), D("0.5")))


@pytest.mark.parametrize("row", [{"maker": "0.1"}, {"taker": "0.1"}, {"maker": "x", "taker": "0.1"}, "row"])
def test_a_fee_row_without_rates_is_refused(row: Any) -> None:
    with pytest.raises(PeatioMessageError):
        parse_fee_row(row)


def test_last_prices_are_those_of_markets_that_traded() -> None:
    assert parse_last_prices(answer("public tickers")) == {}
    assert parse_last_prices(answer("tickers after trades")) == {"btcusd": D("29500.0")}


def test_tickers_without_an_inner_ticker_are_read() -> None:
    assert parse_last_prices({"btcusd": {"last": "5.5"}, "ethusd": {"last": None}}) == {"btcusd": D("5.5")}


@pytest.mark.parametrize("payload", [[], {"btcusd": None}, {"btcusd": {"ticker": 5}}, {"btcusd": {"last": "x"}}])
def test_tickers_that_cannot_be_read_are_refused(payload: Any) -> None:
    with pytest.raises(PeatioMessageError):
        parse_last_prices(payload)


def test_the_clock_is_taken_to_stand_in_the_middle_of_its_second() -> None:
    said = answer("public timestamp")

    assert parse_server_time_ms(said) == datetime.fromisoformat(said).timestamp() * 1000 + 500
    with pytest.raises(PeatioMessageError):
        parse_server_time_ms({"time": said})


# Events and books.


@pytest.mark.parametrize("parse", [lambda payload: list(private_events(payload))])
@pytest.mark.parametrize("payload", [None, [], "text", 5, {"order": None}, {"trade": []}, {"order": {}}])
def test_a_private_message_that_cannot_be_read_is_refused(parse: Callable[[Any], object], payload: Any) -> None:
    with pytest.raises(PeatioMessageError):
        parse(payload)


def test_other_private_streams_are_passed_over() -> None:
    assert list(private_events({"deposit_address": {"currency": "btc"}, "balances": {"btc": ["1", "0"]}})) == []


def test_pushed_balances_are_read_where_a_fork_sends_them() -> None:
    assert pushed_balances({"balances": {"btc": ["1.5", "0.25"]}}) == [PeatioBalance("btc", D("1.5"), D("0.25"))]
    assert pushed_balances({"order": {}}) == []
    assert pushed_balances({"balances": None}) == []


@pytest.mark.parametrize("amounts", [None, [], ["1"], "12", 5, {}, ["x", "0"], ["0", "NaN"]])
def test_pushed_balances_that_cannot_be_read_are_refused(amounts: Any) -> None:
    with pytest.raises(PeatioMessageError):
        pushed_balances({"balances": {"btc": amounts}})


@pytest.mark.parametrize(
    ("side", "levels"),
    [
        (None, []),
        ([], []),
        (["30010.0", "0.7"], [("30010.0", "0.7")]),
        (["30010.0", ""], [("30010.0", "0")]),
        (["30010.0", None], [("30010.0", "0")]),
        (["30010.0", 0], [("30010.0", "0")]),
        ([["1", "2"], ["3", ""]], [("1", "2"), ("3", "0")]),
        ([[1, 2.5]], [(1, 2.5)]),
    ],
)
def test_a_book_side_is_a_pair_or_a_list_of_pairs(side: Any, levels: list[Any]) -> None:
    assert price_levels(side) == levels


@pytest.mark.parametrize(
    "side",
    [5, "30010", {"30010.0": "0.7"}, [5], ["1"], ["1", "2", "3"], [["1"]], [["1", "2"], 5], [{}], [None]],
)
def test_a_book_side_of_another_shape_is_refused(side: Any) -> None:
    with pytest.raises(PeatioMessageError):
        price_levels(side)


def test_a_sequence_is_a_whole_number() -> None:
    assert sequence_of({"sequence": 4}) == 4
    for payload in ({}, {"sequence": None}, {"sequence": "4"}, {"sequence": 4.0}, {"sequence": True}, None, [4]):
        with pytest.raises(PeatioMessageError):
            sequence_of(payload)


def test_fractions_are_decoded_exactly() -> None:
    assert decode('{"price": 0.1, "amount": 1.2e-7, "id": 5}') == {"price": D("0.1"), "amount": D("1.2E-7"), "id": 5}
    with pytest.raises(ValueError, match="Expecting"):
        decode("<html>")
