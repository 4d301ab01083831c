"""The exchange's face in a browser: one page at ``/`` and what it is made of (docs/reference/browser.md)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from aiohttp import web

from peatio_page.files import PageFiles


def add_page(router: web.UrlDispatcher) -> None:
    """Register the page and its files."""
    _files().add_to(router)


@cache
def _files() -> PageFiles:
    return PageFiles(files("peatio_sandbox") / "web" / "static")
