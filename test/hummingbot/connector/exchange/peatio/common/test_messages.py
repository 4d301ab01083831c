"""Recorded orders and trades become the values they stand for; what Peatio never sends is refused."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.common.errors import MessageError
from hummingbot.connector.exchange.peatio.common.messages import (
    FeeRates,
    OrderReport,
    ReportedState,
    TradeReport,
    parse_order,
    parse_trade,
)

from test.hummingbot.connector.exchange.peatio.message_support import changed, private_payloads, read_events, rows
from test.hummingbot.connector.exchange.peatio.recorded import answer, private_event

D = Decimal

RESTING = "create limit sell JSON strings"


# Orders.


def assert_same_order(order: OrderReport, row: dict[str, Any]) -> None:
    assert order.order_id == str(row["id"])
    assert order.market == row["market"]
    assert order.is_buy is (row["side"] == "buy")
    assert order.is_limit is (row["ord_type"] == "limit")
    assert order.state.value == row["state"]
    assert order.price == (None if row["price"] is None else D(row["price"]))
    assert order.origin_volume == D(row["origin_volume"])
    assert order.remaining_volume == D(row["remaining_volume"])
    assert order.executed_volume == D(row["executed_volume"])


OPENFINEX_ANSWER = {  # the example of its documentation
    "uuid": "b436163d-5c73-11ea-be71-1831bf9834b0",
    "side": "sell",
    "type": "post_only",
    "market_id": "btcusd",
    "volume": "1",
    "price": "1",
    "state": "pending",
    "created_at": 1583146260,
}


def test_openfinex_answers_a_create_in_words_of_its_own() -> None:
    order = parse_order(OPENFINEX_ANSWER)
    assert order.order_id == OPENFINEX_ANSWER["uuid"]
    assert (order.market, order.is_buy, order.is_limit) == ("btcusd", False, True)
    assert (order.origin_volume, order.remaining_volume, order.executed_volume) == (D(1), D(1), D(0))
    assert (order.price, order.created_at_s, order.fee_rates) == (D(1), 1583146260.0, None)
    assert not parse_order({**OPENFINEX_ANSWER, "type": "market", "price": None}).is_limit


def test_what_else_it_would_say_so_is_not_guessed_at() -> None:
    with pytest.raises(MessageError, match="must be pending"):
        parse_order({**OPENFINEX_ANSWER, "state": "wait"})


def test_every_recorded_rest_order_keeps_every_value() -> None:
    found = rows("market/orders")
    assert len(found) > 100

    for row in found:
        order = parse_order(row)
        assert_same_order(order, row)
        assert order.created_at_s == datetime.fromisoformat(row["created_at"]).timestamp()
        assert order.updated_at_s == datetime.fromisoformat(row["updated_at"]).timestamp()
        assert order.fee_rates == FeeRates(D("0.001"), D("0.002"))
        assert len(order.trades) == len(row.get("trades", ()))

    assert {row["state"] for row in found} == {"pending", "wait", "done", "cancel", "reject"}


def test_every_recorded_order_event_keeps_every_value() -> None:
    found = private_payloads("order")
    assert len(found) > 80

    for payload in found:
        (order,) = read_events({"order": payload})
        assert isinstance(order, OrderReport)
        assert_same_order(order, payload)
        assert order.created_at_s == payload["created_at"]
        assert order.updated_at_s == payload["updated_at"]
        assert order.fee_rates is None
        assert order.trades == ()


def test_an_order_event_and_its_rest_answer_are_the_same_value_but_for_what_only_rest_tells() -> None:
    rest = parse_order(answer(RESTING))
    (event,) = read_events(private_event(RESTING, "order"))

    assert isinstance(event, OrderReport)
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
        {"executed_volume": "-1"},
        {"origin_volume": "-1.0"},
        {"price": "-1"},
        {"id": "", "uuid": ...},
        {"id": []},
        {"uuid": {"a": 1}},
        {"trades": 5},
        {"trades": [{}]},
    ],
)
@pytest.mark.parametrize("source", ["rest", "event"])
def test_an_order_that_cannot_be_read_is_refused(source: str, fields: dict[str, Any]) -> None:
    row = answer(RESTING) if source == "rest" else private_event(RESTING, "order")["order"]
    if "maker_fee" in fields:
        row = changed(row, maker_fee="0.001", taker_fee="0.002")

    with pytest.raises(MessageError):
        parse_order(changed(row, **fields))


@pytest.mark.parametrize("number", [101.0, D("101.0"), D("101"), "101"])
def test_an_id_is_one_in_every_form_of_its_number(number: Any) -> None:
    """REST and events would otherwise speak of two orders."""
    assert parse_order(changed(answer(RESTING), id=number)).order_id == "101"


def test_a_time_without_a_zone_is_utc() -> None:
    for text in ("2026-11-20T20:47:50", "2026-11-20T20:47:50Z", "2026-11-20T21:47:50+01:00"):
        assert parse_order(changed(answer(RESTING), created_at=text)).created_at_s == 1795207670.0


def test_an_unknown_state_is_named() -> None:
    order = parse_order(changed(answer(RESTING), state="expired"))
    assert order.state is ReportedState.UNKNOWN
    assert order.trouble == "is in the state 'expired', which Peatio does not have"
    assert parse_order(answer(RESTING)).trouble == ""


def test_three_states_are_final() -> None:
    assert {state for state in ReportedState if state.is_final} == {
        ReportedState.DONE,
        ReportedState.CANCEL,
        ReportedState.REJECT,
    }


# Trades.


def assert_same_trade(trade: TradeReport, row: dict[str, Any]) -> None:
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
        (trade,) = read_events({"trade": payload})
        assert isinstance(trade, TradeReport)
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
        {"price": "-1"},
        {"amount": "-0.1"},
        {"price": "0.0"},
        {"amount": "0"},
        {"id": ""},
        {"id": True},
        {"id": {}},
        {"id": 1.5},
        {"id": "9" * 5000},
        {"order_id": []},
        {"fee_currency": ["usd"]},
    ],
)
def test_a_trade_that_cannot_be_read_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(MessageError):
        parse_trade(changed(answer("trades maker")[0], **fields))


@pytest.mark.parametrize("nothing", [..., None, ""])
def test_a_trade_without_taker_and_fee_is_read(nothing: Any) -> None:
    """No fill may be lost for what is not needed to know it."""
    fields = dict.fromkeys(("taker_type", "fee_amount", "fee_currency", "order_id"), nothing)
    trade = parse_trade(changed(answer("trades maker")[0], **fields))

    assert (trade.taker_is_buy, trade.fee_amount, trade.fee_currency, trade.order_id) == (None, None, None, "")


@pytest.mark.parametrize("free", [0, "0", "0.0"])
def test_a_fee_of_nothing_is_a_fee(free: Any) -> None:
    assert parse_trade(changed(answer("trades maker")[0], fee_amount=free)).fee_amount == 0


# Private messages.


@pytest.mark.parametrize("payload", [None, [], "text", 5, {"order": None}, {"trade": []}, {"order": {}}])
def test_a_private_message_that_cannot_be_read_is_refused(payload: Any) -> None:
    with pytest.raises(MessageError):
        read_events(payload)


def test_other_private_streams_are_passed_over() -> None:
    assert read_events({"deposit_address": {"currency": "btc"}, "balances": {"btc": ["1", "0"]}}) == []
