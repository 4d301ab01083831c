"""What the probes of containers say of a bot and a guard."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from peatio_cli.fleet.health import BOT_FILE, DEAD_AFTER_S, GUARD_FILE, HealthFile, State, main, problem_of

NOW_S = 1_795_000_000.0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "health.json"


def written(file: Path, state: State, **connectors: bool) -> Path:
    HealthFile(file).write(state, connectors)
    os.utime(file, (NOW_S, NOW_S))
    return file


def test_a_bot_without_a_file_does_not_run(file: Path) -> None:
    assert problem_of(file, NOW_S) == f"it does not run: there is no {file}"
    written(file, State.TRADING)
    HealthFile(file).remove()
    assert problem_of(file, NOW_S) is not None


@pytest.mark.parametrize("state", list(State))
def test_a_bot_is_alive_in_every_state(file: Path, state: State) -> None:
    written(file, state, peatio=False)
    assert problem_of(file, NOW_S + DEAD_AFTER_S) is None
    assert problem_of(file, NOW_S - 3600) is None, "a clock that was set back kills no bot"


def test_a_bot_whose_event_loop_hangs_is_dead(file: Path) -> None:
    written(file, State.TRADING, peatio=True)
    dead_s = NOW_S + DEAD_AFTER_S + 1
    assert problem_of(file, dead_s) == "it does not run, or hangs: its last sign of life is 61 s old"
    assert problem_of(file, dead_s, must_be_ready=True) == problem_of(file, dead_s)


@pytest.mark.parametrize(
    ("state", "connectors", "problem"),
    [
        (State.STARTING, {}, "it is starting"),
        (State.WAITING, {}, None),
        (State.TRADING, {"peatio": True, "binance": True}, None),
        (State.TRADING, {"peatio": False, "binance": True}, "peatio may not trade yet"),
        (State.STOPPING, {"peatio": True}, "it is stopping"),
    ],
)
def test_when_a_bot_is_ready(file: Path, state: State, connectors: dict[str, bool], problem: str | None) -> None:
    written(file, state, **connectors)
    assert problem_of(file, NOW_S, must_be_ready=True) == problem


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"state": "asleep", "connectors": {}}', '{"state": 1}'])
def test_a_file_that_cannot_be_read_is_not_ready(file: Path, content: str) -> None:
    file.write_text(content)
    assert problem_of(file, time.time(), must_be_ready=True) == "its state cannot be read"
    assert problem_of(file, time.time()) is None


def test_a_full_disk_stops_nothing_and_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = HealthFile(tmp_path / "missing" / "health.json")
    for _ in range(2):
        file.write(State.TRADING, {})
    assert len(caplog.records) == 1
    assert "Probes will take this bot for dead" in caplog.text


def test_only_a_change_is_written_anew(file: Path) -> None:
    health = HealthFile(file)
    health.write(State.TRADING, {"peatio": True})
    first = file.stat()
    health.write(State.TRADING, {"peatio": True})
    assert file.stat().st_ino == first.st_ino
    assert file.stat().st_mtime_ns >= first.st_mtime_ns
    health.write(State.TRADING, {"peatio": False})
    assert file.stat().st_ino != first.st_ino


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    assert main([]) == 1
    assert main(["--guard"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"bot: it does not run: there is no {BOT_FILE}", f"guard: it does not run: there is no {GUARD_FILE}"
    ]  # fmt: skip
    HealthFile().write(State.TRADING, {"peatio": False})
    (tmp_path / GUARD_FILE).touch()
    assert (main([]), main(["--guard"]), main(["--ready"])) == (0, 0, 1)
    assert capsys.readouterr().out == "bot: peatio may not trade yet\n"


def test_a_probe_loads_neither_hummingbot_nor_typer() -> None:
    """It runs every few seconds, in a container with a limit of processor time."""
    code = "import sys, peatio_cli.fleet.health; print({'hummingbot', 'typer'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
