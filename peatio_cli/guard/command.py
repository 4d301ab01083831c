"""`hummingbot-peatio guard [INSTANCE]`: cancel a bot's open orders when it dies (docs/operate/guard.md)."""

import asyncio
import datetime
import fcntl
import getpass
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from hummingbot.connector.exchange.peatio.settings.exchanges import load_named_exchanges

from peatio_cli.doctor.target import PASSWORD_VARIABLES, PLAIN_NAME, NoCredentials, Target, TargetError, find_target
from peatio_cli.guard.guard import Exit, Guard

LOCK_NAME = "peatio_guard.lock"


class GuardError(Exception):
    """The guard cannot begin; the text says why and what to do."""


def run(directory: Path, after_s: float, environment: Mapping[str, str] = os.environ) -> int:
    """Guard until a bot died or a signal comes; the exit code."""
    logging.getLogger().addHandler(logging.NullHandler())  # what is to be said is told in plain lines
    try:
        targets = find_targets(directory, environment, _asker())
        with _only_guard(directory / "data"):
            for target in targets:
                _tell(f"{target.name}: guarding the orders of this instance's bot at {target.address.site}")
            _tell(f"a bot without a heartbeat for {after_s:g} s counts as dead; Ctrl-C ends the guard")
            return asyncio.run(_guard(Guard(directory / "data", targets, after_s, _tell)))
    except (GuardError, TargetError) as error:
        print(f"guard: {error}", file=sys.stderr)
        return Exit.CANNOT_GUARD
    except (KeyboardInterrupt, EOFError):  # at the question for the password
        print("guard: interrupted, nobody guards the bot", file=sys.stderr)
        return Exit.CANNOT_GUARD


def find_targets(
    directory: Path, environment: Mapping[str, str], ask_password: Callable[[], str] | None
) -> list[Target]:
    """The exchanges to which the instance is connected. Their keys are its own: none from the environment would be the
    bot's for certain.

    :raises TargetError, GuardError: when there is no instance, no exchange, or a key cannot be had
    """
    configuration = directory / "conf"
    passwords = {name: environment[name] for name in PASSWORD_VARIABLES if environment.get(name)}
    asked: list[str] = []

    def ask_once() -> str:
        if not asked and ask_password is not None:
            asked.append(ask_password())
        return asked[0] if asked else ""

    named_exchanges, problems = load_named_exchanges(configuration)
    for problem in problems:
        _tell(problem)
    targets = []
    for name in (PLAIN_NAME, *named_exchanges):
        named_exchange = named_exchanges.get(name)
        is_connected = (configuration / "connectors" / f"{name}.yml").is_file()
        if not is_connected and (named_exchange is None or named_exchange.jwt is None):
            continue
        target = find_target(name, None, directory, passwords, ask_once if ask_password else None)
        if isinstance(target.login, NoCredentials):
            raise GuardError(f"{name}: {target.login.reason}. {target.login.remedy}")
        targets.append(target)
    if not targets:
        raise GuardError(
            f"{directory} is connected to no Peatio exchange: name the instance's directory, after ./hbot connect there"
        )
    return targets


@contextmanager
def _only_guard(data: Path) -> Iterator[None]:
    """:raises GuardError: when another guard watches this instance"""
    try:
        descriptor = os.open(data / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise GuardError(f"{data} cannot be written ({error.strerror})") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise GuardError(f"another guard watches {data.parent} already") from error
    finally:
        os.close(descriptor)


async def _guard(guard: Guard) -> int:
    guarding = asyncio.ensure_future(guard.run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, guarding.cancel)
    try:
        return await guarding
    except asyncio.CancelledError:
        if guard.is_acting:
            _tell("ended while it cancelled orders: LOOK AT THE EXCHANGE")
            return Exit.LOOK_AT_EXCHANGE
        _tell("ended; nobody guards the bot now")
        return Exit.ENDED
    except Exception as error:
        traceback.print_exc()
        _tell(f"the guard itself broke ({type(error).__name__}); NOBODY GUARDS THE BOT")
        return Exit.LOOK_AT_EXCHANGE if guard.is_acting else Exit.CANNOT_GUARD


def _tell(line: str) -> None:
    """With the time, and at once, for whoever reads a log."""
    print(f"{datetime.datetime.now().astimezone():%Y-%m-%d %H:%M:%S} {line}", flush=True)


def _asker() -> Callable[[], str] | None:
    if not sys.stdin.isatty():
        return None
    return lambda: getpass.getpass("Password of this instance: ")
