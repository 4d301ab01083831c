"""What `hummingbot-peatio watch` costs: requests to the exchange, and CPU time of the bot that is watched.

The bot runs here and trades at a steady pace on the sandbox exchange, by turns with no page, one and two. The server of
`watch` and a Chromium with the pages run in processes of their own: their work is not the bot's.

``python -m bench.watch URL PAGES`` is the latter: it opens the pages, prints a line, and ends with its standard input.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hummingbot.connector.exchange.peatio.metrics.endpoint import close_endpoints
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, load_named_exchanges
from hummingbot.core.data_type.common import OrderType

from bench import wire
from bench.server import OTHERS_DISTANCE, ServerAddress, ServerOptions
from bench.subjects import Server, clocked, is_open, running_server, until
from test.browser.browsing import MISSING, chromium, find_chromium, visit
from test.end_to_end.scraping import free_port

ROOT = Path(__file__).parents[1]
CONNECTOR = "peatio_bench"
#: Hummingbot's own.
TICK_S = 1.0
AMOUNT = Decimal("0.001")
PAGES = (0, 1, 2)


@dataclass(frozen=True)
class _Cost:
    """:ivar requests: those that the bot did not make"""

    cpu_s: float
    orders: int
    requests: int
    seconds: float


def measure(subject: str, seconds: float, turns: int, every_s: float, settle_s: float) -> dict[str, float]:
    """CPU time for each order, and requests a minute, with so many pages.

    :param seconds: for how long the bot trades in each turn
    :param turns: how often each number of pages has its turn
    :param every_s: between the orders; every second one is filled, the others are cancelled
    :param settle_s: how long a page is open before its turn: opening it takes requests of its own
    :raises RuntimeError: when there is no Chromium
    """
    return asyncio.run(_measure(seconds, turns, every_s, settle_s))


async def _measure(seconds: float, turns: int, every_s: float, settle_s: float) -> dict[str, float]:
    costs: dict[int, list[_Cost]] = {pages: [] for pages in PAGES}
    with TemporaryDirectory(prefix="bench-") as folder:
        async with running_server("sandbox", ServerOptions()) as server:
            directory, port = Path(folder, "my-bot"), free_port()
            _make_instance(directory, server.address.url, port)
            connector = _make_connector(directory, server.address, port)
            async with clocked(connector, TICK_S):
                await until(lambda: connector.ready, "the connector is ready")
                for _ in range(turns):
                    for pages in PAGES:
                        async with _watched(directory, server.address, pages):
                            await _trade(connector, server, settle_s, every_s)
                            costs[pages].append(await _trade(connector, server, seconds, every_s))
            await close_endpoints()
    return _figures(costs)


def _figures(costs: Mapping[int, list[_Cost]]) -> dict[str, float]:
    cpu_ms = {
        pages: 1e3 * sum(cost.cpu_s for cost in found) / sum(cost.orders for cost in found)
        for pages, found in costs.items()
    }
    per_minute = {
        pages: 60 * sum(cost.requests for cost in found) / sum(cost.seconds for cost in found)
        for pages, found in costs.items()
    }
    return {
        **{f"cpu_ms_{pages}_pages": value for pages, value in cpu_ms.items()},
        **{f"requests_{pages}_pages": value for pages, value in per_minute.items()},
        "cpu_ratio_1_pages": cpu_ms[1] / cpu_ms[0],
        "cpu_ratio_2_pages": cpu_ms[2] / cpu_ms[0],
    }


def _make_instance(directory: Path, url: str, port: int) -> None:
    for name in ("conf/connectors", "data", "logs"):
        (directory / name).mkdir(parents=True)
    settings = f"metrics_port: {port}\nexchanges:\n  bench:\n    domain: {url}\n"
    (directory / "conf" / "peatio.yml").write_text(settings, encoding="utf-8")


def _make_connector(directory: Path, address: ServerAddress, port: int) -> Any:
    NAMED_EXCHANGES[CONNECTOR] = load_named_exchanges(directory / "conf")[0][CONNECTOR]
    return PeatioExchange(
        address.key,
        address.secret,
        address.url,
        trading_pairs=wire.trading_pairs(1),
        settings=ConnectorSettings(metrics_port=port),
        journal_folder=directory / "data",
        instance="bench",
        domain=CONNECTOR,
    )


async def _trade(connector: Any, server: Server, seconds: float, every_s: float) -> _Cost:
    """The same orders at the same pace, whoever watches."""
    (pair,) = wire.trading_pairs(1)
    calls, requests = connector._throttler.calls, (await server.requests()).total()
    began_s, cpu_s, orders = time.monotonic(), time.process_time(), 0
    while time.monotonic() - began_s < seconds:
        price = Decimal(wire.MIDDLE + (OTHERS_DISTANCE if orders % 2 else -10))
        order_id = connector.buy(pair, AMOUNT, OrderType.LIMIT, price)
        orders += 1
        await asyncio.sleep(every_s / 2)
        if is_open(connector, order_id):
            connector.cancel(pair, order_id)
        await asyncio.sleep(max(began_s + orders * every_s - time.monotonic(), 0))
    cpu_s, passed_s = time.process_time() - cpu_s, time.monotonic() - began_s
    made = (await server.requests()).total() - requests
    return _Cost(cpu_s, orders, made - (connector._throttler.calls - calls), passed_s)


@asynccontextmanager
async def _watched(directory: Path, address: ServerAddress, pages: int) -> AsyncIterator[None]:
    """With that many pages open, which show the account; without one nobody watches."""
    if pages == 0:
        yield
        return
    keys = {"WATCH_PEATIO_BENCH_API_KEY": address.key, "WATCH_PEATIO_BENCH_SECRET": address.secret}
    watch = ("-m", "peatio_cli", "watch", str(directory), "--account", "--port", "0")
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(_process(watch, keys))
        await stack.enter_async_context(_process(("-m", "bench.watch", first.split()[-1], str(pages)), {}))
        yield


@asynccontextmanager
async def _process(arguments: tuple[str, ...], environment: Mapping[str, str]) -> AsyncIterator[str]:
    """A Python process, ended afterwards; gives its first line.

    :raises RuntimeError: when it ended instead
    """
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdin=pipe, stdout=pipe, cwd=ROOT, env={**os.environ, **environment}
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = (await process.stdout.readline()).decode()
        if not line:
            raise RuntimeError(f"{' '.join(arguments[:3])} did not start")
        reading = asyncio.create_task(process.stdout.read())
        yield line
    finally:
        process.stdin.close()
        if process.returncode is None:
            process.terminate()
        await process.wait()
    await reading


async def _open_pages(url: str, count: int) -> None:
    path = find_chromium()
    if path is None:
        raise RuntimeError(MISSING)
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        browser = await stack.enter_async_context(chromium(path))
        for _ in range(count):
            page = await stack.enter_async_context(visit(browser, url))
            await page.page.select_option("#member", "the account")
        print(f"{count} pages are open", flush=True)
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_open_pages(sys.argv[1], int(sys.argv[2])))
