"""``python -m peatio_sandbox``: a sandbox exchange until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from peatio_sandbox.config import SandboxConfig
from peatio_sandbox.dialects.catalog import DEFAULT_DIALECT, DIALECTS
from peatio_sandbox.listening import authority, headline
from peatio_sandbox.options import OptionError, with_balances, with_history, with_pegged, with_played
from peatio_sandbox.server import Sandbox
from peatio_sandbox.web.recording import Recorder
from peatio_sandbox.web.replay import RecordingError, ReplayServer, check_recording


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="peatio_sandbox", description="A local Peatio exchange.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback only)")
    parser.add_argument("--port", type=int, default=8090, help="port to listen on; 0 chooses a free one")
    parser.add_argument("--seed", type=int, default=0, help="decides keys, delays and what the traders do")
    parser.add_argument("--traders", action="store_true", help="let seeded people trade")
    parser.add_argument(
        "--history",
        action="append",
        default=[],
        metavar="PAST",
        help="what happened before: a time such as 7d, made up from the seed, or candles from FILE or MARKET=FILE "
        "(CSV); may be given several times",
    )
    parser.add_argument(
        "--play",
        action="append",
        default=[],
        metavar="[MARKET=]FILE",
        help="play a market that record-market recorded; may be given several times",
    )
    parser.add_argument(
        "--balance",
        action="append",
        default=[],
        metavar="[MEMBER:]CURRENCY=AMOUNT",
        help="what a member (default: bot) has, as in usd=20000; may be given several times",
    )
    parser.add_argument("--pegged", metavar="CODE", help="add a pegged coin, as in bay: three markets")
    parser.add_argument("--peg", default="51", metavar="PEGS", help="its peg, and those of the cycles: 51,53,56")
    parser.add_argument("--cycle-every", type=float, metavar="SECONDS", help="seconds between two of its cycles")
    parser.add_argument(
        "--telling", default="origin", metavar="WAY", help="how resized orders show: origin, remaining, replace, silent"
    )
    parser.add_argument(
        "--dialect", choices=DIALECTS, default=DEFAULT_DIALECT, help="which Peatio to speak like (default: %(default)s)"
    )
    parser.add_argument(
        "--operator-key",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="public key (PEM) whose owner's tokens log in; may be given several times",
    )
    tape = parser.add_mutually_exclusive_group()
    tape.add_argument("--record", type=Path, metavar="FILE", help="write down what clients see; FILE must be new")
    tape.add_argument("--replay", type=Path, metavar="FILE", help="show a recording in the browser, no exchange")
    parser.add_argument("--quiet", action="store_true", help="print the address only")
    return parser


def describe(sandbox: Sandbox) -> str:
    """Return what a newcomer needs below the headline: addresses, markets, members and their throw-away keys."""
    dialect = DIALECTS[sandbox.config.dialect]
    orders = [] if dialect.order_prefix is None else [f"  orders     {sandbox.url}{dialect.order_prefix}"]
    lines = [
        f"  dialect    {dialect.name}: {dialect.summary}",
        f"  REST       {sandbox.url}/api/v2/peatio",
        *orders,
        f"  websocket  {sandbox.url.replace('http', 'ws', 1)}/api/v2/ranger/public (and /private)",
        f"  browser    {sandbox.url}/",
        f"  markets    {', '.join(m.symbol for m in sandbox.config.markets if m.is_enabled)}",
        "",
        f"  {'member':8} {'API key':18} secret",
    ]
    lines += [f"  {m.name:8} {m.api_key:18} {m.secret}" for m in sandbox.members.values()]
    return "\n".join([*lines, "", "These keys are worth nothing elsewhere. Ctrl-C ends the sandbox."])


def read_keys(files: Sequence[Path]) -> tuple[str, ...]:
    """Return the texts of key files.

    Raises:
        OSError: a file cannot be read.
    """
    return tuple(file.read_text(encoding="ascii", errors="replace") for file in files)


async def run(
    config: SandboxConfig, *, quiet: bool, recorder: Recorder | None = None, sock: socket.socket | None = None
) -> None:
    """Run a sandbox until SIGINT or SIGTERM.

    ``sock`` listens already, and its address has been printed.

    Raises:
        OSError: the address is taken.
        ValueError: an operator's key is none.
    """
    stop = _stop_event()
    try:
        sandbox = Sandbox(config, recorder=recorder, sock=sock)
    except ValueError:
        if recorder is not None:
            recorder.close()  # it leaves no file behind
        raise
    async with sandbox:
        if sock is None:
            print(sandbox.url if quiet else headline(sandbox.url))
        if not quiet:
            print(describe(sandbox))
        sys.stdout.flush()
        await stop.wait()


async def replay(file: Path, host: str, port: int, *, quiet: bool) -> None:
    """Show a recording, checked before, until SIGINT or SIGTERM.

    Raises:
        OSError: the address is taken.
    """
    stop = _stop_event()
    async with ReplayServer(file, host, port) as server:
        text = f"The recording {file.name} in a browser: {server.url}/\nCtrl-C ends it."
        print(server.url if quiet else text, flush=True)
        await stop.wait()


def _stop_event() -> asyncio.Event:
    """Return an event that SIGINT or SIGTERM sets."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop.set)
    return stop


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    options = make_parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    try:
        config = SandboxConfig(
            host=options.host,
            port=options.port,
            seed=options.seed,
            traders=options.traders,
            dialect=options.dialect,
            operator_keys=read_keys(options.operator_key),
        )
        if options.pegged is not None:
            config = with_pegged(config, options.pegged, options.peg, options.cycle_every, options.telling)
        config = with_played(with_history(with_balances(config, options.balance), options.history), options.play)
    except OptionError as error:
        print(f"{error}.", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Cannot read {error.filename}: {error.strerror}.", file=sys.stderr)
        return 1
    try:
        if options.replay is not None:
            check_recording(options.replay)
        recorder = None if options.record is None else Recorder(options.record)
    except RecordingError as error:
        print(f"{error}.", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Cannot use {error.filename}: {error.strerror}.", file=sys.stderr)
        return 1
    try:
        if options.replay is not None:
            asyncio.run(replay(options.replay, options.host, options.port, quiet=options.quiet))
        else:
            asyncio.run(run(config, quiet=options.quiet, recorder=recorder))
    except OSError as error:
        print(f"Cannot listen on {authority(options.host, options.port)}: {error.strerror}.", file=sys.stderr)
        return 1
    except UnicodeError:
        print(f"{options.host!r} is not a host name.", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"Not a public key in PEM form: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
