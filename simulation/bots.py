"""A bot over all its lives: started, killed, started again, and what all of them announced."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hummingbot.connector.exchange.peatio.config import parse_domain
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings

from peatio_cli.doctor.target import PLAIN_NAME, Credentials, Target
from peatio_sandbox.config import MemberAccount
from simulation import virtual_time
from simulation.bot import BotLife, BotPlan, Strategy
from simulation.disk import Failure
from simulation.exchange import ExchangeHost
from simulation.loop import SimulatedLoop
from simulation.order_numbers import number_in, numbered_records
from simulation.pegged import PAIRS
from simulation.plan import BotChoice
from test.chaos.evidence import Life, Records, read_records
from test.chaos.host import DATABASE_NAME
from test.chaos.reports import Created, Line
from test.chaos.trader import Script, Trader

# A trader of the chaos acts every 50 ms; so slow it places its orders over most of the time that a world trades.
SLOWNESS = 15.0
#: What the connector's files begin with: journal, locks, heartbeat, fence.
CONNECTOR_FILES = "peatio_"
#: What a life places at least, so that each has a chance to meet a fault.
FEWEST_ORDERS = 20
#: What a bot that prefers like orders does how often, relatively, where it differs from others.
LIKE_ORDERS = {
    "identical": 10.0, "far_quote": 6.0, "quote": 4.0, "cancel_one": 6.0, "market": 1.0, "burst": 1.0, "overspend": 0.2
}  # fmt: skip


class Bot:
    """
    :param folder: of its database and journal
    :param on_line: gets every line that the bot announces
    :ivar life: the life of now, or the last one
    :ivar deaths: how often it was killed
    """

    def __init__(
        self,
        loop: SimulatedLoop,
        choice: BotChoice,
        exchange: ExchangeHost,
        folder: Path,
        on_line: Callable[["Bot", Line], None],
    ) -> None:
        self.choice = choice
        self.exchange = exchange
        self.folder = folder
        self.deaths = 0
        self.life: BotLife | None = None
        self._loop = loop
        self._on_line = on_line
        self._lives: list[tuple[Records, BotLife]] = []
        self._numbers = itertools.count(1)
        # What trades in its lives; the arguments are `test.chaos.trader.Trader`'s.
        self.trader: Callable[..., Strategy] = Trader
        self._is_calm = False
        self._is_winding_up = False
        self._clock_offset_s = 0.0
        self._disk_failure: Failure | None = None
        self._account: MemberAccount | None = None
        self._before_next_life: list[Callable[[], object]] = []
        self._restart_pause_s = 0.0
        self._next_start: asyncio.TimerHandle | None = None

    @property
    def host(self) -> str:
        """Of the life of now."""
        assert self.life is not None
        return self.life.host

    @property
    def is_dead(self) -> bool:
        return self.life is None or self.life.was_killed

    @property
    def is_away(self) -> bool:
        """Whether it is dead, or was stopped to be started again."""
        return self.life is None or self.life.was_killed or self.life.is_leaving

    @property
    def account(self) -> MemberAccount:
        """The login of the next life."""
        return self._account or self.exchange.sandbox.members[self.choice.member]

    def targets(self) -> list[Target]:
        """What its guard watches, with the keys of now."""
        login = Credentials(self.account.api_key, self.account.secret, "the simulation")
        return [Target(PLAIN_NAME, parse_domain(self.exchange.sandbox.url), login)]

    def start(self, process: BotLife | None = None) -> None:
        """Begins a life.

        :param process: a former life whose process goes on; None for a new process
        """
        self._next_start = None
        while self._before_next_life:
            self._before_next_life.pop()()
        number = next(self._numbers)
        before = self.records()
        host = f"{self.choice.name}.{number}" if process is None else process.host
        self.life = self._make_life(number, host, process)
        self._lives.append((before, self.life))
        self.set_clock(self._clock_offset_s)
        if self._disk_failure is not None:
            # Hummingbot does not start without its database.
            self.life.disk.fail(replace(self._disk_failure, file=CONNECTOR_FILES))
        if self._is_calm:
            self.life.finish.set()
        if self._is_winding_up:
            self.life.wind_up.set()
        self.life.start()

    def _make_life(self, number: int, host: str, process: BotLife | None) -> BotLife:
        return BotLife(
            self._plan_of(number, self._script(number)),
            host,
            self._loop,
            disk=None if process is None else process.disk,  # type: ignore[arg-type]
            number_of=self.number_of,
            on_line=self._announce,
            on_end=self._ended,
        )

    def _script(self, number: int) -> Script:
        choice = self.choice
        placed = sum(isinstance(line, Created) for _, life in self._lives for line in life.lines)
        return Script(
            f"trader {self._loop.seed} {choice.name} {number}",
            self.exchange.pair_scripts(choice.member),
            max(choice.orders - placed, FEWEST_ORDERS),
            SLOWNESS,
            weights=LIKE_ORDERS if choice.prefers_like_orders else {},
            favourites=PAIRS if choice.prefers_like_orders else (),
        )

    def _plan_of(self, number: int, script: Script) -> BotPlan:
        """
        :param number: of the life
        """
        choice, account = self.choice, self.account
        return BotPlan(
            name=choice.name,
            url=self.exchange.sandbox.url,
            api_key=account.api_key,
            secret=account.secret,
            folder=self.folder,
            settings=ConnectorSettings(
                leftovers=choice.leftovers,
                refuse_self_trades=choice.refuses_self_trades,
                exclusive_account=choice.is_exclusive,
                pegged=() if self.exchange.peg is None else PAIRS,
            ),
            restores_state=choice.restores_state and number > 1,
            script=script,
            trader=self.trader,
        )

    def die(self, is_machine: bool, down_s: float) -> None:
        """Ends the life at this instant; the next one begins `down_s` later."""
        if self.is_dead or self.life is None or "stopped" in self.life.phases:
            return
        self.deaths += 1
        self.life.kill(is_machine)
        # It can die in the middle of a step of its own, and timers belong to the process that sets them.
        self._loop.at_end_of_step(lambda: self._start_later(down_s, None))

    def restart(self, pause_s: float) -> None:
        """Hummingbot's `stop`, and `start` in the same process `pause_s` after that has ended."""
        if self.is_away or self.life is None or "stopped" in self.life.phases:
            return
        self._restart_pause_s = pause_s
        self.life.leave()

    def _ended(self, life: BotLife) -> None:
        if life is self.life and life.is_leaving and not life.was_killed and life.error is None:
            self._start_later(self._restart_pause_s, life)

    def _start_later(self, seconds: float, process: BotLife | None) -> None:
        if self._next_start is not None:
            self._next_start.cancel()
        self._next_start = self._loop.call_later(seconds, self.start, process)

    def change_key(self) -> Callable[[], None]:
        """The next life logs in with another API key of the same member.

        :return: what makes the exchange refuse the former key
        """
        former = self.account
        self._account = self.exchange.sandbox.add_key(self.choice.member)
        return lambda: self.exchange.sandbox.deactivate_key(former)

    def before_next_life(self, action: Callable[[], object]) -> None:
        """Runs `action` when the next life begins."""
        self._before_next_life.append(action)

    def set_clock(self, offset_s: float) -> None:
        """Its machine's wall clock is wrong by so much, in this life and the next."""
        self._clock_offset_s = offset_s
        if self.life is not None:
            virtual_time.set_offset(self.host, offset_s)

    def fail_disk(self, failure: Failure) -> None:
        """Its disk refuses writes from now on, in this life and the next."""
        self._disk_failure = failure
        if self.life is not None:
            self.life.disk.fail(failure)

    def mend_disk(self) -> None:
        """Its disk takes everything again."""
        self._disk_failure = None
        if self.life is not None:
            self.life.disk.mend()

    def unrecorded(self) -> set[str]:
        """The client order ids of what Hummingbot's database refused to record, and Hummingbot does not try again."""
        # Lives of one process share a disk.
        refused = (row for _, life in self._lives for row in life.disk.refused if DATABASE_NAME in row.path)
        return {value for row in refused for value in row.values() if isinstance(value, str)}

    def is_journal_whole(self) -> bool:
        """Whether its disk took whatever was written into its journal."""
        return not any(JOURNAL_NAME in row.path for _, life in self._lives for row in life.disk.refused)

    def calm(self) -> None:
        """It places nothing more, in this life and the next."""
        self._is_calm = True
        if self.life is not None:
            self.life.finish.set()

    def wind_up(self) -> None:
        """It cancels whatever is open, in this life and the next."""
        self._is_winding_up = True
        if self.life is not None:
            self.life.wind_up.set()

    def records(self) -> Records:
        """What its database and its journal hold now."""
        return numbered_records(read_records(self.folder / DATABASE_NAME, self.folder / JOURNAL_NAME), self.number_of)

    def number_of(self, order_id: str) -> str:
        """The exchange's number of an order, of an id that the bot knows."""
        return number_in(self.exchange.sandbox, order_id)

    def lives(self) -> list[Life]:
        """For the judge."""
        # A `stop` cuts a life off too: what it placed last, the next one finds in the journal.
        return [Life(before, life.lines, life.was_killed or life.is_leaving) for before, life in self._lives]

    def errors(self) -> list[BaseException]:
        """What ended a life before its time."""
        return [life.error for _, life in self._lives if life.error is not None]

    def _announce(self, life: BotLife, line: Line) -> None:
        self._on_line(self, line)
