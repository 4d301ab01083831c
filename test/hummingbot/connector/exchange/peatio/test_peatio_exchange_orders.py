"""Placing and cancelling through Hummingbot's own calls."""

import json
import random
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.messages import FeeRates
from hummingbot.connector.exchange.peatio.execution import pending_events
from hummingbot.connector.exchange.peatio.execution.create import Create
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow
from hummingbot.core.data_type.trade_fee import TokenAmount
from hummingbot.core.event.events import MarketEvent

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade, market_row, rest_url, settle
from test.hummingbot.connector.exchange.peatio.recorded import answer, step
from test.hummingbot.connector.exchange.peatio.rig import OPEN_ORDERS, PAIR, Rig
from test.patience import eventually

CREATED = MarketEvent.BuyOrderCreated
FILLED = MarketEvent.OrderFilled
COMPLETED = MarketEvent.BuyOrderCompleted
FAILED = MarketEvent.OrderFailure

ORDERS = "market/orders"
BUY = WireOrder(4)
WHOLE = WireTrade(8, "30000.0", "1.0", "sell")
LIFE = [BUY.now("pending").event(), BUY.event(), WHOLE.event(BUY), BUY.now("done", "1.0").event()]


def buy(rig: Rig, amount: str = "1", price: str = "30000", pair: str = PAIR) -> str:
    return str(rig.exchange.buy(pair, Decimal(amount), OrderType.LIMIT, Decimal(price)))


def sell(rig: Rig, amount: str = "1", price: str = "30000", pair: str = PAIR) -> str:
    return str(rig.exchange.sell(pair, Decimal(amount), OrderType.LIMIT, Decimal(price)))


def answer_create(rig: Rig, wire: WireOrder = BUY, **how: Any) -> None:
    rig.http.post(rest_url(ORDERS), status=201, payload=wire.now("pending", "0.0").row(), **how)


def book_with(*asks: tuple[float, float]) -> OrderBook:
    book = OrderBook()
    book.apply_snapshot([OrderBookRow(29990.0, 1.0, 1)], [OrderBookRow(*ask, 1) for ask in asks], 1)
    return book


# Events and the answer in either order (docs/protocol.md section 4.2).


@pytest.mark.parametrize("early", range(len(LIFE) + 1))
async def test_events_that_come_before_the_answer_are_applied_when_it_comes(rig: Rig, early: int) -> None:
    def events_come(*args: Any, **kwargs: Any) -> None:
        rig.hear(*LIFE[:early])
        assert rig.events == []

    answer_create(rig, callback=events_come)
    order_id = buy(rig)
    await eventually(lambda: rig.events)
    rig.hear(*LIFE[early:])
    await settle()
    assert rig.kinds == [CREATED, FILLED, COMPLETED]
    assert {event.order_id for _, event in rig.events} == {order_id}
    assert rig.of(CREATED)[0].exchange_order_id == "4"
    assert rig.of(FILLED)[0].trade_fee.flat_fees == [TokenAmount("BTC", Decimal("0.001"))]
    assert rig.count("GET", "market/orders/4") == 0


async def test_events_that_were_dropped_before_the_answer_are_made_up_for(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending_events, "MAX_EVENTS", 3)

    def events_come(*args: Any, **kwargs: Any) -> None:
        rig.hear(*LIFE, *(WireOrder(number).event() for number in range(50, 60)))

    rig.answer_order(BUY.now("done", "1.0"), [WHOLE])
    answer_create(rig, callback=events_come)
    buy(rig)
    await eventually(lambda: rig.of(COMPLETED))
    assert rig.kinds == [CREATED, FILLED, COMPLETED]
    assert rig.count("GET", "market/orders/4") == 1


async def test_events_of_two_creates_under_way_find_their_orders(rig: Rig) -> None:
    cheap, dear = WireOrder(5, price="29000.0"), WireOrder(6, price="29500.0")

    def events_come(*args: Any, **kwargs: Any) -> None:
        rig.hear(dear.event(), cheap.event(), cheap.now("reject").event())

    answer_create(rig, cheap)
    answer_create(rig, dear, callback=events_come)
    lost, kept = buy(rig, price="29000"), buy(rig, price="29500")
    await eventually(lambda: rig.of(FAILED) and len(rig.of(CREATED)) == 2)
    assert [event.order_id for event in rig.of(FAILED)] == [lost]
    assert rig.tracker.active_orders.keys() == {kept}
    assert rig.tracker.active_orders[kept].seen_live_event.is_set()


async def test_an_order_of_somebody_else_on_the_account_is_left_alone(rig: Rig) -> None:
    """Placed by hand, or by another bot with the same key."""
    by_hand = WireOrder(99)
    answer_create(rig, callback=lambda *args, **kwargs: rig.hear(by_hand.event(), WHOLE.event(by_hand)))
    order_id = buy(rig)
    await eventually(lambda: rig.events)
    await settle()
    assert rig.kinds == [CREATED]
    assert rig.tracker.active_orders.keys() == {order_id}
    assert rig.count("POST", "market/orders/99/cancel") == 0


async def test_the_answer_freezes_the_rates_of_the_order(rig: Rig) -> None:
    rig.http.post(rest_url(ORDERS), status=201, payload=BUY.now("pending").row(maker_fee="0.0", taker_fee="0.0005"))
    order_id = buy(rig)
    await eventually(lambda: rig.events)
    assert rig.tracker.active_orders[order_id].fee_rates == FeeRates(Decimal(0), Decimal("0.0005"))


# What is sent.


async def test_a_limit_order_is_sent_quantised_and_followed_as_sent(rig: Rig) -> None:
    answer_create(rig)
    order_id = buy(rig, amount="0.123456789", price="30000.126")
    await eventually(lambda: rig.events)
    assert rig.body(ORDERS) == {
        "market": "btcusd",
        "side": "buy",
        "volume": "0.123456",
        "ord_type": "limit",
        "price": "30000.12",
    }
    order = rig.tracker.active_orders[order_id]
    assert (order.amount, order.price) == (Decimal("0.123456"), Decimal("30000.12"))


async def test_eight_decimals_are_sent_without_loss_and_without_an_exponent(rig: Rig) -> None:
    answer_create(rig, WireOrder(4, side="sell", base="doge", quote="btc"))
    sell(rig, amount="0.00000012", price="0.0000012345", pair="DOGE-BTC")
    await eventually(lambda: rig.events)
    assert rig.body(ORDERS) == {
        "market": "dogebtc",
        "side": "sell",
        "volume": "0.00000012",
        "ord_type": "limit",
        "price": "0.00000123",
    }


async def test_nothing_is_ever_sent_with_more_digits_than_the_market_takes(rig: Rig) -> None:
    """Rounded down, as Hummingbot does; the exchange would refuse the excess digits."""
    source = random.Random(7)
    for _ in range(300):
        precisions = {"amount_precision": source.randint(0, 8), "price_precision": source.randint(0, 8)}
        rig.set_markets([market_row("btcusd", "btc", "usd", **precisions)])
        amount, price = (Decimal(source.randint(1, 10**18)).scaleb(-source.randint(6, 14)) for _ in range(2))
        for sent, asked, precision in (
            (rig.exchange.quantize_order_amount(PAIR, amount), amount, precisions["amount_precision"]),
            (rig.exchange.quantize_order_price(PAIR, price), price, precisions["price_precision"]),
        ):
            step_size = Decimal(1).scaleb(-precision)
            assert sent % step_size == 0
            assert asked - step_size < sent <= asked
            assert len(f"{sent:f}".partition(".")[2]) <= precision


async def test_a_market_order_is_sent_without_a_price(rig: Rig) -> None:
    """Not even as null: that is a 422 (docs/protocol.md section 3)."""
    rig.exchange.order_book_tracker._order_books[PAIR] = book_with((30010.0, 5.0))
    answer_create(rig, WireOrder(4, price=None))
    rig.exchange.buy(PAIR, Decimal("0.5"), OrderType.MARKET, Decimal("NaN"))
    await eventually(lambda: rig.events)
    assert rig.body(ORDERS) == {"market": "btcusd", "side": "buy", "volume": "0.500000", "ord_type": "market"}


@pytest.mark.parametrize("book", [OrderBook(), None])
async def test_a_market_order_without_a_price_fails_instead_of_hanging(rig: Rig, book: OrderBook | None) -> None:
    """Hummingbot wants a price for its smallest notional; an empty book has none."""
    if book is not None:
        rig.exchange.order_book_tracker._order_books[PAIR] = book
    order_id = rig.exchange.buy(PAIR, Decimal("0.5"), OrderType.MARKET, Decimal("NaN"))
    await eventually(lambda: rig.of(FAILED))
    assert rig.of(FAILED)[0].order_id == order_id
    assert rig.tracker.active_orders == {}
    assert rig.count("POST", ORDERS) == 0


async def test_an_order_on_an_unknown_market_fails_instead_of_hanging(rig: Rig) -> None:
    order_id = buy(rig, pair="XYZ-USD")
    await eventually(lambda: rig.of(FAILED))
    assert rig.of(FAILED)[0].order_id == order_id
    assert rig.tracker.active_orders == {}


async def test_a_market_order_cut_off_silently_is_found_out_at_once(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hummingbot.connector.exchange.peatio.peatio_constants.BACKOFF_START_S", 0.01)
    rig.exchange.order_book_tracker._order_books[PAIR] = book_with((30010.0, 5.0))
    wire = WireOrder(4, price=None)
    answer_create(rig, wire)
    rig.answer_order(wire.now("cancel", "0.25"), [WireTrade(8, "30010.0", "0.25", "buy")])
    rig.exchange.buy(PAIR, Decimal(1), OrderType.MARKET, Decimal("NaN"))
    await eventually(lambda: rig.of(MarketEvent.OrderCancelled))
    assert rig.kinds == [CREATED, FILLED, MarketEvent.OrderCancelled]


# Refusals and rejects.


REFUSED = [
    ("create: insufficient balance sell", "Deposit funds"),
    ("create: price precision 3", "limits for price or amount"),
    ("create: disabled market", "not open"),
    ("create: level 1 member", "raise its level"),
    ("auth bad signature", "Check the API secret"),
    ("auth unknown key", "Check the API key"),
    ("create: invalid JSON", "server.method.invalid_message_body"),
    ("create: no content type, raw", "not supported"),
    ("public unknown route", "404 Not Found"),
]


@pytest.mark.parametrize(("name", "said"), REFUSED)
async def test_a_refused_order_fails_at_once_with_its_reason_and_is_not_sent_again(
    rig: Rig, name: str, said: str
) -> None:
    response = step(name)["response"]
    body = response["body"]
    rig.http.post(
        rest_url(ORDERS), status=response["status"], body=body if isinstance(body, str) else json.dumps(body)
    )
    order_id = buy(rig)
    await eventually(lambda: rig.events)
    (failure,) = rig.of(FAILED)
    assert failure.order_id == order_id
    assert said in failure.error_message
    assert rig.count("POST", ORDERS) == 1
    assert rig.tracker.active_orders == {}


async def test_an_order_rejected_after_its_acceptance_fails_too(rig: Rig) -> None:
    answer_create(rig)
    buy(rig)
    await eventually(lambda: rig.events)
    rig.hear(BUY.now("reject").event())
    assert rig.kinds == [CREATED, FAILED]


async def test_an_order_whose_create_got_no_answer_is_found_and_followed(rig: Rig) -> None:
    rig.http.post(rest_url(ORDERS), exception=ConnectionResetError("reset"))
    now_s = rig.exchange._time_synchronizer.time()
    rig.http.get(OPEN_ORDERS, payload=[BUY.row(created_at=int(now_s) + 1, updated_at=int(now_s) + 1)])
    order_id = buy(rig)
    await eventually(lambda: rig.events)
    assert rig.kinds == [CREATED]
    assert rig.tracker.active_orders[order_id].exchange_order_id == "4"
    assert rig.count("POST", ORDERS) == 1
    narrowed = dict(rig.parameters(ORDERS))
    assert (narrowed["market"], narrowed["type"]) == ("btcusd", "buy")
    assert abs(int(narrowed["time_from"]) + CONSTANTS.CLOCK_UNCERTAINTY_S - now_s) < 10


async def test_an_order_that_would_match_ones_own_is_not_sent(rig: Rig) -> None:
    own = rig.follow(WireOrder(3, side="sell"), "own")
    rig.hear(WireOrder(3, side="sell").event())
    buy(rig, price="30000")
    await eventually(lambda: rig.of(FAILED))
    assert own.client_order_id in rig.of(FAILED)[0].error_message
    assert rig.count("POST", ORDERS) == 0


async def test_where_the_user_wants_it_an_order_may_match_ones_own(rig: Rig) -> None:
    rig.exchange._settings.current = ConnectorSettings(refuse_self_trades=False)
    rig.follow(WireOrder(3, side="sell"), "own")
    answer_create(rig)
    buy(rig)
    await eventually(lambda: rig.of(CREATED))
    assert rig.count("POST", ORDERS) == 1


# Cancelling.


async def test_a_cancel_waits_for_its_event(rig: Rig) -> None:
    order = rig.follow(BUY)
    rig.hear(BUY.event())
    rig.answer_cancel(BUY)
    rig.exchange.cancel(PAIR, "c1")
    await eventually(lambda: order.current_state is OrderState.PENDING_CANCEL)
    await settle()
    assert rig.of(MarketEvent.OrderCancelled) == []
    rig.hear(BUY.now("cancel").event())
    assert [event.order_id for event in rig.of(MarketEvent.OrderCancelled)] == ["c1"]


@pytest.mark.parametrize(("status", "body", "count"), [(404, answer("cancel unknown id"), 1), (503, {}, 0)])
async def test_only_an_unknown_order_counts_as_not_found(
    rig: Rig, caplog: pytest.LogCaptureFixture, status: int, body: Any, count: int
) -> None:
    order = rig.follow(BUY)
    rig.hear(BUY.event())
    rig.http.post(rest_url("market/orders/4/cancel"), status=status, payload=body)
    rig.exchange.cancel(PAIR, "c1")
    await eventually(lambda: "Failed to cancel order c1" in caplog.text)
    await settle()
    assert rig.tracker._order_not_found_records.get("c1", 0) == count
    assert order.is_open


async def test_hummingbots_own_calls_for_a_single_order_are_answered(rig: Rig) -> None:
    order = rig.follow(BUY)
    rig.answer_order(BUY.now("wait", "1.0"), [WHOLE], repeat=True)
    update = await rig.exchange._request_order_status(order)
    assert update.new_state is OrderState.PARTIALLY_FILLED
    (fill,) = await rig.exchange._all_trade_updates_for_order(order)
    assert (fill.trade_id, fill.fill_base_amount) == ("8", Decimal(1))
    assert order.trade_type is TradeType.BUY


async def test_a_lost_order_is_not_forgotten_before_its_fills_are_known(rig: Rig) -> None:
    order = rig.follow(BUY, rates=None)
    for _ in range(rig.tracker.lost_order_count_limit + 1):
        await rig.tracker.process_order_not_found("c1")
    assert rig.tracker.lost_orders == {"c1": order}
    rig.answer_order(BUY.now("done", "1.0"), [])
    await rig.exchange._update_lost_orders()
    assert rig.tracker.lost_orders == {"c1": order}
    rig.answer_order(BUY.now("done", "1.0"), [WHOLE])
    await rig.exchange._update_lost_orders()
    await eventually(lambda: len(rig.of(FILLED)) == 1 and not rig.tracker.lost_orders)


async def test_a_cancel_that_waited_for_a_create_that_failed_is_no_failure(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.exchange.start_tracking_order("c2", None, PAIR, TradeType.BUY, Decimal(1), Decimal(1), OrderType.LIMIT)
    order = rig.tracker.fetch_order("c2")
    assert order is not None
    create = Create("c2", PAIR, TradeType.BUY, OrderType.LIMIT, Decimal(1), Decimal(1), 0.0, has_left=True)
    rig.exchange._engine._creates.add(create)
    cancel = rig.exchange._engine.canceller.start(order)
    await settle()
    rig.exchange._engine._creates.remove(create)
    rig.tracker.fail(order, None)
    await cancel
    assert "Failed to cancel" not in caplog.text
