"""A connector that was linked into a Hummingbot without picows and msgspec, as in Hummingbot's own container."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import asyncio, logging, sys, tempfile
logging.basicConfig(level=logging.INFO)
sys.modules.update(picows=None, msgspec=None)  # their import fails now
import test
from pathlib import Path
from hummingbot import set_data_path
from peatio_sandbox import Sandbox, SandboxConfig
from test.end_to_end.support import person, running_bot
from test.patience import eventually

async def main(folder):
    async with Sandbox(SandboxConfig()) as sandbox, person(sandbox, "maker") as maker:
        await maker.place("btcusd", "buy", "1", "29000")
        async with running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD"], journal_folder=folder) as bot:
            await maker.place("btcusd", "buy", "1", "29001")
            await eventually(lambda: bot.exchange.get_price("BTC-USD", False) == 29001, "the increment")

with tempfile.TemporaryDirectory() as folder:
    set_data_path(folder)
    asyncio.run(main(Path(folder)))
print("the book follows")
"""


def test_books_are_followed_without_them() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.stdout == "the book follows\n", done.stderr[-2000:]
    assert "pip install picows msgspec" in done.stderr
