"""A browser for tests and pictures: the machine's own Chromium, driven by Playwright."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Literal

from playwright.async_api import Browser, ConsoleMessage, Page, Request, TimeoutError, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "no Chromium found; `make system-packages` installs one"
#: No sandbox of the browser's own: containers forbid it. The rest keeps it from talking to anybody by itself.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

Scheme = Literal["light", "dark"]


def find_chromium() -> str | None:
    """Return the path of a Chromium, None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@asynccontextmanager
async def chromium(path: str, *, scrollbars: bool = True) -> AsyncIterator[Browser]:
    """A headless browser with a profile of its own, which goes with it. Scroll bars take their place, as on most
    machines with a mouse; without them a picture is calmer."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path,
            args=list(ARGUMENTS),
            ignore_default_args=["--hide-scrollbars"] if scrollbars else None,
        )
        try:
            yield browser
        finally:
            await browser.close()


class Visit:
    """The sandbox's page in a window, and what went wrong in it.

    Attributes:
        page: Playwright's.
        errors: what stood in the console as an error, and exceptions nobody caught.
        addresses: everything the page asked for.
        pongs: how often a websocket answered the page's ping.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.addresses: list[str] = []
        self.pongs = 0
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._on_request)
        page.on("websocket", lambda socket: socket.on("framereceived", self._on_frame))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def _on_request(self, request: Request) -> None:
        self.addresses.append(request.url)

    def _on_frame(self, payload: str | bytes) -> None:
        self.pongs += payload == "pong"

    async def ask(self, script: str, argument: object = None) -> Any:
        """Run a JavaScript expression or function in the page and return what it gives."""
        return await self.page.evaluate(script, argument)

    async def book(self) -> dict[str, list[list[str]]]:
        """Return the book as the page shows it, best prices first: side -> [price, amount] as shown."""
        return dict(await self.ask(_READ_BOOK))

    async def text(self, selector: str) -> str:
        """Return the visible text of one element."""
        return await self.page.inner_text(selector)

    async def rows(self, selector: str) -> list[list[str]]:
        """Return the texts of a table body's cells, row by row."""
        return list(await self.ask(_READ_ROWS, selector))


@asynccontextmanager
async def visit(
    browser: Browser,
    url: str,
    *,
    width: int = 1440,
    height: int = 900,
    scheme: Scheme = "light",
    zone: str = "UTC",
    now: datetime | None = None,
    shows: str = "#markets button[aria-pressed=true]",
) -> AsyncIterator[Visit]:
    """The page, once it shows a market, or another element; sizes are in CSS pixels. With `now` its clock stands
    there."""
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        locale="en-GB",
        timezone_id=zone,
    )
    try:
        opened = Visit(await context.new_page())
        if now is not None:
            await opened.page.clock.set_fixed_time(now)
        await opened.page.goto(url)
        try:
            await opened.page.wait_for_selector(shows, timeout=20_000)
        except TimeoutError:
            start = await opened.ask("[typeof sandboxPage, document.visibilityState]")
            raise AssertionError(f"no market: {start}, {opened.errors}, {opened.addresses[-8:]}") from None
        yield opened
    finally:
        await context.close()


_READ_ROWS = """selector => [...document.querySelector(selector).rows].map(
    row => [...row.cells].map(cell => cell.innerText))"""
_READ_BOOK = """() => Object.fromEntries(["asks", "bids"].map(side => {
    const rows = [...document.getElementById(side).rows].filter(row => row.dataset.price);
    const levels = rows.map(row => [row.dataset.price, row.cells[1].textContent]);
    return [side, side === "asks" ? levels.reverse() : levels];
}))"""
