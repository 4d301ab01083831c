"""Connections at the end of a process."""

import os
import subprocess
import sys

ASK_ONCE = """
import asyncio
from hummingbot.connector.exchange.peatio.http.clock import read_time
from hummingbot.connector.exchange.peatio.settings.exchanges import venue_of
try:
    asyncio.run(read_time(venue_of("http://127.0.0.1:1")))
except OSError:
    print("nobody answers")
"""


def test_a_command_that_closes_nothing_ends_without_complaints() -> None:
    """As `hbot connect` does."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(
        [sys.executable, "-c", ASK_ONCE], capture_output=True, text=True, env=environment, timeout=60, check=True
    )
    assert ended.stdout == "nobody answers\n"
    assert "Unclosed" not in ended.stderr
