"""The demo as a user runs it: Hummingbot itself, the connector, the sandbox, over sockets."""

import asyncio
import os
import re
import shlex
import signal
import socket
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest

from test.browser.browsing import find_chromium
from test.browser.watcher import Look, last_look
from test.patience import eventually
from test.peatio_cli.left_behind import processes_in
from test.peatio_cli.terminal import Reader, pseudo_terminal

LAST_LINE = re.compile(
    r"demo: ok — (?P<orders>\d+) orders, (?P<fills>\d+) fills \((?P<buys>\d+) buys, (?P<sells>\d+) sells\), "
    r"0 open, 0 discrepancies"
)
PEGGED_LINE = re.compile(
    r"demo: ok — \d+ orders, \d+ fills \(\d+ buys, \d+ sells\), 0 open, (?P<cycles>\d+) cycles, "
    r"(?P<resizes>\d+) resizes, 0 discrepancies"
)
MIRROR_LINE = re.compile(
    r"demo: ok — (?P<quotes>\d+) quotes, (?P<fills>\d+) fills, (?P<hedges>\d+) hedges, 0 open, "
    r"depth within tolerance (?P<within>[\d.]+)% of the time, not hedged -?0\.0000\d* BTC, 0 discrepancies"
)
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")

pytestmark = [
    pytest.mark.timeout(300),  # Hummingbot alone needs ten seconds to be imported, more on a busy machine
    pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks for left processes in /proc"),
]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The instance, which the second demo finds as the first has left it."""
    return tmp_path_factory.mktemp("demo") / "instance"


async def run_demo(
    directory: Path, seconds: int, interrupt_after: str | None = None, browser: str | None = None, *options: str
) -> tuple[int, list[str]]:
    """Run the demo, interrupt it once a line begins with `interrupt_after`; its exit code and lines.

    `browser` is a command with %s in it: the demo opens its page with that.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "peatio_cli", "demo", "--seconds", str(seconds), "--dir", str(directory)),
        *(["--browser"] if browser else []),
        *options,
        stdout=PIPE,
        stderr=STDOUT,
        env={**os.environ, "BROWSER": browser or ""},
    )
    lines: list[str] = []
    try:
        assert process.stdout is not None
        async for line in process.stdout:
            lines.append(line.decode().rstrip("\n"))
            if interrupt_after and lines[-1].startswith(interrupt_after):
                process.send_signal(signal.SIGINT)
        return await process.wait(), lines
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def assert_nothing_is_left(directory: Path, lines: list[str]) -> None:
    """No process works in the instance, nobody listens where the sandbox did."""
    assert processes_in(directory) == []
    address = ADDRESS.search("\n".join(lines))
    assert address is not None
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", int(address[1]))) != 0


async def test_the_demo_trades_and_agrees_with_the_ledger(directory: Path, tmp_path: Path) -> None:
    """With its page open in a browser, where there is one: that sees every fill and disturbs nothing."""
    seen = tmp_path / "seen.json"
    command = shlex.join([sys.executable, "-m", "test.browser.watcher", str(seen), "%s"]) if find_chromium() else None

    code, lines = await run_demo(directory, seconds=20, browser=command)

    verdict = LAST_LINE.fullmatch(lines[-1])
    assert verdict, "\n".join(lines)
    assert code == 0
    assert int(verdict["orders"]) >= 4
    assert int(verdict["fills"]) == int(verdict["buys"]) + int(verdict["sells"]) >= 1
    assert sum(line.startswith("fill: ") for line in lines) >= 1
    assert any(line.startswith("in a browser: http://127.0.0.1:") for line in lines)
    if command is not None:
        assert await asyncio.to_thread(last_look, seen) == Look(int(verdict["fills"]), saw_quotes=True, errors=[])
    assert_nothing_is_left(directory, lines)


async def test_two_bots_follow_a_pegged_coin_through_twenty_cycles(tmp_path: Path) -> None:
    code, lines = await run_demo(tmp_path, 30, None, None, "--pegged")

    verdict = PEGGED_LINE.fullmatch(lines[-1])
    assert verdict, "\n".join(lines)
    assert code == 0
    assert int(verdict["cycles"]) == 20 == sum(line.startswith("cycle ") for line in lines)
    assert int(verdict["resizes"]) >= 1
    assert (tmp_path / "BAY-USD" / "conf" / "peatio.yml").read_text() == "pegged: [BAY-USD, BAYR-USD]\n"
    assert_nothing_is_left(tmp_path, lines)


async def test_a_mirror_hedges_what_is_taken_from_it(tmp_path: Path) -> None:
    """Twice in the same directory: the first one's keys, address and hedge journal must not be in the way."""
    code, lines = await run_demo(tmp_path, 12, None, None, "--liquidity")

    verdict = MIRROR_LINE.fullmatch(lines[-1])
    assert verdict, "\n".join(lines)
    assert code == 0
    assert int(verdict["quotes"]) >= 16
    assert int(verdict["fills"]) >= 1
    assert int(verdict["hedges"]) >= 1
    assert float(verdict["within"]) > 0
    assert any(line.startswith("profit on both together: ") for line in lines)
    assert_nothing_is_left(tmp_path, lines)

    code, lines = await run_demo(tmp_path, 600, "taker: ", None, "--liquidity")
    assert lines[-1].startswith("demo: ok"), "\n".join(lines)
    assert code == 0
    assert_nothing_is_left(tmp_path, lines)


async def test_an_interrupt_ends_the_demo_early_and_properly(directory: Path) -> None:
    """In the same directory: an earlier demo's keys, trades and password must not be in the way."""
    code, lines = await run_demo(directory, seconds=600, interrupt_after="bot: ready")

    assert LAST_LINE.fullmatch(lines[-1]), "\n".join(lines)
    assert code == 0
    assert any(line.startswith("profit: ") for line in lines)
    assert_nothing_is_left(directory, lines)


async def test_a_spinner_turns_while_hummingbot_starts(directory: Path) -> None:
    demo = (sys.executable, "-m", "peatio_cli", "demo", "--dir", str(directory))
    async with pseudo_terminal(demo, Path.cwd(), os.environ) as terminal:
        seen: set[str] = set()

        async def turned() -> bool:
            found = re.search("([⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]) bot: Hummingbot is starting", "\n".join(await terminal.lines()))
            seen.update(found.groups() if found else ())
            return len(seen) > 2

        await eventually(turned, "the spinner to turn")
        await terminal.type("\x03")
        await Reader(terminal).sees("demo: ok")
        assert await asyncio.wait_for(terminal.process.wait(), 30) == 0
        assert "Hummingbot is starting" not in "\n".join(await terminal.lines())
    assert processes_in(directory) == []
