"""Makes the pictures of the documentation: `python -m test.browser.pictures docs/pictures`.

Runs Hummingbot's console and draws its screen. Then runs the demo in a terminal, lets it trade for a while, and takes
its screen, the exchange's page and that of `watch`, with the demo's bot, as they are then.
"""

import asyncio
import io
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser

from peatio_cli.install.instance import InstancePurpose, create_instance
from test.browser.browsing import MISSING, Scheme, chromium, find_chromium, visit
from test.end_to_end.scraping import free_port
from test.peatio_cli.console.picture import take as take_console
from test.peatio_cli.terminal import Reader, pseudo_terminal
from test.peatio_cli.terminal_picture import save_picture
from test.peatio_cli.watch.support import watching

TRADES_FOR_S = 240
#: When the pictures are taken, from when the bot is ready.
TAKEN_AFTER_S = 180
START_TIMEOUT_S = 120.0
COLUMNS, LINES = 100, 24
CTRL_C = "\x03"
MAX_BYTES = 200_000

#: All four quotes stand, and no sweep has just emptied the book.
_GOOD_MOMENT = """() => document.querySelectorAll(".book tr[data-own]").length === 4
    && document.querySelectorAll(".book tr[data-price]").length === 24"""
#: File name -> width, height, scheme.
PAGES: dict[str, tuple[int, int, Scheme]] = {
    "browser.png": (1440, 1166, "light"),
    "browser-phone.png": (390, 844, "dark"),
}
WATCH_PAGES: dict[str, tuple[int, int, Scheme]] = {"watch.png": (1280, 1218, "light")}


async def main(folder: Path) -> None:
    """Write the pictures into `folder`. Raises AssertionError when something does not work."""
    await take_console(folder / "console.svg")
    path = find_chromium()
    assert path is not None, MISSING
    with tempfile.TemporaryDirectory() as temporary:
        directory = make_instance(Path(temporary, "my-bot"))
        demo = (sys.executable, "-m", "peatio_cli", "demo", "--seconds", str(TRADES_FOR_S), "--dir", str(directory))
        async with pseudo_terminal(demo, Path.cwd(), {**os.environ, "COLUMNS": str(COLUMNS)}) as terminal:
            await terminal.resize(COLUMNS, LINES)
            try:
                await Reader(terminal, START_TIMEOUT_S).sees("in a browser: http", "bot: ready")
                url = re.search(r"in a browser: (\S+)", "\n".join(await terminal.lines()))
                assert url is not None
                async with chromium(path, scrollbars=False) as browser, watching(directory) as watch:
                    await take_pictures(browser, {url[1]: PAGES, watch.url: WATCH_PAGES}, folder)
                save_picture(terminal.screen, folder / "demo.svg", "hummingbot-peatio demo")
            finally:
                await terminal.type(CTRL_C)
                await terminal.process.wait()


def make_instance(directory: Path) -> Path:
    """For the demo, whose bot says more of itself than a demo's bot does."""
    create_instance(directory, InstancePurpose.DEMO)
    (directory / "conf" / "peatio.yml").write_text(f"metrics_port: {free_port()}\n", "utf-8")
    return directory


async def take_pictures(
    browser: Browser, pages: Mapping[str, Mapping[str, tuple[int, int, Scheme]]], folder: Path
) -> None:
    """Open all pages at once, so that each has seen the same, and take them together.

    :param pages: address → the pictures of it
    """
    async with asyncio.TaskGroup() as group:
        for url, pictures in pages.items():
            for name, (width, height, scheme) in pictures.items():
                group.create_task(take_picture(browser, url, folder / name, width, height, scheme))


async def take_picture(browser: Browser, url: str, file: Path, width: int, height: int, scheme: Scheme) -> None:
    async with visit(browser, url, width=width, height=height, scheme=scheme) as page:
        await asyncio.sleep(TAKEN_AFTER_S)
        is_good = False
        while not is_good:  # taking it takes time as well
            await page.page.wait_for_function(_GOOD_MOMENT, timeout=1000 * (TRADES_FOR_S - TAKEN_AFTER_S))
            picture = await page.page.screenshot()
            is_good = await page.ask(_GOOD_MOMENT)
        assert page.errors == [], page.errors
    save_small(picture, file)


def save_small(picture: bytes, file: Path) -> None:
    """Save a PNG with a palette: the page has few colours."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(file, optimize=True)
    size = file.stat().st_size
    assert size < MAX_BYTES, f"{file}: {size} bytes"
    print(f"{file}: {size} bytes", flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
