"""What the end-to-end tests stand on: a connector under a running clock, a second trader, and patience."""

import asyncio
import hashlib
import hmac
import itertools
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import pytest
from hummingbot.client.config.client_config_map import ClientConfigMap
from hummingbot.client.config.config_helpers import ClientConfigAdapter
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.connector.markets_recorder import MarketsRecorder
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import MarketEvent
from hummingbot.model.sql_connection_manager import SQLConnectionManager, SQLConnectionType

from peatio_sandbox import Sandbox
from test.patience import eventually

TICK_S = 0.1


class Account(Protocol):
    """An API key and its secret."""

    @property
    def api_key(self) -> str: ...
    @property
    def secret(self) -> str: ...


@dataclass
class Bot:
    """A connector with everything it reported."""

    exchange: PeatioExchange
    events: list[tuple[MarketEvent, Any]] = field(default_factory=list)
    _forwarders: list[EventForwarder] = field(default_factory=list)

    def listen(self) -> None:
        for kind in MarketEvent:
            forwarder = EventForwarder(lambda event, kind=kind: self.events.append((kind, event)))
            self._forwarders.append(forwarder)
            self.exchange.add_listener(kind, forwarder)

    def of(self, kind: MarketEvent, order_id: str | None = None) -> list[Any]:
        return [
            event
            for event_kind, event in self.events
            if event_kind is kind and (order_id is None or event.order_id == order_id)
        ]

    def place(
        self, pair: str, side: TradeType, amount: str, price: str | None, order_type: OrderType = OrderType.LIMIT
    ) -> str:
        place = self.exchange.buy if side is TradeType.BUY else self.exchange.sell
        return str(place(pair, Decimal(amount), order_type, Decimal(price or "NaN")))

    def order(self, order_id: str) -> InFlightOrder:
        order = self.exchange._order_tracker.fetch_order(order_id)
        assert order is not None, f"{order_id} is not followed"
        return order

    async def live(self, order_id: str) -> InFlightOrder:
        """The order once the exchange was seen to have it in its book."""
        await eventually(
            lambda: self.exchange._order_tracker.fetch_order(order_id) is not None
            and self.order(order_id).seen_live_event.is_set(),
            f"{order_id} live",
        )
        return self.order(order_id)

    async def event(self, kind: MarketEvent, order_id: str) -> Any:
        """The first such event of the order."""
        await eventually(lambda: self.of(kind, order_id), f"{kind} of {order_id}")
        return self.of(kind, order_id)[0]

    def available(self, currency: str) -> Decimal:
        return Decimal(self.exchange.get_available_balance(currency))


@asynccontextmanager
async def running_bot(
    url: str,
    account: Account,
    pairs: list[str],
    wait_ready: bool = True,
    secret: str | None = None,
    settings: ConnectorSettings | None = None,
    journal_folder: Path | None = None,
    instance: str = "",
    closes_client: bool = True,
    domain: str = "peatio",
    saved_states: dict[str, Any] | None = None,
    database: Path | None = None,
    reads_settings: bool = False,
) -> AsyncIterator[Bot]:
    """A connector under a clock, as Hummingbot runs it; stopped and its tasks gone at the end.

    :param reads_settings: whether the settings come from `conf/peatio.yml`, as in an instance
    :param domain: the connector's name; that of a named exchange has its own address
    :param saved_states: what Hummingbot's database kept of the last run's orders
    :param database: where Hummingbot records orders and fills: one a strategy
    :param closes_client: False where other connectors go on; Hummingbot's HTTP client is one a process
    """
    exchange = PeatioExchange(
        account.api_key,
        account.secret if secret is None else secret,
        url,
        trading_pairs=list(pairs),
        settings=None if reads_settings else settings or ConnectorSettings(),
        journal_folder=journal_folder,
        instance=instance,
        domain=domain,
    )
    exchange.restore_tracking_states(saved_states or {})
    bot = Bot(exchange)
    bot.listen()
    recorder = None if database is None else recorder_of(exchange, database)
    with Clock(ClockMode.REALTIME, TICK_S) as clock:
        clock.add_iterator(exchange)
        task = asyncio.create_task(clock.run())
        try:
            if wait_ready:
                await eventually(lambda: exchange.ready, "the connector is ready")
            yield bot
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            # The order of Hummingbot's own stop (core/trading_core.py): the recorder leaves in the step of the stop.
            exchange.stop(clock)
            if recorder is not None:
                recorder.stop()
                MarketsRecorder._shared_instance = None
            await exchange.stop_network()
    if closes_client:
        await exchange._web_assistants_factory.close()


def recorder_of(exchange: PeatioExchange, database: Path) -> MarketsRecorder:
    """Hummingbot's recorder, running."""
    config = ClientConfigAdapter(ClientConfigMap())
    manager = SQLConnectionManager(config, SQLConnectionType.TRADE_FILLS, db_path=str(database))
    recorder = MarketsRecorder(manager, [exchange], "conf.yml", "test", config.market_data_collection)
    recorder.start()
    return recorder


async def ticks(bot: Bot, for_s: float) -> None:
    """Waits until the bot's clock has gone on by as much."""
    until_s = bot.exchange.current_timestamp + for_s
    await eventually(lambda: bot.exchange.current_timestamp >= until_s, "the bot's clock goes on")


class Person:
    """Another trader at the exchange, with a REST client of their own (none of the connector's code).

    :param clock_offset_s: the exchange's clock minus this machine's
    """

    def __init__(
        self, session: aiohttp.ClientSession, url: str, account: Account, clock_offset_s: float = 0.0
    ) -> None:
        self._session = session
        self._url = f"{url}/api/v2/peatio/"
        self._account = account
        self.clock_offset_s = clock_offset_s

    async def place(self, market: str, side: str, volume: str, price: str | None = None) -> int:
        body = {"market": market, "side": side, "volume": volume, "ord_type": "limit" if price else "market"}
        if price:
            body["price"] = price
        return int((await self.call("POST", "market/orders", body))["id"])

    async def cancel(self, order_id: int | str) -> None:
        await self.call("POST", f"market/orders/{order_id}/cancel", {})

    async def order(self, order_id: int | str) -> Any:
        return await self.call("GET", f"market/orders/{order_id}")

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        nonce = str(int((time.time() + self.clock_offset_s) * 1000))
        key, secret = self._account.api_key, self._account.secret
        signature = hmac.new(secret.encode(), (nonce + key).encode(), hashlib.sha256).hexdigest()
        headers = {"X-Auth-Apikey": key, "X-Auth-Nonce": nonce, "X-Auth-Signature": signature}
        async with self._session.request(method, self._url + path, json=body, headers=headers) as response:
            assert response.status < 400, f"{method} {path}: {response.status} {await response.text()}"
            return await response.json()


@asynccontextmanager
async def person(sandbox: Sandbox, name: str) -> AsyncIterator[Person]:
    async with aiohttp.ClientSession() as session:
        yield Person(session, sandbox.url, sandbox.members[name])


def levels(entries: Any, count: int = 50) -> list[tuple[float, float]]:
    """The best levels of one side of a Hummingbot book as (price, amount)."""
    return [(entry.price, entry.amount) for entry in itertools.islice(entries, count)]


def engine_levels(sandbox: Sandbox, market: str) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """What stands in the sandbox engine's book: asks and bids, best first, as (price, amount)."""
    engine = sandbox.exchange._engines[market]
    asks, bids = ([(float(p), float(v)) for p, v in side.levels()] for side in (engine.asks, engine.bids))
    return asks, bids


def warnings(text: str, caplog: pytest.LogCaptureFixture) -> int:
    return sum(text in record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING)


def open_at_exchange(sandbox: Sandbox) -> list[int]:
    return [order.id for order in sandbox.orders("bot") if order.state in ("pending", "wait")]
