"""Prepares an instance for a Hummingbot without this connector, before `pip uninstall`.

If Hummingbot finds stored keys of a connector that is not installed, every command that needs keys ends with
`KeyError: 'peatio'`, also for other exchanges. So the keys are moved to another folder, still encrypted.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from hummingbot.connector.exchange.peatio.execution.intent import IntentState
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME
from hummingbot.connector.exchange.peatio.settings.stored_keys import KEYS_FOLDER

from peatio_cli.install.directories import no_configuration
from peatio_cli.install.instance import MARKER_NAME, Instance, InstanceError, in_use
from peatio_cli.install.running import running_bot

KEPT_FOLDER = "peatio_keys"


class UninstallError(Exception):
    """The keys cannot be moved; the text says why and what to do."""


@dataclass(frozen=True)
class Cleared:
    """What was done in one directory.

    :param kept_in: the folder that now holds the key files
    """

    kept_in: Path
    moved: tuple[Path, ...]


def clear(directory: Path, is_forced: bool = False) -> Cleared:
    """Moves the keys of all Peatio exchanges to a folder that Hummingbot does not read. All other files stay.

    :param directory: an instance, or a source checkout of Hummingbot
    :param is_forced: also if a bot runs, or orders may still be open
    :raises UninstallError: when it is neither, when a bot runs or orders may still be open, or on an error in writing
    """
    directory = directory.expanduser().absolute()
    configuration = directory / "conf"
    problem = no_configuration(directory)
    if problem is not None:
        raise UninstallError(
            f"{problem}; remedy: name a directory made by `hummingbot-peatio init`, or a source checkout of Hummingbot"
        )
    if not is_forced:
        _refuse_if_in_use(directory, directory / "data")
    kept = configuration / KEPT_FOLDER
    keys = configuration / KEYS_FOLDER
    found = sorted([*keys.glob("peatio.yml"), *keys.glob("peatio_*.yml")])
    try:
        return Cleared(kept, tuple(_move(path, kept) for path in found))
    except OSError as error:
        raise UninstallError(f"cannot move the keys to {kept}: {error.strerror or error}") from error


def _refuse_if_in_use(directory: Path, data: Path) -> None:
    pid = running_bot(directory)
    if pid is not None:
        raise UninstallError(f"a bot runs in {directory} (process {pid}); remedy: ./hbot stop there")
    if (directory / MARKER_NAME).is_file():
        try:
            with in_use(Instance(directory, is_new=False)):
                pass
        except InstanceError as error:
            raise UninstallError(str(error)) from error
    unsettled = _unsettled_orders(data / JOURNAL_NAME)
    if unsettled:
        raise UninstallError(
            f"{directory}: {unsettled} order(s) may still be open at the exchange; remedy: start and stop the bot "
            "once, which cancels them; or check your orders at the exchange, and give --force"
        )


def _unsettled_orders(journal: Path) -> int:
    """:raises UninstallError: when the journal cannot be read"""
    if not journal.is_file():
        return 0
    try:
        database = sqlite3.connect(f"{journal.as_uri()}?mode=rw", uri=True)
        try:
            count = "SELECT count(*) FROM intents WHERE state != ?"
            return int(database.execute(count, (IntentState.CLOSED.value,)).fetchone()[0])
        finally:
            database.close()
    except sqlite3.Error as error:
        raise UninstallError(
            f"{journal} cannot be read ({error}), so orders may be open; remedy: check your orders at the exchange, "
            "and move that file away"
        ) from error


def _move(path: Path, folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / path.name
    number = 1
    while target.exists():
        number += 1
        target = folder / f"{path.stem}.{number}{path.suffix}"
    return path.rename(target)
