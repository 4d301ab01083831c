"""A browser that a test gives to somebody else: `python -m test.browser.watcher FILE URL`.

Keeps the page open until its exchange is gone, and writes what it saw into FILE at the end.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from test.browser.browsing import Visit, chromium, find_chromium, visit

LOOK_EVERY_S = 0.3
#: What Chromium says of every request to an exchange that has ended.
_ENDED = "ERR_CONNECTION"

_LOOK = """() => ({
    fills: sandboxPage.account.fills.size,
    quotes: document.querySelectorAll(".book tr[data-own]").length,
    ended: sandboxPage.links.rest === "closed",
})"""


@dataclass
class Look:
    """What was seen: how many fills of the member, whether its quotes were marked in the book, errors in the page."""

    fills: int = 0
    saw_quotes: bool = False
    errors: list[str] = field(default_factory=list)


def last_look(file: Path, timeout_s: float = 30.0) -> Look:
    """Return what a watcher has seen, once it is done; keeps its thread waiting until then.

    Raises:
        AssertionError: it was not done in time.
    """
    until_s = time.monotonic() + timeout_s
    while not file.exists():
        assert time.monotonic() < until_s, "the watcher has not ended"
        time.sleep(0.1)
    return Look(**json.loads(file.read_text("utf-8")))


async def _watch(page: Visit) -> Look:
    look = Look()
    while True:
        seen = await page.ask(_LOOK)
        look.fills = max(look.fills, seen["fills"])
        look.saw_quotes |= seen["quotes"] > 0
        if seen["ended"]:
            look.errors = [error for error in page.errors if _ENDED not in error]
            return look
        await asyncio.sleep(LOOK_EVERY_S)


async def main(file: Path, url: str) -> None:
    """Watch `url` and write what was seen into `file`, in one go."""
    path = find_chromium()
    assert path is not None
    async with chromium(path) as browser, visit(browser, url) as page:
        look = await _watch(page)
    unfinished = file.with_suffix(".part")
    unfinished.write_text(json.dumps(asdict(look)), "utf-8")
    unfinished.rename(file)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
