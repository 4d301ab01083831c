"""A terminal for tests: a program runs in it, and what it shows is read off the screen.

Two kinds: a pseudo terminal whose screen is kept by `pyte`, which is there wherever the tests are, and tmux.
"""

import asyncio
import fcntl
import os
import pty
import re
import struct
import termios
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

import pyte

COLUMNS, LINES = 240, 60
ENTER = "\r"


class Terminal(Protocol):
    """What a test needs of a terminal."""

    async def lines(self) -> list[str]:
        """The screen, line by line."""

    async def before_cursor(self) -> str:
        """What stands before the cursor in its line."""

    async def type(self, keys: str) -> None:
        """Press keys."""


class PseudoTerminal:
    """A pseudo terminal; the program in it is the leader of its session, as a shell's window has it."""

    def __init__(self, process: asyncio.subprocess.Process, master: int) -> None:
        self.process = process
        self._master = master
        self.screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self.screen)
        self._is_open = True
        asyncio.get_running_loop().add_reader(master, self._read)

    @classmethod
    async def start(cls, command: Sequence[str | Path], directory: Path, env: Mapping[str, str]) -> "PseudoTerminal":
        """Run a command in a new terminal."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=directory,
                env={**env, "TERM": "xterm-256color"},
                stdin=slave,
                stdout=slave,
                stderr=slave,
                start_new_session=True,
                preexec_fn=_take_standard_input_as_terminal,
            )
        finally:
            os.close(slave)
        return cls(process, master)

    async def lines(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display]

    async def before_cursor(self) -> str:
        line = self.screen.buffer[self.screen.cursor.y]
        return "".join(line[column].data for column in range(self.screen.cursor.x))

    async def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    async def resize(self, columns: int, lines: int) -> None:
        """Change the window's size; the program is told, and draws its screen anew."""
        self.screen.resize(lines, columns)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def hang_up(self) -> None:
        """Close the terminal's window."""
        if self._is_open:
            self._is_open = False
            asyncio.get_running_loop().remove_reader(self._master)
            os.close(self._master)

    async def close(self) -> None:
        """Close the window and make sure that the program ends."""
        self.hang_up()
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.kill()
        await self.process.wait()

    def _read(self) -> None:
        try:
            data = os.read(self._master, 65536)
        except OSError:  # the program has ended
            data = b""
        if data:
            self._stream.feed(data)
        else:
            asyncio.get_running_loop().remove_reader(self._master)


def _take_standard_input_as_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class TmuxTerminal:
    """A window of a tmux server of its own."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def start(self, command: Sequence[str | Path], directory: Path, env: Mapping[str, str]) -> None:
        """Run a command in a new window; the window stays when it has ended."""
        await self._tmux(
            *("-f", "/dev/null", "new-session", "-d", "-x", str(COLUMNS), "-y", str(LINES), "-c", str(directory)),
            *map(str, command),
            *(";", "set-option", "remain-on-exit", "on"),
            env=env,
        )

    async def lines(self) -> list[str]:
        return [line.rstrip() for line in (await self._tmux("capture-pane", "-p")).split("\n")]

    async def before_cursor(self) -> str:
        x, y = (await self._tmux("display-message", "-p", "#{cursor_x} #{cursor_y}")).split()
        return (await self.lines())[int(y)][: int(x)]

    async def type(self, keys: str) -> None:
        await self._tmux("send-keys", "-H", *(f"{byte:02x}" for byte in keys.encode()))

    async def has_ended(self) -> bool:
        """Whether the program is gone. Its exit code tmux does not always know."""
        return (await self._tmux("display-message", "-p", "#{pane_dead}")).strip() == "1"

    async def close(self) -> None:
        """End the server and whatever still runs in its window."""
        with suppress(AssertionError):
            await self._tmux("kill-server")

    async def _tmux(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        process = await asyncio.create_subprocess_exec(
            *("tmux", "-S", self._socket), *arguments, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env=env
        )
        output, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
        return output.decode()


@asynccontextmanager
async def pseudo_terminal(
    command: Sequence[str | Path], directory: Path, env: Mapping[str, str]
) -> AsyncIterator[PseudoTerminal]:
    """A command in a pseudo terminal; ended with the block."""
    terminal = await PseudoTerminal.start(command, directory, env)
    try:
        yield terminal
    finally:
        await terminal.close()


class Reader:
    """Somebody in front of a terminal: types, and waits for what is to be read."""

    def __init__(self, terminal: Terminal, timeout_s: float = 30.0) -> None:
        self._terminal = terminal
        self._timeout_s = timeout_s

    async def sees(self, *patterns: str) -> None:
        """Wait until the screen matches every pattern."""

        async def shown() -> bool:
            text = "\n".join(await self._terminal.lines())
            return all(re.search(pattern, text) for pattern in patterns)

        await self._until(shown, " and ".join(patterns))

    async def answers(self, question: str, answer: str, is_echoed: bool = True) -> None:
        """Wait until the cursor stands behind a question, and answer it; empty accepts what is proposed."""
        await self._is_asked(question)
        if is_echoed:
            await self._types(answer)
        else:
            await self._terminal.type(answer)
        await self._terminal.type(ENTER)
        await self._until(lambda: self._left(question), f"the answer to {question} to be taken")

    async def enters(self, command: str) -> None:
        """Give a command at Hummingbot's prompt; it may show nothing before it is done."""
        await self._is_asked(r">>>\s*$")
        await self._types(command)
        await self._terminal.type(ENTER)

    async def confirms(self, *texts: str) -> None:
        """Press the button of a dialog that shows these texts, and see it go."""
        await self.sees(*texts)
        await self._terminal.type(ENTER)
        await self._until(lambda: self._gone(texts[0]), f"the dialog with {texts[0]} to go")

    async def fills_in(self, label: str, text: str) -> None:
        """Fill in the one field of a dialog: the first Enter goes to its button, the second presses it."""
        await self.sees(label)
        await self._terminal.type(text + ENTER)
        await self._terminal.type(ENTER)
        await self._until(lambda: self._gone(label), f"the dialog with {label} to go")

    async def _types(self, text: str) -> None:
        """Type and see it, open or masked: completions proposed after the Enter would stay on the screen."""
        await self._terminal.type(text)

        async def echoed() -> bool:
            return (await self._terminal.before_cursor()).rstrip().endswith((text, "*" * len(text)))

        await self._until(echoed, "what was typed to appear")

    async def _is_asked(self, question: str) -> None:
        async def asked() -> bool:
            return bool(re.search(question, await self._terminal.before_cursor()))

        await self._until(asked, f"the cursor behind {question}")

    async def _left(self, question: str) -> bool:
        return not re.search(question, await self._terminal.before_cursor())

    async def _gone(self, text: str) -> bool:
        return not re.search(text, "\n".join(await self._terminal.lines()))

    async def _until(self, check: Callable[[], Awaitable[bool]], what: str) -> None:
        deadline_s = time.monotonic() + self._timeout_s
        while not await check():
            if time.monotonic() > deadline_s:
                shown = "\n".join(line for line in await self._terminal.lines() if line)
                raise AssertionError(f"not within {self._timeout_s:.0f} s: {what}; the screen:\n{shown}")
            await asyncio.sleep(0.05)
