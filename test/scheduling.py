"""Which worker of pytest-xdist runs which file, where there are three or more.

Some files drive demos, consoles and browsers in real time: they wait for most of their minutes. One worker runs them,
one after the other, while the others keep the cores busy; spread over all workers they would let a core idle. Most
other files wait a little as well: `make test` has three workers for them, and this one.
"""

from typing import Any

from xdist.scheduler.loadfile import LoadFileScheduling
from xdist.workermanage import WorkerController

#: Fewer workers share everything.
LEAST_WORKERS = 3
#: Their tests wait for more than half of their time, and take half a minute and more. The longest first.
WAITING = (
    "demo/test_end_to_end.py",
    "end_to_end/test_pegged_market.py",
    "test_chaos.py",
    "test_guard_process.py",
    "test_quickstart.py",
    "bench/test_report.py",
    "browser/test_watch.py",
    "browser/test_faults.py",
    "browser/test_layout.py",
    "test_two_exchanges.py",
    "test_console.py",
    "test_installed_wheel.py",
)


class WaitingApart(LoadFileScheduling):
    """A file is a worker's, as in the base class; files of `WAITING` are the last worker's, as long as it has any."""

    _waiting_worker: Any = None

    def schedule(self) -> None:
        if self.collection is None and len(self.nodes) >= LEAST_WORKERS:
            scopes = {self._split_scope(test) for test in next(iter(self.registered_collections.values()))}
            if len(set(map(is_waiting, scopes))) == 2:
                self._waiting_worker = self.nodes[-1]
        super().schedule()

    def _assign_work_unit(self, node: WorkerController) -> None:
        is_waiting_worker = node is self._waiting_worker
        for scope in self.workqueue:
            if is_waiting(scope) == is_waiting_worker:
                self.workqueue.move_to_end(scope, last=False)
                break
        super()._assign_work_unit(node)

    def _reschedule(self, node: WorkerController) -> None:
        if self._waiting_worker is not node or any(map(is_waiting, self.workqueue)):
            super()._reschedule(node)
        elif not node.shutting_down:
            # Another test that keeps a core busy would slow the others down.
            node.shutdown()


def is_waiting(scope: str) -> bool:
    """Whether that file waits."""
    return scope.endswith(WAITING)
