"""`--install-completion` in a real shell, and what the Tab key then proposes."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

from test.patience import eventually
from test.peatio_cli.terminal import ENTER, PseudoTerminal, Reader, pseudo_terminal

TAB = "\t"
BASH = shutil.which("bash")
PROGRAM = Path(sys.executable).parent / "hummingbot-peatio"

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(BASH is None, reason="there is no bash on this machine"),
]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home of a new user, with the program on PATH."""
    (tmp_path / ".bashrc").write_text("PS1='ready> '\n")
    return {**os.environ, "HOME": str(tmp_path), "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"}


async def completes(terminal: PseudoTerminal, typed: str, completed: str) -> None:
    """Type, press Tab, and see the line completed; then throw it away."""
    await terminal.type(typed + TAB)

    async def shown() -> bool:
        return (await terminal.before_cursor()).rstrip().endswith(completed)

    await eventually(shown, f"{typed} to become {completed}", timeout_s=30)
    await terminal.type("\x15")  # Ctrl-U


async def test_bash_completes_commands_options_and_values(tmp_path: Path, environment: dict[str, str]) -> None:
    assert BASH is not None
    async with pseudo_terminal((BASH, "-i"), tmp_path, environment) as terminal:
        reader = Reader(terminal)
        await reader.sees("ready>")
        await terminal.type("hummingbot-peatio --install-completion" + ENTER)
        await reader.sees("bash completion installed in")
    assert (tmp_path / ".bash_completions" / "hummingbot-peatio.sh").is_file()
    (tmp_path / "my-bot").mkdir()
    async with pseudo_terminal((BASH, "-i"), tmp_path, environment) as terminal:
        await Reader(terminal).sees("ready>")
        await completes(terminal, "hummingbot-peatio cons", "hummingbot-peatio console")
        await completes(terminal, f"{PROGRAM} sandbox --dial", "sandbox --dialect")
        await completes(terminal, "hummingbot-peatio sandbox --dialect zsm", "--dialect zsmartex")
        await completes(terminal, "hummingbot-peatio al", "hummingbot-peatio alert")
        await completes(terminal, "hummingbot-peatio alert te", "hummingbot-peatio alert test")
        await completes(terminal, "hummingbot-peatio console my", "console my-bot/")
        await terminal.type("exit" + ENTER)
        await asyncio.wait_for(terminal.process.wait(), 30)
