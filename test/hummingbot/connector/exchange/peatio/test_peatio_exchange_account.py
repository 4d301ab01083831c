"""Balances, fees, markets and last prices as Hummingbot sees them."""

import asyncio
import math
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.messages import FeeRates
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.trade_fee import DeductedFromReturnsTradeFee
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import MarketEvent

from test.hummingbot.connector.exchange.peatio.fixtures import (
    WireOrder,
    WireTrade,
    balance_rows,
    market_row,
    rest_url,
    settle,
)
from test.hummingbot.connector.exchange.peatio.recorded import answer
from test.hummingbot.connector.exchange.peatio.rig import BALANCES, OPEN_ORDERS, PAIR, TRADES, Rig
from test.patience import eventually

BUY = WireOrder(4)
HALF = WireTrade(8, "29000.0", "0.5", "buy")  # as taker, at a better price

FEES = rest_url("public/trading_fees?limit=1000&page=1")
MEMBER = rest_url("account/members/me")
TICKERS = rest_url("public/markets/tickers")
MARKETS = rest_url("public/markets?limit=1000&page=1")


async def with_funds(rig: Rig, **funds: tuple[str, str]) -> None:
    rig.http.get(BALANCES, payload=balance_rows(**funds))
    await rig.exchange._update_balances()


def assert_has(rig: Rig, currency: str, available: str, total: str) -> None:
    exchange = rig.exchange
    funds = exchange.get_available_balance(currency), exchange.get_balance(currency)
    assert funds == (Decimal(available), Decimal(total))


@pytest.fixture
def no_refresh(monkeypatch: pytest.MonkeyPatch, rig: Rig) -> None:
    """No snapshot comes between: what is computed is looked at."""

    async def nothing() -> None:
        pass

    monkeypatch.setattr(rig.exchange._balance_updates, "_fetch_until_confirmed", nothing)


# Balances.


async def test_balances_come_from_all_pages(rig: Rig) -> None:
    first = balance_rows(**{f"c{number}": ("1", "0") for number in range(1000)})
    rig.http.get(rest_url("account/balances?limit=1000&page=1"), payload=first)
    rig.http.get(rest_url("account/balances?limit=1000&page=2"), payload=balance_rows(usd=("5", "2")))
    await rig.exchange._update_balances()
    assert_has(rig, "C999", "1", "1")
    assert_has(rig, "USD", "5", "7")


@pytest.mark.usefixtures("no_refresh")
async def test_a_pending_order_locks_nothing_and_a_live_one_its_value_without_a_fee(rig: Rig) -> None:
    await with_funds(rig, usd=("100000.0", "0.0"), btc=("2.0", "0.0"))
    rig.follow(BUY, "buy")
    rig.follow(WireOrder(5, side="sell", price="31000.0", volume="0.75"), "sell")
    rig.hear(BUY.now("pending").event())
    assert_has(rig, "USD", "100000.0", "100000.0")
    rig.hear(BUY.event(), BUY.event(), WireOrder(5, side="sell", price="31000.0", volume="0.75").event())
    assert_has(rig, "USD", "70000.0", "100000.0")
    assert_has(rig, "BTC", "1.25", "2.00")


@pytest.mark.usefixtures("no_refresh")
async def test_fills_pay_from_the_lock_and_out_what_is_received_less_the_fee(rig: Rig) -> None:
    await with_funds(rig, usd=("100000.0", "0.0"), btc=("0.0", "0.0"))
    rig.follow(BUY)
    rig.hear(BUY.event(), HALF.event(BUY), HALF.event(BUY))
    assert_has(rig, "USD", "70000.0", "85500.00")
    assert_has(rig, "BTC", "0.499", "0.499")
    rig.hear(BUY.now("wait", "0.5").event(), BUY.now("cancel", "0.5").event())
    assert_has(rig, "USD", "85500", "85500")


@pytest.mark.usefixtures("no_refresh")
async def test_a_sell_receives_quote_less_the_fee(rig: Rig) -> None:
    await with_funds(rig, usd=("0.0", "0.0"), btc=("2.0", "0.0"))
    wire = WireOrder(5, side="sell", price="29000.0")
    rig.follow(wire)
    rig.hear(wire.event(), WireTrade(8, "29000.0", "1.0", "buy").event(wire), wire.now("done", "1.0").event())
    assert_has(rig, "BTC", "1", "1")
    assert_has(rig, "USD", "28971", "28971")


@pytest.mark.usefixtures("no_refresh")
async def test_a_late_wait_locks_only_what_is_left_of_the_order(rig: Rig) -> None:
    await with_funds(rig, usd=("100000.0", "0.0"), btc=("0.0", "0.0"))
    partly, wholly = WireOrder(4), WireOrder(5, volume="0.5")
    rig.follow(partly, "partly")
    rig.follow(wholly, "wholly")
    rig.hear(WireTrade(8, "30000.0", "0.5", "buy").event(partly), partly.event())
    assert_has(rig, "USD", "70000", "85000")
    rig.hear(WireTrade(9, "29000.0", "0.5", "buy").event(wholly), wholly.now("done", "0.5").event(), wholly.event())
    assert_has(rig, "USD", "55500", "70500")
    cancelled = WireOrder(6)
    rig.follow(cancelled, "cancelled")
    rig.hear(cancelled.now("cancel").event(), cancelled.event())
    assert_has(rig, "USD", "55500", "70500")


@pytest.mark.usefixtures("no_refresh")
async def test_an_open_market_order_makes_no_balance_nan(rig: Rig) -> None:
    await with_funds(rig, usd=("100000.0", "0.0"), btc=("0.0", "0.0"))
    wire = WireOrder(4, price=None)
    rig.follow(wire)
    rig.hear(wire.event())
    assert_has(rig, "USD", "100000.0", "100000.0")
    rig.hear(WireTrade(8, "30000.0", "0.5", "buy").event(wire))
    assert_has(rig, "USD", "85000.00", "85000.00")


@pytest.mark.usefixtures("no_refresh")
async def test_a_fee_in_another_currency_does_not_lessen_what_is_received(rig: Rig) -> None:
    await with_funds(rig, usd=("100000.0", "0.0"), btc=("0.0", "0.0"))
    order = rig.follow(BUY)
    row = {**HALF.row(BUY), "fee_currency": "token", "fee_amount": "3.0"}
    rig.answer_trades(row)
    rig.answer_open_orders(BUY.now("wait", "0.5"))
    await rig.exchange._update_order_status()
    assert order.executed_amount_base == Decimal("0.5")
    assert_has(rig, "BTC", "0.5", "0.5")


async def test_after_an_event_the_balances_are_asked_for_once_for_all_that_happens(rig: Rig) -> None:
    await with_funds(rig, usd=("100000.0", "0.0"), btc=("0.0", "0.0"))
    rig.http.get(BALANCES, payload=balance_rows(usd=("70000.0", "15500.0"), btc=("0.499", "0.0")))
    rig.follow(BUY)
    rig.hear(BUY.event(), HALF.event(BUY), BUY.now("wait", "0.5").event())
    await eventually(lambda: rig.count("GET", "account/balances") == 2)
    await settle()
    assert_has(rig, "USD", "70000.0", "85500.0")
    assert rig.count("GET", "account/balances") == 2
    assert rig.count("GET", "market/orders") == 0
    (pause_s,) = rig.exchange.sleeps_s
    assert 0.2 < pause_s <= 0.5


async def test_a_difference_that_stays_is_taken_over_once_our_orders_and_trades_were_asked_for(rig: Rig) -> None:
    """A deposit; the first refreshes do not ask, because most differences are events on their way."""
    await with_funds(rig, usd=("100000.0", "0.0"))
    rig.http.get(BALANCES, payload=balance_rows(usd=("270000.0", "30000.0")), repeat=True)
    rig.answer_open_orders(BUY)
    rig.answer_trades()
    rig.follow(BUY)
    rig.hear(BUY.event())
    await eventually(lambda: not rig.exchange._balances.needs_snapshot)
    first_s, *waits_s = rig.exchange.sleeps_s
    assert first_s <= 0.5
    assert sum(waits_s[:-1]) < CONSTANTS.END_EVENT_LATE_S <= sum(waits_s)
    assert rig.count("GET", "market/orders") == 1
    assert_has(rig, "USD", "270000.0", "300000.0")


async def test_a_difference_is_not_taken_over_while_our_orders_cannot_be_asked_for(rig: Rig) -> None:
    await with_funds(rig, usd=("100000.0", "0.0"))
    rig.http.get(BALANCES, payload=balance_rows(usd=("270000.0", "30000.0")), repeat=True)
    rig.http.get(OPEN_ORDERS, status=503, repeat=True)
    rig.http.get(TRADES, status=503, repeat=True)
    rig.follow(BUY)
    rig.hear(BUY.event())
    await eventually(lambda: rig.count("GET", "account/balances") > 4)
    assert_has(rig, "USD", "70000.0", "100000.0")
    await rig.exchange.stop_network()


async def test_funds_are_booked_before_anybody_learns_of_a_fill_or_an_end(rig: Rig) -> None:
    await with_funds(rig, usd=("100000.0", "0.0"), btc=("0.0", "0.0"))
    rig.follow(BUY)
    read: list[tuple[MarketEvent, Decimal]] = []

    def reader(kind: MarketEvent) -> EventForwarder:
        return EventForwarder(lambda _: read.append((kind, rig.exchange.get_available_balance("BTC"))))

    kinds = (MarketEvent.OrderFilled, MarketEvent.OrderCancelled)
    readers = {kind: reader(kind) for kind in kinds}
    for kind, forwarder in readers.items():
        rig.exchange.add_listener(kind, forwarder)
    rig.hear(BUY.event(), HALF.event(BUY), BUY.now("cancel", "0.5").event())
    assert read == [(kind, Decimal("0.499")) for kind in kinds]
    assert_has(rig, "USD", "85500", "85500")


@pytest.mark.usefixtures("no_refresh")
async def test_a_late_report_of_an_own_order_that_hummingbot_forgot_locks_nothing(rig: Rig) -> None:
    await with_funds(rig, usd=("100000.0", "0.0"))
    rig.follow(BUY)
    rig.hear(BUY.event(), WireTrade(8, "30000.0", "1.0", "sell").event(BUY), BUY.now("done", "1.0").event())
    await settle()
    rig.tracker._cached_orders.clear()
    assert rig.tracker.find(str(BUY.order_id)) is None
    rig.hear(BUY.event())
    assert_has(rig, "USD", "70000.0", "70000.0")


async def test_a_refresh_that_fails_is_tried_again_with_growing_pauses(rig: Rig) -> None:
    await with_funds(rig, usd=("100000.0", "0.0"))
    for _ in range(3):
        rig.http.get(BALANCES, status=503)
    rig.http.get(BALANCES, payload=balance_rows(usd=("70000.0", "30000.0")))
    rig.follow(BUY)
    rig.hear(BUY.event())
    await eventually(lambda: rig.count("GET", "account/balances") == 5)
    await settle()
    pauses_s = rig.exchange.sleeps_s
    assert len(pauses_s) == 4
    for index, pause_s in enumerate(pauses_s):
        assert 0.25 * 2**index <= pause_s <= 0.5 * 2**index
    assert not rig.exchange._balances.needs_snapshot


async def test_a_gateways_page_is_no_word_about_the_fees(rig: Rig) -> None:
    """Hummingbot itself would ask again after twelve hours."""
    rig.http.get(FEES, status=403, body="<html>forbidden</html>")
    rig.http.get(FEES, payload=answer("public trading_fees"))
    rig.http.get(rest_url("account/members/me"), payload={"group": "any"})
    await rig.exchange._update_trading_fees()
    assert rig.exchange.usual_rates("BTC-USD") is not None


async def test_stopping_ends_the_refresh(rig: Rig) -> None:
    await with_funds(rig, usd=("100000.0", "0.0"))
    rig.http.get(BALANCES, status=503, repeat=True)
    rig.follow(BUY)
    rig.hear(BUY.event())
    await eventually(lambda: rig.count("GET", "account/balances") > 2)
    await rig.exchange.stop_network()
    await settle()
    asked = rig.count("GET", "account/balances")
    await asyncio.sleep(0.02)
    assert rig.count("GET", "account/balances") == asked


# Fees.


async def update_fees(rig: Rig, rows: Any, group: Any, group_status: int = 200) -> None:
    rig.http.get(FEES, payload=rows)
    rig.http.get(MEMBER, payload=group, status=group_status)
    await rig.exchange._update_trading_fees()


def fee_percents(rig: Rig, pair: str = PAIR) -> tuple[Decimal, Decimal]:
    """Maker's and taker's."""
    base, quote = pair.split("-")
    arguments = (base, quote, OrderType.LIMIT, TradeType.BUY, Decimal(1), Decimal(30000))
    return rig.exchange.get_fee(*arguments, is_maker=True).percent, rig.exchange.get_fee(*arguments).percent


async def test_the_members_own_group_decides_on_the_fees(rig: Rig) -> None:
    for_all = answer("public trading_fees")[0]
    for_group = {**for_all, "group": "vip-0", "market_id": "ethusd", "maker": "0.0", "taker": "0.0001"}
    for_others = {**for_all, "group": "vip-9", "maker": "0.5", "taker": "0.5"}
    await update_fees(rig, [for_others, for_all, for_group], answer("auth nonce first use"))
    assert fee_percents(rig) == (Decimal("0.001"), Decimal("0.002"))
    assert fee_percents(rig, "ETH-USD") == (Decimal(0), Decimal("0.0001"))


async def test_an_exchange_that_tells_no_group_has_the_fees_for_all(rig: Rig) -> None:
    """Before 3.1."""
    rows = [{**answer("public trading_fees")[0], "maker": "0.0003", "taker": "0.0004"}]
    rig.http.get(FEES, payload=rows)
    rig.http.get(MEMBER, status=404, body="404 Not Found")
    await rig.exchange._update_trading_fees()
    assert fee_percents(rig) == (Decimal("0.0003"), Decimal("0.0004"))


async def test_until_the_fees_are_known_the_stock_ones_are_the_estimate(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.http.get(FEES, status=503)
    rig.http.get(FEES, status=503)
    rig.http.get(FEES, payload=answer("public trading_fees"))
    rig.http.get(MEMBER, payload=answer("auth nonce first use"))
    assert fee_percents(rig) == (Decimal("0.002"), Decimal("0.002"))
    await rig.exchange._update_trading_fees()
    assert fee_percents(rig) == (Decimal("0.001"), Decimal("0.002"))
    assert len(rig.exchange.sleeps_s) == 2, "asked again until it was told"
    assert caplog.text.count("The trading fees cannot be fetched") == 1


async def test_an_exchange_without_a_table_of_fees_is_not_asked_on_and_on(rig: Rig) -> None:
    rig.http.get(FEES, status=404, body="404 Not Found")
    await rig.exchange._update_trading_fees()
    assert fee_percents(rig) == (Decimal("0.002"), Decimal("0.002"))


async def test_a_group_is_not_forgotten_because_the_exchange_does_not_tell_it_once(rig: Rig) -> None:
    rows = [{**answer("public trading_fees")[0], "group": "vip-0", "maker": "0.0003", "taker": "0.0004"}]
    await update_fees(rig, rows, answer("auth nonce first use"))
    await update_fees(rig, rows, {"errors": ["authz.invalid_permission"]}, 401)
    assert rig.exchange._fees.rates(PAIR) == FeeRates(Decimal("0.0003"), Decimal("0.0004"))


async def test_a_market_that_no_row_is_for_costs_nothing(rig: Rig) -> None:
    """As Peatio has it (docs/protocol.md section 3)."""
    rows = [{**answer("public trading_fees")[0], "market_id": "ethusd", "maker": "0.1", "taker": "0.2"}]
    await update_fees(rig, rows, answer("auth nonce first use"))
    assert fee_percents(rig) == (Decimal(0), Decimal(0))
    assert fee_percents(rig, "ETH-USD") == (Decimal("0.1"), Decimal("0.2"))


async def test_a_market_that_no_row_is_for_keeps_the_stock_fees_while_the_group_is_not_known(rig: Rig) -> None:
    rows = [{**answer("public trading_fees")[0], "market_id": "ethusd", "maker": "0.1", "taker": "0.2"}]
    rig.http.get(FEES, payload=rows)
    rig.http.get(MEMBER, status=404, body="404 Not Found")
    await rig.exchange._update_trading_fees()
    assert fee_percents(rig) == (Decimal("0.002"), Decimal("0.002"))


async def test_fees_are_deducted_from_what_is_received_on_both_sides(rig: Rig) -> None:
    await update_fees(rig, answer("public trading_fees"), answer("auth nonce first use"))
    for side in (TradeType.BUY, TradeType.SELL):
        for pair in (PAIR, "XYZ-USD"):
            base, quote = pair.split("-")
            fee = rig.exchange.get_fee(base, quote, OrderType.LIMIT, side, Decimal(1), Decimal(30000))
            assert isinstance(fee, DeductedFromReturnsTradeFee)


async def test_a_limit_maker_order_is_the_makers(rig: Rig) -> None:
    await update_fees(rig, answer("public trading_fees"), answer("auth nonce first use"))
    fee = rig.exchange.get_fee("BTC", "USD", OrderType.LIMIT_MAKER, TradeType.BUY, Decimal(1), Decimal(30000))
    assert fee.percent == Decimal("0.001")


# Prices and markets.


async def test_every_pair_asked_for_has_an_answer(rig: Rig) -> None:
    """Hummingbot asks again without pause for one that is missing."""
    rig.http.get(TICKERS, payload=answer("tickers after trades"))
    prices = await rig.exchange.get_last_traded_prices([PAIR, "ETH-USD", "DOGE-BTC", "XYZ-USD"])
    assert prices.pop(PAIR) == 29500.0
    assert prices.keys() == {"ETH-USD", "DOGE-BTC", "XYZ-USD"}
    assert all(math.isnan(price) for price in prices.values())


async def test_the_last_price_of_one_pair(rig: Rig) -> None:
    rig.http.get(TICKERS, payload=answer("tickers after trades"))
    assert await rig.exchange._get_last_traded_price(PAIR) == 29500.0


async def test_all_prices_with_their_volumes(rig: Rig) -> None:
    rig.http.get(TICKERS, payload=answer("tickers after trades"))
    figures = answer("tickers after trades")["btcusd"]["ticker"]
    assert await rig.exchange.get_all_pairs_prices() == [
        {
            "symbol": "btcusd",
            "price": "29500.0",
            "base_volume": figures["amount"],
            "quote_volume": figures["volume"],
        }
    ]
    rig.http.get(TICKERS, payload={"btcusd": {"ticker": {"last": "1", "buy": "2", "sell": "4", "volume": "5"}}})
    assert await rig.exchange.get_all_pairs_prices() == [
        {"symbol": "btcusd", "price": "3", "base_volume": "5", "quote_volume": ""}
    ]


async def test_changed_rules_take_effect_with_the_next_update(rig: Rig) -> None:
    rows = [market_row("btcusd", "btc", "usd", amount_precision=3, price_precision=1, min_amount="0.5")]
    rig.http.get(MARKETS, payload=rows)
    await rig.exchange._update_trading_rules()
    assert rig.exchange.trading_rules.keys() == {PAIR}
    rule = rig.exchange.trading_rules[PAIR]
    assert rule.min_base_amount_increment == Decimal("0.001")
    assert rule.min_price_increment == Decimal("0.1")
    assert rule.min_order_size == Decimal("0.5")
    assert await rig.exchange.trading_pair_associated_to_exchange_symbol("btcusd") == PAIR
