"""The documentation's site in a browser: its search works from any web server, and nothing comes from elsewhere."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser

from test.browser.browsing import Visit
from test.documents.site import build_site

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_site(tmp_path_factory.mktemp("site"))


@pytest_asyncio.fixture(loop_scope="session")
async def address(site: Path) -> AsyncIterator[str]:
    async def send(request: web.Request) -> web.FileResponse:
        file = site / request.path.lstrip("/")
        return web.FileResponse(file / "index.html" if file.is_dir() else file)

    app = web.Application()
    app.router.add_get("/{path:.*}", send)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


async def test_a_word_is_found_and_its_page_opened(browser: Browser, address: str) -> None:
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        visit = Visit(await context.new_page())
        page = visit.page
        await page.goto(address)
        await page.keyboard.press("/")
        await page.keyboard.type("NO HEARTBEAT")
        await page.get_by_text("The guard", exact=True).locator("visible=true").first.click(timeout=20_000)
        # Only a result of the search has the words in its address, for their highlighting.
        await page.wait_for_url("**/docs/operate/guard/?h=*")
        assert (await page.locator("h1").inner_text()).startswith("The guard")
        assert [one for one in visit.addresses if not one.startswith((address, "data:", f"blob:{address}"))] == []
        assert visit.errors == []
    finally:
        await context.close()
