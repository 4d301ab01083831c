"""How much the sandbox carries: 50 markets, 200 orders a second, 20 websocket clients, memory within bounds.

``python bench/sandbox_load.py [--seconds N]`` runs a sandbox in a process of its own and loads it over its sockets
from this one. What it prints is what docs/reference/sandbox.md quotes.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import random
import sys
import time
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import aiohttp

from peatio_sandbox import Market, MemberSpec, Sandbox, SandboxConfig
from peatio_sandbox.config import make_credentials

MARKETS = 50
ORDERS_PER_S = 200
CLIENTS = 20
MEMBERS = 10
STREAMS_PER_CLIENT = 5
#: Small, so that the bound is reached within the run.
FINISHED_ORDERS_KEPT = 500
REPORTS = 6


def make_config() -> SandboxConfig:
    """Return an exchange of many markets and a few well-funded members."""
    base = SandboxConfig()
    pattern = base.markets[0]
    markets = tuple(replace(pattern, symbol=f"m{number:02}usd") for number in range(MARKETS))
    money = {"btc": Decimal(10) ** 9, "usd": Decimal(10) ** 12}
    members = tuple(MemberSpec(f"load{n}", f"IDLOAD{n:05}", f"load{n}@example.com", money) for n in range(MEMBERS))
    return replace(base, markets=markets, members=members, finished_orders_kept=FINISHED_ORDERS_KEPT)


@dataclass
class Tally:
    """What was sent and what came back."""

    creates: int = 0
    cancels: int = 0
    failures: int = 0
    frames: int = 0
    answer_s: list[float] = field(default_factory=list)


def headers(member: str) -> dict[str, str]:
    """Return fresh authentication headers."""
    kid, secret = make_credentials(0, member)
    nonce = str(int(time.time() * 1000))
    signature = hmac.new(secret.encode(), (nonce + kid).encode(), hashlib.sha256).hexdigest()
    return {"X-Auth-Apikey": kid, "X-Auth-Nonce": nonce, "X-Auth-Signature": signature}


async def listen(session: aiohttp.ClientSession, url: str, markets: list[Market], tally: Tally) -> None:
    """Read public streams for ever."""
    async with session.ws_connect(f"{url}/api/v2/ranger/public") as socket:
        for market in markets:
            for stream in ("ob-inc", "trades"):
                await socket.send_json({"event": "subscribe", "streams": [f"{market.symbol}.{stream}"]})
        async for message in socket:
            tally.frames += message.type is aiohttp.WSMsgType.TEXT


async def trade(session: aiohttp.ClientSession, url: str, market: Market, rng: random.Random, tally: Tally) -> None:
    """Create an order near 30000; half of them meet another, the rest are cancelled half a second later."""
    member = f"load{rng.randrange(MEMBERS)}"
    side = rng.choice(("buy", "sell"))
    price = 30_000 + rng.randint(-20, 20) + (-5 if side == "buy" else 5)
    body = {"market": market.symbol, "side": side, "volume": f"0.{rng.randint(1, 99):02}", "price": str(price)}
    began_s = time.perf_counter()
    async with session.post(f"{url}/api/v2/peatio/market/orders", json=body, headers=headers(member)) as answer:
        order = await answer.json(content_type=None)
    tally.answer_s.append(time.perf_counter() - began_s)
    tally.creates += 1
    if answer.status != 201:
        tally.failures += 1
        return
    await asyncio.sleep(0.5)
    cancel = f"{url}/api/v2/peatio/market/orders/{order['id']}/cancel"
    async with session.post(cancel, headers=headers(member)) as answer:
        tally.failures += answer.status != 201
    tally.cancels += 1


async def load(url: str, pid: int, seconds: float) -> Tally:
    """Load the sandbox and report on the way."""
    tally, rng, markets = Tally(), random.Random(1), list(make_config().markets)
    connector = aiohttp.TCPConnector(limit=200)
    async with aiohttp.ClientSession(connector=connector) as session:
        readers = [
            asyncio.create_task(listen(session, url, rng.sample(markets, STREAMS_PER_CLIENT), tally))
            for _ in range(CLIENTS)
        ]
        sent: set[asyncio.Task[None]] = set()
        began_s, cpu_began_s, count = time.perf_counter(), cpu_s(pid), 0
        next_report_s = seconds / REPORTS
        while (elapsed_s := time.perf_counter() - began_s) < seconds:
            while count < elapsed_s * ORDERS_PER_S:
                task = asyncio.create_task(trade(session, url, rng.choice(markets), rng, tally))
                sent.add(task)
                task.add_done_callback(sent.discard)
                count += 1
            if elapsed_s >= next_report_s:
                print(f"after {elapsed_s:5.0f} s: {tally.creates:6} orders, server memory {memory_mb(pid):.0f} MB")
                next_report_s += seconds / REPORTS
            await asyncio.sleep(0.002)
        await asyncio.gather(*sent)
        elapsed_s = time.perf_counter() - began_s
        print(f"after {elapsed_s:5.0f} s: {tally.creates:6} orders, server memory {memory_mb(pid):.0f} MB")
        print(f"server CPU: {(cpu_s(pid) - cpu_began_s) / elapsed_s * 100:.0f} % of one core")
        print(f"orders created: {tally.creates / elapsed_s:.0f}/s, cancelled: {tally.cancels / elapsed_s:.0f}/s")
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
    return tally


def memory_mb(pid: int) -> float:
    """Return the resident memory of a process in MB (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def cpu_s(pid: int) -> float:
    """Return the processor time of a process in seconds (Linux, 100 ticks a second)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def serve() -> None:
    """Run the sandbox until the other end closes our input; complain of what failed inside."""
    async with Sandbox(make_config()) as sandbox:
        print(sandbox.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)
    print(len(sandbox.handler_errors), flush=True)


async def run(seconds: float) -> int:
    """Start the server, load it and report; return the exit code."""
    server = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--serve", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    assert server.stdin is not None
    url = (await server.stdout.readline()).decode().strip()
    print(f"{MARKETS} markets, {ORDERS_PER_S} orders/s for {seconds:.0f} s, {CLIENTS} websocket clients")
    print(f"at the start: server memory {memory_mb(server.pid):.0f} MB")
    tally = await load(url, server.pid, seconds)
    server.stdin.close()
    errors = int((await server.stdout.read()).decode())
    await server.wait()
    delays_ms = sorted(1000 * delay for delay in tally.answer_s)
    middle, late = delays_ms[len(delays_ms) // 2], delays_ms[int(len(delays_ms) * 0.99)]
    print(f"answers to creates: median {middle:.0f} ms, 99 % within {late:.0f} ms (3 % are delayed on purpose)")
    print(f"websocket frames received: {tally.frames}")
    print(f"failed requests: {tally.failures}, errors in the server: {errors}")
    return 1 if tally.failures or errors else 0


def main() -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to load (default: 60)")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve())
        return 0
    return asyncio.run(run(options.seconds))


if __name__ == "__main__":
    sys.exit(main())
