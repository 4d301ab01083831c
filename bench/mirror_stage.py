"""The two exchanges of the mirror's measurement, in a process of their own: a source whose price moves on command, and
the operator's, on which only the bot quotes.

``python -m bench.mirror_stage SEED`` prints both addresses as JSON, obeys the commands that come line by line on its
standard input, and ends with it. Each command is answered by a line of JSON:

    move        the source's price moves by MOVE; milliseconds from that increment to the bot's next create
    walk S      it takes a random step CHANGES_PER_S times a second, for S seconds; what was seen meanwhile
"""

import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal

from aiohttp import web

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.config import DEFAULT_MARKETS
from peatio_sandbox.exchange.market import Side
from peatio_sandbox.exchange.order_request import OrderRequest
from peatio_sandbox.exchange.records import OrderRecord

MARKET = "btcusd"
MIDDLE = Decimal(30_000)
CHANGES_PER_S = 5
LOOKS_PER_S = 20
#: Of a step of the walk, as a part of the price; and of a single move, far beyond any tolerance.
STEP, MOVE = Decimal("0.0002"), Decimal("0.002")
#: Half the distance between the source's best prices: no move makes a new order meet an old one of the other side.
HALF_SPREAD = Decimal("0.0015")
#: The walk stays within it.
REACH = Decimal("0.02")
BEST_AMOUNT = Decimal(10)
#: Others' orders are there from the beginning, so that no side is ever empty: on the source, and on the own exchange,
#: where the executors want a mid to begin with.
FAR = (Decimal("0.05"), Decimal("0.08"))
#: The bot has answered a move once its mid is as near as this to where it should be, and nothing else moves.
SETTLED = Decimal("0.001")
SETTLE_TIMEOUT_S = 30.0
SIDES: tuple[Side, Side] = ("buy", "sell")


class Source:
    """The exchange that is mirrored: one order at each best price, and far ones behind."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.price = MIDDLE
        self._best: dict[Side, OrderRecord] = {}


    async def move_to(self, price: Decimal) -> None:
        """Both best prices move, by less than the spread, so that nothing trades. The new ones come first: at no moment
        is a far order the best."""
        old = dict(self._best)
        self.price = price
        self._best = {
            "buy": self._place("buy", price * (1 - HALF_SPREAD)),
            "sell": self._place("sell", price * (1 + HALF_SPREAD)),
        }
        await _until(lambda: all(order.state == "wait" for order in self._best.values()), "the new orders are there")
        for order in old.values():
            self._sandbox.exchange.cancel(order)

    def _place(self, side: Side, price: Decimal) -> OrderRecord:
        return place(self._sandbox, side, price)


def place(sandbox: Sandbox, side: Side, price: Decimal) -> OrderRecord:
    """An order of somebody who is not the bot."""
    exchange = sandbox.exchange
    rounded = price.quantize(Decimal("0.01"))
    request = OrderRequest(exchange.markets[MARKET], side, "limit", BEST_AMOUNT, rounded)
    return exchange.submit(exchange.members["maker"], request)


def place_far(sandbox: Sandbox) -> None:
    """Orders that nobody reaches."""
    for far in FAR:
        place(sandbox, "buy", MIDDLE * (1 - far))
        place(sandbox, "sell", MIDDLE * (1 + far))


class Stage:
    """Both exchanges, and when what happened on them. Times are those of `time.perf_counter`."""

    def __init__(self, seed: int) -> None:
        markets = tuple(market for market in DEFAULT_MARKETS if market.symbol == MARKET)
        self.outer = Sandbox(SandboxConfig(seed=seed, markets=markets), extra_sinks=(self,))
        self.own = Sandbox(SandboxConfig(seed=seed + 1, markets=markets), middlewares=(self._noting,))
        self.source = Source(self.outer)
        self._rng = random.Random(seed)
        self._incremented_at_s: float | None = None
        self._asked_at_s: float | None = None
        self._requests = 0

    def publish(self, routing_key: str, _payload: object) -> None:
        """The source publishes something."""
        if routing_key.endswith(".ob-inc") and self._incremented_at_s is None:
            self._incremented_at_s = time.perf_counter()

    async def move(self) -> dict[str, float]:
        """A single move of the source; how long the bot took to send its first create."""
        await self._settled()
        # At any phase of a bot that looks once a second.
        await asyncio.sleep(self._rng.random())
        is_up = self.source.price <= MIDDLE
        self._incremented_at_s = self._asked_at_s = None
        await self.source.move_to(self.source.price * (1 + (MOVE if is_up else -MOVE)))
        await _until(lambda: self._asked_at_s is not None, "the bot sends a create")
        assert self._asked_at_s is not None
        assert self._incremented_at_s is not None
        return {"ms": (self._asked_at_s - self._incremented_at_s) * 1e3}

    async def walk(self, seconds: float) -> dict[str, float]:
        """Random steps; errors of the mirrored mid in hundredths of a percent."""
        errors: list[float] = []
        looks, before = 0, self._requests
        steps = round(seconds * LOOKS_PER_S)
        began_s = time.monotonic()
        for number in range(steps):
            if number % (LOOKS_PER_S // CHANGES_PER_S) == 0:
                await self._step()
            looks += 1
            error = self._error()
            if error is not None:
                errors.append(float(error) * 1e4)
            await asyncio.sleep(max(0.0, began_s + (number + 1) / LOOKS_PER_S - time.monotonic()))
        taken_s = time.monotonic() - began_s
        average = statistics.fmean(errors) if errors else 0.0
        return {
            "requests_per_minute": (self._requests - before) / taken_s * 60,
            # What is constant is no error of the tracking: spreads and fees are not the same on both sides.
            "error_bp": statistics.pstdev(errors, average) if errors else 0.0,
            "without_mid": 1 - len(errors) / looks,
        }

    async def _step(self) -> None:
        far = self.source.price / MIDDLE - 1
        is_up = far < -REACH or (far <= REACH and self._rng.random() < 0.5)
        await self.source.move_to(self.source.price * (1 + (STEP if is_up else -STEP)))

    def _error(self) -> Decimal | None:
        bid, ask = (self.own.exchange.store.best_price(MARKET, side) for side in SIDES)
        assert bid is not None
        assert ask is not None
        # Without quotes of the bot the best price is one of the far ones.
        has_both = bid > MIDDLE * (1 - min(FAR)) and ask < MIDDLE * (1 + min(FAR))
        return (bid + ask) / 2 / self.source.price - 1 if has_both else None

    async def _settled(self) -> None:
        def is_settled() -> bool:
            error = self._error()
            return error is not None and abs(error) < SETTLED and self.own.exchange.is_quiet()

        await _until(is_settled, "the bot's quotes are where they should be")

    @web.middleware
    async def _noting(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if request.method == "POST" and "/market/orders" in request.path:
            self._requests += 1
            if request.path.endswith("/market/orders") and self._asked_at_s is None:
                self._asked_at_s = time.perf_counter()
        return await handler(request)


async def _until(check: Callable[[], object], what: str) -> None:
    deadline_s = time.monotonic() + SETTLE_TIMEOUT_S
    while not check():
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"not within {SETTLE_TIMEOUT_S:.0f} s: {what}")
        await asyncio.sleep(0.005)


async def main(seed: int) -> None:
    """Serve until standard input ends."""
    stage = Stage(seed)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with stage.outer, stage.own:
        for sandbox in (stage.outer, stage.own):
            place_far(sandbox)
            await sandbox.settle()
        await stage.source.move_to(MIDDLE)
        _say({
            name: [sandbox.url, sandbox.members["bot"].api_key, sandbox.members["bot"].secret]
            for name, sandbox in (("own", stage.own), ("outer", stage.outer))
        })
        while line := (await reader.readline()).decode():
            word, *arguments = line.split()
            _say(await stage.move() if word == "move" else await stage.walk(float(arguments[0])))


def _say(answer: object) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
