"""The guard of an instance: watches the heartbeats of its bots, and cancels the orders of one that died."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import IntEnum
from pathlib import Path

from hummingbot.connector.exchange.peatio.common.errors import JournalError
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME, IntentState, JournalFile
from hummingbot.connector.exchange.peatio.execution.journal_lock import account_of
from hummingbot.connector.exchange.peatio.guard.fence import Fence, FenceFile
from hummingbot.connector.exchange.peatio.guard.heartbeat import HeartbeatRecord, heartbeat_records
from hummingbot.connector.exchange.peatio.settings.exchanges import JwtLogin

from peatio_cli.doctor.check_runner import HIDDEN, ExchangeSession, Timeouts
from peatio_cli.doctor.target import Credentials, Target
from peatio_cli.guard.liveness import LivenessMonitor
from peatio_cli.guard.orphaned_orders import BotResumed, OrderOutcome, OrphanedOrders, Settled

_logger = logging.getLogger(__name__)

# How often the heartbeats are looked at: no bot beats more than once a second.
PERIOD_S = 0.5


class Exit(IntEnum):
    """How the guard ends."""

    ENDED = 0
    BOT_DIED = 1
    CANNOT_GUARD = 2
    LOOK_AT_EXCHANGE = 3


class Guard:
    """
    :param folder: the instance's data folder
    :param targets: the exchanges of the instance, each with a login
    :param after_s: how long a heartbeat may stand still
    :param tell: one line for the user
    """

    def __init__(
        self,
        folder: Path,
        targets: Sequence[Target],
        after_s: float,
        tell: Callable[[str], None],
        now_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._folder = folder
        self._targets: Mapping[str, Target] = {_account(target): target for target in targets}
        self._after_s = after_s
        self._liveness = LivenessMonitor(after_s, PERIOD_S)
        self._say = tell
        self._now_s = now_s
        self._sleep = sleep
        self._patients: list[ExchangeSession] = []
        self._acts: dict[str, asyncio.Task[Exit]] = {}
        self._told_strange: set[str] = set()

    async def run(self) -> Exit:
        """Returns when a bot has died and its orders are settled, or one runs that cannot be guarded."""
        try:
            while (end := self._look()) is None:
                await self._sleep(PERIOD_S)
            return end
        except Exception:
            if not self._are_acts_done:
                self._say("the guard itself broke; it only goes on cancelling, and watches no other bot")
                await asyncio.wait(self._acts.values())
            raise
        finally:
            for act in self._acts.values():
                act.cancel()
            await asyncio.gather(*self._acts.values(), return_exceptions=True)
            # Together and last: all exchanges share Hummingbot's one HTTP client.
            for patient in self._patients:
                await patient.close()

    def _look(self) -> Exit | None:
        """Looks at every heartbeat, also while orders are cancelled: an exchange may not answer for hours, and another
        bot die meanwhile. How the guard ends, None where it goes on."""
        seen = self._liveness.look(list(heartbeat_records(self._folder)), self._now_s())
        if seen.slept_s:
            self._say(f"this guard itself stood still for {seen.slept_s:.0f} s; the bots get their time anew")
        for pulse in seen.ended:
            self._say(f"{pulse.connector}: the bot was stopped and left no order open; waiting for its next start")
        for pulse in seen.begun:
            self._say(f"{pulse.connector}: guarding the bot of process {pulse.pid}")
        for pulse, was_alive in seen.died:
            if (was_alive and pulse.account in self._targets) or self._left_orders(pulse):
                self._begin_to_act_on(pulse)
        is_any_strange = self._has_told_of_strange_bots()
        if self._acts:
            return max(act.result() for act in self._acts.values()) if self._are_acts_done else None
        return Exit.CANNOT_GUARD if is_any_strange else None

    @property
    def is_acting(self) -> bool:
        """Whether it has begun to cancel orders."""
        return bool(self._acts)

    @property
    def _are_acts_done(self) -> bool:
        return all(act.done() for act in self._acts.values())

    def _begin_to_act_on(self, pulse: HeartbeatRecord) -> None:
        before = self._acts.get(pulse.owner)
        if before is not None:
            # The bot woke up meanwhile and died again: what it left is looked at anew, all of it.
            before.cancel()
        self._acts[pulse.owner] = asyncio.create_task(self._act(pulse))

    def _has_told_of_strange_bots(self) -> bool:
        strange = [pulse for pulse, _ in heartbeat_records(self._folder) if self._is_strange(pulse)]
        new = [pulse for pulse in strange if pulse.owner not in self._told_strange]
        if new:
            self._told_strange.update(pulse.owner for pulse in new)
            names = ", ".join(pulse.connector for pulse in new)
            self._say(
                f"{names}: a bot runs on an account whose key this guard does not have. Start the guard anew; "
                "it reads the keys once"
            )
        return bool(strange)

    def _is_strange(self, pulse: HeartbeatRecord) -> bool:
        return pulse.account not in self._targets and self._liveness.is_beating(pulse)

    def _left_orders(self, pulse: HeartbeatRecord) -> bool:
        """Whether a bot that was never seen alive has left something to be done."""
        if pulse.account not in self._targets:
            self._say(
                f"{pulse.connector}: a bot that does not run (process {pulse.pid}) had an account whose key is not "
                "stored here; if orders of it are open there, cancel them by hand"
            )
            return False
        fence = FenceFile(self._folder, pulse.owner).seen()
        try:
            rows = self._journal_of(pulse).unfinished()
        except JournalError as error:
            self._say(f"{pulse.connector}: {error}")
            return True
        # What was given up long ago is no reason to act; the bot looks for it at its next start.
        has_left = any(row.state is not IntentState.ABSENT for row in rows)
        if has_left and (fence is None or not fence.is_work_done):
            return True
        what = "its orders are cancelled already" if has_left else "it left no order open"
        self._say(f"{pulse.connector}: the bot of process {pulse.pid} does not run, and {what}; waiting for its start")
        return False

    def _journal_of(self, pulse: HeartbeatRecord) -> JournalFile:
        """:raises JournalError: when there is none or it cannot be read"""
        path = self._folder / JOURNAL_NAME
        return JournalFile(path, pulse.owner, pulse.account, is_read_only=True)

    async def _act(self, pulse: HeartbeatRecord) -> Exit:
        """The fence first, then the orders. There is a key for that account."""
        name = pulse.connector
        self._say(
            f"{name}: NO HEARTBEAT for {self._after_s:g} s from the bot of process {pulse.pid}; cancelling its open "
            "orders and nobody else's"
        )
        fence = FenceFile(self._folder, pulse.owner)
        stands = self._fenced(fence, name)
        patient = ExchangeSession(self._targets[pulse.account], Timeouts())
        self._patients.append(patient)

        def tell(line: str) -> None:
            for secret in patient.secrets():
                line = line.replace(secret, HIDDEN)
            self._say(f"{name}: {line}")

        try:
            orders = OrphanedOrders(
                patient.rest,
                self._journal_of(pulse),
                lambda: _check(fence, stands),
                tell,
                self._now_s,
                self._sleep,
            )
            outcome = self._summed_up(name, await orders.settle())
            if outcome is Exit.BOT_DIED and stands is not None:
                fence.note_work_done(stands)
            return outcome
        except BotResumed:
            self._say(f"{name}: the bot is awake again, has taken the fence away and sees to its orders itself")
            return Exit.BOT_DIED
        except JournalError as error:
            self._say(f"{name}: which orders are the bot's is not known: {error} LOOK AT THE EXCHANGE")
            return Exit.LOOK_AT_EXCHANGE
        except Exception as error:
            tell(f"unexpected error, LOOK AT THE EXCHANGE: {error!r}")
            return Exit.LOOK_AT_EXCHANGE

    def _fenced(self, fence: FenceFile, name: str) -> Fence | None:
        try:
            return fence.put_up(f"no heartbeat for {self._after_s:g} s")
        except OSError as error:
            # Open orders of a dead bot are worse than those that it places anew should it wake up.
            self._say(f"{name}: the bot cannot be fenced, it will go on placing orders if it wakes up ({error})")
            return None

    def _summed_up(self, name: str, settled: Sequence[Settled]) -> Exit:
        counts = {outcome: sum(one.outcome is outcome for one in settled) for outcome in OrderOutcome}
        if counts[OrderOutcome.OPEN]:
            self._say(
                f"{name}: {counts[OrderOutcome.OPEN]} order(s) may still be OPEN, see above; LOOK AT THE EXCHANGE"
            )
            return Exit.LOOK_AT_EXCHANGE
        self._say(
            f"{name}: no order of the bot is open now: {counts[OrderOutcome.CANCELLED]} cancelled, "
            f"{counts[OrderOutcome.ENDED_BEFORE]} had ended, {counts[OrderOutcome.ABSENT]} never came to be. "
            "Should the bot wake up, it places nothing until it has reconciled"
        )
        return Exit.BOT_DIED


def _check(fence: FenceFile, stands: Fence | None) -> None:
    """:raises BotResumed: where the fence that was put up is gone"""
    if stands is None:
        return
    try:
        is_gone = fence.seen() != stands
    except OSError:
        return  # not gone, as far as can be told
    if is_gone:
        raise BotResumed


def _account(target: Target) -> str:
    """As the connector names the account of that login."""
    match target.login:
        case Credentials() as credentials:
            return account_of(target.address.site, credentials.api_key)
        case JwtLogin() as login:
            return account_of(target.address.site, login.uid)
        case _:
            raise ValueError(f"{target.name} has no login")
