"""The servers a measurement runs against, each in a process of its own: their work is not what is measured.

``python -m bench.server KIND OPTIONS`` (JSON) prints its address, obeys the commands that come line by line on its
standard input, and ends with it. KIND is ``peatio`` or ``binance``, small servers that answer at once, or
``sandbox``, the sandbox exchange. The command ``requests`` prints as JSON how many of each kind came so far.
"""

import asyncio
import itertools
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal

from aiohttp import web

from bench import wire
from bench.binance_api import BinanceApi
from bench.peatio_api import PeatioApi
from peatio_sandbox import MemberSpec, Sandbox, SandboxConfig
from peatio_sandbox.exchange.order_request import OrderRequest

#: One public message in this many is a trade where messages flow steadily.
FLOW_TRADES = 25
FLOW_STEP_S = 0.02
#: How far from the middle others' orders stand on the sandbox's markets.
OTHERS_DISTANCE = 1000

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class ServerOptions:
    """`replayed` changes follow each book, `changes` are sent at each of `blasts` commands ``blast``."""

    markets: int = 1
    levels: int = 300
    replayed: int = 0
    changes: int = 0
    blasts: int = 0


@dataclass(frozen=True)
class ServerAddress:
    """Where a server listens, and who may log in."""

    url: str
    key: str
    secret: str


class SmallServer:
    """One of the two small servers and its commands."""

    def __init__(self, kind: str, options: ServerOptions) -> None:
        self._options = options
        replayed = list(wire.changes(options.replayed, options.levels))
        api = PeatioApi if kind == "peatio" else BinanceApi
        self._api: PeatioApi | BinanceApi = api(options.markets, options.levels, replayed)
        done = list(wire.changes(options.changes * options.blasts, options.levels))
        increments = self._api.increments(done, first=wire.FIRST_UPDATE + options.replayed)
        self._blasts = itertools.batched(increments, options.changes) if options.changes else iter(())
        self._fills = 0
        self._steady_sent = 0
        self._steady_changes = wire.changes(sys.maxsize, options.levels)
        self._flow: asyncio.Task[None] | None = None
        self._requests: Counter[tuple[str, str]] = Counter()

    async def run(self) -> None:
        """Serves until standard input ends."""
        app = web.Application(middlewares=[self._counting])
        app.add_routes(self._api.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        _say(asdict(ServerAddress(f"http://{host}:{port}", "key", "secret")))
        commands: Mapping[str, Callable[..., Awaitable[None]]] = {
            "blast": self._blast,
            "fill": self._fill,
            "flow": self._start_flow,
            "steady": self._start_steady,
            "requests": self._tell_requests,
        }
        async for line in _input():
            name, *arguments = line.split()
            await commands[name](*arguments)
        if self._flow is not None:
            self._flow.cancel()
        await runner.cleanup()

    async def _blast(self) -> None:
        """The next changes, all at once."""
        await self._api.public.send_many(next(self._blasts))

    async def _fill(self, order_id: str) -> None:
        """A partial fill of one order."""
        self._fills += 1
        self._api.private.send(self._api.fill(int(order_id), self._fills))

    async def _start_flow(self, per_second: str) -> None:
        """That many public messages a second from now on."""
        self._flow = asyncio.create_task(self._flow_on(int(per_second)))

    async def _start_steady(self, per_second: str) -> None:
        """That many increments a second from now on, one at a time, by turns on all markets; 0 ends it."""
        if self._flow is not None:
            self._flow.cancel()
        self._flow = asyncio.create_task(self._steady(int(per_second))) if int(per_second) else None

    async def _tell_requests(self) -> None:
        _say(_by_kind(self._requests))

    @web.middleware
    async def _counting(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self._requests[request.method, request.path] += 1
        return await handler(request)

    async def _steady(self, per_second: int) -> None:
        while True:
            market = self._steady_sent % self._options.markets
            sequence = wire.FIRST_UPDATE + self._options.replayed + self._steady_sent // self._options.markets
            (text,) = self._api.increments([next(self._steady_changes)], market=market, first=sequence)
            self._api.public.send(text)
            self._steady_sent += 1
            await asyncio.sleep(1 / per_second)

    async def _flow_on(self, per_second: int) -> None:
        loop = asyncio.get_running_loop()
        endless = wire.changes(sys.maxsize, self._options.levels)
        began_s, sent, sequence = loop.time(), 0, wire.FIRST_UPDATE + self._options.replayed
        while True:
            while sent < (loop.time() - began_s) * per_second:
                sent += 1
                if sent % FLOW_TRADES == 0:
                    self._api.public.send(self._api.trade(sent))
                else:
                    self._api.public.send(self._api.increments([next(endless)], first=sequence)[0])
                    sequence += 1
            await asyncio.sleep(FLOW_STEP_S)


def sandbox_config(options: ServerOptions) -> SandboxConfig:
    """An exchange of equal markets with books, and a member who can afford 100 orders."""
    base = SandboxConfig()
    names = [wire.market_name(number) for number in range(options.markets)]
    pattern = base.currencies[1]
    currencies = tuple(replace(pattern, code=name, name=name) for name in names)
    markets = tuple(replace(base.markets[0], symbol=f"{name}usd", base=name) for name in names)
    money = {"usd": Decimal(10) ** 9, **{name: Decimal(10) ** 6 for name in names}}
    members = tuple(MemberSpec(who, f"ID{who.upper()}001", f"{who}@example.com", money) for who in ("bot", "maker"))
    usd = base.currencies[0]
    return replace(base, markets=markets, currencies=(usd, *currencies), members=members)


async def run_sandbox(options: ServerOptions) -> None:
    """The sandbox with an order of somebody else on each side of each market."""
    async with Sandbox(sandbox_config(options)) as sandbox:
        maker = sandbox.exchange.members["maker"]
        for market in sandbox.config.markets:
            bid = OrderRequest(market, "buy", "limit", Decimal(1), Decimal(wire.MIDDLE - OTHERS_DISTANCE))
            ask = OrderRequest(market, "sell", "limit", Decimal(1), Decimal(wire.MIDDLE + OTHERS_DISTANCE))
            for order in (bid, ask):
                sandbox.exchange.submit(maker, order)
        await sandbox.settle()
        account = sandbox.members["bot"]
        _say(asdict(ServerAddress(sandbox.url, account.api_key, account.secret)))
        async for _ in _input():
            _say(_by_kind(sandbox.request_counts))


def _by_kind(requests: Mapping[tuple[str, str], int]) -> dict[str, int]:
    return {f"{method} {path}": count for (method, path), count in requests.items()}


def _say(answer: Mapping[str, str | int]) -> None:
    print(json.dumps(answer), flush=True)


async def _input() -> AsyncIterator[str]:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield line.decode()


def main() -> None:
    """Run the server that the command line names."""
    kind, options = sys.argv[1], ServerOptions(**json.loads(sys.argv[2]))
    asyncio.run(run_sandbox(options) if kind == "sandbox" else SmallServer(kind, options).run())


if __name__ == "__main__":
    main()
