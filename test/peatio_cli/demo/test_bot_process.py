"""The bot's process is followed, stopped, and never left behind; here with stand-ins for the bot."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from peatio_cli.demo import bot_process
from peatio_cli.demo.bot_process import BotError, BotProcess
from peatio_cli.demo.bot_report import BotAssignment, Phase
from test.patience import eventually

Start = Callable[[str], Awaitable[BotProcess]]

# What every stand-in begins with: the assignment is read, reports can be written.
PROLOGUE = """
import json, os, signal, sys, time
assignment = json.loads(sys.stdin.readline())
def report(name):
    with open(assignment["report_file"], "a") as file:
        file.write(json.dumps({"kind": "phase", "name": name}) + "\\n")
def run():
    # A signal that comes just before a sleep is handled after it, so none is long.
    while True:
        time.sleep(0.05)
"""


@pytest.fixture
async def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    """Starts a stand-in with the given program."""
    started: list[BotProcess] = []
    (tmp_path / "logs").mkdir()
    monkeypatch.setattr(bot_process, "BOT_MODULE", "stand_in")

    async def start_stand_in(program: str) -> BotProcess:
        (tmp_path / "stand_in.py").write_text(PROLOGUE + program)
        assignment = BotAssignment(
            exchange_domain="http://127.0.0.1:1",
            api_key="kid",
            secret_key=SecretStr("the-secret"),
            password=SecretStr("the-password"),
            strategy_file="conf_demo.yml",
            strategy={},
            trading_pair="BTC-USD",
            report_file=tmp_path / "report.jsonl",
        )
        started.append(await BotProcess.start(tmp_path, assignment))
        return started[-1]

    yield start_stand_in
    for process in started:
        await process.close()


async def phase_reached(process: BotProcess, name: str) -> None:
    """Wait until the stand-in has reported a phase."""

    def reached() -> bool:
        for _report in process.read_reports():
            pass
        return process.phase == name

    await eventually(reached)


async def test_reports_are_read_and_a_stop_is_graceful(start: Start) -> None:
    process = await start(
        "signal.signal(signal.SIGTERM, lambda *_: (report('stopped'), sys.exit(0)))\n"
        "report('started'); report('ready'); run()"
    )
    await phase_reached(process, "ready")
    process.check()
    await process.stop(asyncio.Event())
    assert not process.is_running
    assert list(process.read_reports()) == [Phase(name="stopped")]


async def test_secrets_are_neither_arguments_nor_environment(start: Start) -> None:
    process = await start(
        "seen = sys.argv + [f'{k}={v}' for k, v in os.environ.items()]\n"
        "assert assignment['password'] == 'the-password'\n"
        "report('started' if not any('the-' in text for text in seen) else 'stopped'); run()"
    )
    await phase_reached(process, "started")


async def test_the_instance_comes_first_on_the_path_of_the_bot(start: Start, tmp_path: Path) -> None:
    process = await start("print(json.dumps([os.getcwd(), sys.path]), file=sys.stderr)")
    await eventually(lambda: not process.is_running)
    working_directory, path = json.loads(process.log_tail())
    assert working_directory == str(tmp_path)
    assert path[1] == str(tmp_path)
    assert str(Path(bot_process.__file__).parents[2]) in path


async def test_a_bot_that_dies_is_reported_with_its_log(start: Start, tmp_path: Path) -> None:
    (tmp_path / "logs" / "logs_conf_demo.log").write_text("an error in Hummingbot's log\n")
    process = await start("report('started'); print('the last words'); sys.exit(3)")
    await eventually(lambda: not process.is_running)
    with pytest.raises(BotError, match="exit code 3") as caught:
        process.check()
    assert "the last words" in str(caught.value)
    assert "an error in Hummingbot's log" in str(caught.value)


async def test_a_bot_that_fails_to_stop_properly_is_reported(start: Start) -> None:
    process = await start("signal.signal(signal.SIGTERM, lambda *_: sys.exit(1)); report('started'); run()")
    await phase_reached(process, "started")
    with pytest.raises(BotError, match="stopped with exit code 1"):
        await process.stop(asyncio.Event())


async def test_a_bot_interrupted_while_it_starts_is_no_failure(start: Start) -> None:
    process = await start("run()")
    await process.stop(asyncio.Event())
    assert not process.is_running


IGNORES_STOP = "signal.signal(signal.SIGTERM, signal.SIG_IGN); report('started'); run()"


async def test_a_bot_that_does_not_stop_is_killed(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot_process, "STOP_TIMEOUT_S", 0.2)
    process = await start(IGNORES_STOP)
    await phase_reached(process, "started")
    with pytest.raises(BotError, match="did not stop within"):
        await process.stop(asyncio.Event())
    await process.close()
    assert not process.is_running


async def test_a_second_interrupt_does_not_wait(start: Start) -> None:
    process = await start(IGNORES_STOP)
    await phase_reached(process, "started")
    give_up = asyncio.Event()
    give_up.set()
    with pytest.raises(BotError, match="was not waited for"):
        await process.stop(give_up)


async def test_the_bot_sees_when_its_parent_is_gone(start: Start) -> None:
    process = await start("report('started'); sys.stdin.read(); report('stopped')")
    await phase_reached(process, "started")
    assert process._process.stdin is not None
    process._process.stdin.close()  # what the system does when the parent's process ends
    await phase_reached(process, "stopped")
