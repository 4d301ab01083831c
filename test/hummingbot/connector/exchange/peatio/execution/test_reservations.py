"""What orders reserve: ours by the journal, those of others by their events."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.account.balances import Balances
from hummingbot.connector.exchange.peatio.common.balance_messages import Balance
from hummingbot.connector.exchange.peatio.common.messages import parse_order, parse_trade
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState
from hummingbot.connector.exchange.peatio.execution.reservations import Reservations
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow

from test.hummingbot.connector.exchange.peatio.execution.test_in_flight_order import fill_of, order_of
from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade

PAIR = "BTC-USD"
BOOK = OrderBook()
BOOK.apply_snapshot([OrderBookRow(29900, 1, 1)], [OrderBookRow(30000, 1, 1), OrderBookRow(30100, 2, 1)], 1)
OTHERS = WireOrder(7)  # a buy of 1 BTC at 30000


@pytest.fixture
def balances() -> Balances:
    balances = Balances()
    with balances.snapshot() as snapshot:
        balances.compare(
            snapshot, [Balance("usd", Decimal(100000), Decimal(0)), Balance("btc", Decimal(5), Decimal(0))]
        )
    return balances


@pytest.fixture
def reservations(balances: Balances) -> Reservations:
    return Reservations(balances, lambda: {PAIR: BOOK}, {"btcusd": PAIR}.get)


def intent(is_buy: bool = True, amount: str = "1", price: str | None = "30000", **other: Any) -> Intent:
    limit = None if price is None else Decimal(price)
    return Intent("c1", PAIR, "btcusd", is_buy, Decimal(amount), limit, 0.0, **other)


@pytest.mark.parametrize(
    ("is_buy", "amount", "price", "available"),
    [
        (True, "2", "30000", ("40000", "5")),
        (False, "2", "30000", ("100000", "3")),
        (False, "2", None, ("100000", "3")),
        # 1.1 x (1 x 30000 + 0.5 x 30100)
        (True, "1.5", None, ("50445", "5")),
        (True, "3", None, ("780", "5")),
        # All that there is, where the book is too short to say.
        (True, "4", None, ("0", "5")),
    ],
)
def test_an_order_reserves_what_the_exchange_will_lock(
    balances: Balances, reservations: Reservations, is_buy: bool, amount: str, price: str | None,
    available: tuple[str, str],
) -> None:
    reservations.on_intent_open(intent(is_buy, amount, price))
    assert (balances.available["USD"], balances.available["BTC"]) == tuple(map(Decimal, available))
    reservations.on_intent_over(intent(is_buy, amount, price))
    assert balances.available == {"USD": Decimal(100000), "BTC": Decimal(5)}


@pytest.mark.parametrize("other", [{}, {"state": IntentState.LIVE, "exchange_order_id": "7"}])
def test_without_a_book_a_market_buy_reserves_everything(balances: Balances, other: dict[str, Any]) -> None:
    """Also one of the last run, which is answered already, and also what comes in later."""
    Reservations(balances, dict, lambda market: None).on_intent_open(intent(price=None, **other))
    balances.fill("c0", ("BTC", Decimal(1)), ("USD", Decimal(30000)))
    assert balances.available["USD"] == 0


def test_a_market_buy_costs_what_is_left_behind_another_one(balances: Balances, reservations: Reservations) -> None:
    """Both are on their way; the first one takes the cheapest volume, and the exchange estimates after it or before."""
    first, second = (replace(intent(price=None), client_order_id=key) for key in ("c1", "c2"))
    for moved in (first, first.changed(state=IntentState.SENT), second):
        reservations.on_intent_open(moved)
    assert balances.available["USD"] == 100000 - Decimal("1.1") * (30000 + 30100)
    reservations.on_intent_over(first)
    reservations.on_intent_over(second)
    reservations.on_intent_open(first)
    assert balances.available["USD"] == 100000 - Decimal("1.1") * 30000


def test_an_order_of_others_counts_from_its_event_to_its_end(balances: Balances, reservations: Reservations) -> None:
    for report in (OTHERS.now("pending"), OTHERS, OTHERS):
        reservations.on_event_of_others(parse_order(report.row()), [])
    assert balances.available["USD"] == 70000
    assert not balances.needs_snapshot
    reservations.on_event_of_others(parse_order(OTHERS.now("cancel").row()), [])
    assert balances.available["USD"] == 100000
    assert not balances.needs_snapshot


def test_what_an_order_of_others_spent_is_learned_from_a_snapshot(
    balances: Balances, reservations: Reservations
) -> None:
    reservations.on_event_of_others(parse_order(OTHERS.row()), [])
    reservations.on_event_of_others(parse_order(OTHERS.now("wait", "0.4").row()), [])
    assert balances.needs_snapshot
    reservations.on_event_of_others(parse_order(OTHERS.now("cancel", "0.4").row()), [])
    assert balances.available["USD"] == 100000 - 12000


def test_others_market_orders_and_trades_and_unknown_markets_ask_for_a_snapshot(
    balances: Balances, reservations: Reservations
) -> None:
    trade = parse_trade(WireTrade(8, "29000.0", "0.5", "buy").row(OTHERS))
    done = parse_order(WireOrder(9, "done", price=None, executed="1.0").row())
    unknown = parse_order(WireOrder(9, base="xyz").row())
    for event in (trade, done, unknown):
        reservations.on_event_of_others(event, [])
        assert balances.needs_snapshot
        with balances.snapshot() as snapshot:
            rows = [Balance("usd", Decimal(100000), Decimal(0)), Balance("btc", Decimal(5), Decimal(0))]
            balances.compare(snapshot, rows)
        assert not balances.needs_snapshot


def test_an_order_that_looked_like_ours_is_counted_when_ours_is_given_up(
    balances: Balances, reservations: Reservations
) -> None:
    """A create that was held up is stored too late to be surely ours, and before it is given up."""
    sent = intent(state=IntentState.SENT)
    reservations.on_intent_open(sent)
    reservations.on_event_of_others(parse_order(OTHERS.row()), [sent])
    assert balances.available["USD"] == 70000
    reservations.on_intent_over(sent)
    assert balances.available["USD"] == 70000
    reservations.on_event_of_others(parse_order(OTHERS.now("cancel").row()), [])
    assert balances.available["USD"] == 100000


def test_what_is_left_of_such_an_order_is_counted(balances: Balances, reservations: Reservations) -> None:
    sent = intent(state=IntentState.SENT)
    reservations.on_intent_open(sent)
    reservations.on_event_of_others(parse_order(OTHERS.now("wait", "0.4").row()), [sent])
    reservations.on_intent_over(sent)
    assert balances.available["USD"] == 100000 - 18000
    assert balances.needs_snapshot


def test_an_order_that_turns_out_to_be_ours_after_all_counts_once(
    balances: Balances, reservations: Reservations
) -> None:
    sent = intent(state=IntentState.SENT)
    reservations.on_intent_open(sent)
    reservations.on_event_of_others(parse_order(OTHERS.row()), [sent])
    reservations.on_intent_over(sent)
    found = intent(state=IntentState.LIVE, exchange_order_id="7")
    reservations.on_intent_open(found)
    assert balances.available["USD"] == 70000
    reservations.on_intent_over(found)
    assert balances.available["USD"] == 100000


def test_an_order_that_ended_before_ours_was_given_up_locks_nothing(
    balances: Balances, reservations: Reservations
) -> None:
    sent = intent(state=IntentState.SENT)
    reservations.on_intent_open(sent)
    for report in (OTHERS, OTHERS.now("cancel")):
        reservations.on_event_of_others(parse_order(report.row()), [sent])
    reservations.on_intent_over(sent)
    assert balances.available["USD"] == 100000


def test_an_order_that_may_be_ours_is_reserved_already(balances: Balances, reservations: Reservations) -> None:
    unanswered = intent(state=IntentState.SENT)
    known = intent(amount="2", state=IntentState.LIVE, exchange_order_id="7")
    without_number = intent(state=IntentState.LIVE, exchange_order_id="0d2f5bb4-9f6e-4c29-a3d8-6a3f9f4a6f10")
    for own in (unanswered, known, without_number):
        reservations.on_event_of_others(parse_order(OTHERS.row()), [own])
        assert balances.available["USD"] == 100000
    reservations.on_event_of_others(parse_order(OTHERS.row()), [intent(exchange_order_id="6")])
    assert balances.available["USD"] == 70000


def test_an_order_that_hummingbot_restored_reserves_what_its_fills_left(
    balances: Balances, reservations: Reservations
) -> None:
    """Its saved fills are not reported again. What it seems to lock besides hid the lock of somebody else's order."""
    saved = order_of(exchange_order_id="19", amount=Decimal(1), price=Decimal(30000))
    saved.update_with_trade_update(fill_of("0.4", price="30000"))
    balances.hold()
    reservations.on_intent_open(intent(state=IntentState.LIVE, exchange_order_id="19"))
    report = parse_order(WireOrder(19).now("wait", "0.4").row())
    reservations.on_report(TrackedOrder.from_json(saved.to_json()), report)
    balances.settled()
    with balances.snapshot() as snapshot:
        # 18000 for it, 252 for an order of somebody else.
        balances.compare(snapshot, [Balance("usd", Decimal(69748), Decimal(18252))])
    assert balances.available["USD"] == 69748
    reservations.on_intent_over(intent(state=IntentState.LIVE, exchange_order_id="19"))
    with balances.snapshot() as snapshot:
        balances.compare(snapshot, [Balance("usd", Decimal(87748), Decimal(252))])
    assert balances.available["USD"] == 69748 + 18000
