"""The comparison finds every kind of discrepancy, and none where there is none."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from peatio_cli.demo.comparison import (
    DATABASE_STEP,
    Account,
    FillFact,
    OrderFact,
    OrderState,
    compare,
    compare_balances,
    compare_reported_balances,
    open_orders,
)

D = Decimal

BUY = OrderFact("1", "buy", D("30000.12"), D("0.5"), OrderState.FILLED)
SELL = OrderFact("2", "sell", D("30100"), D("0.25"), OrderState.CANCELLED)
REFUSED = OrderFact("3", "buy", D("30000"), D("900"), OrderState.FAILED)
FIRST = FillFact("1", "71", "buy", D("30000.12"), D("0.2"), {"BTC": D("0.0002")})
SECOND = FillFact("1", "72", "buy", D("30000.12"), D("0.3"), {"BTC": D("0.0003")})
THIRD = FillFact("2", "73", "sell", D("30100"), D("0.1"), {"USD": D("3.01")})
LEDGER = Account((BUY, SELL, REFUSED), (FIRST, SECOND, THIRD))

Change = Callable[[Account], Account]


def orders(*found: OrderFact) -> Change:
    return lambda account: replace(account, orders=found)


def fills(*found: FillFact) -> Change:
    return lambda account: replace(account, fills=found)


def test_equal_accounts_have_no_discrepancy() -> None:
    assert compare(LEDGER, LEDGER, "report") == []


def test_an_order_refused_by_the_exchange_need_not_be_known() -> None:
    assert compare(LEDGER, Account((BUY, SELL), LEDGER.fills), "report") == []


def test_the_order_of_the_lists_does_not_matter() -> None:
    assert compare(LEDGER, Account((SELL, BUY), (THIRD, SECOND, FIRST)), "report") == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (orders(BUY), "order 2: not in report"),
        (orders(BUY, SELL, replace(SELL, order_id="9")), "order 9: in report, unknown to the exchange"),
        (orders(BUY, BUY, SELL), "order 1: 2 times in report"),
        (
            orders(replace(BUY, side="sell"), SELL),
            "order 1: side sell in report, buy on the exchange",
        ),
        (
            orders(replace(BUY, price=D("30000.13")), SELL),
            "order 1: price 30000.13 in report, 30000.12 on the exchange",
        ),
        (
            orders(replace(BUY, amount=D("0.50000001")), SELL),
            "order 1: amount 0.50000001 in report, 0.5 on the exchange",
        ),
        (
            orders(BUY, replace(SELL, state=OrderState.OPEN)),
            "order 2: state open in report, cancelled on the exchange",
        ),
        (fills(FIRST, SECOND), "fill (order 2, trade 73): not in report"),
        (
            fills(FIRST, SECOND, THIRD, replace(THIRD, trade_id="99")),
            "fill (order 2, trade 99): in report, unknown to the exchange",
        ),
        (fills(FIRST, FIRST, SECOND, THIRD), "fill (order 1, trade 71): 2 times in report"),
        (
            fills(FIRST, SECOND, replace(THIRD, side="buy")),
            "fill (order 2, trade 73): side buy in report, sell on the exchange",
        ),
        (
            fills(replace(FIRST, price=D(30000)), SECOND, THIRD),
            "fill (order 1, trade 71): price 30000 in report, 30000.12 on the exchange",
        ),
        (
            fills(FIRST, SECOND, replace(THIRD, amount=D("0.09"))),
            "fill (order 2, trade 73): amount 0.09 in report, 0.1 on the exchange",
        ),
        (
            fills(FIRST, SECOND, replace(THIRD, fees={"USD": D("3.02")})),
            "fill (order 2, trade 73): fee 3.02 USD in report, 3.01 USD on the exchange",
        ),
        (
            fills(FIRST, SECOND, replace(THIRD, fees={"BTC": D("3.01")})),
            "fill (order 2, trade 73): fee 3.01 BTC in report, 3.01 USD on the exchange",
        ),
        (
            fills(FIRST, SECOND, replace(THIRD, fees={})),
            "fill (order 2, trade 73): fee none in report, 3.01 USD on the exchange",
        ),
    ],
)
def test_each_discrepancy_is_found(change: Change, expected: str) -> None:
    assert compare(LEDGER, change(LEDGER), "report") == [expected]


def test_a_fill_with_the_wrong_order_is_missing_and_too_many() -> None:
    report = fills(FIRST, SECOND, replace(THIRD, order_id="1"))(LEDGER)
    assert compare(LEDGER, report, "report") == [
        "fill (order 2, trade 73): not in report",
        "fill (order 1, trade 73): in report, unknown to the exchange",
    ]


def test_a_trade_with_oneself_is_two_fills() -> None:
    both = Account((BUY, SELL), (FIRST, replace(FIRST, order_id="2", side="sell", fees={"USD": D("6")})))
    assert compare(both, both, "report") == []
    assert compare(both, replace(both, fills=(FIRST,)), "report") == ["fill (order 2, trade 71): not in report"]


def test_a_ledger_that_contradicts_itself_is_named() -> None:
    assert "fill (order 1, trade 71): 2 times in the ledger" in compare(
        Account((BUY,), (FIRST, FIRST)), Account((BUY,), (FIRST,)), "report"
    )


def test_the_database_keeps_six_decimals_cut_off_and_fees_in_full() -> None:
    fine = replace(FIRST, amount=D("0.12345678"), fees={"BTC": D("0.00012345678")})
    ledger = Account((replace(BUY, amount=D("0.12345678")),), (fine,))
    stored = Account((replace(BUY, amount=D("0.123456")),), (replace(fine, amount=D("0.123456")),))
    rounded = replace(stored, fills=(replace(fine, amount=D("0.123457")),))
    fee_cut = replace(stored, fills=(replace(stored.fills[0], fees={"BTC": D("0.000123")}),))

    assert compare(ledger, stored, "database", step=DATABASE_STEP) == []
    assert len(compare(ledger, rounded, "database", step=DATABASE_STEP)) == 1
    assert len(compare(ledger, fee_cut, "database", step=DATABASE_STEP)) == 1
    assert len(compare(ledger, stored, "database")) == 2


def test_open_orders_are_discrepancies() -> None:
    account = Account((BUY, replace(SELL, state=OrderState.OPEN)), ())
    assert open_orders(account) == ["order 2: still open on the exchange"]


def test_balances_must_follow_from_the_fills() -> None:
    before = {"BTC": D(10), "USD": D(100_000), "ETH": D(5)}
    after = {"BTC": D("10.3995"), "USD": D("88006.93"), "ETH": D(5)}
    assert compare_balances(before, after, LEDGER.fills, "BTC", "USD") == []
    assert compare_balances(before, after, LEDGER.fills[:2], "BTC", "USD") == [
        "balance BTC: the fills lead to 10.4995, the exchange says 10.3995",
        "balance USD: the fills lead to 84999.940, the exchange says 88006.93",
    ]
    assert compare_balances(before, {**after, "XRP": D(1)}, LEDGER.fills, "BTC", "USD") == [
        "balance XRP: the fills lead to 0, the exchange says 1"
    ]


def test_reported_balances_must_be_those_of_the_exchange() -> None:
    ledger = {"BTC": D("10.3995"), "USD": D(88006), "XRP": D(0)}
    assert compare_reported_balances(ledger, {"BTC": D("10.39950"), "USD": D(88006), "ETH": D(0)}, "report") == []
    assert compare_reported_balances(ledger, {"BTC": D("10.4"), "ETH": D(1)}, "report") == [
        "balance BTC: 10.4 in report, 10.3995 on the exchange",
        "balance ETH: 1 in report, 0 on the exchange",
        "balance USD: 0 in report, 88006 on the exchange",
    ]


def test_balances_that_were_never_reported_are_no_discrepancy() -> None:
    assert compare_reported_balances({"BTC": D(1)}, {}, "report") == []
