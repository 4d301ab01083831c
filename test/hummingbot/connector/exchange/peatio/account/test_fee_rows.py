"""Which row of public/trading_fees applies."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio.account.fees import fee_rates_for
from hummingbot.connector.exchange.peatio.common.messages import FeeRates, FeeRow, parse_fee_row

from test.hummingbot.connector.exchange.peatio.recorded import answer


def row(group: str, market: str, maker: str) -> FeeRow:
    recorded = answer("public trading_fees")[0]
    return parse_fee_row({**recorded, "group": group, "market_id": market, "maker": maker, "taker": "0.9"})


# From the row that goes before all others to the one that gives way to all.
ROWS = [
    row("vip-0", "btcusd", "0.1"),
    row("vip-0", "any", "0.2"),
    row("any", "btcusd", "0.3"),
    row("any", "any", "0.4"),
]
FOREIGN = [row("vip-1", "btcusd", "0.5"), row("vip-0", "ethusd", "0.6"), row("vip-1", "any", "0.7")]


@pytest.mark.parametrize("first", range(len(ROWS)))
def test_group_and_market_then_group_then_market_then_all(first: int) -> None:
    # The rows come in no particular order.
    rows = [*FOREIGN, *reversed(ROWS[first:])]
    assert fee_rates_for(rows, "vip-0", "btcusd") == ROWS[first].rates


def test_where_no_row_applies_peatio_charges_nothing() -> None:
    free = FeeRates(maker=Decimal(0), taker=Decimal(0))
    assert fee_rates_for(FOREIGN, "vip-0", "btcusd") == free
    assert fee_rates_for([], "vip-0", "btcusd") == free


def test_without_a_group_only_the_rows_for_all_groups_apply() -> None:
    assert fee_rates_for([*FOREIGN, *ROWS], None, "btcusd") == ROWS[2].rates
    assert fee_rates_for([*FOREIGN, *ROWS], None, "ethbtc") == ROWS[3].rates
    assert fee_rates_for(FOREIGN, None, "btcusd") is None, "a row of our own group might apply"


def test_groups_are_compared_without_regard_to_case() -> None:
    """As Peatio's database compares them; it stores those of the rows in lower case."""
    assert fee_rates_for(ROWS, "VIP-0", "btcusd") == ROWS[0].rates


def test_rows_for_other_kinds_of_markets_do_not_apply() -> None:
    other = replace(ROWS[0], market_type="qe", rates=FeeRates(Decimal("0.7"), Decimal("0.8")))
    for rows in ([*ROWS, other], [other, *ROWS]):
        assert fee_rates_for(rows, "vip-0", "btcusd") == ROWS[0].rates
    (spot,) = answer("public trading_fees")
    assert parse_fee_row(spot).market_type == "spot"
    assert parse_fee_row({key: value for key, value in spot.items() if key != "market_type"}).market_type == "spot"


def test_the_recorded_exchange_has_one_row_for_all() -> None:
    rows = [parse_fee_row(entry) for entry in answer("public trading_fees")]
    assert fee_rates_for(rows, "vip-0", "btcusd") == FeeRates(maker=Decimal("0.001"), taker=Decimal("0.002"))
