"""Breaks the connector on purpose, to see that a run finds it: `python -m simulation --self-check`.

Those of the chaos (`test/chaos/sabotage.py`), and those that only monitors or the faults of a simulation show.
"""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from hummingbot.connector.exchange.peatio.account.balances import Balances
from hummingbot.connector.exchange.peatio.common.messages import ReportedState
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.execution.canceller import Canceller
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.journal_file import JournalFile
from hummingbot.connector.exchange.peatio.execution.lookup import OrderLookup
from hummingbot.connector.exchange.peatio.execution.report_handler import ReportHandler
from hummingbot.connector.exchange.peatio.execution.second_cancel import SecondCancelPolicy
from hummingbot.connector.exchange.peatio.order_books.sync import BookSync

from simulation.mirror import sabotage as mirror
from simulation.monitors.violation import Property
from simulation.plan import Plan
from simulation.seeds import Run, run_plan
from test.chaos import sabotage as chaos
from test.chaos.judge import Fault

#: Every so many intents or orders are spoiled.
EVERY = 10


def _drop_a_journal_write() -> None:
    """The row of an intent is not written; the next write of that intent makes it."""
    insert = JournalFile.insert

    def insert_most(self: JournalFile, intent: Any) -> None:
        if _is_spoiled(intent.client_order_id):
            return
        insert(self, intent)

    _replace(JournalFile, "insert", insert_most)


def _skip_a_lookup() -> None:
    """A create without an answer is given up at once."""

    async def search(self: OrderLookup, intent: Any) -> None:
        """Nobody asks."""

    _replace(OrderLookup, "search", search)


def _swap_fill_and_state() -> None:
    """The end of an order is reported before its last fills."""
    apply_order = ReportHandler.apply_order

    def apply_state_first(self: ReportHandler, order: Any, report: Any) -> bool:
        if report.state is ReportedState.DONE and not report.trouble:
            self._tracker.process_order_update(self.update_of(order, report))
        return apply_order(self, order, report)

    _replace(ReportHandler, "apply_order", apply_state_first)


def _forget_the_second_cancel() -> None:
    """A cancelled order is taken to have left the engine's book, whatever the cancel met."""
    _replace(SecondCancelPolicy, "is_needed", lambda self, order, now_s: False)


def _let_an_old_task_live() -> None:
    """A stop spares one kind of task."""
    stop = Tasks.stop

    async def stop_most(self: Tasks) -> None:
        spared = {task for task in self._tasks if task.get_name() == "comparison with the engine's book"}
        self._tasks -= spared
        await stop(self)

    _replace(Tasks, "stop", stop_most)


def _copy_balances() -> None:
    """What the exchange answers is taken over as it is, whatever has been reported since it was read."""
    compare = Balances.compare

    def copy(self: Balances, *arguments: Any, **options: Any) -> None:
        self._is_copied = True
        compare(self, *arguments, **options)

    _replace(Balances, "compare", copy)


def _reserve_with_the_answer() -> None:
    """An order reserves nothing before its create is answered."""
    reserve = Balances.reserve

    def reserve_answered(self: Balances, key: str, *arguments: Any, **options: Any) -> None:
        if options.get("is_answered", arguments[3] if len(arguments) > 3 else False):
            reserve(self, key, *arguments, **options)

    _replace(Balances, "reserve", reserve_answered)


def _cancel_once() -> None:
    """A cancel is sent once, what comes of it is not looked at, and nothing remembers that it is wanted: the journal
    would have it sent again after the next lost connection."""
    cancel = Canceller.cancel

    async def cancel_until_ended(self: Canceller, order: Any) -> None:
        await cancel(self, order, 0.0)

    _replace(Canceller, "_cancel_until_ended", cancel_until_ended)
    _replace(IntentJournal, "want_cancel", lambda self, client_order_id: None)
    _replace(IntentJournal, "want_cancels", lambda self, client_order_ids: None)


def _ignore_gaps() -> None:
    """A book goes on where messages are missing."""
    on_increment = BookSync._on_increment

    def on_any_increment(self: BookSync, payload: Any, now_s: float) -> Any:
        if not self.reason and isinstance(payload, dict) and payload.get("sequence", 0) > self.sequence:
            self.sequence = payload["sequence"] - 1
        return on_increment(self, payload, now_s)

    _replace(BookSync, "_on_increment", on_any_increment)


def _is_spoiled(client_order_id: str) -> bool:
    return sum(client_order_id.encode()) % EVERY == 0


def _replace(owner: type, name: str, function: Callable[..., Any]) -> None:
    assert hasattr(owner, name), f"{owner.__name__} has no {name} to break any more"
    setattr(owner, name, function)


#: What a run complains of: a count of its last line.
Complaint = Property | Fault
#: An order that is left in the engine's book is one violation on the way, and an orphan at the end.
_GHOSTS: Collection[Complaint] = (Property.GHOSTS, Fault.ORPHANED)

#: What to break, and what a run has to complain of then: one of these.
SABOTAGES: Mapping[str, tuple[Callable[[], None], Collection[Complaint]]] = {
    "drop_a_journal_write": (_drop_a_journal_write, [Property.OWNERS]),
    "skip_a_lookup": (_skip_a_lookup, [Property.OWNERS]),
    "swap_fill_and_state": (_swap_fill_and_state, [Fault.LOST]),
    "forget_the_second_cancel": (_forget_the_second_cancel, _GHOSTS),
    "let_an_old_task_live": (_let_an_old_task_live, [Property.SILENCE]),
    "copy_balances": (_copy_balances, [Property.BALANCES]),
    "reserve_with_the_answer": (_reserve_with_the_answer, [Property.BALANCES]),
    "cancel_once": (_cancel_once, [Property.CANCELS]),
    "ignore_gaps": (_ignore_gaps, [Property.BOOKS]),
    **{name: (partial(chaos.sabotage, name), [expected]) for name, (_, expected) in chaos.SABOTAGES.items()},
    "leave_ghosts": (partial(chaos.sabotage, "leave_ghosts"), _GHOSTS),
}
#: The same of a world with a mirror.
MIRROR_SABOTAGES: Mapping[str, tuple[Callable[[], None], Collection[Complaint]]] = mirror.SABOTAGES


def run_sabotaged(name: str, plan: Plan) -> Run:
    """Breaks the connector of this process, and runs the plan. For a process of its own."""
    {**SABOTAGES, **MIRROR_SABOTAGES}[name][0]()
    return run_plan(plan)
