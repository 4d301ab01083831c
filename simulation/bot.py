"""A bot in the simulation: the connector as Hummingbot runs it, its recorder and database, and a scripted trader.

One life is one simulated process on a host of its own; the folder with database and journal outlives it.
"""

import asyncio
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hummingbot import set_data_path  # type: ignore[attr-defined]
from hummingbot.client.hummingbot_application import HummingbotApplication
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.connector.markets_recorder import MarketsRecorder
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.rate_oracle.rate_oracle import RateOracle

from peatio_cli.demo.bot_runner import NoRates
from simulation.disk import Disk, ProcessDiedError, mount
from simulation.loop import SimulatedLoop
from simulation.order_numbers import NumberOf, numbered_line
from test.chaos.host import CONFIG_FILE, Application, start_recorder
from test.chaos.reporter import Reporter
from test.chaos.reports import Line, Phase, Status
from test.chaos.trader import Script, Trader

TICK_S = 1.0
# How long the wind-up's cancel_all waits, and the pause before the next one.
CANCEL_ALL_S = 10.0
STATUS_INTERVAL_S = 2.0


class Strategy(Protocol):
    """What trades on the connector, until it is done or asked to finish."""

    async def run(self) -> None:
        """Trades."""


@dataclass(frozen=True)
class BotPlan:
    """What a bot is and does, in all its lives.

    :param name: of the bot; its hosts are `name.1`, `name.2`, …
    :param restores_state: whether Hummingbot's saved state of the market is restored at the start of a life
    """

    name: str
    url: str
    api_key: str
    secret: str
    folder: Path
    settings: ConnectorSettings
    restores_state: bool
    script: Script
    trader: Callable[..., Strategy] = Trader


@dataclass
class BotLife:
    """One process of a bot, from its start to its end or its death.

    :ivar lines: what it announced; nothing is added after its death
    :ivar connector: None until it is made
    """

    plan: BotPlan
    host: str
    loop: SimulatedLoop
    lines: list[Line] = field(default_factory=list)
    status: Status | None = None
    was_killed: bool = False
    error: BaseException | None = None
    connector: PeatioExchange | None = None
    reporter: Reporter | None = None
    #: The exchange's number of an order, of an id that the bot knows.
    number_of: NumberOf = lambda order_id: order_id
    #: Of its process; None makes one.
    disk: Disk = None  # type: ignore[assignment]
    #: Whether Hummingbot's `stop` was asked for; the process lives on.
    is_leaving: bool = False
    phases: set[str] = field(default_factory=set)
    on_line: Callable[["BotLife", Line], None] = lambda life, line: None
    on_end: Callable[["BotLife"], None] = lambda life: None

    def __post_init__(self) -> None:
        self.disk = self.disk or Disk(self.plan.folder, lambda seconds: self.loop.stall(self.host, seconds))
        self.finish = asyncio.Event()
        #: From then on whatever is open is cancelled, until everything has ended.
        self.wind_up = asyncio.Event()
        self.end = asyncio.Event()
        self._recorder: MarketsRecorder | None = None

    def start(self) -> None:
        """Begins the life on its host."""
        mount(self.host, self.disk)
        task = self.loop.network.host(self.host).create_task(self._run(), name=f"life of {self.host}")
        task.add_done_callback(self._ended)

    def write(self, line: Line) -> None:
        """For the reporter and the trader: keeps a line, with the instant it was announced."""
        if self.loop.is_dead(self.host):
            return
        if isinstance(line, Status):
            self.status = line
            return
        line = numbered_line(line, self.number_of)
        if isinstance(line, Phase):
            self.phases.add(line.name)
        # The folder has another name in each run.
        text = line.model_dump_json(exclude_none=True).replace(f"{self.plan.folder.parent}/", "")
        self.loop.events.note(self.loop.true_s, self.host, text)
        self.lines.append(line)
        self.on_line(self, line)

    def leave(self) -> None:
        """Hummingbot's `stop`: orders are cancelled, then the connector stops, and another one may follow."""
        self.is_leaving = True
        self.finish.set()
        self.end.set()

    def kill(self, is_machine: bool) -> None:
        """Ends the process at this instant.

        :param is_machine: whether the machine dies with it: then the exchange gets no reset of its connections
        """
        self.was_killed = True
        network = self.loop.network
        if not is_machine:
            network.reset_connections(self.host)
        at_death = _copy_of(self.plan.folder)
        self.disk.process_died()
        self.loop.kill(self.host)
        self.loop.at_end_of_step(lambda: self._bury(at_death))

    def _bury(self, at_death: Path) -> None:
        """The next life gets the files as they were; what is left of the dead process holds the former ones."""
        folder = self.plan.folder
        folder.rename(_unused(folder, "before"))
        at_death.rename(folder)
        locks = self.loop.processes.state_of(
            self.host, "hummingbot.connector.exchange.peatio.execution.journal_lock", "_held"
        )
        locks.clear()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        # A strategy's own step can have the commit at which its process dies.
        self.error = None if isinstance(error, ProcessDiedError) else error
        self.on_end(self)

    async def _run(self) -> None:
        plan = self.plan
        set_data_path(str(plan.folder))
        HummingbotApplication._main_app = Application()
        connector = self.connector = PeatioExchange(
            plan.api_key, plan.secret, plan.url, trading_pairs=list(plan.script.pairs), settings=plan.settings
        )
        # Hummingbot promises no order of listeners: in some lives the strategy hears first, in others the recorder.
        hears_first = random.Random(f"listeners {plan.script.seed}").random() < 0.5
        reporter = None if hears_first else Reporter(connector, self)
        self._recorder = start_recorder(plan.folder, connector)
        # The newest listener hears first (`simulation.ordered_objects`).
        reporter = self.reporter = reporter or Reporter(connector, self)
        RateOracle.get_instance().source = NoRates()
        RateOracle.get_instance().register_connector(connector)
        self.write(Phase(name="started"))
        with Clock(ClockMode.REALTIME, TICK_S) as clock:
            # The order of Hummingbot's own start (core/trading_core.py): clock, the saved state, the first tick.
            clock.add_iterator(connector)
            ticking = asyncio.create_task(clock.run(), name="clock")
            if plan.restores_state:
                self._recorder.restore_market_states(CONFIG_FILE, connector)
            while not connector.ready and not self.finish.is_set():  # noqa: ASYNC110 - readiness has no event
                await asyncio.sleep(TICK_S / 2)
            self.write(Phase(name="ready"))
            await plan.trader(plan.script, connector, self, lambda: reporter.created, self.finish).run()
            if self.is_leaving:
                await connector.cancel_all(CANCEL_ALL_S)
            else:
                self.write(Phase(name="idle"))
            while not self.end.is_set():
                if self.wind_up.is_set() and connector.in_flight_orders:
                    await connector.cancel_all(CANCEL_ALL_S)
                reporter.status()
                await asyncio.sleep(STATUS_INTERVAL_S)
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
            # The order of Hummingbot's own stop (core/trading_core.py): the recorder leaves in the step of the stop.
            connector.stop(clock)
            clock.remove_iterator(connector)
            self._recorder.stop()
        await connector.stop_network()
        if not self.is_leaving:
            self.write(Phase(name="stopped"))


def _copy_of(folder: Path) -> Path:
    """The files as they are at this instant, in a folder of their own.

    SQLite's pages of a transaction that was not committed are in the process's memory, so a copy has what a killed
    process leaves on the disk.
    """
    return Path(shutil.copytree(folder, _unused(folder, "at-death")))


def _unused(folder: Path, what: str) -> Path:
    return folder.with_name(f"{folder.name}.{what}-{sum(1 for _ in folder.parent.glob(f'{folder.name}.{what}-*'))}")
