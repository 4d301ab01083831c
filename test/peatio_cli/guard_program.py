"""The guard in a process of its own that is forked off one with everything imported; what it prints is in a file."""

import multiprocessing
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from peatio_cli.alerts.service import LAST_DELIVERY_S
from peatio_cli.guard import alerting
from peatio_cli.guard import command as guard_command
from test.patience import eventually

_PROCESSES = multiprocessing.get_context("forkserver")


def preload() -> None:
    """Before the first one of a process begins."""
    _PROCESSES.set_forkserver_preload([__name__])


class ForkedGuard:
    """`hummingbot-peatio guard` in an instance, and all that it printed.

    :param last_delivery_s: how long it waits, before it ends, for an address that does not answer
    """

    def __init__(
        self, instance: Path, environment: Mapping[str, str], after_s: float, last_delivery_s: float
    ) -> None:
        self._log = instance.parent / "guard.log"
        self._log.write_bytes(b"")
        self._process = _PROCESSES.Process(
            target=_run, args=(instance, self._log, dict(environment), after_s, last_delivery_s), daemon=True
        )
        self._process.start()

    @property
    def output(self) -> str:
        return self._log.read_text()

    async def says(self, text: str) -> None:
        await eventually(lambda: text in self.output, f"'{text}' in:\n{self.output}", timeout_s=60)

    async def ended(self) -> int | None:
        await eventually(lambda: not self._process.is_alive(), f"the guard's end:\n{self.output}", timeout_s=120)
        return self._process.exitcode

    def terminate(self) -> None:
        self._process.terminate()

    def close(self) -> None:
        self._process.kill()
        self._process.join()


@contextmanager
def forked_guard(
    instance: Path, environment: Mapping[str, str], after_s: float, last_delivery_s: float = LAST_DELIVERY_S
) -> Iterator[ForkedGuard]:
    """Killed at the end, should it still run."""
    guard = ForkedGuard(instance, environment, after_s, last_delivery_s)
    try:
        yield guard
    finally:
        guard.close()


def _run(instance: Path, log: Path, environment: Mapping[str, str], after_s: float, last_delivery_s: float) -> None:
    os.environ.update(environment)
    alerting.LAST_DELIVERY_S = last_delivery_s  # type: ignore[attr-defined]
    with log.open("w", buffering=1) as file:
        sys.stdout = sys.stderr = file
        code = guard_command.run(instance, after_s)
        file.flush()
        os._exit(code)
