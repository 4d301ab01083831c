"""A bot's instance on the sandbox seen as a foreign exchange, and the server that shows it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from peatio_cli.watch.access import Access
from peatio_cli.watch.command import make_views
from peatio_cli.watch.keys import Prompt
from peatio_cli.watch.request import Request
from peatio_cli.watch.server import WatchServer
from peatio_sandbox import Sandbox
from test.compatibility.columns import AUDIENCE, OperatorKey

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


def make_signed_instance(directory: Path, sandbox: Sandbox, key: OperatorKey) -> Path:
    """The same where the bot's login is tokens that the operator's key signs."""
    make_instance(directory, sandbox)
    account = sandbox.members["bot"]
    lines = [
        *("    login: jwt", "    jwt:", f"      key_file: {key.path}", f"      audience: [{AUDIENCE}]"),
        *(f"      uid: {account.uid}", f"      email: {account.email}"),
    ]
    with (directory / "conf" / "peatio.yml").open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
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


async def ask(session: aiohttp.ClientSession, url: str, **options: Any) -> tuple[int, Any]:
    """The status and the JSON of an answer."""
    async with session.get(url, **options) as response:
        return response.status, await response.json(content_type=None)


@dataclass(frozen=True)
class Site:
    """A web server that is no Peatio."""

    port: int


@asynccontextmanager
async def serving(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[Site]:
    """A site that answers every GET with `handler`."""
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield Site(runner.addresses[0][1])
    finally:
        await runner.cleanup()
