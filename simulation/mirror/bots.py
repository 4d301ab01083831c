"""The mirror over all its lives, as two bots: one for each account. One process and one folder belong to both."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, Venue

from peatio_cli.doctor.target import Target
from simulation.bot import BotLife
from simulation.bots import Bot
from simulation.disk import Failure
from simulation.mirror.life import MirrorLife
from simulation.mirror.plan import PAIR, SOURCE_CONNECTOR
from test.chaos.evidence import Records
from test.chaos.reports import Intended
from test.chaos.trader import Script


class QuotesBot(Bot):
    """The mirror, and its account on the own exchange.

    :param arguments: as `Bot`'s
    :param settings: of the controller
    :param on_look: gets the life each `LOOK_S`
    """

    life: MirrorLife | None

    def __init__(
        self, *arguments: Any, settings: Mapping[str, Any], on_look: Callable[[MirrorLife], None]
    ) -> None:
        super().__init__(*arguments)
        self.hedges: HedgesBot = None  # type: ignore[assignment]
        self._settings = settings
        self._on_look = on_look

    def targets(self) -> list[Target]:
        return [*super().targets(), *self.hedges.targets()]

    def records(self) -> Records:
        return _without(super().records(), self.hedges)

    def _script(self, number: int) -> Script:
        script = super()._script(number)
        pairs = tuple(one for one in script.pair_scripts if one.pair == PAIR)
        return replace(script, pair_scripts=pairs)

    def _make_life(self, number: int, host: str, process: BotLife | None) -> BotLife:
        hedges = self.hedges
        # `peatio_utils` fills it while Hummingbot starts, from the instance's `conf/peatio.yml`.
        NAMED_EXCHANGES[SOURCE_CONNECTOR] = Venue(name=SOURCE_CONNECTOR, domain=hedges.exchange.sandbox.url)
        script = self._script(number)
        return MirrorLife(
            self._plan_of(number, script),
            host,
            self._loop,
            disk=None if process is None else process.disk,  # type: ignore[arg-type]
            number_of=self.number_of,
            on_line=self._announce,
            on_end=self._ended,
            hedging=hedges.begin_life(number, script, host),
            settings=self._settings,
            on_look=self._on_look,
        )


class HedgesBot(Bot):
    """The mirror's account on the outer exchange. What happens to the process happens to `quotes`."""

    def __init__(self, quotes: QuotesBot, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._quotes = quotes
        quotes.hedges = self

    def begin_life(self, number: int, script: Script, host: str) -> BotLife:
        """This account's part in a life of the process."""
        before = self.records()
        plan = replace(self._plan_of(number, script), folder=self.folder)
        self.life = BotLife(plan, host, self._loop, number_of=self.number_of, on_line=self._announce)
        self._lives.append((before, self.life))
        return self.life

    def start(self, process: BotLife | None = None) -> None:
        """With the other account."""

    def targets(self) -> list[Target]:
        (plain,) = super().targets()
        venue = NAMED_EXCHANGES[SOURCE_CONNECTOR]
        return [replace(plain, name=venue.name, named_exchange=venue)]

    def records(self) -> Records:
        return _without(super().records(), self._quotes)

    def die(self, is_machine: bool, down_s: float) -> None:
        self._quotes.die(is_machine, down_s)

    def restart(self, pause_s: float) -> None:
        self._quotes.restart(pause_s)

    def before_next_life(self, action: Callable[[], object]) -> None:
        self._quotes.before_next_life(action)

    def set_clock(self, offset_s: float) -> None:
        self._quotes.set_clock(offset_s)

    def fail_disk(self, failure: Failure) -> None:
        self._quotes.fail_disk(failure)

    def mend_disk(self) -> None:
        self._quotes.mend_disk()

    def unrecorded(self) -> set[str]:
        return self._quotes.unrecorded()

    def calm(self) -> None:
        """With the other account."""

    def wind_up(self) -> None:
        """With the other account."""


def _without(records: Records, other: Bot) -> Records:
    """Of the files of a process with two accounts, what is not the other's. Client order ids differ."""
    theirs = {line.client_order_id for life in other.lives() for line in life.lines if isinstance(line, Intended)}
    return Records(
        {key: row for key, row in records.orders.items() if key not in theirs},
        {key: row for key, row in records.fills.items() if key[0] not in theirs},
        {key: row for key, row in records.journal.items() if key not in theirs},
        {key: row for key, row in records.history.items() if key[0] not in theirs},
    )
