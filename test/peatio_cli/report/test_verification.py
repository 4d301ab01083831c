"""The comparison with the exchange's own trades."""

from dataclasses import replace
from typing import Any

import pytest

from peatio_cli.report.exchange_trades import listed_trades
from peatio_cli.report.period import Period
from peatio_cli.report.verification import ExchangeTrade, Verification, compare
from test.peatio_cli.report.fills import D, fill

OURS = fill("buy", "0.12345678901234567890123456789", "0.00000745", "0.1 BTC", order_id="1", trade_id="7", at_s=50)
NEW_YEAR_S = 1767225600
THEIRS = ExchangeTrade("1", "7", "btcusd", True, OURS.price, OURS.amount, OURS.total, OURS.fee, "BTC", 50)


def compared(theirs: ExchangeTrade, own_orders: tuple[str, ...] = ("1",)) -> Verification:
    return compare([OURS], {OURS.key}, {theirs.key: theirs}, own_orders, Period())


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"is_buy": False}, "side buy in the history, sell at the exchange"),
        ({"price": D("0.00000746")}, "price 0.00000745 in the history, 0.00000746 at the exchange"),
        (
            {"amount": D("0.12345678901234567890123456780")},
            "amount 0.12345678901234567890123456789 in the history, 0.12345678901234567890123456780 at the exchange",
        ),
        ({"total": D(1)}, f"total {OURS.total:f} in the history, 1 at the exchange"),
        ({"fee": D("0.10000000000000001")}, "fee 0.1 in the history, 0.10000000000000001 at the exchange"),
        ({"fee_currency": "USD"}, "fee currency BTC in the history, USD at the exchange"),
    ],
)
def test_every_field_is_compared_to_the_last_digit(change: dict[str, Any], difference: str) -> None:
    assert compared(THEIRS).agrees
    result = compared(replace(THEIRS, **change))
    assert result.differences == [f"BTC-USD, order 1, trade 7: {difference}"]
    assert not result.agrees


def test_a_fill_that_the_history_learned_meanwhile_is_no_difference() -> None:
    later = replace(THEIRS, trade_id="8")
    trades = {THEIRS.key: THEIRS, later.key: later}
    assert compare([OURS], {OURS.key, later.key}, trades, ["1"], Period()).agrees
    assert not compare([OURS], {OURS.key}, trades, ["1"], Period()).agrees


def test_what_lies_outside_the_period_is_compared_with_nothing() -> None:
    early = replace(THEIRS, trade_id="6", created_at_s=10)
    result = compare([OURS], {OURS.key}, {early.key: early}, ["1"], Period(60, 90))
    assert (result.compared, result.agrees) == (0, True)


def test_a_fee_that_the_exchange_does_not_report_is_said() -> None:
    result = compared(replace(THEIRS, fee=None, fee_currency=None))
    assert result.agrees
    assert result.remarks == ["the fee of 1 fill(s) is not reported by the exchange and was not compared"]


class Rest:
    """GET market/trades, 1000 rows a page."""

    def __init__(self, rows: int) -> None:
        self.rows = [
            {"id": n, "order_id": 1, "market": "btcusd", "side": "buy", "price": "1", "amount": "1", "total": "1",
             "created_at": f"2026-01-01T00:{n // 60 % 60:02}:{n % 60:02}Z"}
            for n in range(rows)
        ]  # fmt: skip
        self.pages = 0

    async def get(self, path: str, query: list[tuple[str, str]], is_private: bool) -> list[Any]:
        self.pages += 1
        start = (int(dict(query)["page"]) - 1) * 1000
        return self.rows[start : start + 1000]


async def test_what_the_pages_cut_off_is_said_and_not_called_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hummingbot.connector.exchange.peatio.peatio_constants.MAX_PAGES", 2)
    listed = await listed_trades(Rest(2500), Period())  # type: ignore[arg-type]
    assert len(listed.trades) == 2000
    assert listed.complete_until_s is not None
    beyond = replace(OURS, trade_id="2400", filled_at_s=listed.complete_until_s + 400)
    result = compare([beyond], {beyond.key}, listed.trades, [], Period(), listed.complete_until_s)
    assert not result.agrees
    assert result.not_verified == [
        "1 fill(s) from 2026-01-01 00:33:19 UTC on: the exchange's list was not read further; remedy: run this again "
        "with --from 2026-01-01T00:33:19"
    ]


async def test_a_list_with_its_newest_first_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of an exchange that does not know `order_by`."""
    rest = Rest(2500)
    rest.rows.reverse()
    period = Period(0, NEW_YEAR_S + 60)
    assert len((await listed_trades(rest, period)).trades) == 2500  # type: ignore[arg-type]
    monkeypatch.setattr("hummingbot.connector.exchange.peatio.peatio_constants.MAX_PAGES", 2)
    assert (await listed_trades(rest, period)).complete_until_s == 0  # type: ignore[arg-type]


async def test_an_unreadable_row_hides_no_other() -> None:
    rest = Rest(3)
    rest.rows[1]["price"] = "NaN"
    listed = await listed_trades(rest, Period())  # type: ignore[arg-type]
    assert (len(listed.trades), listed.unreadable, listed.complete_until_s) == (2, 1, None)
