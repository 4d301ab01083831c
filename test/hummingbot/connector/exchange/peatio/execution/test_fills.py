"""The one place that builds Hummingbot's fills."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio.common.messages import (
    FeeRates,
    TradeReport,
    parse_order,
    parse_trade,
)
from hummingbot.connector.exchange.peatio.execution.fills import fill_of
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import TradeUpdate
from hummingbot.core.data_type.trade_fee import DeductedFromReturnsTradeFee, TokenAmount

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade
from test.hummingbot.connector.exchange.peatio.message_support import read_events
from test.hummingbot.connector.exchange.peatio.recorded import RACES, REST, answer, lines, private_event

RATES = FeeRates(maker=Decimal("0.001"), taker=Decimal("0.002"))


def order_of(
    side: TradeType, pair: str = "BTC-USD", order_id: str = "18", rates: FeeRates | None = RATES
) -> TrackedOrder:
    order = TrackedOrder(
        client_order_id="c1",
        exchange_order_id=order_id,
        trading_pair=pair,
        order_type=OrderType.LIMIT,
        trade_type=side,
        amount=Decimal("100"),
        price=Decimal("30000"),
        creation_timestamp=1.0,
    )
    order.fee_rates = rates
    return order


def heard(wire: WireOrder, trade: WireTrade) -> TradeReport:
    """The trade as the private stream tells it."""
    (event,) = read_events(trade.event(wire))
    assert isinstance(event, TradeReport)
    return event


def filled(order: TrackedOrder, trade: TradeReport) -> TradeUpdate:
    fill = fill_of(order, trade)
    assert fill is not None
    return fill


@pytest.mark.parametrize(
    ("side", "taker_type", "is_taker", "fee"),
    [
        (TradeType.BUY, "buy", True, TokenAmount("BTC", Decimal("0.0005"))),
        (TradeType.BUY, "sell", False, TokenAmount("BTC", Decimal("0.00025"))),
        (TradeType.SELL, "sell", True, TokenAmount("USD", Decimal("15"))),
        (TradeType.SELL, "buy", False, TokenAmount("USD", Decimal("7.5"))),
    ],
)
def test_the_fee_is_taken_from_what_is_received_at_the_rate_of_ones_role(
    side: TradeType, taker_type: str, is_taker: bool, fee: TokenAmount
) -> None:
    wire = WireOrder(18, side=side.name.lower())
    fill = filled(order_of(side), heard(wire, WireTrade(8, "30000.0", "0.25", taker_type)))
    assert fill.is_taker is is_taker
    assert fill.fee == DeductedFromReturnsTradeFee(flat_fees=[fee])


def test_a_fill_carries_everything_of_the_trade() -> None:
    event = private_event("SELF-TRADE cross", "trade")
    (trade,) = read_events(event)
    assert isinstance(trade, TradeReport)
    fill = filled(order_of(TradeType.SELL), trade)
    assert fill._replace(fee=None) == TradeUpdate(
        trade_id="8",
        client_order_id="c1",
        exchange_order_id="18",
        trading_pair="BTC-USD",
        fill_timestamp=1795207700.0,
        fill_price=Decimal("29500"),
        fill_base_amount=Decimal("0.01"),
        fill_quote_amount=Decimal("295"),
        fee=None,
        is_taker=False,
    )


def test_what_was_charged_goes_before_what_the_rates_would_give() -> None:
    trade = replace(heard(WireOrder(18), WireTrade(8, "30000.0", "0.25")), fee_amount=Decimal(0), fee_currency="btc")
    assert filled(order_of(TradeType.BUY), trade).fee.flat_fees == [TokenAmount("BTC", Decimal(0))]


def test_a_fee_that_cannot_be_known_makes_no_fill() -> None:
    trade = heard(WireOrder(18), WireTrade(8, "30000.0", "0.25"))
    assert fill_of(order_of(TradeType.BUY, rates=None), trade) is None
    assert fill_of(order_of(TradeType.BUY), replace(trade, taker_is_buy=None)) is None
    assert fill_of(order_of(TradeType.BUY, rates=None), replace(trade, fee_amount=Decimal(1))) is None


def test_without_the_takers_side_the_fee_as_charged_is_enough() -> None:
    charged = replace(
        heard(WireOrder(18), WireTrade(8, "30000.0", "0.25")),
        taker_is_buy=None,
        fee_amount=Decimal("0.1"),
        fee_currency="btc",
    )
    fill = filled(order_of(TradeType.BUY, rates=None), charged)
    assert fill.is_taker is True
    assert fill.fee.flat_fees == [TokenAmount("BTC", Decimal("0.1"))]


def test_eight_decimals_stay_exact() -> None:
    wire = WireOrder(18, base="doge", quote="btc")
    trade = heard(wire, WireTrade(8, "0.00000123", "98765.43210987", "sell"))
    fill = filled(order_of(TradeType.BUY, "DOGE-BTC"), trade)
    assert fill.fill_price == Decimal("0.00000123")
    assert fill.fill_base_amount == Decimal("98765.43210987")
    assert fill.fill_quote_amount == Decimal("0.1214814814951401")
    assert fill.fee.flat_fees == [TokenAmount("DOGE", Decimal("98.76543210987"))]


@pytest.mark.parametrize(
    ("price", "amount", "fee"),
    [
        ("0.00000123", "98765.43210987", "0.0001214814814951"),  # 0.0001214814814951401
        ("0.00000001", "0.00000005", "0.0000000000000000"),  # 5e-19
        ("0.00000001", "0.00000050", "0.0000000000000000"),  # 5.0e-18
        ("0.00000001", "0.00005000", "0.0000000000000005"),
        ("0.00000001", "0.00005500", "0.0000000000000006"),  # 5.5e-16: half up
        ("1", "1234567890123456.12345678", "1234567890123.4561234567800000"),  # more than 28 digits
    ],
)
def test_a_fee_is_rounded_as_the_exchange_books_it(price: str, amount: str, fee: str) -> None:
    """To 16 decimals, half up, whatever Decimal's default precision is."""
    wire = WireOrder(18, side="sell", base="doge", quote="btc")
    fill = filled(order_of(TradeType.SELL, "DOGE-BTC"), heard(wire, WireTrade(8, price, amount)))
    (charged,) = fill.fee.flat_fees
    assert (charged.token, charged.amount) == ("BTC", Decimal(fee))


def test_the_second_side_of_a_self_trade_is_a_fill_of_its_own_order() -> None:
    """Both private events name the maker's order and side; GET market/orders/:id of the taker tells the other."""
    report = parse_order(answer("SELF-TRADE taker order"))
    fill = filled(order_of(TradeType.BUY, order_id="19", rates=report.fee_rates), report.trades[0])
    assert fill.is_taker is True
    assert fill.trade_id == "8"
    assert fill.exchange_order_id == "19"
    assert fill.fee.flat_fees == [TokenAmount("BTC", Decimal("0.00002"))]


def test_the_side_is_the_orders_not_the_trades() -> None:
    """A trade with oneself names the maker's side in both private events."""
    of_the_maker = heard(WireOrder(19, side="sell"), WireTrade(8, "29500.0", "0.01", "buy"))
    fill = filled(order_of(TradeType.BUY, order_id="19"), of_the_maker)
    assert fill.is_taker is True
    assert fill.fee.flat_fees == [TokenAmount("BTC", Decimal("0.00002"))]


def test_the_rates_give_what_the_recorded_exchange_charged() -> None:
    """Every trade that the recorded GET market/trades lists: its fee as charged is the one computed without it."""
    checked = set()
    for recording in (REST, RACES):
        for step in lines(recording):
            if "/market/trades" not in step.get("request", {}).get("path", "") or step["response"]["status"] != 200:
                continue
            for row in step["response"]["body"]:
                charged = parse_trade(row)
                side = TradeType.BUY if charged.is_buy else TradeType.SELL
                order = order_of(side, order_id=charged.order_id)
                computed = filled(order, replace(charged, fee_amount=None, fee_currency=None))
                assert computed == filled(order_of(side, order_id=charged.order_id, rates=None), charged)
                checked.add((charged.order_id, charged.trade_id))
    assert len(checked) >= 8
