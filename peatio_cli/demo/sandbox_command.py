"""`hummingbot-peatio sandbox`: the local exchange in the foreground, until Ctrl-C."""

import asyncio
import errno
import logging
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from peatio_sandbox import SandboxConfig
from peatio_sandbox.__main__ import read_keys
from peatio_sandbox.__main__ import replay as show
from peatio_sandbox.__main__ import run as serve
from peatio_sandbox.dialects.catalog import DIALECTS
from peatio_sandbox.listening import authority
from peatio_sandbox.options import OptionError, with_balances, with_history, with_pegged, with_played
from peatio_sandbox.web.recording import Recorder
from peatio_sandbox.web.replay import RecordingError, check_recording


def run(
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
    played: Sequence[str] = (),
    record: Path | None = None,
    pegged: tuple[str, str, float | None, str] | None = None,
    sock: socket.socket | None = None,
) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code: 1 if it cannot listen, 2 for a wrong option.

    :param pegged: the arguments of `with_pegged`; None without a pegged coin
    :param sock: listens already, and its address has been printed
    """
    logging.basicConfig(level=logging.WARNING)
    if not host:
        return _no_host(host, "it is empty, which would mean every address of this machine")
    if dialect not in DIALECTS:
        print(f"sandbox: no dialect {dialect!r}; remedy: one of {', '.join(DIALECTS)}", file=sys.stderr)
        return 2
    try:
        keys = read_keys(operator_keys)
    except OSError as error:
        print(
            f"sandbox: cannot read {error.filename}: {error.strerror}; remedy: another --operator-key", file=sys.stderr
        )
        return 2
    config = SandboxConfig(host=host, port=port, seed=seed, traders=traders, dialect=dialect, operator_keys=keys)
    try:
        if pegged is not None:
            config = with_pegged(config, *pegged)
        config = with_played(with_history(with_balances(config, balances), histories), played)
    except OptionError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2
    try:
        recorder = None if record is None else Recorder(record)
    except OSError as error:
        print(f"sandbox: cannot make {record}: {error.strerror}; remedy: another --record", file=sys.stderr)
        return 2
    try:
        asyncio.run(serve(config, quiet=quiet, recorder=recorder, sock=sock))
    except OSError as error:
        return _cannot_listen(host, port, error)
    except UnicodeError:
        return _no_host(host, "it is not a host name")
    except ValueError as error:
        print(
            f"sandbox: {error}; remedy: --operator-key wants a public RSA or Ed25519 key in PEM form", file=sys.stderr
        )
        return 2
    finally:
        if record is not None and record.stat().st_size == 0:
            record.unlink()  # a run that did not begin has no recording, and the next one may have this name
    return 0


def replay(file: Path, *, host: str, port: int, quiet: bool, record: Path | None) -> int:
    """Show a recording until SIGINT or SIGTERM; returns the exit code as `run` does."""
    if not host:
        return _no_host(host, "it is empty, which would mean every address of this machine")
    if record is not None:
        print("sandbox: --record and --replay exclude each other; remedy: give one of them", file=sys.stderr)
        return 2
    try:
        check_recording(file)
    except RecordingError as error:
        print(f"sandbox: {error}; remedy: a file made with --record", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"sandbox: cannot read {file}: {error.strerror}; remedy: another --replay", file=sys.stderr)
        return 2
    try:
        asyncio.run(show(file, host, port, quiet=quiet))
    except UnicodeError:
        return _no_host(host, "it is not a host name")
    except OSError as error:
        return _cannot_listen(host, port, error)
    return 0


def _cannot_listen(host: str, port: int, error: OSError) -> int:
    if isinstance(error, socket.gaierror):  # its numbers are not those of other errors
        return _no_host(host, f"it cannot be resolved ({error.strerror})")
    if error.errno == errno.EADDRNOTAVAIL:
        return _no_host(host, "it is not an address of this machine")
    # asyncio's own text names the address once more.
    reason = error.strerror if error.errno is None else os.strerror(error.errno)
    remedy = "another --host"
    if error.errno == errno.EADDRINUSE:
        remedy = "end the program that uses it, or choose another --port"
    elif error.errno == errno.EACCES:
        remedy = "choose another --port: those below 1024 are the administrator's"
    print(f"sandbox: cannot listen on {authority(host, port)}: {reason or error}; remedy: {remedy}", file=sys.stderr)
    return 1


def _no_host(host: str, reason: str) -> int:
    print(
        f"sandbox: --host {host!r}: {reason}; remedy: 127.0.0.1, or another address or name of this machine, without "
        "scheme and port",
        file=sys.stderr,
    )
    return 1
