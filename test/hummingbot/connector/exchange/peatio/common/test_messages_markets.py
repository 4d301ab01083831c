"""Recorded markets, balances, fees, prices and book sides become the values they stand for."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.common.balance_messages import Balance, parse_balance, pushed_balance_rows
from hummingbot.connector.exchange.peatio.common.book_messages import price_levels, sequence_of
from hummingbot.connector.exchange.peatio.common.errors import MessageError
from hummingbot.connector.exchange.peatio.common.messages import (
    FeeRates,
    FeeRow,
    Instrument,
    decode,
    parse_fee_row,
    parse_market,
    parse_server_time_ms,
)

from test.hummingbot.connector.exchange.peatio.message_support import changed, rows, successes
from test.hummingbot.connector.exchange.peatio.recorded import answer

D = Decimal


# Markets.


def test_a_market_has_its_units_increments_and_limits() -> None:
    market = parse_market(answer("public markets")[2])

    assert market == Instrument("ethbtc", "eth", "btc", 4, 6, D("0.001"), D("0.000001"), D(10), True)
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

    assert parse_market(old) == Instrument("ethusd", "eth", "usd", 4, 2, D("0.001"), D(0), None, True)


def test_the_symbol_goes_before_the_id() -> None:
    row = answer("public markets")[0]

    assert parse_market(changed(row, id="1")).symbol == "btcusd"
    assert parse_market(changed(row, symbol=None)).symbol == "btcusd"


def test_only_an_enabled_market_can_be_traded() -> None:
    row = answer("public markets")[0]

    assert not parse_market(changed(row, state="disabled")).is_active
    assert parse_market(changed(row, state="hidden")).is_active
    assert parse_market(changed(row, state=...)).is_active
    assert parse_market(changed(row, state=None)).is_active


@pytest.mark.parametrize(
    "fields",
    [
        {"id": ..., "symbol": ...},
        {"base_unit": ...},
        {"quote_unit": None},
        {"base_unit": ""},
        {"quote_unit": " "},
        {"base_unit": {}},
        {"symbol": ["btcusd"]},
        {"min_amount": "-1"},
        {"min_price": "-1"},
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
        {"price_precision": 33},
        {"price_precision": 10**9},
    ],
)
def test_a_market_without_its_rules_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(MessageError):
        parse_market(changed(answer("public markets")[0], **fields))


# Balances, fees, prices, time.


def test_every_recorded_balance_is_read() -> None:
    found = rows("account/balances")
    assert len(found) > 10

    for row in found:
        assert parse_balance(row) == Balance(row["currency"], D(row["balance"]), D(row["locked"]))
    assert any(D(row["locked"]) > 0 for row in found)


def test_a_balance_without_locked_has_nothing_locked() -> None:
    assert parse_balance({"currency": "btc", "balance": "1"}) == Balance("btc", D(1), D(0))


@pytest.mark.parametrize("row", [{"balance": "1"}, {"currency": "btc"}, {"currency": "btc", "balance": "?"}, [], None])
def test_a_balance_that_cannot_be_read_is_refused(row: Any) -> None:
    with pytest.raises(MessageError):
        parse_balance(row)


def test_the_recorded_fee_row_is_read() -> None:
    (row,) = answer("public trading_fees")

    assert parse_fee_row(row) == FeeRow("any", "any", FeeRates(D("0.001"), D("0.002")))


def test_a_fee_row_names_its_group_and_market() -> None:
    (row,) = answer("public trading_fees")

    fees = parse_fee_row({**row, "group": "vip-0", "market_id": "btcusd"})
    assert (fees.group, fees.market) == ("vip-0", "btcusd")


def test_a_fee_row_without_group_and_market_is_for_all() -> None:
    assert parse_fee_row({"maker": "0", "taker": 0.5}) == FeeRow("any", "any", FeeRates(D(0), D("0.5")))


@pytest.mark.parametrize("rates", [{"maker": "0.1"}, {"taker": "0.1"}, {"maker": "x", "taker": "0.1"}])
def test_a_fee_row_without_rates_still_says_whom_it_concerns(rates: Any) -> None:
    fees = parse_fee_row({"group": "vip-0", "market_id": "btcusd", **rates})
    assert fees == FeeRow("vip-0", "btcusd", None)
    assert fees.trouble == "has no fee rates that can be read"


def test_a_fee_row_that_is_no_object_is_refused() -> None:
    with pytest.raises(MessageError):
        parse_fee_row("row")


def test_the_clock_is_taken_to_stand_in_the_middle_of_its_second() -> None:
    said = answer("public timestamp")

    assert parse_server_time_ms(said) == datetime.fromisoformat(said).timestamp() * 1000 + 500
    with pytest.raises(MessageError):
        parse_server_time_ms({"time": said})


# Books.


def test_pushed_balances_are_read_where_a_fork_sends_them() -> None:
    (row,) = pushed_balance_rows({"balances": {"btc": ["1.5", "0.25"]}})
    assert parse_balance(row) == Balance("btc", D("1.5"), D("0.25"))
    assert pushed_balance_rows({"balance": {"currency": "btc"}}) == [{"currency": "btc"}]
    assert pushed_balance_rows({"order": {}}) == []
    assert pushed_balance_rows({"balances": None}) == []


@pytest.mark.parametrize("amounts", [None, [], ["1"], "12", 5, {}, ["x", "0"], ["0", "NaN"]])
def test_pushed_balances_that_cannot_be_read_are_refused(amounts: Any) -> None:
    (row,) = pushed_balance_rows({"balances": {"btc": amounts}})
    with pytest.raises(MessageError):
        parse_balance(row)


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
    with pytest.raises(MessageError):
        price_levels(side)


def test_a_sequence_is_a_whole_number() -> None:
    assert sequence_of({"sequence": 4}) == 4
    for payload in ({}, {"sequence": None}, {"sequence": "4"}, {"sequence": 4.0}, {"sequence": True}, None, [4]):
        with pytest.raises(MessageError):
            sequence_of(payload)


@pytest.mark.parametrize("number", ["1e101", "1e-101", "1e999999999", "0e-999999", "1e9999999999999999999999"])
def test_a_number_that_nobody_can_write_out_is_refused(number: str) -> None:
    """As text it would have a gigabyte. It costs its row, no other."""
    for row in ({"currency": "btc", "balance": number}, decode(f'{{"currency": "btc", "balance": {number}}}')):
        with pytest.raises(MessageError, match="balance must"):
            parse_balance(row)


def test_fractions_are_decoded_exactly() -> None:
    assert decode('{"price": 0.1, "amount": 1.2e-7, "id": 5}') == {"price": D("0.1"), "amount": D("1.2E-7"), "id": 5}
    with pytest.raises(ValueError, match="Expecting"):
        decode("<html>")
