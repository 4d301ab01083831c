"""`hummingbot-peatio guard [INSTANCE]`: cancel a bot's open orders when it dies (docs/operate/guard.md)."""

import asyncio
import datetime
import fcntl
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from hummingbot.connector.exchange.peatio.settings.exchanges import load_named_exchanges

from peatio_cli.doctor.target import (
    PASSWORD_VARIABLES,
    PLAIN_NAME,
    NoCredentials,
    Target,
    TargetError,
    find_target,
    password_prompt,
)
from peatio_cli.fleet.health import GUARD_FILE
from peatio_cli.guard.alerting import GuardAlerts
from peatio_cli.guard.guard import Exit, Guard
from peatio_cli.guard.lock_file import note_after
from peatio_cli.install.environment_keys import KeysError, all_key_variables, keys_for, require_address

LOCK_NAME = GUARD_FILE.name


class GuardError(Exception):
    """The guard cannot start; the text says why and what to do."""


def run(
    directory: Path,
    after_s: float,
    environment: Mapping[str, str] = os.environ,
    uses_environment_keys: bool = False,
) -> int:
    """Guard until a bot dies or a signal arrives; returns the exit code."""
    logging.getLogger().addHandler(logging.NullHandler())  # the guard prints its own lines
    directory = directory.expanduser().absolute()  # its lines say where
    try:
        targets = find_targets(directory, environment, password_prompt(), uses_environment_keys)
        with _only_guard(directory / "data", after_s):
            for target in targets:
                _log(f"{target.name}: guarding the orders of this instance's bot at {target.address.site}")
            _log(f"a bot without a heartbeat for {after_s:g} s counts as dead; Ctrl-C ends the guard")
            lock = directory / "data" / LOCK_NAME
            alerts = GuardAlerts(directory, environment, targets, after_s, _log)
            guard = Guard(
                directory / "data", targets, after_s, _log, on_look=lambda: _touch(lock), on_outcome=alerts.event
            )
            return asyncio.run(_guard(guard, alerts))
    except (GuardError, TargetError) as error:
        print(f"guard: {error}", file=sys.stderr)
        return Exit.CANNOT_GUARD
    except (KeyboardInterrupt, EOFError):  # at the password prompt
        print("guard: interrupted; the bot is not guarded", file=sys.stderr)
        return Exit.CANNOT_GUARD


def find_targets(
    directory: Path,
    environment: Mapping[str, str],
    ask_password: Callable[[], str] | None,
    uses_environment_keys: bool = False,
) -> list[Target]:
    """The exchanges to which the instance is connected, with the keys of the instance: a key from the environment might
    not be the bot's.

    :param uses_environment_keys: whether the bot has its keys from the environment, as `run` takes them
    :raises TargetError, GuardError: when there is no instance or no exchange, or a key cannot be read
    """
    configuration = directory / "conf"
    passwords = {
        name: environment[name]
        for variable in PASSWORD_VARIABLES
        for name in (variable, f"{variable}_FILE")
        if environment.get(name)
    }
    asked: list[str] = []

    def ask_once() -> str:
        if not asked and ask_password is not None:
            asked.append(ask_password())
        return asked[0] if asked else ""

    named_exchanges, problems = load_named_exchanges(configuration)
    for problem in problems:
        _log(problem)
    targets = []
    names = (PLAIN_NAME, *(name for name, venue in named_exchanges.items() if venue.jwt is None))
    try:
        keys = keys_for(environment, names) if uses_environment_keys else {}
        if PLAIN_NAME in keys and not (configuration / "connectors" / f"{PLAIN_NAME}.yml").is_file():
            require_address(keys[PLAIN_NAME])
    except KeysError as error:
        raise GuardError(str(error)) from error
    given = {variable: environment.get(variable, "") for name in keys for variable in all_key_variables(name)}
    for name in (PLAIN_NAME, *named_exchanges):
        named_exchange = named_exchanges.get(name)
        is_connected = (configuration / "connectors" / f"{name}.yml").is_file() or name in keys
        if not is_connected and (named_exchange is None or named_exchange.jwt is None):
            continue
        ask = ask_once if ask_password else None
        target = find_target(name, None, directory, {**passwords, **given}, ask, must_agree=True)
        if isinstance(target.login, NoCredentials):
            raise GuardError(f"{name}: {target.login.reason}. {target.login.remedy}")
        targets.append(target)
    if not targets:
        raise GuardError(
            f"{directory} is not connected to a Peatio exchange; remedy: connect it first: ./hbot connect peatio"
        )
    return targets


@contextmanager
def _only_guard(data: Path, after_s: float) -> Iterator[None]:
    """:raises GuardError: when another guard watches this instance"""
    try:
        descriptor = os.open(data / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise GuardError(
            f"{data} cannot be written ({error.strerror}); remedy: name an instance's directory, and make it writable"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with suppress(OSError):  # a full disk keeps nobody from guarding
            note_after(descriptor, after_s)
        yield
    except BlockingIOError as error:
        raise GuardError(
            f"another guard already watches {data.parent}; remedy: end that one, or let it watch"
        ) from error
    finally:
        os.close(descriptor)


async def _guard(guard: Guard, alerts: GuardAlerts | None = None) -> int:
    if alerts is None:
        return await _guard_alone(guard, _log)

    def report(line: str) -> None:
        _log(line)
        alerts.event(line)

    alerts.start()
    code: int = Exit.ENDED
    try:
        code = await _guard_alone(guard, report)
        return code
    finally:
        await alerts.finish(is_in_a_hurry=code == Exit.ENDED)


async def _guard_alone(guard: Guard, report: Callable[[str], None]) -> int:
    """:param report: gets what somebody must know who is not at the terminal"""
    guarding = asyncio.ensure_future(guard.run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, guarding.cancel)
    try:
        return await guarding
    except asyncio.CancelledError:
        if guard.is_cancelling:
            report("stopped while it cancelled orders: LOOK AT THE EXCHANGE")
            return Exit.LOOK_AT_EXCHANGE
        _log("stopped; the bot is no longer guarded")
        return Exit.ENDED
    except Exception as error:
        traceback.print_exc()
        report(f"the guard itself failed ({type(error).__name__}); THE BOT IS NOT GUARDED")
        return Exit.LOOK_AT_EXCHANGE if guard.is_cancelling else Exit.CANNOT_GUARD


def _touch(lock: Path) -> None:
    """A sign of life for the probe of a container, see `fleet.health`."""
    with suppress(OSError):
        os.utime(lock)


def _log(line: str) -> None:
    """Prints one line with the time, unbuffered for readers of a log."""
    print(f"{datetime.datetime.now().astimezone():%Y-%m-%d %H:%M:%S} {line}", flush=True)
