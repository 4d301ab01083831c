"""What became of a hedge, on a source of Hummingbot's usual kind: its order tracker, and two requests."""

import asyncio
import logging
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hummingbot.connector.client_order_tracker import ClientOrderTracker
from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState, OrderUpdate, TradeUpdate
from hummingbot.core.data_type.trade_fee import AddedToCostTradeFee
from hummingbot.core.network_iterator import NetworkStatus

from peatio_liquidity import source_market
from peatio_liquidity.fills import Fill
from peatio_liquidity.hedge_journal import Hedge, HedgeState
from peatio_liquidity.hedging import HedgeOrder
from peatio_liquidity.levels import Level
from peatio_liquidity.source_market import HedgeOutcome, SourceMarket

D = Decimal
PAIR = "BTC-USDT"
HEDGE = Hedge(1, "hbot-1", True, D(2), D(30000), D(0), HedgeState.SENT, 1000.0)


class UsualSource:
    """As binance: no fills are listed of an order whose id at the exchange is not known."""

    def __init__(self, state: OrderState | None, amounts: tuple[str, ...]) -> None:
        self.name, self.current_timestamp = "usual", 1000.0
        self.reported: list[tuple[str, Any]] = []
        self.order_books: dict[str, Any] = {}
        self._order_tracker = ClientOrderTracker(self)
        self._state, self._amounts = state, amounts
        self.exchange_order_id, self.failure = "77", None if state else OSError("the exchange does not know the order")

    @property
    def in_flight_orders(self) -> dict[str, InFlightOrder]:
        return dict(self._order_tracker.active_orders)

    def start_tracking_order(self, order_id: str, exchange_order_id: str | None, *of: Any) -> None:
        pair, side, price, amount, kind = of
        order = InFlightOrder(order_id, pair, kind, side, amount, 1000.0, price, exchange_order_id)
        self._order_tracker.start_tracking_order(order)

    def trigger_event(self, kind: Any, event: Any) -> None:
        self.reported.append((kind.name, event))

    async def _request_order_status(self, order: InFlightOrder) -> OrderUpdate:
        if self.failure is not None or self._state is None:
            raise self.failure or AssertionError
        return OrderUpdate(PAIR, 1001.0, self._state, order.client_order_id, self.exchange_order_id)

    async def _all_trade_updates_for_order(self, order: InFlightOrder) -> list[TradeUpdate]:
        if order.exchange_order_id is None:
            return []
        assert order.exchange_order_id == "77"
        fee = AddedToCostTradeFee()
        return [
            TradeUpdate(f"t{number}", "hbot-1", "77", PAIR, 1001.0, D(30000), D(amount), D(30000) * D(amount), fee)
            for number, amount in enumerate(self._amounts)
        ]

    def _is_order_not_found_during_status_update_error(self, error: Exception) -> bool:
        return "does not know" in str(error)

    def supported_order_types(self) -> list[OrderType]:
        return [OrderType.LIMIT, OrderType.MARKET]

    def sell(self, *order: Any) -> str:
        self.reported.append(("sell", order))
        return "hbot-2"

    def filled(self) -> list[Decimal]:
        return [event.amount for kind, event in self.reported if kind == "OrderFilled"]


def market(source: UsualSource) -> SourceMarket:
    assert not isinstance(source, ExchangePyBase)
    return SourceMarket(source, PAIR, logging.getLogger(__name__))


@pytest.mark.parametrize(
    ("status", "fault"), [(NetworkStatus.CONNECTED, ""), (NetworkStatus.NOT_CONNECTED, "the source cannot be reached")]
)
def test_a_source_that_cannot_be_reached_is_not_ready_whatever_its_connector_says(
    status: NetworkStatus, fault: str
) -> None:
    connector: Any = SimpleNamespace(
        ready=True,
        trading_rules={PAIR},
        order_books={PAIR: None},
        network_status=status,
        order_book_tracker=SimpleNamespace(data_source=SimpleNamespace(_ws_assistant=None)),
    )
    source = SourceMarket(connector, PAIR, logging.getLogger(__name__))
    assert source.fault == fault
    assert source.is_ready is (fault == "")


async def test_a_hedge_of_an_earlier_run_ends_with_its_fills_reported() -> None:
    """Its order is not followed any more, and its id at the exchange is only in the answer."""
    source = UsualSource(OrderState.FILLED, ("1.5", "0.5"))
    assert await market(source).look_up(HEDGE) is HedgeOutcome.ENDED
    assert source.filled() == [D("1.5"), D("0.5")]


@pytest.mark.parametrize("state", [OrderState.CANCELED, OrderState.FAILED])
async def test_a_cancelled_hedge_ends_once_no_more_fills_are_listed(
    state: OrderState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists of trades lag behind the orders: what is listed after the next hedge was sent is hedged twice."""
    now_s = 100.0
    monkeypatch.setattr(source_market, "time", SimpleNamespace(monotonic=lambda: now_s))
    usual = UsualSource(state, ())
    source = market(usual)
    for at_s, amounts, outcome in (
        (100.0, (), HedgeOutcome.OPEN),
        (102.0, ("0.5",), HedgeOutcome.OPEN),
        (104.0, ("0.5",), HedgeOutcome.OPEN),
        (105.0, ("0.5",), HedgeOutcome.ENDED),
    ):
        now_s, usual._amounts = at_s, amounts
        assert await source.look_up(HEDGE) is outcome
        await asyncio.sleep(0)  # for Hummingbot's tracker
        assert not source.is_under_way(HEDGE), "it is looked up again"
    assert usual.filled() == [D("0.5")]


async def test_one_that_is_called_cancelled_and_was_filled_whole_has_ended() -> None:
    source = UsualSource(OrderState.CANCELED, ("1.5", "0.5"))
    assert await market(source).look_up(HEDGE) is HedgeOutcome.ENDED


async def test_one_that_is_filled_without_all_its_fills_has_not_ended() -> None:
    source = UsualSource(OrderState.FILLED, ("1.5",))
    assert await market(source).look_up(HEDGE) is HedgeOutcome.UNKNOWN


async def test_a_market_hedge_that_is_called_filled_with_fewer_fills_has_ended_once_no_more_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As exchanges answer whose market buys are of an amount in quote, or that found no more offers."""
    hedge = replace(HEDGE, is_market=True)
    usual = UsualSource(OrderState.FILLED, ("1.5",))
    source = market(usual)
    assert await source.look_up(hedge) is HedgeOutcome.OPEN
    tracked = usual._order_tracker.fetch_order("hbot-1")
    assert tracked is not None
    assert tracked.order_type is OrderType.MARKET
    assert await source.look_up(hedge) is HedgeOutcome.OPEN
    monkeypatch.setattr(source_market, "SETTLED_AFTER_S", 0.0)
    usual._amounts = ("1.5", "0.25")
    assert await source.look_up(hedge) is HedgeOutcome.ENDED
    assert usual.filled() == [D("1.5"), D("0.25")]


async def test_a_fill_that_comes_late_starts_the_wait_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 100.0
    monkeypatch.setattr(source_market, "time", SimpleNamespace(monotonic=lambda: now_s))
    hedge = replace(HEDGE, is_market=True)
    usual = UsualSource(OrderState.FILLED, ("1.5",))
    source = market(usual)
    for at_s, amounts, outcome in (
        (100.0, ("1.5",), HedgeOutcome.OPEN),
        (109.0, ("1.5", "0.25"), HedgeOutcome.OPEN),
        (112.0, ("1.5", "0.25"), HedgeOutcome.OPEN),
        (119.0, ("1.5", "0.25"), HedgeOutcome.ENDED),
    ):
        now_s, usual._amounts = at_s, amounts
        assert await source.look_up(hedge) is outcome


def test_offers_that_a_market_order_took_are_gone_before_the_book_shows_it() -> None:
    usual: Any = UsualSource(None, ())
    row = SimpleNamespace(price=30000.1, amount=2.0)
    usual.order_books = {PAIR: SimpleNamespace(bid_entries=lambda: [row], ask_entries=list)}
    source = market(usual)
    fill = Fill("hbot-2", "t1", False, D("1.5"), D("-1.5"), D(45000), 1.0, D("30000.1") * D("1.5"))
    order = HedgeOrder(False, D("1.5"), D(29000), D("30000.1"))
    source.send(order)
    source.on_hedge_fill(fill)
    assert source.read_others().bids == (Level(D("30000.1"), D("2.0")),), "a limit order has its price"
    source.send(replace(order, is_market=True))
    source.on_hedge_fill(replace(fill, client_order_id="other"))
    assert source.read_others().bids[0].amount == D("2.0")
    source.on_hedge_fill(fill)
    assert source.read_others().bids[0].amount == D("0.5")
    row.amount = 0.5
    assert source.read_others().bids[0].amount == D("0.5"), "once"


def test_a_market_order_goes_out_with_the_best_price_which_some_connectors_need() -> None:
    usual = UsualSource(None, ())
    order = HedgeOrder(False, D(2), D(29000), D(30000))
    assert market(usual).send(order) == "hbot-2"
    market(usual).send(replace(order, is_market=True))
    assert usual.reported == [
        ("sell", (PAIR, D(2), OrderType.LIMIT, D(29000))),
        ("sell", (PAIR, D(2), OrderType.MARKET, D(30000))),
    ]


def test_a_market_order_under_way_is_no_part_of_the_book() -> None:
    book = SimpleNamespace(bid_entries=list, ask_entries=lambda: [SimpleNamespace(price=30000.0, amount=2.0)])
    mine = [
        InFlightOrder(f"hbot-{kind.name}", PAIR, kind, TradeType.SELL, D("0.5"), 1000.0, D(30000), "1", OrderState.OPEN)
        for kind in (OrderType.LIMIT, OrderType.MARKET)
    ]
    connector: Any = SimpleNamespace(
        order_books={PAIR: book}, in_flight_orders={order.client_order_id: order for order in mine}
    )
    others = SourceMarket(connector, PAIR, logging.getLogger(__name__)).read_others()
    assert others.asks == (Level(D("30000.0"), D("1.5")),)


async def test_a_hedge_that_a_connector_called_failed_and_that_is_open_may_still_be_filled() -> None:
    source = UsualSource(OrderState.OPEN, ())
    source.start_tracking_order("hbot-1", None, PAIR, TradeType.BUY, D(30000), D(2), OrderType.LIMIT)
    assert await market(source).look_up(HEDGE) is HedgeOutcome.OPEN


async def test_an_end_without_an_id_at_the_exchange_is_none_as_nobody_was_asked() -> None:
    """Some connectors call an order failed where they do not know that id."""
    source = UsualSource(OrderState.FAILED, ())
    source.exchange_order_id = ""
    assert await market(source).look_up(HEDGE) is HedgeOutcome.UNKNOWN


async def test_a_hedge_of_an_earlier_run_is_asked_for_by_its_id_at_the_exchange() -> None:
    source = UsualSource(None, ())
    await market(source).look_up(replace(HEDGE, exchange_order_id="77"))
    order = source._order_tracker.fetch_order("hbot-1")
    assert order is not None
    assert order.exchange_order_id == "77"


async def test_one_is_under_way_once_the_exchange_said_that_it_is_open() -> None:
    """Before that a cancel would be sent for an order that nobody may know."""
    source = UsualSource(OrderState.OPEN, ())
    asked = market(source)
    source.failure = OSError("no answer")
    assert await asked.look_up(HEDGE) is HedgeOutcome.UNKNOWN
    assert not asked.is_under_way(HEDGE)
    source.failure = None
    assert await asked.look_up(HEDGE) is HedgeOutcome.OPEN
    assert asked.is_under_way(HEDGE)


async def test_an_order_that_the_connector_has_lost_is_asked_for_by_the_id_that_the_exchange_gave() -> None:
    """`UNKNOWN` is what binance notes where the exchange was too busy to say."""
    source = UsualSource(OrderState.FILLED, ("2",))
    order = InFlightOrder("hbot-1", PAIR, OrderType.LIMIT, TradeType.BUY, D(2), 1000.0, D(30000), "UNKNOWN")
    source._order_tracker._lost_orders["hbot-1"] = order
    assert await market(source).look_up(HEDGE) is HedgeOutcome.ENDED
    assert source.filled() == [D(2)]
    assert order.exchange_order_id == "77"


async def test_a_hedge_that_the_source_does_not_know_is_absent_once_that_lasted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = market(UsualSource(None, ()))
    assert await source.look_up(HEDGE) is HedgeOutcome.UNKNOWN
    assert await source.look_up(HEDGE) is HedgeOutcome.UNKNOWN
    monkeypatch.setattr(source_market, "ABSENT_AFTER_S", 0.0)
    assert await source.look_up(HEDGE) is HedgeOutcome.ABSENT
    await asyncio.sleep(0)


async def test_fills_that_hummingbot_knows_and_does_not_report_again_are_known() -> None:
    source = UsualSource(OrderState.FILLED, ("1.5", "0.5"))
    source.start_tracking_order("hbot-1", "77", PAIR, TradeType.BUY, D(30000), D(2), OrderType.LIMIT)
    for update in await source._all_trade_updates_for_order(source.in_flight_orders["hbot-1"]):
        source._order_tracker.process_trade_update(update)  # before anybody listened
    source.reported.clear()
    asked = market(source)
    assert await asked.look_up(HEDGE) is HedgeOutcome.ENDED
    assert source.filled() == []
    fills = await asked.known_fills("hbot-1", 0.0)
    assert [(fill.trade_id, fill.base_change, fill.quote_change) for fill in fills] == [
        ("t0", D("1.5"), D(-45000)), ("t1", D("0.5"), D(-15000))
    ]
    assert await asked.known_fills("hbot-2", 0.0) == []
