"""`hummingbot-peatio demo` with stand-ins for the bot: every way it can end, and that nothing is left."""

import os
import re
import tempfile
from pathlib import Path
from typing import Protocol

import pytest

from peatio_cli.demo import bot_process, session
from peatio_cli.demo import command as demo_command
from peatio_cli.demo.view import DemoFigures
from peatio_cli.install import instance


class Play(Protocol):
    def __call__(self, program: str, *, pegged: bool = False) -> int: ...


PROLOGUE = """
import json, os, signal, sys, time
assignment = json.loads(sys.stdin.readline())
open(os.environ["STAND_IN_PID"], "w").write(str(os.getpid()))
def report(**fields):
    with open(assignment["report_file"], "a") as file:
        file.write(json.dumps(fields) + "\\n")
def ready():
    report(kind="phase", name="started")
    report(kind="phase", name="ready")
def run():
    # A signal that comes just before a sleep is handled after it, so none is long.
    while True:
        time.sleep(0.05)
"""
WORKS = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); ready(); run()"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary directories are made during the test."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, temporary: Path) -> Play:
    """Runs the demo for one second with a stand-in for the bot, and checks that its process is gone."""
    package = tmp_path / "site-packages" / "hummingbot"
    (package / "connector" / "exchange" / "peatio").mkdir(parents=True)
    (package / "connector" / "exchange" / "peatio" / "peatio_utils.py").write_text("")
    (package / "__init__.py").write_text("")
    monkeypatch.setattr(instance, "hummingbot_package", lambda: package)
    monkeypatch.setattr(bot_process, "BOT_MODULE", "stand_in")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    pid_file = tmp_path / "pid"
    monkeypatch.setenv("STAND_IN_PID", str(pid_file))

    def run(program: str, *, pegged: bool = False) -> int:
        (tmp_path / "stand_in.py").write_text(PROLOGUE + program)
        try:
            return demo_command.run(seconds=1, directory=None, pegged=pegged)
        finally:
            with pytest.raises(ProcessLookupError):
                os.kill(int(pid_file.read_text()), 0)

    return run


def test_a_quiet_demo_is_ok_and_leaves_nothing(play: Play, temporary: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert play(WORKS) == 0
    output = capsys.readouterr().out.splitlines()
    assert output[-1] == "demo: ok — 0 orders, 0 fills (0 buys, 0 sells), 0 open, 0 discrepancies"
    assert "profit: 0.00 USD at mid price -" in output
    assert list(temporary.iterdir()) == []


def test_a_pegged_coin_has_two_bots_and_cycles(
    play: Play, temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert play(WORKS, pegged=True) == 0
    output = capsys.readouterr().out.splitlines()
    verdict = re.fullmatch(r"demo: ok — 0 orders, .* 0 open, (\d+) cycles, 0 resizes, 0 discrepancies", output[-1])
    assert verdict, output[-1]
    assert int(verdict[1]) == sum(line.startswith("cycle ") for line in output) >= 1
    assert "BAY-USD: profit: 0.00 USD at mid price -" in output
    assert "BAYR-USD: profit: 0.00 USD at mid price -" in output
    assert any(line.endswith("/#market=bayusd&member=bot") for line in output)
    assert list(temporary.iterdir()) == []


def test_a_discrepancy_is_printed_and_fails(play: Play, temporary: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filled = (
        "report(kind='filled', client_order_id='HBOT-1', order_id='1', trade_id='2', side='buy',"
        " price='30000', amount='0.1', fees=[['BTC', '0.0001']])"
    )
    assert play(WORKS.replace("run()", f"{filled}; run()")) == 1
    output = capsys.readouterr().out.splitlines()
    assert output[-4:] == [
        "discrepancy: fill (order 1, trade 2): in Hummingbot's events, unknown to the exchange",
        "discrepancy: balance BTC: the fills lead to 1000.0999, the exchange says 1000",
        "discrepancy: balance USD: the fills lead to 9997000.0, the exchange says 10000000",
        "demo: FAILED — 0 orders, 0 fills (0 buys, 0 sells), 0 open, 3 discrepancies",
    ]
    assert len(list(temporary.iterdir())) == 1


def test_interrupt_ends_it_early_with_the_same_summary(
    play: Play, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "POLL_INTERVAL_S", 30)  # only the interrupt can end a wait before the time-out
    monkeypatch.setattr(session, "SETTLE_TIMEOUT_S", 0)
    interrupts = "os.kill(os.getppid(), signal.SIGINT)"
    assert play(WORKS.replace("run()", f"{interrupts}; run()")) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("demo: ok — 0 orders")


@pytest.mark.parametrize("program", ["sys.exit('cannot trade')", "ready(); sys.exit('cannot trade')"])
def test_a_bot_that_dies_is_reported(
    play: Play, program: str, temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert play(program) == 1
    errors = capsys.readouterr().err
    assert "demo: failed — the bot ended unexpectedly with exit code 1" in errors
    assert "cannot trade" in errors
    (kept,) = temporary.iterdir()
    assert f"with its logs is kept: {kept}" in errors


def test_a_bot_that_never_gets_ready_is_reported(
    play: Play, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "START_TIMEOUT_S", 0.5)
    assert play("report(kind='phase', name='started'); print('no keys', flush=True); run()") == 1
    errors = capsys.readouterr().err
    assert "not ready within" in errors
    assert "no keys" in errors


def test_a_bot_that_does_not_stop_is_killed_and_reported(
    play: Play, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot_process, "STOP_TIMEOUT_S", 0.2)
    assert play("signal.signal(signal.SIGTERM, signal.SIG_IGN); ready(); run()") == 1
    assert "did not stop within" in capsys.readouterr().err


def test_an_error_of_our_own_leaves_no_bot(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken view")

    monkeypatch.setattr(DemoFigures, "apply", broken)
    with pytest.raises(RuntimeError, match="broken view"):
        play(WORKS)


def test_a_directory_of_somebody_else_is_refused(
    play: Play, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert demo_command.run(seconds=1, directory=tmp_path) == 1
    assert "not empty and not an instance" in capsys.readouterr().err


def test_without_hummingbot_no_directory_is_left(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(instance, "find_spec", lambda _name: None)
    assert demo_command.run(seconds=1, directory=None) == 1
    assert "Hummingbot is not installed" in capsys.readouterr().err
    assert list(temporary.iterdir()) == []
