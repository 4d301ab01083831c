"""The bot's process: the connector as Hummingbot runs it, its recorder and database, and the scripted trader."""

from test.chaos import scaled  # noqa: F401

# isort: split

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

from hummingbot import set_data_path  # type: ignore[attr-defined]
from hummingbot.client.config.client_config_map import ClientConfigMap
from hummingbot.client.config.config_helpers import ClientConfigAdapter
from hummingbot.client.hummingbot_application import HummingbotApplication
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.connector.markets_recorder import MarketsRecorder
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.event.event_forwarder import SourceInfoEventForwarder
from hummingbot.core.event.events import MarketEvent
from hummingbot.core.rate_oracle.rate_oracle import RateOracle
from hummingbot.model.sql_connection_manager import SQLConnectionManager, SQLConnectionType

from peatio_cli.demo.bot_runner import NoRates
from test.chaos.reports import (
    Created,
    Ended,
    EndState,
    Filled,
    LineWriter,
    Phase,
    Status,
    side_of,
    type_of,
)
from test.chaos.sabotage import sabotage
from test.chaos.time_scale import TICK_S, scale_network
from test.chaos.trader import Script, Trader

DATABASE_NAME = "chaos.sqlite"
CONFIG_FILE = "conf_chaos.yml"
STATUS_INTERVAL_S = 0.2

Leftovers = Literal["cancel", "adopt"]


@dataclass(frozen=True)
class Assignment:
    """One life of the bot.

    :param folder: the data folder: database and journal outlive the process here
    :param report: file for the lines of `reports`, one for each life
    :param restores_state: whether Hummingbot's saved state of the market is restored, as its strategies do
    """

    url: str
    api_key: str
    secret: str
    folder: Path
    report: Path
    log: Path
    restores_state: bool
    leftovers: Leftovers
    refuse_self_trades: bool
    exclusive_account: bool
    script: Script
    sabotage: str = ""


class _Application:
    """Stands in for Hummingbot's application, of which the connector and Hummingbot's logger use this much."""

    client_config_map = SimpleNamespace(instance_id="chaos")

    def notify(self, message: str) -> None:
        logging.getLogger("notification").warning(message)

    def add_application_warning(self, warning: object) -> None:
        """Logged already by Hummingbot's logger."""


class Reporter:
    """Writes every order event of a connector as soon as Hummingbot announces it."""

    def __init__(self, connector: PeatioExchange, writer: LineWriter) -> None:
        self._writer = writer
        self._connector = connector
        self.created = 0
        # Hummingbot keeps weak references to listeners only.
        self._forwarders: list[SourceInfoEventForwarder] = []
        self._listen(MarketEvent.BuyOrderCreated, partial(self._created, "buy"))
        self._listen(MarketEvent.SellOrderCreated, partial(self._created, "sell"))
        self._listen(MarketEvent.OrderFilled, self._filled)
        self._listen(MarketEvent.BuyOrderCompleted, partial(self._ended, "filled"))
        self._listen(MarketEvent.SellOrderCompleted, partial(self._ended, "filled"))
        self._listen(MarketEvent.OrderCancelled, partial(self._ended, "cancelled"))
        self._listen(MarketEvent.OrderFailure, partial(self._ended, "failed"))

    def _listen(self, event: MarketEvent, receive: Callable[[Any], None]) -> None:
        forwarder = SourceInfoEventForwarder(lambda _tag, _source, what: receive(what))
        self._forwarders.append(forwarder)
        self._connector.add_listener(event, forwarder)

    def status(self) -> None:
        """Writes what the connector holds now."""
        connector = self._connector
        currencies = list(connector.get_all_balances())
        followed = {**connector.in_flight_orders, **connector._order_tracker.lost_orders}
        self._writer.write(
            Status(
                is_ready=connector.ready,
                followed=tuple(followed),
                total={currency: connector.get_balance(currency) for currency in currencies},
                available={currency: connector.get_available_balance(currency) for currency in currencies},
            )
        )

    def _created(self, side: Any, event: Any) -> None:
        self.created += 1
        order_type = type_of(event.type)
        self._writer.write(
            Created(
                client_order_id=event.order_id,
                order_id=str(event.exchange_order_id),
                pair=event.trading_pair,
                side=side,
                order_type=order_type,
                price=None if order_type == "market" else event.price,
                amount=event.amount,
            )
        )

    def _filled(self, event: Any) -> None:
        fees: dict[str, Any] = {}
        for fee in event.trade_fee.flat_fees:
            fees[fee.token] = fees.get(fee.token, 0) + fee.amount
        self._writer.write(
            Filled(
                client_order_id=event.order_id,
                order_id=str(event.exchange_order_id),
                trade_id=str(event.exchange_trade_id),
                pair=event.trading_pair,
                side=side_of(event.trade_type),
                price=event.price,
                amount=event.amount,
                fees=fees,
            )
        )

    def _ended(self, state: EndState, event: Any) -> None:
        reason, base, quote = "", None, None
        if state == "failed":
            reason = f"{event.error_type}: {event.error_message}"
        elif state == "filled":
            base, quote = event.base_asset_amount, event.quote_asset_amount
        self._writer.write(Ended(client_order_id=event.order_id, state=state, base=base, quote=quote, reason=reason))


def run_worker(assignment: Assignment, commands: Connection) -> None:
    """The whole life of a bot; what a process of its own runs. It ends early when `commands` closes."""
    logging.basicConfig(
        filename=assignment.log,
        level=logging.INFO,
        format="%(asctime)s.%(msecs)03d %(levelname)s %(name)s %(message)s",
        datefmt="%H:%M:%S",
        force=True,
    )
    logging.captureWarnings(True)
    sabotage(assignment.sabotage)
    asyncio.run(_run(assignment, commands))
    os._exit(0)  # without the interpreter's own farewell, which waits for whatever thread is still there


async def _run(assignment: Assignment, commands: Connection) -> None:
    set_data_path(str(assignment.folder))
    HummingbotApplication._main_app = _Application()
    writer = LineWriter(assignment.report)
    connector = PeatioExchange(
        assignment.api_key,
        assignment.secret,
        assignment.url,
        trading_pairs=list(assignment.script.pairs),
        settings=ConnectorSettings(
            leftovers=assignment.leftovers,
            refuse_self_trades=assignment.refuse_self_trades,
            exclusive_account=assignment.exclusive_account,
        ),
    )
    scale_network(connector)
    recorder = _start_recorder(assignment.folder, connector)
    RateOracle.get_instance().source = NoRates()
    RateOracle.get_instance().register_connector(connector)
    reporter = Reporter(connector, writer)
    writer.write(Phase(name="started"))
    with Clock(ClockMode.REALTIME, TICK_S) as clock:
        # The order of Hummingbot's own start (core/trading_core.py): clock, then the saved state, then the first tick.
        clock.add_iterator(connector)
        ticking = asyncio.create_task(clock.run())
        if assignment.restores_state:
            recorder.restore_market_states(CONFIG_FILE, connector)
        told = _Commands(commands)
        await _until(lambda: connector.ready, told.finish)
        writer.write(Phase(name="ready"))
        await Trader(assignment.script, connector, writer, lambda: reporter.created, told.finish).run()
        writer.write(Phase(name="idle"))
        await _wind_up(connector, reporter, told.end)
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)
    await connector.stop_network()
    recorder.stop()
    writer.write(Phase(name="stopped"))


async def _wind_up(connector: PeatioExchange, reporter: Reporter, end: asyncio.Event) -> None:
    """Cancels everything again and again, and tells how things stand, until the other end has seen enough."""
    while not end.is_set():
        if connector.in_flight_orders:
            await connector.cancel_all(STATUS_INTERVAL_S * 10)
        reporter.status()
        await asyncio.sleep(STATUS_INTERVAL_S)


def _start_recorder(folder: Path, connector: PeatioExchange) -> MarketsRecorder:
    config = ClientConfigAdapter(ClientConfigMap())
    database = SQLConnectionManager(config, SQLConnectionType.TRADE_FILLS, db_path=str(folder / DATABASE_NAME))
    recorder = MarketsRecorder(database, [connector], CONFIG_FILE, "chaos", config.market_data_collection)
    recorder.start()
    return recorder


class _Commands:
    """`finish` ends the trading, `end` the process. When the other end goes, so does this bot."""

    def __init__(self, connection: Connection) -> None:
        self.finish = asyncio.Event()
        self.end = asyncio.Event()
        self._connection = connection
        asyncio.get_running_loop().add_reader(connection.fileno(), self._read)

    def _read(self) -> None:
        try:
            command = self._connection.recv()
        except EOFError:
            os._exit(1)
        {"finish": self.finish, "end": self.end}[command].set()


async def _until(check: Callable[[], bool], given_up: asyncio.Event) -> None:
    while not check() and not given_up.is_set():  # noqa: ASYNC110 - Hummingbot's readiness has no event
        await asyncio.sleep(TICK_S / 2)
