"""Runs uv or pip, writes its output to a log without credentials, and prints its progress every few seconds."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_TERMINAL_INTERVAL_S = 1.0
_PLAIN_INTERVAL_S = 10.0
_CLEAR_LINE = "\r\x1b[K"


def masked(text: str) -> str:
    """Returns ``text`` with the user and password of every URL replaced."""
    return re.sub(r"(?<=://)[^/\s'\"`]*@", "****@", text)


class Activity:
    """The current activity of uv, read from its verbose output line by line."""

    def __init__(self, text: str = "starting") -> None:
        self.text = text
        self._modules = 0
        self._modules_done = 0

    def feed(self, line: str) -> None:
        """Reads one line; other lines than those below do not change ``text``."""
        line = line.strip().removeprefix("DEBUG").strip()
        if match := re.fullmatch(r"Downloading ([\w.-]+) \(.*\)", line):
            self.text = f"downloading {match[1]}"
        elif match := re.fullmatch(r"Building ([\w.-]+)==\S+", line):
            self._modules_done = 0
            self.text = f"building {match[1]}"
        elif match := re.match(r"\[ *(\d+)/(\d+)\] Cythonizing ", line):
            self._modules = int(match[2])
            self.text = f"translating Hummingbot to C++, module {match[1]} of {match[2]}"
        elif re.match(r"building 'hummingbot\.\S+' extension", line):
            self._modules_done += 1
            of_all = f" of {max(self._modules, self._modules_done)}" if self._modules else ""
            self.text = f"compiling Hummingbot, module {self._modules_done}{of_all}"
        elif re.match(r"Prepared \d+ package", line):
            self.text = "unpacking the packages"


class ProgressLines:
    """Prints what goes on with the elapsed time: on a terminal in one line that is updated, else line by line.

    :ivar interval_s: how often it is to be shown
    """

    def __init__(self) -> None:
        self._on_terminal = sys.stdout.isatty()
        self.interval_s = _TERMINAL_INTERVAL_S if self._on_terminal else _PLAIN_INTERVAL_S
        self._started_s = self._shown_s = time.monotonic()

    def show(self, activity: str) -> None:
        """Prints it now."""
        self._shown_s = time.monotonic()
        minutes, seconds = divmod(int(self._shown_s - self._started_s), 60)
        text = f"  {minutes}:{seconds:02d}  {activity}"
        if self._on_terminal:
            print(f"{_CLEAR_LINE}{text[:79]}", end="", flush=True)
        else:
            print(text, flush=True)

    def show_when_due(self, activity: str) -> None:
        """Prints it if an interval has passed since the last time."""
        if time.monotonic() - self._shown_s >= self.interval_s:
            self.show(activity)

    def end(self) -> None:
        """Removes the line from a terminal."""
        if self._on_terminal:
            print(_CLEAR_LINE, end="", flush=True)


def run_logged(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    log: Path,
    text: str = "starting",
    folder: Path | None = None,
) -> tuple[int, str]:
    """Runs ``command``, appends what it prints to ``log``; returns its exit code and that text.

    :param text: what it does at first
    :param folder: where it runs; None for the present one

    On a terminal one line is updated, elsewhere a line is printed every 10 seconds; the elapsed time is in minutes and
    seconds.
    """
    activity, lines = Activity(text), list[str]()
    with log.open("a", encoding="utf-8") as stream:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # It inherits the lock on the folder: if this process is killed, the next set-up waits for what it began.
            close_fds=False,
        )

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(masked(line))
                stream.write(lines[-1])
                stream.flush()
                activity.feed(line)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        try:
            _report_until_done(process, activity)
        finally:
            # Ctrl-C reaches the program too: wait until it has cleaned up and ended.
            process.wait()
            reader.join()
    return process.returncode, "".join(lines)


def _report_until_done(process: subprocess.Popen[str], activity: Activity) -> None:
    lines = ProgressLines()
    while True:
        try:
            process.wait(timeout=lines.interval_s)
        except subprocess.TimeoutExpired:
            lines.show(activity.text)
        else:
            lines.end()
            return
