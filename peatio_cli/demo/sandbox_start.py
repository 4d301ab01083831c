"""Starts the sandbox: its address is there at once, and then what it answers with is loaded, which takes a second."""

import os
import signal
import socket
from collections.abc import Sequence
from pathlib import Path

from peatio_sandbox.dialects import DEFAULT_DIALECT
from peatio_sandbox.listening import headline, listening, url_of


def start(
    *,
    host: str,
    port: int,
    seed: int,
    traders: bool,
    quiet: bool,
    histories: Sequence[str],
    balances: Sequence[str],
    dialect: str,
    operator_keys: Sequence[Path],
    record: Path | None,
    pegged: str | None,
    peg: str,
    cycle_every: float | None,
    telling: str,
) -> int:
    """Serve until SIGINT or SIGTERM and return the exit code of `sandbox_command.run`."""
    # An address is printed only where no other option can be refused afterwards.
    is_plain = dialect == DEFAULT_DIALECT and not (histories or balances or operator_keys or record or pegged)
    sock = _announced(host, port, quiet) if is_plain and host else None
    from peatio_cli.demo.sandbox_command import run

    return run(
        host=host,
        port=port,
        seed=seed,
        traders=traders,
        quiet=quiet,
        histories=histories,
        balances=balances,
        dialect=dialect,
        operator_keys=operator_keys,
        record=record,
        pegged=None if pegged is None else (pegged, peg, cycle_every, telling),
        sock=sock,
    )


def replay(file: Path, *, host: str, port: int, quiet: bool, record: Path | None) -> int:
    """Show a recording until SIGINT or SIGTERM and return the exit code of `sandbox_command.replay`."""
    from peatio_cli.demo import sandbox_command

    return sandbox_command.replay(file, host=host, port=port, quiet=quiet, record=record)


def _announced(host: str, port: int, quiet: bool) -> socket.socket | None:
    """A socket that listens, whose address has been printed; None where the command itself must listen."""
    try:
        sock = listening(host, port)
    except OSError:
        return None  # the command tries it once more, and has the message
    if sock is not None:
        # Who reads the address may end the sandbox before it is loaded. No exception: it would appear in an import.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: os._exit(0))
        url = url_of(sock)
        print(url if quiet else headline(url), flush=True)
    return sock
