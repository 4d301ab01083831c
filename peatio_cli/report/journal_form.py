"""Whether this version can read a journal's file; nothing is converted here, because the bot may be running."""

import sqlite3
from pathlib import Path

from hummingbot.connector.exchange.peatio.execution.journal_file import SCHEMA_VERSION


def form_problem(database: sqlite3.Connection, path: Path) -> str:
    """Why it cannot, and the remedy; "" where it can.

    :raises sqlite3.Error: when the file cannot be read at all
    """
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    row = None
    if "meta" in tables:
        row = database.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
    version = str(row[0]) if row else "0"
    if version.isdecimal() and int(version) > SCHEMA_VERSION:
        return f"{path} was written by a newer version (form {version}); remedy: upgrade hummingbot-peatio"
    if "fill_history" not in tables:
        return (
            f"{path} was written by an earlier version, which kept no fills; remedy: start the bot once with this "
            "version"
        )
    return ""
