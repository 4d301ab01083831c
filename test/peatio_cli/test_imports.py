"""What each command imports up to its first line of output: a library that takes long to load must be needed for it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from peatio_cli import commands

#: What takes long to import.
HEAVY = (
    "aiohttp", "asyncio", "hummingbot", "numpy", "pandas", "pydantic", "rich", "sqlalchemy", "typer", "yaml", "yarl",
)  # fmt: skip
#: The heavy libraries of each command, up to the first line on stdout or stderr.
COMMANDS: dict[str, set[str]] = {
    "--help": set(),
    "-h": set(),
    "--version": set(),
    "init new": set(),
    "sandbox --port 0": set(),
    "sandbox --port 0 --quiet --traders": set(),
    # Its first line has the password that it made.
    "halo --port 0": {"aiohttp", "asyncio", "yarl"},
    "doctor --url http://127.0.0.1:1": set(),
    # The demo's bot runs in a process of its own; the sandbox runs in this one.
    "demo --dir file/x": {"aiohttp", "asyncio", "pydantic", "rich", "yarl"},
    "console nowhere": set(),
    "run nowhere": set(),
    "guard nowhere": set(),
    "alert test nowhere": set(),
    "watch nowhere": set(),
    # The names of currencies and the stored keys are the connector's, which lies in Hummingbot's package.
    "report nowhere": {*HEAVY} - {"sqlalchemy", "typer"},
    "record-market binance BTC-USDT no/day.npz": set(),
    "link nowhere": set(),
    "unlink nowhere": set(),
    # The names of the journal's states and of the keys' folder are the connector's.
    "uninstall nowhere": {*HEAVY} - {"rich", "sqlalchemy", "typer"},
}
LOOK = """
import json, os, sys

class FirstLine:
    def __init__(self, stream):
        self.stream = stream
    def write(self, text):
        if "\\n" in text:
            with open("modules.json", "w") as file:
                json.dump([sorted({name.partition(".")[0] for name in sys.modules}), text], file)
            os._exit(0)
        return len(text)
    def __getattr__(self, name):
        return getattr(self.stream, name)

sys.stdout, sys.stderr = FirstLine(sys.stdout), FirstLine(sys.stderr)
from peatio_cli.main import main
main(sys.argv[1:])
"""


def test_every_command_is_looked_at() -> None:
    assert {words.split()[0] for words in COMMANDS} >= set(commands.COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_imports_only_what_its_first_line_needs(command: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *command.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    modules, line = json.loads((tmp_path / "modules.json").read_text(encoding="utf-8"))
    assert "Traceback" not in line
    assert set(modules) & set(HEAVY) == COMMANDS[command], line
