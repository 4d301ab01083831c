"""Hummingbot's console as a user has it: in a terminal, from the first password to the last exit."""

import os
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from peatio_sandbox import Sandbox, SandboxConfig
from test.end_to_end.support import person
from test.patience import eventually
from test.peatio_cli.console.picture import PICTURE, SIZE, drawn, lines_of_picture, wording
from test.peatio_cli.console.session import (
    COMMAND,
    KEEPS_REFUSED_KEYS,
    PASSWORD,
    STRATEGY_FILE,
    connect,
    create_a_strategy,
    make_instance,
    open_orders,
    start_for_the_first_time,
)
from test.peatio_cli.left_behind import processes_in
from test.peatio_cli.terminal import COLUMNS, LINES, PseudoTerminal, Reader, TmuxTerminal, pseudo_terminal

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks for left processes in /proc"),
]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A new instance."""
    return make_instance(tmp_path / "instance")


async def trade_once(sandbox: Sandbox) -> None:
    """Somebody sells down to the bot's bid, through whatever others offer above it."""
    bids = await eventually(
        lambda: [order for order in sandbox.orders("bot") if order.side == "buy" and order.state == "wait"], "a bid"
    )
    async with person(sandbox, "taker") as taker:

        async def sell_down() -> bool:
            """Again where another trader was faster and offers above the bot."""
            levels = sandbox.exchange._engines["btcusd"].bids.levels()
            volume = sum((volume for price, volume in levels if price >= bids[0].price), Decimal())
            if volume:
                await taker.place("btcusd", "sell", str(volume), str(bids[0].price))
                await sandbox.settle()
            return bool(sandbox.fills("bot"))

        await eventually(sell_down, "a fill")


async def test_from_the_first_start_to_the_exit(directory: Path) -> None:
    async with Sandbox(SandboxConfig(traders=True)) as sandbox:
        account = sandbox.members["bot"]
        async with pseudo_terminal(COMMAND, directory, os.environ) as terminal:
            reader = Reader(terminal)
            await start_for_the_first_time(reader)

            await connect(reader, sandbox.url, "no-such-key", account.secret)
            await reader.sees(r"authz\.unexistent_apikey\. Check the API")
            await connect(reader, sandbox.url, account.api_key, "no-such-secret", is_again=True)
            await reader.sees(r"authz\.invalid_signature\. Check the API")
            assert (directory / "conf" / "connectors" / "peatio.yml").exists() is KEEPS_REFUSED_KEYS
            await connect(reader, sandbox.url, account.api_key, account.secret, is_again=True)
            await reader.sees("You are now connected to peatio")
            await reader.enters("balance")
            await reader.sees("peatio:", r"BTC +1000\.0000", r"USD +10000000\.0000")

            await create_a_strategy(reader)
            await reader.enters("start")
            await reader.sees("'pure_market_making' started successfully")
            await eventually(lambda: len(open_orders(sandbox)) == 2, "two quotes")
            await reader.enters("status")
            await reader.sees("Markets:", r"peatio +BTC-USD", "Assets:", "Orders:", r"1 +buy +\d", r"1 +sell +\d")
            await terminal.resize(*SIZE)
            await the_picture_in_the_documentation_is_this(terminal)
            await terminal.resize(COLUMNS, LINES)
            await trade_once(sandbox)
            await reader.sees("Trades: [1-9]")
            await reader.enters("history")
            await reader.sees("peatio / BTC-USD", r"Number of trades +[1-9]")
            await reader.enters("stop")
            await reader.sees("Hummingbot stopped")
            assert open_orders(sandbox) == []
            assert account.secret not in "\n".join(await terminal.lines())

            await reader.enters("exit")
            await eventually(lambda: terminal.process.returncode is not None, "the console to end")
            assert terminal.process.returncode == 0
        assert processes_in(directory) == []

        await a_closed_window_cancels_the_orders(directory, sandbox)
    assert sandbox.handler_errors == []


async def the_picture_in_the_documentation_is_this(terminal: PseudoTerminal) -> None:
    """What it says, not its numbers. Made again by `make pictures`, with the newer Hummingbot."""
    if KEEPS_REFUSED_KEYS:
        return
    documented = wording(lines_of_picture(PICTURE))
    now = wording(await drawn(terminal))
    assert (now.bars, now.output) == (documented.bars, documented.output)
    assert documented.log <= now.log, documented.log - now.log
    assert len(documented.log) > 8


async def a_closed_window_cancels_the_orders(directory: Path, sandbox: Sandbox) -> None:
    """The second start, in what the first has left; its window is closed while the bot trades."""
    async with pseudo_terminal(COMMAND, directory, os.environ) as terminal:
        reader = Reader(terminal)
        await reader.fills_in("Enter your password", PASSWORD)
        await reader.enters(f"import {STRATEGY_FILE}")
        await reader.sees('Enter "start" to start market making')
        await reader.enters("start")
        await eventually(lambda: open_orders(sandbox), "orders", timeout_s=30)
        terminal.hang_up()
        await eventually(lambda: terminal.process.returncode is not None, "the console to end", timeout_s=30)
    await eventually(lambda: not open_orders(sandbox), "the orders to be cancelled")
    assert processes_in(directory) == []


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
async def test_the_console_in_tmux(directory: Path, tmp_path: Path) -> None:
    terminal = TmuxTerminal(tmp_path / "tmux")
    async with Sandbox(SandboxConfig()) as sandbox:
        account = sandbox.members["bot"]
        try:
            await terminal.start(COMMAND, directory, os.environ)
            reader = Reader(terminal)
            await start_for_the_first_time(reader)
            await connect(reader, sandbox.url, account.api_key, account.secret)
            await reader.sees("You are now connected to peatio")
            await reader.enters("exit")
            await eventually(terminal.has_ended, "the console to end")
        finally:
            await terminal.close()
    assert processes_in(directory) == []
