"""When a bot is dead: its heartbeat stood still for too long while this process was awake. Pure, with a clock given."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hummingbot.connector.exchange.peatio.guard.heartbeat import HeartbeatRecord

# Whoever is looked for every so often and comes this many times later did not run meanwhile.
OWN_SLEEP_PERIODS = 5


@dataclass
class _Bot:
    pulse: HeartbeatRecord
    stamp: int
    changed_at_s: float
    was_seen_alive: bool = False
    is_dead: bool = False


@dataclass(frozen=True)
class Seen:
    """What one look has shown.

    :param begun: bots whose heartbeats were first seen, or beat again after their death
    :param ended: bots that said goodbye: stopped, with no order open
    :param died: bots silent for too long, once for each death, and whether this guard had seen them alive
    :param slept_s: how long this process itself stood still; 0 where it did not
    """

    begun: tuple[HeartbeatRecord, ...] = ()
    ended: tuple[HeartbeatRecord, ...] = ()
    died: tuple[tuple[HeartbeatRecord, bool], ...] = ()
    slept_s: float = 0.0


@dataclass
class LivenessMonitor:
    """Follows the heartbeats of an instance.

    :param after_s: how long a heartbeat may stand still
    :param period_s: how often `look` is called
    """

    after_s: float
    period_s: float
    _bots: dict[str, _Bot] = field(default_factory=dict)
    _looked_at_s: float | None = None

    def look(self, heartbeat_records: Iterable[tuple[HeartbeatRecord, int]], now_s: float) -> Seen:
        """
        :param heartbeat_records: as `peatio_heartbeat.heartbeat_records` gives them
        :param now_s: of a clock that only goes forward
        """
        present = {pulse.owner: (pulse, stamp) for pulse, stamp in heartbeat_records}
        slept_s = self._own_sleep_s(now_s)
        if slept_s:
            # The bots may have stood still with us; they get their time anew.
            for bot in self._bots.values():
                bot.changed_at_s = now_s
        begun = tuple(
            pulse for owner, (pulse, stamp) in present.items() if self._has_begun(owner, pulse, stamp, now_s)
        )
        ended = tuple(bot.pulse for owner, bot in self._bots.items() if owner not in present)
        self._bots = {owner: bot for owner, bot in self._bots.items() if owner in present}
        return Seen(begun, ended, self._died(now_s), slept_s)

    def is_beating(self, pulse: HeartbeatRecord) -> bool:
        """Whether this guard has seen that heart beat, and it has not stopped since."""
        bot = self._bots.get(pulse.owner)
        return bot is not None and bot.was_seen_alive and not bot.is_dead

    def _own_sleep_s(self, now_s: float) -> float:
        before_s, self._looked_at_s = self._looked_at_s, now_s
        if before_s is None or now_s - before_s < max(OWN_SLEEP_PERIODS * self.period_s, self.after_s / 3):
            return 0.0
        return now_s - before_s

    def _has_begun(self, owner: str, pulse: HeartbeatRecord, stamp: int, now_s: float) -> bool:
        bot = self._bots.get(owner)
        if bot is None:
            self._bots[owner] = _Bot(pulse, stamp, now_s)
            return True
        if (pulse, stamp) == (bot.pulse, bot.stamp):
            return False
        was_dead = bot.is_dead
        self._bots[owner] = _Bot(pulse, stamp, now_s, was_seen_alive=True)
        return was_dead or pulse.pid != bot.pulse.pid

    def _died(self, now_s: float) -> tuple[tuple[HeartbeatRecord, bool], ...]:
        silent_s = {owner: now_s - bot.changed_at_s for owner, bot in self._bots.items() if not bot.is_dead}
        dead_pids = {self._bots[owner].pulse.pid for owner, time_s in silent_s.items() if time_s > self.after_s}
        died = []
        for owner, time_s in silent_s.items():
            bot = self._bots[owner]
            # The connectors of a process die together, and their last beats are not of the same moment.
            if time_s > self.after_s / 2 and bot.pulse.pid in dead_pids:
                bot.is_dead = True
                died.append((bot.pulse, bot.was_seen_alive))
        return tuple(died)
