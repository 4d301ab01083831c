"""Looks at a bot from outside: its heartbeat, fence, guard, journal, hedge journals and status file.

Only reads: no lock is taken, no file written, no signal sent. Works for a bot that runs, is dead, or never ran.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hummingbot.connector.exchange.peatio.guard.fence import FenceFile
from hummingbot.connector.exchange.peatio.guard.heartbeat import HeartbeatRecord, heartbeat_records

from peatio_cli.fleet.health import GUARD_FILE, problem_of
from peatio_cli.guard.lock_file import noted_after_s
from peatio_cli.install.running import running_bot
from peatio_cli.watch.bot_metrics import MetricsError, UntrustedSince, connector_health, connector_samples
from peatio_cli.watch.bot_state import (
    SILENT_AFTER_S,
    Activity,
    BotState,
    ConnectorHealth,
    ConnectorState,
    GuardState,
    StrategyState,
)
from peatio_cli.watch.hedge_reader import HedgeReader, OnPairFill
from peatio_cli.watch.journal_reader import JournalNews, JournalReader, JournalUnreadableError, OnFill

#: A look that comes so long after the last one says nothing about what happened between.
OWN_SLEEP_S = 15.0
#: A longer status text is cut: it is for a page.
LONGEST_TEXT = 20_000
_BOT_FOLDER = Path("data", "bot")


@dataclass
class _Heart:
    stamp: int
    changed_at_s: float


@dataclass(frozen=True, slots=True)
class SelfReport:
    """What a bot says of itself over HTTP.

    :ivar metrics: its metrics as Prometheus reads them
    :ivar why_not_ready: connector → what it waits for
    :ivar strategy, status: the strategy's class and its status text; "" where it was not asked for
    """

    metrics: str
    why_not_ready: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    strategy: str = ""
    status: str = ""


class BotReader:
    """
    :param directory: the bot's instance
    :param now_s: epoch seconds
    :param monotonic_s: measures how long a heart is silent, so that a step of the wall clock does not count
    :param silent_after_s: a heart that did not beat for so long beats no more; None: as the guard that watches has it
    :param on_fill: as `JournalReader`
    :param sites: connector → the exchange's URL; the caller may add some
    :param on_pair_fill: as `HedgeReader`
    """

    def __init__(
        self,
        directory: Path,
        now_s: Callable[[], float] = time.time,
        monotonic_s: Callable[[], float] = time.monotonic,
        silent_after_s: float | None = None,
        on_fill: OnFill | None = None,
        sites: Mapping[str, str] | None = None,
        on_pair_fill: OnPairFill | None = None,
    ) -> None:
        self.directory = directory
        self.name = directory.name
        self.journal = JournalReader(directory / "data", on_fill)
        self.news = JournalNews()
        self._now_s = now_s
        self._monotonic_s = monotonic_s
        self._silent_after_s = silent_after_s
        self._hearts: dict[str, _Heart] = {}
        self._looked_at_s: float | None = None
        self._untrusted_since_s: UntrustedSince = {}
        self._status: tuple[str, float] | None = None
        self._strategy_name = ""
        self._hedges = HedgeReader(directory / "data", {} if sites is None else sites, on_pair_fill)

    def close(self) -> None:
        """Closes the journal."""
        self.journal.close()

    def look(self, report: SelfReport | None = None) -> BotState:
        """The bot now; `news` has what its journal says since the last look. To be called every few seconds.

        :param report: the bot's own report of now; None where it gives none
        """
        problems: list[str] = []
        self.news = JournalNews()
        try:
            self.news = self.journal.look()
        except JournalUnreadableError as error:
            problems.append(str(error))
        guard = self._guard()
        silent_after_s = self._silent_after_s or guard.after_s or SILENT_AFTER_S
        connectors = self._connectors(self._healths(report, problems), silent_after_s)
        pid = running_bot(self.directory)
        activities = {connector.activity for connector in connectors}
        if Activity.RUNNING in activities:
            activity = Activity.RUNNING
        elif Activity.SILENT in activities:
            activity = Activity.SILENT
        else:
            activity = Activity.RUNNING if pid is not None else Activity.STOPPED
        if pid is None and activity is Activity.RUNNING:
            pid = next((one.pid for one in connectors if one.activity is Activity.RUNNING), None)
        return BotState(
            name=self.name,
            looked_at_s=self._now_s(),
            activity=activity,
            pid=pid,
            guard=guard,
            strategy=self._strategy(report, problems),
            connectors=connectors,
            open_orders=self.journal.open_orders,
            positions=self.journal.positions,
            exposures=self._hedges.look(problems),
            problems=tuple(problems),
            silent_after_s=silent_after_s,
        )

    def _guard(self) -> GuardState:
        path = self.directory / GUARD_FILE
        is_watching = problem_of(path, self._now_s()) is None
        return GuardState(is_watching, noted_after_s(path) if is_watching else None)

    def _healths(self, report: SelfReport | None, problems: list[str]) -> dict[str, ConnectorHealth]:
        if report is None:
            self._untrusted_since_s.clear()
            return {}
        try:
            samples = connector_samples(report.metrics)
        except MetricsError as error:
            problems.append(str(error))
            return {}
        return {
            name: connector_health(
                name, metrics, self._untrusted_since_s, self._now_s(), report.why_not_ready.get(name, ())
            )
            for name, metrics in samples.items()
        }

    def _connectors(
        self, healths: dict[str, ConnectorHealth], silent_after_s: float
    ) -> tuple[ConnectorState, ...]:
        records = list(heartbeat_records(self.directory / "data"))
        now_s = self._monotonic_s()
        before_s, self._looked_at_s = self._looked_at_s, now_s
        has_slept = before_s is not None and now_s - before_s > OWN_SLEEP_S
        # A heart that beat since then was alive when this process fell asleep.
        spared_from_s = before_s - silent_after_s if before_s is not None and has_slept else None
        owners = {record.owner for record, _ in records}
        self._hearts = {owner: heart for owner, heart in self._hearts.items() if owner in owners}
        found = []
        for record, stamp in records:
            silent_s = self._silent_s(record, stamp, now_s, spared_from_s)
            activity = Activity.RUNNING if silent_s <= silent_after_s else Activity.SILENT
            found.append(
                ConnectorState(
                    record.connector,
                    record.account,
                    record.owner,
                    record.pid,
                    activity,
                    silent_s,
                    self._fence_reason(record),
                    healths.get(record.connector) if activity is Activity.RUNNING else None,
                )
            )
        return tuple(found)

    def _silent_s(
        self, record: HeartbeatRecord, stamp: int, now_s: float, spared_from_s: float | None
    ) -> float:
        heart = self._hearts.get(record.owner)
        if heart is None:
            # The first look has nothing to compare with but the wall clock.
            age_s = max(self._now_s() - stamp / 1e9, 0.0)
            heart = self._hearts[record.owner] = _Heart(stamp, now_s - age_s)
        elif heart.stamp != stamp:
            heart.stamp, heart.changed_at_s = stamp, now_s
        elif spared_from_s is not None and heart.changed_at_s >= spared_from_s:
            heart.changed_at_s = now_s  # the bot may have been suspended with this process
        return now_s - heart.changed_at_s

    def _fence_reason(self, record: HeartbeatRecord) -> str | None:
        try:
            fence = FenceFile(self.directory / "data", record.owner).seen()
        except OSError:
            return "its fence cannot be read"
        return None if fence is None else fence.reason or "fenced off by its guard"

    def _strategy(self, report: SelfReport | None, problems: list[str]) -> StrategyState:
        """The bot's last own report; else what `hbot` wrote last."""
        meta, status = (_object(self.directory / _BOT_FOLDER / name, problems) for name in ("meta.json", "status.json"))
        if report is not None and report.status:
            self._status = report.status, self._now_s()
            self._strategy_name = report.strategy
        text, written_at = self._status or (status.get("format_status"), status.get("updated_at"))
        return StrategyState(
            name=str(meta.get("strategy_name") or self._strategy_name or meta.get("name") or ""),
            config=Path(str(meta.get("config_file_path") or meta.get("config") or "")).name,
            started_at=str(meta.get("started_at") or ""),
            text=str(text or "")[:LONGEST_TEXT],
            text_at_s=float(written_at) if isinstance(written_at, int | float) else None,
        )


def _object(path: Path, problems: list[str]) -> dict[str, Any]:
    """A file of Hummingbot's; empty where there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        problems.append(f"{path} cannot be read ({type(error).__name__})")
        return {}
    return content if isinstance(content, dict) else {}
