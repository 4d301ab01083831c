"""From the connector's start to its first order: takes the journal's rows and reconciles the last run's orders."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.account.balances import Balances
from hummingbot.connector.exchange.peatio.common.errors import JournalError
from hummingbot.connector.exchange.peatio.common.retry import Backoff
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.execution.admission import Admission
from hummingbot.connector.exchange.peatio.execution.engine_host import EngineHost
from hummingbot.connector.exchange.peatio.execution.former_keys import FormerKeys
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.owned_rows import OwnedRows
from hummingbot.connector.exchange.peatio.execution.replacements import Replacements
from hummingbot.connector.exchange.peatio.execution.second_cancel import SecondCancels
from hummingbot.connector.exchange.peatio.execution.startup_reconciliation import StartupReconciliation
from hummingbot.connector.exchange.peatio.guard.dead_mans_switch import DeadMansSwitch

# A connector of this process that is stopping gives its rows away within moments.
PREDECESSOR_POLL_S = 0.05


class Startup:
    """Repeats what fails, until the orders of the last run are reconciled; no order is placed before that.

    :param tasks: of the connector's life; a lost network does not end them
    """

    def __init__(
        self,
        rows: OwnedRows,
        journal: IntentJournal,
        switch: DeadMansSwitch,
        former_keys: FormerKeys,
        second_cancels: SecondCancels,
        replacements: Replacements,
        reconciliation: StartupReconciliation,
        balances: Balances,
        admission: Admission,
        host: EngineHost,
        tasks: Tasks,
        sleep: Callable[[float], Awaitable[None]],
        logger: logging.Logger,
    ) -> None:
        self._rows = rows
        self._journal = journal
        self._switch = switch
        self._former_keys = former_keys
        self._second_cancels = second_cancels
        self._replacements = replacements
        self._reconciliation = reconciliation
        self._balances = balances
        self._admission = admission
        self._host = host
        self._tasks = tasks
        self._sleep = sleep
        self._logger = logger
        self._run: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """The network runs. Nothing happens where a former start still goes on, or has succeeded."""
        if self._run is None and not self._admission.is_reconciled:
            self._start()

    def tick(self) -> None:
        """The connector's clock ticked."""
        if self._run is not None and self._run.done() and not self._admission.is_reconciled:
            self._start()  # it broke

    def on_closed(self) -> None:
        """The connector was stopped; the next `begin` reconciles again."""
        self._admission.on_not_reconciled("The connector was stopped and not started again.")
        self._run = None

    def own_journal(self) -> bool:
        """Takes the rows of this bot, and opens the journal.

        :return: False while a connector of this process is still stopping that has them
        :raises JournalError: when lock or journal cannot be used
        """
        lock = self._rows.own()
        if lock is None:
            return False
        self._switch.start(lock.owner)
        self._journal.open()
        return True

    def _start(self) -> None:
        self._balances.hold()
        self._run = self._tasks.start(self._reconcile(), "reconciliation of the last run's orders")

    async def _copy_balances(self) -> None:
        """Gets the balances of after the settlement. Before them no order may be placed: its fills would not count."""
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        await self._host.update_all_balances()
        while self._balances.is_held:
            await self._sleep(backoff.next_s())
            await self._host.update_all_balances()

    async def _reconcile(self) -> None:
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        is_reported = False
        while True:
            try:
                if not self.own_journal():
                    self._logger.info("Waiting for the connector that was stopped before to release its order journal.")
                while not self.own_journal():
                    await self._sleep(PREDECESSOR_POLL_S)
                await self._former_keys.take_over()
                self._replacements.resume()  # before the second cancels: an order may go on that waits for one
                self._second_cancels.resume()
                await self._reconciliation.run()
                if self._balances.settled():
                    await self._copy_balances()
                self._admission.on_reconciled()
                return
            except JournalError as error:
                reason = str(error)
            except Exception as error:
                # Trading beside orders of the last run that are not known would be worse than waiting.
                self._logger.exception("Unexpected error reconciling the orders of the last run.")
                reason = f"The orders of the last run cannot be reconciled ({error!r}). Retrying."
            self._admission.on_not_reconciled(reason)
            if not is_reported:
                is_reported = True
                self._host.notify(reason)
            await self._sleep(backoff.next_s())
