"""The bot's process: the connector as Hummingbot runs it, its recorder and database, and the scripted trader."""

from test.chaos import scaled  # noqa: F401

# isort: split

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal

from hummingbot import set_data_path  # type: ignore[attr-defined]
from hummingbot.client.hummingbot_application import HummingbotApplication
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.rate_oracle.rate_oracle import RateOracle

from peatio_cli.demo.bot_runner import NoRates
from test.chaos.host import CONFIG_FILE, Application, start_recorder
from test.chaos.reporter import Reporter
from test.chaos.reports import LineWriter, Phase
from test.chaos.sabotage import sabotage
from test.chaos.time_scale import TICK_S, scale_network
from test.chaos.trader import Script, Trader

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
    HummingbotApplication._main_app = Application()
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
    recorder = start_recorder(assignment.folder, connector)
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
        # The order of Hummingbot's own stop: the recorder leaves in the step of the stop.
        connector.stop(clock)
        clock.remove_iterator(connector)
        recorder.stop()
    await connector.stop_network()
    writer.write(Phase(name="stopped"))


async def _wind_up(connector: PeatioExchange, reporter: Reporter, end: asyncio.Event) -> None:
    """Cancels everything again and again, and tells how things stand, until the other end has seen enough."""
    while not end.is_set():
        if connector.in_flight_orders:
            await connector.cancel_all(STATUS_INTERVAL_S * 10)
        reporter.status()
        await asyncio.sleep(STATUS_INTERVAL_S)


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
