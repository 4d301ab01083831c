"""The connectors that are measured, each on a server of its own, and the clock that Hummingbot runs them by."""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hummingbot.connector.exchange.binance import binance_constants
from hummingbot.connector.exchange.binance.binance_exchange import BinanceExchange
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.network_iterator import NetworkStatus

try:
    from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
except ImportError:  # the build of before (bench.before) has other module names
    from hummingbot.connector.exchange.peatio.peatio_settings import (  # type: ignore[no-redef, import-not-found]
        PeatioSettings as ConnectorSettings,
    )

from bench import wire
from bench.server import ServerAddress, ServerOptions

TIMEOUT_S = 120.0
POLL_S = 0.005
#: Hummingbot's own; its default is one second.
QUICK_TICK_S = 0.1


class Server:
    """A server process."""

    def __init__(self, process: asyncio.subprocess.Process, address: ServerAddress) -> None:
        self._process = process
        self.address = address

    def command(self, text: str) -> None:
        """Asks for something, see `bench.server`."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\n".encode())

    async def requests(self) -> Counter[str]:
        """How many requests came so far, by method and path."""
        assert self._process.stdout is not None
        self.command("requests")
        return Counter(json.loads(await self._process.stdout.readline()))


@asynccontextmanager
async def running_server(kind: str, options: ServerOptions) -> AsyncIterator[Server]:
    """A server of that kind, ended afterwards."""
    arguments = (sys.executable, "-m", "bench.server", kind, json.dumps(asdict(options)))
    process = await asyncio.create_subprocess_exec(
        *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[1]
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = await process.stdout.readline()
        if not line:
            raise RuntimeError(f"the {kind} server did not start")
        yield Server(process, ServerAddress(**json.loads(line)))
    finally:
        process.stdin.close()
        await process.wait()


def make_connector(subject: str, address: ServerAddress, pairs: Sequence[str], trading: bool, folder: Path) -> Any:
    """A connector that knows no exchange but the one at `address`.

    :param subject: "peatio" or "binance"
    :param folder: where the order journal lies
    """
    if subject == "peatio":
        return PeatioExchange(
            address.key,
            address.secret,
            address.url,
            trading_pairs=list(pairs),
            trading_required=trading,
            settings=ConnectorSettings(exclusive_account=True),
            journal_folder=folder,
            instance="bench",
        )
    sockets = address.url.replace("http", "ws", 1)
    binance_constants.REST_URL = f"{address.url}/api/"
    binance_constants.WSS_URL = f"{sockets}/ws"
    binance_constants.WSS_API_URL = f"{sockets}/ws-api"
    return BinanceExchange(address.key, address.secret, trading_pairs=list(pairs), trading_required=trading)


@asynccontextmanager
async def running_connector(
    subject: str,
    options: ServerOptions,
    server_kind: str = "",
    trading: bool = True,
    tick_s: float = QUICK_TICK_S,
    pairs: int | None = None,
) -> AsyncIterator[tuple[Any, Server]]:
    """A connector under a clock, not waited for.

    :param server_kind: what it runs on, if not on the small server of its own kind
    :param trading: False for one that only follows markets
    :param pairs: how many of the server's markets it follows; None is all
    """
    with TemporaryDirectory(prefix="bench-") as folder:
        async with running_server(server_kind or subject, options) as server:
            followed = wire.trading_pairs(options.markets if pairs is None else pairs)
            connector = make_connector(subject, server.address, followed, trading, Path(folder))
            async with clocked(connector, tick_s):
                yield connector, server


@asynccontextmanager
async def clocked(connector: Any, tick_s: float) -> AsyncIterator[None]:
    """The connector runs as Hummingbot runs it, and is stopped at the end."""
    with Clock(ClockMode.REALTIME, tick_s) as clock:
        clock.add_iterator(connector)
        task = asyncio.create_task(clock.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await connector.stop_network()
            connector._network_status = NetworkStatus.STOPPED
    await connector._web_assistants_factory.close()


async def until(check: Callable[[], object], what: str, timeout_s: float = TIMEOUT_S, poll_s: float = POLL_S) -> None:
    """Waits until `check` is true.

    :raises TimeoutError: naming `what` did not happen
    """
    deadline_s = time.monotonic() + timeout_s
    while not check():
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"not within {timeout_s:.0f} s: {what}")
        await asyncio.sleep(poll_s)


async def place_orders(connector: Any, pairs: Sequence[str], count: int) -> list[str]:
    """Open orders, by turns on each pair and side, none of which meets another; their client ids."""
    ids = []
    for number in range(count):
        pair, is_buy = pairs[number % len(pairs)], number // len(pairs) % 2 == 0
        distance = Decimal(number + 10)
        place = connector.buy if is_buy else connector.sell
        price = wire.MIDDLE - distance if is_buy else wire.MIDDLE + distance
        ids.append(str(place(pair, Decimal("0.5"), OrderType.LIMIT, price)))
    await until(lambda: all(is_open(connector, order_id) for order_id in ids), f"{count} orders are open")
    return ids


def is_open(connector: Any, order_id: str) -> bool:
    """Whether the exchange has the order, and the connector knows."""
    order = connector.in_flight_orders.get(order_id)
    if order is None or order.exchange_order_id is None:
        return False
    # Peatio's answer to a create is no acceptance: the order is open once an event says `wait`.
    return bool(getattr(order, "seen_live_event", order.processed_by_exchange_event).is_set())
