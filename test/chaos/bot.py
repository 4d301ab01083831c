"""A bot's process, seen from outside: started, told to finish, killed."""

import asyncio
import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Self

from test.chaos.reports import Line, LineReader, Phase, Status
from test.chaos.worker import Assignment, run_worker

_FORK = multiprocessing.get_context("fork")

POLL_S = 0.05
LOG_TAIL_LINES = 40


class BotDiedError(Exception):
    """The bot ended by itself; the text has the end of its log."""


@dataclass(frozen=True)
class UnbornBot:
    """A process that has Hummingbot imported and waits for what to do."""

    process: BaseProcess
    commands: Connection


def fork_unborn(count: int) -> list[UnbornBot]:
    """Forked, because importing Hummingbot takes seven seconds of a processor. Call it before any event loop runs."""
    pipes = [_FORK.Pipe(duplex=False) for _ in range(count)]
    our_ends = [ours for _, ours in pipes]
    unborn = []
    for theirs, ours in pipes:
        process = _FORK.Process(target=_wait_for_life, args=(theirs, our_ends), daemon=True)
        process.start()
        unborn.append(UnbornBot(process, ours))
    for theirs, _ in pipes:
        theirs.close()
    return unborn


def _wait_for_life(commands: Connection, inherited: Sequence[Connection]) -> None:
    for connection in inherited:
        connection.close()  # or this process would not notice when the one at the other end goes
    try:
        assignment = commands.recv()
    except EOFError:
        return
    run_worker(assignment, commands)


class Bot:
    """One life of the bot. As a context manager it leaves no process behind."""

    def __init__(self, unborn: UnbornBot, assignment: Assignment) -> None:
        self.assignment = assignment
        self.lines: list[Line] = []
        self.status: Status | None = None
        self.is_killed = False
        self._reader = LineReader(assignment.report)
        self._phases: set[str] = set()
        self._process = unborn.process
        self._commands = unborn.commands
        self._commands.send(assignment)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.join()
        self._commands.close()
        self.read()

    @property
    def commands(self) -> Connection:
        return self._commands

    def read(self) -> None:
        """Takes over what the bot wrote since the last call."""
        for line in self._reader.read_new():
            self.lines.append(line)
            if isinstance(line, Phase):
                self._phases.add(line.name)
            elif isinstance(line, Status):
                self.status = line

    async def reached(self, phase: str, timeout_s: float) -> bool:
        """Whether the bot reaches the phase within `timeout_s`.

        :raises BotDiedError: when it ends instead
        """
        loop = asyncio.get_running_loop()
        until_s = loop.time() + timeout_s
        while phase not in self._phases and loop.time() < until_s:
            self.check()
            await asyncio.sleep(POLL_S)
            self.read()
        return phase in self._phases

    def check(self) -> None:
        """:raises BotDiedError: when the process has ended without having been asked to"""
        if not self._process.is_alive() and "stopped" not in self._phases:
            raise BotDiedError(f"the bot ended with exit code {self._process.exitcode}:\n{self.log_tail()}")

    def kill(self) -> None:
        """SIGKILL, and the end of the process awaited."""
        self._process.kill()
        self._process.join()
        self.is_killed = True
        self.read()

    def log_tail(self, lines: int = LOG_TAIL_LINES) -> str:
        """The end of Hummingbot's log."""
        path: Path = self.assignment.log
        text = path.read_text(errors="replace") if path.exists() else ""
        return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])
