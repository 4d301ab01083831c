"""A bot's instance on the sandbox seen as a foreign exchange, and the server that shows it."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from peatio_cli.watch.access import Access
from peatio_cli.watch.command import make_views
from peatio_cli.watch.keys import Prompt
from peatio_cli.watch.request import Request
from peatio_cli.watch.server import WatchServer
from peatio_sandbox import Sandbox

CONNECTOR = "peatio_sand"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def make_instance(directory: Path, sandbox: Sandbox, *settings: str) -> Path:
    """A directory as `init` makes it, connected to the sandbox under the name `sand`.

    :param settings: more lines of conf/peatio.yml
    """
    for folder in ("conf/connectors", "data", "logs"):
        (directory / folder).mkdir(parents=True)
    lines = [*settings, "exchanges:", "  sand:", f"    domain: {sandbox.url}"]
    (directory / "conf" / "peatio.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return directory


def read_key(sandbox: Sandbox, member: str = "bot") -> dict[str, str]:
    """The environment with a member's key for `watch`."""
    account = sandbox.members[member]
    return {"WATCH_PEATIO_SAND_API_KEY": account.api_key, "WATCH_PEATIO_SAND_SECRET": account.secret}


@asynccontextmanager
async def watching(
    *directories: Path,
    keys: Mapping[str, str] | None = None,
    access: Access | None = None,
    request: Request | None = None,
) -> AsyncIterator[WatchServer]:
    """The server for some instances; with keys it shows the account as well."""
    wanted = replace(request or Request(()), instances=directories, shows_account=keys is not None)
    views = make_views(wanted, keys or {}, Prompt(lambda _text: ""))
    async with WatchServer(views, access or Access(LOOPBACK)) as server:
        yield server


def note_account(directory: Path, account: str, site: str) -> None:
    """As a bot notes where its account is."""
    import sqlite3

    with sqlite3.connect(directory / "data" / "peatio_journal.sqlite") as database:
        row = f"account {account}", json.dumps({"site": site, "key": "abcd…", "member": "m"})
        database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", row)
