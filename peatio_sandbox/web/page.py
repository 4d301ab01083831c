"""The exchange's face in a browser: one page at ``/`` and what it is made of (docs/reference/browser.md)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath

from aiohttp import web

PREFIX = "/web"
#: Nothing from anywhere else, no inline code: the page works without a network and shows nobody else's content.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
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


def add_page(router: web.UrlDispatcher) -> None:
    """Register the page and its files."""
    router.add_get("/", _page)
    router.add_get(PREFIX + "/{path:.+}", _file)


async def _page(_request: web.Request) -> web.Response:
    return _response("index.html")


async def _file(request: web.Request) -> web.Response:
    return _response(request.match_info["path"])


def _response(path: str) -> web.Response:
    body = _contents().get(path)
    if body is None:
        raise web.HTTPNotFound
    content_type = _CONTENT_TYPES[PurePosixPath(path).suffix]
    return web.Response(body=body, content_type=content_type, charset="utf-8", headers=_HEADERS)


@cache
def _contents() -> dict[str, bytes]:
    """Return path -> content of every file; read once, so that a request's path never reaches the disk."""
    root = files("peatio_sandbox") / "web" / "static"
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
