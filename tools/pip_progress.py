"""Runs pip, writes its output to a log and prints its progress every few seconds."""

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


class PipActivity:
    """The current activity of pip, read from its verbose output line by line."""

    def __init__(self) -> None:
        self.text = "starting"
        self._building = ""
        self._modules = 0
        self._modules_done = 0

    def feed(self, line: str) -> None:
        """Reads one line of pip's output; other lines than those below do not change ``text``."""
        line = line.strip()
        if match := re.match(r"Collecting ([\w.-]+)", line):
            self.text = f"collecting {match[1]}"
        elif match := re.match(r"Building wheel for ([\w.-]+)", line):
            self._building, self._modules, self._modules_done = match[1], 0, 0
            self.text = f"building {match[1]}"
        elif match := re.match(r"\[ *(\d+)/(\d+)\] Cythonizing ", line):
            self._modules = int(match[2])
            self.text = f"translating Hummingbot to C++, module {match[1]} of {match[2]}"
        elif re.match(r"building '\S+' extension", line):
            self._modules_done += 1
            of_all = f" of {max(self._modules, self._modules_done)}" if self._modules else ""
            self.text = f"compiling {self._building}, module {self._modules_done}{of_all}"
        elif line.startswith("Installing collected packages"):
            self.text = "unpacking the packages"


def run_pip(command: Sequence[str | Path], env: Mapping[str, str], log: Path) -> int:
    """Runs ``command`` (pip with ``--verbose``), appends its output to ``log``, returns its exit code.

    On a terminal one line is updated, elsewhere a line is printed every 10 seconds; the elapsed time is in minutes and
    seconds.
    """
    activity = PipActivity()
    started_s = time.monotonic()
    with log.open("a", encoding="utf-8") as stream:
        process = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                stream.write(line)
                stream.flush()
                activity.feed(line)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        try:
            _report_until_done(process, activity, started_s)
        finally:
            # Ctrl-C reaches pip too: wait until it has cleaned up and ended.
            process.wait()
            reader.join()
    return process.returncode


def _report_until_done(process: subprocess.Popen[str], activity: PipActivity, started_s: float) -> None:
    on_terminal = sys.stdout.isatty()
    interval_s = _TERMINAL_INTERVAL_S if on_terminal else _PLAIN_INTERVAL_S
    while True:
        try:
            process.wait(timeout=interval_s)
        except subprocess.TimeoutExpired:
            minutes, seconds = divmod(int(time.monotonic() - started_s), 60)
            text = f"  {minutes}:{seconds:02d}  {activity.text}"
            if on_terminal:
                print(f"{_CLEAR_LINE}{text[:79]}", end="", flush=True)
            else:
                print(text, flush=True)
        else:
            if on_terminal:
                print(_CLEAR_LINE, end="", flush=True)
            return
