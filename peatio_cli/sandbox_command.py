"""`hummingbot-peatio sandbox`: the local exchange in the foreground, until Ctrl-C."""

import asyncio
import logging
import sys

from peatio_sandbox import SandboxConfig
from peatio_sandbox.__main__ import run as serve


def run(*, host: str, port: int, seed: int, traders: bool, quiet: bool) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code (1 if it could not listen)."""
    logging.basicConfig(level=logging.WARNING)
    config = SandboxConfig(host=host, port=port, seed=seed, traders=traders)
    try:
        asyncio.run(serve(config, quiet=quiet))
    except OSError as error:
        reason = error.strerror or error
        print(f"sandbox: cannot listen on {host}:{port}: {reason}; remedy: another --port", file=sys.stderr)
        return 1
    return 0
