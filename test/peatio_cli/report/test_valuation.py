"""Prices of now: conversions, sums over markets, and what is missing."""

from decimal import Decimal

import pytest

from peatio_cli.report.exchanges import ExchangeAccount
from peatio_cli.report.fill import Fill
from peatio_cli.report.numbers import full, short
from peatio_cli.report.period import Period
from peatio_cli.report.prices import ExchangePrices, middle
from peatio_cli.report.rates import Rates
from peatio_cli.report.report import Report, make_report, market_figures
from test.peatio_cli.report.fills import D, fill

ACCOUNTS = [
    ExchangeAccount("peatio", "https://one", ("peatio",), ("a", "a-new-key")),
    ExchangeAccount("peatio_two", "https://two", ("peatio_two",), ("b",)),
]
BTC = fill("buy", "1", "30000", pair="BTC-USD", at_s=1)
DOGE = fill("buy", "1000", "0.000007", fee="0.0001 BTC", pair="DOGE-BTC", at_s=2)
BAY = fill("sell", "10", "2", fee="1 MYC", pair="BAY-DOGE", at_s=3)
PRICES = ExchangePrices(
    {"BTC-USD": D(31000), "DOGE-BTC": D("0.000008")}, {"BTC-USD": D(31000), "DOGE-BTC": D("0.000008")}
)


def reported(*fills: Fill, currency: str | None = None, **prices: ExchangePrices) -> Report:
    return make_report(Period(), market_figures(fills, ACCOUNTS), prices, currency)


def test_markets_are_summed_in_one_currency_over_other_markets() -> None:
    report = reported(BTC, DOGE, currency="USD", peatio=PRICES)
    assert [str(market.name) for market in report.markets] == ["peatio BTC-USD", "peatio DOGE-BTC"]
    assert report.totals.unrealised.value == 1000 + D("0.001") * 31000
    assert report.totals.volume.value == 30000 + D("0.007") * 31000
    assert report.totals.fees.value == D("0.0001") * 31000
    assert report.remarks == []


@pytest.mark.parametrize("currency", ["USD", "DOGE"])
def test_a_missing_rate_is_missing_and_never_zero(currency: str) -> None:
    report = reported(BTC, BAY, currency=currency, peatio=PRICES)
    market = next(market for market in report.markets if market.name.trading_pair == "BAY-DOGE")
    assert (market.fees, market.net) == (None, None)
    assert market.figures.fees == {"MYC": 1}
    assert report.totals.fees.value is None
    assert list(map(str, report.totals.fees.missing)) == ["peatio BAY-DOGE"]
    assert report.totals.realised.value == 0
    assert report.remarks == ["peatio BAY-DOGE: the price of MYC in DOGE is missing"]


def test_without_any_price_the_own_currency_is_still_summed() -> None:
    report = reported(BTC, fill("sell", "0.5", "30100", "15 USD"))
    assert report.currency == "USD"
    assert report.totals.realised.value == 50
    assert report.totals.fees.value == 15
    assert report.totals.unrealised.value is None
    assert report.remarks == ["peatio BTC-USD: the price of BTC in USD is missing"]


def test_nothing_held_has_no_unrealised_profit_whatever_the_price() -> None:
    report = reported(BTC, fill("sell", "1", "30100"))
    assert report.totals.unrealised.value == 0
    assert report.totals.net.value == 100
    assert report.remarks == []


def test_an_exchanges_own_price_comes_before_that_of_others() -> None:
    others = ExchangePrices({"BTC-USD": D(1), "DOGE-BTC": D(1), "MYC-DOGE": D(3), "BAY-DOGE": D(9)})
    report = reported(BTC, BAY, currency="USD", peatio=PRICES, peatio_two=others)
    assert report.totals.volume.value == 30000 + 20 * D("0.000008") * 31000
    assert report.totals.fees.value == 3 * D("0.000008") * 31000
    assert report.markets[0].unrealised == 0, "it sold what it had; the mid price is not another exchange's"


def test_the_currency_is_the_one_with_the_most_fills() -> None:
    assert reported(BTC, DOGE, DOGE).currency == "BTC"
    assert reported().currency == ""


def test_two_keys_of_one_member_are_one_market() -> None:
    later = fill("sell", "1", "31000", account="a-new-key")
    elsewhere = fill("sell", "1", "29000", account="b")
    report = reported(BTC, later, elsewhere)
    assert [(str(market.name), market.figures.realised) for market in report.markets] == [
        ("peatio BTC-USD", D(1000)),
        ("peatio_two BTC-USD", D(0)),
    ]


def test_the_shortest_way_leads_to_a_rate_both_ways_round() -> None:
    rates = Rates({"BTC-USD": D(40000), "DOGE-BTC": D("0.00001"), "DOGE-USD": D("0.5"), "USD-EUR": D(0)})
    assert rates.rate("DOGE", "USD") == D("0.5"), "not over BTC"
    assert rates.rate("USD", "BTC") == D("0.000025")
    assert rates.rate("BTC", "BTC") == 1
    assert rates.rate("USD", "USDT") is None
    assert rates.rate("USD", "EUR") is None, "a price of 0 is none"


def test_the_mid_price_needs_both_sides() -> None:
    depth = {"asks": [["3", "1"], ["2.5", "0"]], "bids": [["1", "1"], ["2", "1"]]}
    assert middle(depth) == D("2.5")
    assert middle(depth | {"asks": []}) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [("0", "0"), ("0E-10", "0"), ("0.00000012345678912", "0.00000012345679"), ("1234567890.123", "1234567890"),
     ("-20.50", "-20.5"), ("100", "100"), ("1E+3", "1000")],
)  # fmt: skip
def test_a_table_shows_eight_digits_and_all_before_the_point(value: str, shown: str) -> None:
    assert short(Decimal(value)) == shown


def test_all_digits_of_an_amount_are_written_without_exponent() -> None:
    assert full(Decimal("9999999999999999.1234567890123456")) == "9999999999999999.1234567890123456"
    assert full(Decimal("1E-16")) == "0.0000000000000001"
    assert (full(None), short(None)) == (None, "missing")
