"""Decides when a bot is dead: no heartbeat for too long while this process ran. No I/O; the caller gives the time."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hummingbot.connector.exchange.peatio.guard.heartbeat import HeartbeatRecord

# A call of `look` that is this many periods late means that this process itself did not run.
OWN_SLEEP_PERIODS = 5


@dataclass
class _Bot:
    record: HeartbeatRecord
    stamp: int
    changed_at_s: float
    was_seen_alive: bool = False
    is_dead: bool = False


@dataclass(frozen=True)
class Seen:
    """The changes that one look found.

    :param started: bots whose heartbeats were first seen, or resumed after they counted as dead
    :param ended: bots that removed their heartbeat: stopped, with no order open
    :param died: bots without a heartbeat for too long, once for each death, and whether this guard had seen them alive
    :param slept_s: how long this process itself was suspended; 0 if it was not
    """

    started: tuple[HeartbeatRecord, ...] = ()
    ended: tuple[HeartbeatRecord, ...] = ()
    died: tuple[tuple[HeartbeatRecord, bool], ...] = ()
    slept_s: float = 0.0


@dataclass
class LivenessMonitor:
    """Follows the heartbeats of an instance.

    :param after_s: after how many seconds without a heartbeat a bot counts as dead
    :param period_s: how often `look` is called
    """

    after_s: float
    period_s: float
    _bots: dict[str, _Bot] = field(default_factory=dict)
    _looked_at_s: float | None = None

    def look(self, heartbeat_records: Iterable[tuple[HeartbeatRecord, int]], now_s: float) -> Seen:
        """
        :param heartbeat_records: from `guard.heartbeat.heartbeat_records`
        :param now_s: of a monotonic clock
        """
        present = {record.owner: (record, stamp) for record, stamp in heartbeat_records}
        slept_s = self._own_sleep_s(now_s)
        if slept_s:
            # The bots may have been suspended too, so their time-outs start again.
            for bot in self._bots.values():
                bot.changed_at_s = now_s
        started = tuple(
            record for owner, (record, stamp) in present.items() if self._has_started(owner, record, stamp, now_s)
        )
        ended = tuple(bot.record for owner, bot in self._bots.items() if owner not in present)
        self._bots = {owner: bot for owner, bot in self._bots.items() if owner in present}
        return Seen(started, ended, self._died(now_s), slept_s)

    def is_beating(self, record: HeartbeatRecord) -> bool:
        """Whether this guard has seen a heartbeat of that bot, and it does not count as dead."""
        bot = self._bots.get(record.owner)
        return bot is not None and bot.was_seen_alive and not bot.is_dead

    def _own_sleep_s(self, now_s: float) -> float:
        before_s, self._looked_at_s = self._looked_at_s, now_s
        if before_s is None or now_s - before_s < max(OWN_SLEEP_PERIODS * self.period_s, self.after_s / 3):
            return 0.0
        return now_s - before_s

    def _has_started(self, owner: str, record: HeartbeatRecord, stamp: int, now_s: float) -> bool:
        bot = self._bots.get(owner)
        if bot is None:
            self._bots[owner] = _Bot(record, stamp, now_s)
            return True
        if (record, stamp) == (bot.record, bot.stamp):
            return False
        was_dead = bot.is_dead
        self._bots[owner] = _Bot(record, stamp, now_s, was_seen_alive=True)
        return was_dead or record.pid != bot.record.pid

    def _died(self, now_s: float) -> tuple[tuple[HeartbeatRecord, bool], ...]:
        silent_s = {owner: now_s - bot.changed_at_s for owner, bot in self._bots.items() if not bot.is_dead}
        dead_pids = {self._bots[owner].record.pid for owner, time_s in silent_s.items() if time_s > self.after_s}
        died = []
        for owner, time_s in silent_s.items():
            bot = self._bots[owner]
            # The connectors of a process die together, but their last heartbeats differ in time.
            if time_s > self.after_s / 2 and bot.record.pid in dead_pids:
                bot.is_dead = True
                died.append((bot.record, bot.was_seen_alive))
        return tuple(died)
