"""The rates by pair: from the table, and from our own orders where they know better."""

import logging
from collections.abc import Mapping
from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio.account.fees import TradingFees
from hummingbot.connector.exchange.peatio.common.messages import FeeRates, FeeRow
from hummingbot.core.data_type.trade_fee import TradeFeeSchema

PAIRS = {"btcusd": "BTC-USD", "ethusd": "ETH-USD"}


def rates(maker: str, taker: str) -> FeeRates:
    return FeeRates(Decimal(maker), Decimal(taker))


FOR_ALL, FOR_VIPS, NEW = rates("0.001", "0.002"), rates("0.0001", "0.0002"), rates("0.003", "0.004")
TABLE = [FeeRow("any", "any", FOR_ALL), FeeRow("vip-3", "any", FOR_VIPS)]


def trading_fees(is_of_account: bool = True) -> TradingFees:
    async def pairs() -> Mapping[str, str]:
        return PAIRS

    async def sleep(delay_s: float) -> None:
        """Nothing waits here."""

    return TradingFees(pairs, logging.getLogger(__name__), sleep, is_of_account)


@pytest.fixture
def fees() -> TradingFees:
    return trading_fees()


def test_nothing_is_known_before_anything_was_told(fees: TradingFees) -> None:
    assert fees.rates("BTC-USD") is None


def test_the_rates_of_a_market_that_opens_after_the_table_was_fetched_are_known(fees: TradingFees) -> None:
    """Seed 150895 of the simulation: before Peatio 2.5 the fee of a trade with ourselves is known by them alone, and an
    order whose market was closed at the start never ended."""
    fees.on_markets(PAIRS)
    assert fees.rates("BTC-USD") is None
    fees.update(TABLE, "vip-3", {"ethusd": "ETH-USD"})
    assert fees.rates("BTC-USD") is None
    fees.on_markets(PAIRS)
    assert fees.rates("BTC-USD") == FOR_VIPS


def test_an_order_that_is_charged_as_expected_is_no_news(fees: TradingFees) -> None:
    fees.update(TABLE, "vip-0", PAIRS)
    assert not fees.learn("BTC-USD", FOR_ALL)
    assert not fees.learn("BTC-USD", None), "before 2.5 orders do not tell"
    assert fees.rates("BTC-USD") == FOR_ALL


def test_an_order_that_is_charged_otherwise_knows_better_than_an_old_table(
    fees: TradingFees, caplog: pytest.LogCaptureFixture
) -> None:
    fees.update(TABLE, "vip-0", PAIRS)
    with caplog.at_level(logging.INFO):
        assert fees.learn("BTC-USD", NEW)
        assert not fees.learn("BTC-USD", NEW), "said and asked once"
    assert "0.003 as maker" in caplog.text
    fees.update(TABLE, "vip-0", PAIRS)  # the exchange caches its table for minutes
    assert fees.rates("BTC-USD") == NEW
    assert fees.rates("ETH-USD") == FOR_ALL


def test_a_table_that_changed_since_takes_over_again(fees: TradingFees) -> None:
    fees.update(TABLE, "vip-0", PAIRS)
    fees.learn("BTC-USD", NEW)
    fees.update([FeeRow("any", "any", rates("0.005", "0.006"))], "vip-0", PAIRS)
    assert fees.rates("BTC-USD") == rates("0.005", "0.006")


def test_a_new_group_takes_over_on_every_pair(fees: TradingFees) -> None:
    fees.update(TABLE, "vip-0", PAIRS)
    assert fees.learn("BTC-USD", FOR_VIPS)
    fees.update(TABLE, "vip-3", PAIRS)
    assert (fees.rates("BTC-USD"), fees.rates("ETH-USD")) == (FOR_VIPS, FOR_VIPS)


def test_what_an_order_told_where_no_group_is_told_stays(fees: TradingFees) -> None:
    """Before 3.1, from 2.5 on: the orders are all that tells of our group."""
    fees.update(TABLE, None, PAIRS)
    assert fees.rates("BTC-USD") == FOR_ALL
    assert fees.learn("BTC-USD", FOR_VIPS)
    fees.update(TABLE, None, PAIRS)
    assert fees.rates("BTC-USD") == FOR_VIPS


def test_a_row_that_was_taken_away_counts_no_more(fees: TradingFees) -> None:
    fees.update(TABLE, None, PAIRS)
    fees.update([], None, PAIRS)
    assert fees.rates("BTC-USD") is None


def test_estimates_without_a_pair_have_the_highest_rates_of_our_pairs(fees: TradingFees) -> None:
    schema = TradeFeeSchema(maker_percent_fee_decimal=Decimal("0.7"), taker_percent_fee_decimal=Decimal("0.8"))
    fees.publish(["BTC-USD"], schema)
    assert schema.maker_percent_fee_decimal == Decimal("0.7"), "nothing is known yet"
    fees.update([*TABLE, FeeRow("any", "ethusd", rates("0.0005", "0.009"))], None, PAIRS)
    fees.publish(["BTC-USD", "ETH-USD", "NO-SUCH"], schema)
    assert (schema.maker_percent_fee_decimal, schema.taker_percent_fee_decimal) == (Decimal("0.001"), Decimal("0.009"))
    fees.publish(["BTC-USD"], schema)
    assert schema.taker_percent_fee_decimal == Decimal("0.002")


def test_everybodys_fees_do_not_replace_those_of_an_account(fees: TradingFees) -> None:
    """Paper trade beside a bot that trades: Hummingbot has one schema for both."""
    schema, everybodys = TradeFeeSchema(), trading_fees(is_of_account=False)
    everybodys.update(TABLE, None, PAIRS)
    everybodys.publish(["BTC-USD"], schema)
    assert schema.maker_percent_fee_decimal == FOR_ALL.maker, "there is no account"
    fees.update(TABLE, "vip-3", PAIRS)
    fees.publish(["BTC-USD"], schema)
    everybodys.publish(["BTC-USD"], schema)
    assert schema.maker_percent_fee_decimal == FOR_VIPS.maker
