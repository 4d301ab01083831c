"""Starts the bot's process (`bot_runner`) in an instance directory, follows it, and makes sure it ends."""

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from peatio_cli.demo.bot_report import BotAssignment, Phase, Report, ReportReader
from peatio_cli.install.instance import instance_environment

BOT_MODULE = "peatio_cli.demo.bot_runner"
STOP_TIMEOUT_S = 45.0  # Hummingbot gives its cancels 20 s, twice
LOG_TAIL_LINES = 25


class BotError(Exception):
    """The bot ended unexpectedly, or did not start or stop; the text has the last lines of its log."""


class BotProcess:
    """One bot in a process of its own, which has ended when `close` returns."""

    def __init__(self, process: asyncio.subprocess.Process, reader: ReportReader, logs: tuple[Path, ...]) -> None:
        self._process = process
        self._reader = reader
        self._logs = logs
        self.phase: str | None = None

    @classmethod
    async def start(cls, instance: Path, assignment: BotAssignment, module: str = "") -> "BotProcess":
        """Start the bot, which reports `started` after about ten seconds.

        :param module: what runs in the process and reads the assignment; `bot_runner` by default
        """
        logs_directory = instance / "logs"
        name = Path(assignment.strategy_file).stem
        output = logs_directory / f"output_{name}.log"
        with output.open("wb") as output_file:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                module or BOT_MODULE,
                cwd=instance,
                env=instance_environment(instance),
                stdin=asyncio.subprocess.PIPE,
                stdout=output_file,
                stderr=output_file,
                start_new_session=True,  # Ctrl-C reaches only the demo, which then stops the bot
            )
        assert process.stdin is not None
        process.stdin.write(assignment.model_dump_json().encode() + b"\n")
        with contextlib.suppress(ConnectionError):  # it has already ended: `check` reports that
            await process.stdin.drain()
        logs = (logs_directory / f"logs_{name}.log", output)
        return cls(process, ReportReader(assignment.report_file), logs)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process runs."""
        return self._process.returncode is None

    def read_reports(self) -> Iterator[Report]:
        """The bot's reports since the last call."""
        for report in self._reader.read_new():
            if isinstance(report, Phase):
                self.phase = report.name
            yield report

    def check(self) -> None:
        """Raises BotError if the process has ended without a request."""
        if not self.is_running:
            raise BotError(
                f"the bot ended unexpectedly with exit code {self._process.returncode}; the end of its log:\n"
                f"{self.log_tail()}"
            )

    def log_tail(self) -> str:
        """The last lines of Hummingbot's log and of the process's output."""
        lines: list[str] = []
        for log in self._logs:
            with contextlib.suppress(OSError):
                lines += log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        return "\n".join(f"  {line}" for line in lines) or "  (empty)"

    async def stop(self, give_up: asyncio.Event) -> None:
        """Stop the bot, which cancels its orders, and wait until it has ended.

        Raises:
            BotError: it did not stop within `STOP_TIMEOUT_S`, or reported a failure, or `give_up` was set.
        """
        was_started = self.phase is not None
        if self.is_running:
            self._process.terminate()
        ended = asyncio.ensure_future(self._process.wait())
        abandoned = asyncio.ensure_future(give_up.wait())
        await asyncio.wait({ended, abandoned}, timeout=STOP_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        abandoned.cancel()
        if not ended.done():
            ended.cancel()
            why = "was not waited for" if give_up.is_set() else f"did not stop within {STOP_TIMEOUT_S:.0f} s"
            raise BotError(f"the bot {why} and is killed; the end of its log:\n{self.log_tail()}")
        # Before `started` the signal may have ended a process that had nothing to stop.
        if was_started and self._process.returncode != 0:
            raise BotError(
                f"the bot stopped with exit code {self._process.returncode}; the end of its log:\n{self.log_tail()}"
            )

    async def close(self) -> None:
        """Kill the process if it still runs, and wait for its end."""
        if self.is_running:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self._process.wait()
