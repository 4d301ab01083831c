"""`hummingbot-peatio halo`: the tracker of a pegged coin in the foreground, until Ctrl-C."""

import asyncio
import ipaddress
import os
import random
import signal
import sys
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

from peatio_sandbox.listening import authority
from peatio_sandbox.peg.columns import COIN, HIGHEST_PEG
from peatio_sandbox.peg.cycles import CyclePlan
from peatio_sandbox.peg.server import TrackerServer
from peatio_sandbox.peg.tracker import Tracker, name_refusal

PASSWORD_VARIABLE = "PEG_PASSWORD"
#: The most coins that a user can begin with: more satoshi than an <i8> holds could not be read.
MOST_COINS = 10**9


class HaloOptionError(Exception):
    """An option cannot be used; the text says which, why, and what to write instead."""


def run(
    *,
    host: str,
    port: int,
    peg: str,
    users: Sequence[str],
    every_s: float | None,
    busy_s: float,
    updating_s: float,
    seed: int,
    password_file: Path | None,
) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code: 1 if it cannot listen, 2 for a wrong option."""
    try:
        pegs = _pegs(peg)
        password = _password(password_file)
        if not password and not _is_loopback(host):
            raise HaloOptionError(
                f"--host {host} can be reached by others, so a password is needed; remedy: set {PASSWORD_VARIABLE} or "
                "--password-file, or listen on 127.0.0.1"
            )
        tracker = Tracker(pegs[0], random.Random(seed))
        for name, amount in map(_user, users):
            tracker.credit(name, amount)
    except HaloOptionError as error:
        print(f"halo: {error}", file=sys.stderr)
        return 2
    tracker.load()
    server = TrackerServer(tracker, CyclePlan(pegs[1:], every_s, busy_s, updating_s), host, port, password)
    try:
        asyncio.run(_serve(server, has_password=bool(password)))
    except OSError as error:
        # asyncio's own text names the address a second time.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        print(f"halo: cannot listen on {authority(host, port)}: {reason}; remedy: another --port", file=sys.stderr)
        return 1
    return 0


async def _serve(server: TrackerServer, has_password: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with server:
        print(f"Halo's exchange API on {server.url}")
        print(f"  peg        {server.tracker.peg}, cycle {server.tracker.cycle}")
        print(f"  password   {'needed' if has_password else 'none'}")
        print(f"  a cycle    curl -X POST {server.url.removesuffix('/RPC2')}/tracker/cycle -d '{{\"peg\": 53}}'")
        print("Ctrl-C ends it.", flush=True)
        await stop.wait()


def _pegs(text: str) -> list[int]:
    pegs = []
    for part in text.split(","):
        if not part.strip().isdecimal() or int(part) > HIGHEST_PEG:
            raise HaloOptionError(
                f"--peg {text}: {part.strip()!r} is no peg; remedy: numbers from 0 to {HIGHEST_PEG}, as in 51,53,56"
            )
        pegs.append(int(part))
    return pegs


def _user(text: str) -> tuple[str, int]:
    name, equals, amount = text.partition("=")
    refusal = name_refusal(name)
    if not equals or refusal is not None:
        why = "it is not NAME=COINS" if not equals else refusal
        raise HaloOptionError(f"--user {text}: {why}; remedy: a name of four letters or more, as in alice=10")
    try:
        coins = Decimal(amount)
    except InvalidOperation:
        coins = Decimal(-1)
    if not 0 <= coins <= MOST_COINS:
        raise HaloOptionError(f"--user {text}: {amount!r} is no number of coins from 0 to {MOST_COINS}")
    return name, int(coins * COIN)


def _password(file: Path | None) -> str:
    if file is None:
        return os.environ.get(PASSWORD_VARIABLE, "")
    try:
        password = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise HaloOptionError(f"--password-file {file} cannot be read: {reason}; remedy: another file") from None
    if not password:
        raise HaloOptionError(f"--password-file {file} is empty; remedy: write the password into it")
    return password


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
