"""Decimals, market limits, fees and the ledger."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest

from peatio_sandbox import SandboxConfig
from peatio_sandbox.config import DEFAULT_MARKETS
from peatio_sandbox.exchange.decimals import decimal_text, fits_precision, json_number, multiply, to_database_precision
from peatio_sandbox.exchange.ledger import InsufficientFundsError, Ledger
from peatio_sandbox.exchange.market import ANY, TradingFee, choose_fee
from test.peatio_sandbox.support import Clockwork

D = Decimal


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("30000", "30000.0"),
        ("30000.00", "30000.0"),
        ("0.0100", "0.01"),
        ("0", "0.0"),
        ("1e-8", "0.00000001"),
        ("1E+3", "1000.0"),
        ("-0.50", "-0.5"),
    ],
)
def test_decimals_are_written_as_peatio_writes_them(value: str, text: str) -> None:
    assert decimal_text(D(value)) == text


def test_public_numbers_are_whole_where_they_can_be() -> None:
    assert json_number(D("295.00")) == 295
    assert isinstance(json_number(D("295.00")), int)
    assert json_number(D("0.01")) == 0.01


def test_arithmetic_does_not_depend_on_the_callers_decimal_context() -> None:
    with localcontext() as context:
        context.prec = 3
        assert multiply(D("12345.678"), D("0.00001234")) == D("0.15234566652")
        assert to_database_precision(D("1.00000000000000005")) == D("1.0000000000000001")
        assert fits_precision(D("31000.01"), 2)


@pytest.mark.parametrize(
    ("volume", "accepted"), [("0.0001", True), ("0.00009", False), ("0.0100001", False), ("0.010000000", True)]
)
def test_volumes_outside_the_market_limits_are_not_accepted(volume: str, accepted: bool) -> None:
    assert DEFAULT_MARKETS[0].accepts_volume(D(volume)) is accepted


@pytest.mark.parametrize(
    ("market", "price", "accepted"),
    [(0, "0.01", True), (0, "0.001", False), (0, "31000.001", False), (2, "10", True), (2, "11", False)],
)
def test_prices_outside_the_market_limits_are_not_accepted(market: int, price: str, accepted: bool) -> None:
    assert DEFAULT_MARKETS[market].accepts_price(D(price)) is accepted


def test_fees_are_chosen_from_the_closest_row_to_the_widest() -> None:
    def row(group: str, market: str) -> TradingFee:
        return TradingFee(group, market, D(0), D(0))

    rows = [row(ANY, ANY), row(ANY, "btcusd"), row("vip", ANY), row("vip", "btcusd")]
    chosen = []
    while rows:
        best = choose_fee(rows, "vip", "btcusd")
        chosen.append((best.group, best.market_id))
        rows.remove(best)
    assert chosen == [("vip", "btcusd"), ("vip", ANY), (ANY, "btcusd"), (ANY, ANY)]


def test_where_no_row_is_for_a_member_trading_costs_nothing() -> None:
    others = [TradingFee("vip", "ethusd", D("0.1"), D("0.1")), TradingFee("vip-9", ANY, D("0.1"), D("0.1"))]
    for rows in (others, []):
        fee = choose_fee(rows, "vip", "btcusd")
        assert (fee.maker, fee.taker) == (D(0), D(0))


def test_a_member_in_another_group_pays_its_fees_from_the_next_order_on() -> None:
    rows = (TradingFee(ANY, ANY, D("0.001"), D("0.002")), TradingFee("vip-3", ANY, D("0.0001"), D("0.0002")))
    world = Clockwork(SandboxConfig(trading_fees=rows))
    before = world.submit("bot", "buy", "1", "100")
    world.exchange.move_to_group(world.exchange.members["bot"], "vip-3")
    after = world.submit("bot", "buy", "1", "100")
    other = world.submit("maker", "buy", "1", "100")
    assert [(o.maker_fee, o.taker_fee) for o in (before, after, other)] == [
        (D("0.001"), D("0.002")), (D("0.0001"), D("0.0002")), (D("0.001"), D("0.002"))
    ]


def test_locking_and_unlocking_move_money_and_never_make_any() -> None:
    ledger = Ledger()
    ledger.deposit("A", "usd", D(5))
    ledger.lock("A", "usd", D(3))
    assert ledger.holdings("A") == {"usd": (D(2), D(3))}
    ledger.unlock("A", "usd", D(1))
    ledger.spend_locked("A", "usd", D(2))
    ledger.receive("A", "btc", D("0.1"), D("0.0002"))
    assert ledger.holdings("A") == {"usd": (D(3), D(0)), "btc": (D("0.0998"), D(0))}
    assert ledger.fees_earned("btc") == D("0.0002")
    assert ledger.total("btc") == D("0.1")


def test_an_operation_without_funds_changes_nothing() -> None:
    ledger = Ledger()
    ledger.deposit("A", "usd", D(5))
    for operation in (ledger.lock, ledger.unlock, ledger.spend_locked):
        with pytest.raises(InsufficientFundsError):
            operation("A", "usd", D(6))
        with pytest.raises(InsufficientFundsError):
            operation("A", "usd", D(-1))
    with pytest.raises(ValueError, match="negative"):
        ledger.deposit("A", "usd", D(-1))
    assert ledger.holdings("A") == {"usd": (D(5), D(0))}


def test_an_account_exists_once_something_has_touched_it() -> None:
    ledger = Ledger()
    assert not ledger.has_account("A", "btc")
    ledger.account("A", "btc")
    assert ledger.has_account("A", "btc")
