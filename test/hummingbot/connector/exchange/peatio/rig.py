"""A connector on mocked HTTP, with everything it reported."""

import asyncio
import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from aioresponses import aioresponses
from aioresponses.core import RequestCall
from bidict import bidict
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.instruments import symbol_map, trading_rules
from hummingbot.connector.exchange.peatio.common.messages import FeeRates
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.report_handler import ReportHandler
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import OrderState, OrderUpdate
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import MarketEvent
from hummingbot.core.network_iterator import NetworkStatus

from test.hummingbot.connector.exchange.peatio.fixtures import (
    MAKER_FEE,
    TAKER_FEE,
    WireOrder,
    WireTrade,
    exchange_arguments,
    market_row,
    rest_url,
)
from test.hummingbot.connector.exchange.peatio.message_support import read_events
from test.hummingbot.connector.exchange.peatio.recorded import answer

PAIR = "BTC-USD"
RATES = FeeRates(MAKER_FEE, TAKER_FEE)

# When the recorded order of `WireOrder` was created, in epoch seconds.
CREATED_AT_S = 1_795_207_684.0

OPEN_ORDERS = re.compile(rf"^{re.escape(rest_url('market/orders'))}\?")
TIMESTAMP = rest_url("public/timestamp")
TRADES = re.compile(rf"^{re.escape(rest_url('market/trades'))}\?")
BALANCES = re.compile(rf"^{re.escape(rest_url('account/balances'))}\?")

REPORTED = (
    MarketEvent.BuyOrderCreated,
    MarketEvent.SellOrderCreated,
    MarketEvent.OrderFilled,
    MarketEvent.BuyOrderCompleted,
    MarketEvent.SellOrderCompleted,
    MarketEvent.OrderCancelled,
    MarketEvent.OrderFailure,
)


def start_engine(exchange: PeatioExchange) -> None:
    """As a start of the network that finds nothing to reconcile, without streams and polls."""
    assert exchange._engine.startup.own_journal()
    exchange._engine.admission.start()
    exchange._engine.admission.on_reconciled()


class SwiftExchange(PeatioExchange):
    """The connector; its waits take no time and are written down.

    :ivar status: what Hummingbot's network check found last; it has no setter for that
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sleeps_s: list[float] = []
        self.status = NetworkStatus.CONNECTED

    @property
    def network_status(self) -> NetworkStatus:
        return self.status

    async def _sleep(self, delay: float) -> None:
        self.sleeps_s.append(delay)
        await asyncio.sleep(0.001)


def timestamp_in(offset_s: float) -> str:
    """What a server says whose clock is `offset_s` ahead of ours."""
    return datetime.fromtimestamp(time.time() + offset_s, UTC).isoformat(timespec="seconds")


class Rig:
    """A connector for BTC-USD and other markets, knowing markets and time, and ways to tell it things."""

    def __init__(self, http: aioresponses, folder: Path) -> None:
        self.http = http
        self.events: list[tuple[MarketEvent, Any]] = []
        self.exchange = SwiftExchange(**exchange_arguments(folder, [PAIR]))
        self.exchange._set_current_timestamp(CREATED_AT_S)
        self.exchange._time_synchronizer.add_time_offset_ms_sample(0)
        fine = {"amount_precision": 8, "price_precision": 8, "min_price": "0.00000001", "min_amount": "0.00000001"}
        self.set_markets([*answer("public markets"), market_row("dogebtc", "doge", "btc", **fine)])
        start_engine(self.exchange)
        self._forwarders = [EventForwarder(self._recorder(kind)) for kind in REPORTED]
        for kind, forwarder in zip(REPORTED, self._forwarders, strict=True):
            self.exchange.add_listener(kind, forwarder)

    @property
    def report_handler(self) -> ReportHandler:
        return self.exchange._engine.reports

    @property
    def tracker(self) -> OrderTracker:
        tracker: OrderTracker = self.exchange._order_tracker
        return tracker

    def set_markets(self, rows: list[Any]) -> None:
        """What public/markets would have told."""
        logger = self.exchange.logger()
        self.exchange._set_trading_pair_symbol_map(bidict(symbol_map(rows, logger)))
        self.exchange._trading_rules = {rule.trading_pair: rule for rule in trading_rules(rows, logger)}

    def follow(
        self,
        wire: WireOrder,
        client_order_id: str = "c1",
        rates: FeeRates | None = RATES,
        is_created: bool = True,
    ) -> TrackedOrder:
        """An order whose create was answered; with `is_created` Hummingbot was told so."""
        self.exchange.start_tracking_order(
            order_id=client_order_id,
            exchange_order_id=str(wire.order_id),
            trading_pair=f"{wire.base}-{wire.quote}".upper(),
            trade_type=TradeType.BUY if wire.side == "buy" else TradeType.SELL,
            price=Decimal(wire.price or "NaN"),
            amount=Decimal(wire.volume),
            order_type=OrderType.LIMIT if wire.price else OrderType.MARKET,
        )
        order = self.tracker.fetch_tracked_order(client_order_id)
        assert isinstance(order, TrackedOrder)
        order.fee_rates = rates
        if is_created:
            self.tracker.process_order_update(
                OrderUpdate(order.trading_pair, CREATED_AT_S, OrderState.OPEN, client_order_id, str(wire.order_id))
            )
        return order

    def follow_live(self, wire: WireOrder, client_order_id: str = "c1") -> TrackedOrder:
        """An order that was seen in `wait`."""
        order = self.follow(wire, client_order_id)
        self.hear(wire.event())
        return order

    def hear(self, *messages: dict[str, Any]) -> None:
        """The private stream sends `messages`."""
        for message in messages:
            for event in read_events(message):
                self.report_handler.on_event(event)

    def says(self, *messages: dict[str, Any]) -> Callable[..., None]:
        """For a mocked request: its callback, which has the private stream send `messages` right after."""

        def callback(*args: Any, **kwargs: Any) -> None:
            asyncio.get_running_loop().call_soon(self.hear, *messages)

        return callback

    async def cancel(self, order: TrackedOrder) -> None:
        """One attempt to cancel the order."""
        limit_s = CONSTANTS.CANCEL_PENDING_LIMIT_S
        await self.exchange._engine.canceller.cancel(order, time.monotonic() + limit_s)

    # REST.

    def answer_order(self, wire: WireOrder, trades: list[WireTrade] | None = None, **how: Any) -> None:
        """GET market/orders/:id."""
        self.http.get(rest_url(f"market/orders/{wire.order_id}"), payload=wire.row(trades or []), **how)

    def answer_order_error(self, wire: WireOrder, status: int, codes: list[str], **how: Any) -> None:
        self.http.get(
            rest_url(f"market/orders/{wire.order_id}"), status=status, payload={"errors": codes}, **how
        )

    def answer_cancel(self, wire: WireOrder, **how: Any) -> None:
        """POST market/orders/:id/cancel."""
        self.http.post(rest_url(f"market/orders/{wire.order_id}/cancel"), status=201, payload=wire.row(), **how)

    def answer_cancel_error(self, wire: WireOrder, status: int, codes: list[str], **how: Any) -> None:
        url = rest_url(f"market/orders/{wire.order_id}/cancel")
        self.http.post(url, status=status, payload={"errors": codes}, **how)

    def answer_open_orders(self, *wires: WireOrder) -> None:
        self.http.get(OPEN_ORDERS, payload=[wire.row() for wire in wires])

    def answer_trades(self, *rows: dict[str, Any]) -> None:
        self.http.get(TRADES, payload=list(rows))

    def requests(self, method: str = "", path: str = "") -> list[tuple[str, RequestCall]]:
        """(method and path, call) of the requests to exactly that path (any without), kind by kind."""
        found: list[tuple[str, RequestCall]] = []
        for (made_method, url), calls in self.http.requests.items():
            made_path = url.path.removeprefix("/api/v2/peatio/")
            if (not method or made_method == method) and (not path or made_path == path):
                found.extend((f"{made_method} {made_path}", call) for call in calls)
        return found

    def count(self, method: str, path: str) -> int:
        return len(self.requests(method, path))

    def body(self, path: str, index: int = 0) -> Any:
        """The JSON that was posted to `path`."""
        return json.loads(self.requests("POST", path)[index][1].kwargs["data"])

    def parameters(self, path: str, index: int = 0) -> list[tuple[str, str]]:
        """The query of a GET of `path`, in its order."""
        return list(self.requests("GET", path)[index][1].kwargs["params"])

    # Reports.

    def of(self, kind: MarketEvent) -> list[Any]:
        return [event for event_kind, event in self.events if event_kind is kind]

    @property
    def kinds(self) -> list[MarketEvent]:
        """The kinds of everything reported, in its order."""
        return [kind for kind, _ in self.events]

    async def close(self) -> None:
        """Ends what the connector still has running."""
        await self.exchange._engine.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self.exchange._web_assistants_factory.close()

    def _recorder(self, kind: MarketEvent) -> Callable[[Any], None]:
        return lambda event: self.events.append((kind, event))
