"""The symbol map and the trading rules that Hummingbot gets from rows of public/markets."""

import logging
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.common.currencies import currency_name
from hummingbot.connector.exchange.peatio.common.instruments import symbol_map, trading_pair, trading_rules
from hummingbot.connector.exchange.peatio.common.messages import parse_market
from hummingbot.connector.exchange.peatio.common.retry import OnceLogger
from hummingbot.connector.utils import split_hb_trading_pair

from test.hummingbot.connector.exchange.peatio.fixtures import market_row
from test.hummingbot.connector.exchange.peatio.recorded import answer

D = Decimal
LOGGER = logging.getLogger("peatio-markets-test")


def recorded_rows() -> list[Any]:
    rows: list[Any] = answer("public markets")
    return rows


def test_the_recorded_markets_are_mapped_both_ways() -> None:
    pairs = symbol_map(recorded_rows(), LOGGER)

    assert dict(pairs) == {"btcusd": "BTC-USD", "ethusd": "ETH-USD", "ethbtc": "ETH-BTC"}
    assert pairs.inverse["ETH-BTC"] == "ethbtc"


def test_the_recorded_markets_have_their_rules() -> None:
    rules = {rule.trading_pair: rule for rule in trading_rules(recorded_rows(), LOGGER)}

    assert set(rules) == {"BTC-USD", "ETH-USD", "ETH-BTC"}
    rule = rules["ETH-BTC"]
    assert rule.min_price_increment == D("0.000001")
    assert rule.min_base_amount_increment == D("0.0001")
    assert rule.min_order_size == D("0.001")


def test_eight_decimals_stay_exact() -> None:
    (rule,) = trading_rules(
        [market_row("dogebtc", "doge", "btc", amount_precision=8, price_precision=8, min_amount="0.00000001")], LOGGER
    )

    assert rule.min_price_increment == rule.min_base_amount_increment == D("0.00000001")
    assert rule.min_order_size == D("0.00000001")


def test_whole_numbers_only_is_a_precision_too() -> None:
    (rule,) = trading_rules([market_row("xy", "x", "y", amount_precision=0, price_precision=0)], LOGGER)

    assert rule.min_price_increment == rule.min_base_amount_increment == D(1)


@pytest.mark.parametrize(
    ("symbol", "base", "quote", "pair"),
    [
        ("btcusdt", "btc", "usdt", "BTC-USDT"),
        ("usdtusd", "usdt", "usd", "USDT-USD"),
        ("btceth", "btc", "eth", "BTC-ETH"),
        ("1inchdai", "1inch", "dai", "1INCH-DAI"),
        ("a.b", "a", "b", "A-B"),
        ("m17", "longcoinname", "q", "LONGCOINNAME-Q"),
    ],
)
def test_units_of_any_length_come_from_their_own_fields(symbol: str, base: str, quote: str, pair: str) -> None:
    row = market_row(symbol, base, quote)

    assert symbol_map([row], LOGGER) == {symbol: pair}
    assert trading_pair(parse_market(row)) == pair


@pytest.mark.parametrize("state", ["disabled", "locked", "sale", "presale"])
def test_a_market_that_is_not_open_is_left_out(state: str) -> None:
    rows = [market_row("btcusd", "btc", "usd", state=state), market_row("ethusd", "eth", "usd")]

    assert symbol_map(rows, LOGGER) == {"ethusd": "ETH-USD"}
    assert [rule.trading_pair for rule in trading_rules(rows, LOGGER)] == ["ETH-USD"]


def test_a_hidden_market_takes_orders() -> None:
    """The exchange's own pages do not show it; makers fill its book before it is launched."""
    rows = [market_row("btcusd", "btc", "usd", state="hidden")]

    assert symbol_map(rows, LOGGER) == {"btcusd": "BTC-USD"}
    assert [rule.trading_pair for rule in trading_rules(rows, LOGGER)] == ["BTC-USD"]


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "btcusd",
        {},
        {"symbol": "btcusd"},
        market_row("btcusd", "btc", "usd", amount_precision="six"),
        market_row("btcusd", "btc", "usd", amount_precision=[6]),
        market_row("btcusd", "btc", "usd", price_precision=10**9),
        market_row("btcusd", "btc", "usd", price_precision=float("inf")),
        market_row("btcusd", "btc", "usd", min_amount="NaN"),
    ],
)
def test_one_bad_row_does_not_hide_the_others(bad: Any, caplog: pytest.LogCaptureFixture) -> None:
    rows = [bad, market_row("ethusd", "eth", "usd")]

    assert symbol_map(rows, LOGGER) == {"ethusd": "ETH-USD"}
    assert [rule.trading_pair for rule in trading_rules(rows, LOGGER)] == ["ETH-USD"]
    assert len(caplog.records) == 2
    assert all("cannot be read and is skipped" in record.getMessage() for record in caplog.records)
    assert all(record.levelno == logging.ERROR for record in caplog.records)


@pytest.mark.parametrize(
    ("base", "quote", "pair"),
    [("usdt-trc20", "usd", "USDT_TRC20-USD"), ("btc", "usdt-erc20", "BTC-USDT_ERC20"), ("a-b-c", "d_e", "A_B_C-D_E")],
)
def test_a_hyphen_in_a_currency_becomes_an_underscore(base: str, quote: str, pair: str) -> None:
    """Hummingbot splits a trading pair at its only hyphen."""
    pairs = symbol_map([market_row("m", base, quote)], LOGGER)

    assert pairs == {"m": pair}
    assert pairs.inverse[pair] == "m"
    assert [rule.trading_pair for rule in trading_rules([market_row("m", base, quote)], LOGGER)] == [pair]
    assert [currency_name(code) for code in (base, quote)] == list(split_hb_trading_pair(pair))


def test_two_currencies_that_would_get_one_name_are_both_left_out_and_named_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rows = [
        market_row("m1", "btc", "usdt-erc20"),
        market_row("m2", "btc", "usdt_erc20", state="disabled"),
        market_row("m3", "usdt-erc20", "usd"),
        market_row("btcusd", "btc", "usd"),
        market_row("ethusd", "eth", "USD"),
    ]
    once = OnceLogger(LOGGER)
    for _ in range(2):
        assert symbol_map(rows, once) == {"btcusd": "BTC-USD", "ethusd": "ETH-USD"}
        assert {rule.trading_pair for rule in trading_rules(rows, once)} == {"BTC-USD", "ETH-USD"}
    (record,) = caplog.records
    assert record.getMessage() == (
        "The currencies usdt-erc20 and usdt_erc20 are left out: both would be USDT_ERC20 in Hummingbot."
    )


def test_of_two_markets_with_one_pair_the_first_is_taken(caplog: pytest.LogCaptureFixture) -> None:
    rows = [
        market_row("btcusd", "btc", "usd", price_precision=2),
        market_row("btcusd2", "btc", "usd", price_precision=5),
    ]

    assert symbol_map(rows, LOGGER) == {"btcusd": "BTC-USD"}
    assert "Market btcusd2 is skipped: BTC-USD is already market btcusd." in caplog.text
    rules = {rule.trading_pair: rule for rule in trading_rules(rows, LOGGER)}
    assert rules["BTC-USD"].min_price_increment == D("0.01")


def test_of_two_pairs_with_one_symbol_the_first_is_taken(caplog: pytest.LogCaptureFixture) -> None:
    """An order on the second would be one on the first."""
    rows = [market_row("m", "btc", "usd"), market_row("m", "eth", "usd")]

    assert symbol_map(rows, LOGGER) == {"m": "BTC-USD"}
    assert [rule.trading_pair for rule in trading_rules(rows, LOGGER)] == ["BTC-USD"]
    assert "Market m is skipped as ETH-USD: it is BTC-USD already." in caplog.text


def test_a_market_listed_twice_is_one_market_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    """Pages can overlap when a market is added between two requests."""
    rows = [market_row("btcusd", "btc", "usd"), market_row("btcusd", "btc", "usd")]

    assert symbol_map(rows, LOGGER) == {"btcusd": "BTC-USD"}
    assert caplog.text == ""


def test_no_markets_are_no_pairs() -> None:
    assert symbol_map([], LOGGER) == {}
    assert trading_rules([], LOGGER) == []
