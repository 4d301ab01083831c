"""The guard of an instance: watches the heartbeats of its bots and cancels the orders of a bot that died."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import IntEnum
from pathlib import Path

from hummingbot.connector.exchange.peatio.common.errors import JournalError
from hummingbot.connector.exchange.peatio.execution.intent import IntentState
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME, JournalFile
from hummingbot.connector.exchange.peatio.guard.fence import Fence, FenceFile
from hummingbot.connector.exchange.peatio.guard.heartbeat import HeartbeatRecord, heartbeat_records

from peatio_cli.doctor.check_runner import HIDDEN, ExchangeSession, Timeouts
from peatio_cli.doctor.target import Target
from peatio_cli.guard.liveness import LivenessMonitor
from peatio_cli.guard.orphaned_orders import BotResumed, OrderOutcome, OrphanedOrders, Settled

_logger = logging.getLogger(__name__)

# How often the heartbeats are read: no bot beats more often than once a second.
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
    :param after_s: after how many seconds without a heartbeat a bot counts as dead
    :param notify: gets each line for the user
    :param on_look: called each time the heartbeats are read
    :param on_outcome: gets what became of a dead bot's orders, for whoever is not at the terminal
    """

    def __init__(
        self,
        folder: Path,
        targets: Sequence[Target],
        after_s: float,
        notify: Callable[[str], None],
        now_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        on_look: Callable[[], None] = lambda: None,
        on_outcome: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._folder = folder
        self._on_look = on_look
        self._on_outcome = on_outcome
        self._targets: Mapping[str, Target] = {target.account: target for target in targets}
        self._after_s = after_s
        self._liveness = LivenessMonitor(after_s, PERIOD_S)
        self._notify = notify
        self._now_s = now_s
        self._sleep = sleep
        self._exchanges: list[ExchangeSession] = []
        self._cancellations: dict[str, asyncio.Task[Exit]] = {}
        self._reported_owners: set[str] = set()

    async def run(self) -> Exit:
        """Returns when a bot has died and its orders are settled, or when a bot runs that cannot be guarded."""
        try:
            while (end := self._look()) is None:
                await self._sleep(PERIOD_S)
            return end
        except Exception:
            if not self._are_cancellations_done:
                self._notify("the guard itself failed; it finishes cancelling orders and watches no other bot")
                await asyncio.wait(self._cancellations.values())
            raise
        finally:
            for task in self._cancellations.values():
                task.cancel()
            await asyncio.gather(*self._cancellations.values(), return_exceptions=True)
            # Last and together: all exchanges share Hummingbot's HTTP client.
            for exchange in self._exchanges:
                await exchange.close()

    def _look(self) -> Exit | None:
        """Reads every heartbeat, also while orders are cancelled: an exchange may not answer for hours, and another bot
        may die during that time. Returns how the guard ends, None while it continues."""
        self._on_look()
        seen = self._liveness.look(list(heartbeat_records(self._folder)), self._now_s())
        if seen.slept_s:
            self._notify(
                f"the guard itself was suspended for {seen.slept_s:.0f} s; the time-out of every bot starts again"
            )
        for record in seen.ended:
            self._notify(f"{record.connector}: the bot was stopped and left no order open; waiting for its next start")
        for record in seen.started:
            self._notify(f"{record.connector}: guarding the bot of process {record.pid}")
        for record, was_alive in seen.died:
            if (was_alive and record.account in self._targets) or self._left_orders(record):
                self._start_cancelling(record)
        has_unguarded_bots = self._report_unguarded_bots()
        if self._cancellations:
            return max(task.result() for task in self._cancellations.values()) if self._are_cancellations_done else None
        return Exit.CANNOT_GUARD if has_unguarded_bots else None

    @property
    def is_cancelling(self) -> bool:
        """Whether it has started to cancel orders."""
        return bool(self._cancellations)

    @property
    def _are_cancellations_done(self) -> bool:
        return all(task.done() for task in self._cancellations.values())

    def _start_cancelling(self, record: HeartbeatRecord) -> None:
        before = self._cancellations.get(record.owner)
        if before is not None:
            # The bot resumed and died again: all its orders are settled again.
            before.cancel()
        self._cancellations[record.owner] = asyncio.create_task(self._cancel_orders(record))

    def _report_unguarded_bots(self) -> bool:
        """Whether a bot runs that cannot be guarded; each one is reported once."""
        unguarded = [record for record, _ in heartbeat_records(self._folder) if self._is_unguarded(record)]
        new = [record for record in unguarded if record.owner not in self._reported_owners]
        if new:
            self._reported_owners.update(record.owner for record in new)
            names = ", ".join(record.connector for record in new)
            self._notify(
                f"{names}: a bot runs on an account whose key this guard does not have. Restart the guard: it reads "
                "the keys at its start only"
            )
        return bool(unguarded)

    def _is_unguarded(self, record: HeartbeatRecord) -> bool:
        return record.account not in self._targets and self._liveness.is_beating(record)

    def _left_orders(self, record: HeartbeatRecord) -> bool:
        """Whether a bot that this guard never saw alive may have left open orders."""
        if record.account not in self._targets:
            self._notify(
                f"{record.connector}: a bot that does not run (process {record.pid}) used an account whose key is not "
                "stored here; if it has open orders there, cancel them manually"
            )
            return False
        fence = FenceFile(self._folder, record.owner).seen()
        try:
            rows = self._journal_of(record).unfinished()
        except JournalError as error:
            self._notify(f"{record.connector}: {error}")
            return True
        # An order that was given up is no reason to cancel; the bot looks for it at its next start.
        has_left = any(row.state is not IntentState.ABSENT for row in rows)
        if has_left and (fence is None or not fence.is_work_done):
            return True
        what = "its orders are already cancelled" if has_left else "it left no order open"
        self._notify(
            f"{record.connector}: the bot of process {record.pid} does not run, and {what}; waiting for its start"
        )
        return False

    def _journal_of(self, record: HeartbeatRecord) -> JournalFile:
        """:raises JournalError: when there is no journal or it cannot be read"""
        path = self._folder / JOURNAL_NAME
        return JournalFile(path, record.owner, record.account, is_read_only=True)

    async def _cancel_orders(self, record: HeartbeatRecord) -> Exit:
        """Puts up the fence, then cancels the orders. The account's key must be known."""
        name = record.connector
        self._notify(
            f"{name}: NO HEARTBEAT for {self._after_s:g} s from the bot of process {record.pid}; cancelling its open "
            "orders and no others"
        )
        fence = FenceFile(self._folder, record.owner)
        standing = self._put_up_fence(fence, name)
        exchange = ExchangeSession(self._targets[record.account], Timeouts())
        self._exchanges.append(exchange)

        def notify(line: str) -> None:
            for secret in exchange.secrets():
                line = line.replace(secret, HIDDEN)
            self._notify(f"{name}: {line}")

        try:
            orders = OrphanedOrders(
                exchange.rest,
                self._journal_of(record),
                lambda: _raise_if_resumed(fence, standing),
                notify,
                self._now_s,
                self._sleep,
            )
            outcome = self._summarise(name, await orders.settle())
            if outcome is Exit.BOT_DIED and standing is not None:
                fence.note_work_done(standing)
            return outcome
        except BotResumed:
            self._report(f"{name}: the bot has resumed and removed the fence; it manages its orders itself")
            return Exit.BOT_DIED
        except JournalError as error:
            self._report(f"{name}: the bot's orders are not known: {error} LOOK AT THE EXCHANGE")
            return Exit.LOOK_AT_EXCHANGE
        except Exception as error:
            notify(f"unexpected error, LOOK AT THE EXCHANGE: {error!r}")
            self._on_outcome(f"{name}: unexpected error ({type(error).__name__}), LOOK AT THE EXCHANGE")
            return Exit.LOOK_AT_EXCHANGE

    def _report(self, outcome: str) -> None:
        self._notify(outcome)
        self._on_outcome(outcome)

    def _put_up_fence(self, fence: FenceFile, name: str) -> Fence | None:
        try:
            return fence.put_up(f"no heartbeat for {self._after_s:g} s")
        except OSError as error:
            # Orders that a dead bot leaves open are worse than orders that it places if it resumes.
            self._notify(f"{name}: the bot cannot be fenced; it will place orders if it resumes ({error})")
            return None

    def _summarise(self, name: str, settled: Sequence[Settled]) -> Exit:
        counts = {outcome: sum(one.outcome is outcome for one in settled) for outcome in OrderOutcome}
        if counts[OrderOutcome.OPEN]:
            self._report(
                f"{name}: {counts[OrderOutcome.OPEN]} order(s) may still be OPEN, see above; LOOK AT THE EXCHANGE"
            )
            return Exit.LOOK_AT_EXCHANGE
        self._report(
            f"{name}: no order of the bot is open now: {counts[OrderOutcome.CANCELLED]} cancelled, "
            f"{counts[OrderOutcome.ENDED_BEFORE]} had ended, {counts[OrderOutcome.ABSENT]} did not exist. "
            "If the bot resumes, it places no order until it has reconciled"
        )
        return Exit.BOT_DIED


def _raise_if_resumed(fence: FenceFile, standing: Fence | None) -> None:
    """:raises BotResumed: when the fence was removed"""
    if standing is None:
        return
    try:
        is_gone = fence.seen() != standing
    except OSError:
        return  # unreadable is not removed
    if is_gone:
        raise BotResumed
