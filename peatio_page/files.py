"""Serves a page: the shared files and those of its own, read once, with the headers that keep foreign code out."""

import re
from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

from aiohttp import web

PREFIX = "/web"
#: Nothing from anywhere else, no inline code: the page works without a network and shows nobody else's content.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # No other site, and no other port of this machine, may have a page take it in.
    "Cross-Origin-Resource-Policy": "same-origin",
    # Another version of the page may be behind the same address a moment later.
    "Cache-Control": "no-cache",
}
_CONTENT_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    "": "text/plain",
}
#: A line in a page in whose place a file of `panels/` is put.
_PANEL = re.compile(r"^ *<!-- panel: ([\w.]+) -->$", re.MULTILINE)
#: In a table, in whose place its head is put: the names of the columns between bars.
_COLUMNS = re.compile(r"<!-- columns: (.+?) -->")


class PageFiles:
    """A page, made of the shared files and those of its own folder, which come first.

    :param own: with an `index.html`, whose panels are put in
    """

    def __init__(self, own: Traversable) -> None:
        shared = _contents(files("peatio_page") / "static")
        self._contents = {**shared, **_contents(own)}
        for name, content in self._contents.items():
            if name.endswith(".html") and not name.startswith("panels/"):
                self._contents[name] = _whole(content.decode(), shared).encode()

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register the page at `/` and its files."""
        router.add_get("/", self._index)
        self.add_files_to(router)

    def add_files_to(self, router: web.UrlDispatcher) -> None:
        """Register the files alone."""
        router.add_get(PREFIX + "/{path:.+}", self._file)

    async def _index(self, _request: web.Request) -> web.Response:
        return self.response("index.html")

    async def _file(self, request: web.Request) -> web.Response:
        return self.response(request.match_info["path"])

    def response(self, name: str) -> web.Response:
        """One file; a name never reaches the disk.

        :raises HTTPNotFound: when there is no such file
        """
        body = self._contents.get(name)
        if body is None:
            raise web.HTTPNotFound
        content_type = _CONTENT_TYPES[PurePosixPath(name).suffix]
        return web.Response(body=body, content_type=content_type, charset="utf-8", headers=HEADERS)


def _whole(page: str, shared: dict[str, bytes]) -> str:
    """A page with its panels and the heads of its tables."""
    page = _PANEL.sub(lambda found: shared[f"panels/{found[1]}"].decode(), page)
    return _COLUMNS.sub(lambda found: _table_head(found[1].split(" | ")), page)


def _table_head(columns: Iterable[str]) -> str:
    cells = "".join(f'<th scope="col">{column}</th>' for column in columns)
    return f"<thead><tr>{cells}</tr></thead>"


def _contents(root: Traversable) -> dict[str, bytes]:
    """Path → content of every file in a folder."""
    found: dict[str, bytes] = {}
    folders = [("", root)]
    while folders:
        prefix, folder = folders.pop()
        for entry in folder.iterdir():
            if entry.is_dir():
                folders.append((f"{prefix}{entry.name}/", entry))
            else:
                found[prefix + entry.name] = entry.read_bytes()
    return found
