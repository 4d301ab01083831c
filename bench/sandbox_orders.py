"""What the sandbox exchange takes for an order: 50 markets, creates and cancels over REST, 20 websocket clients.

The sandbox runs in a process of its own (``bench/sandbox_load.py --serve``, which is run as a script, so that the
sandbox is that of the environment and not of the current folder). Here is only the load: plain asyncio protocols and
picows, so that it needs less of a core than the sandbox does.
"""

import asyncio
import itertools
import json
import os
import random
import re
import statistics
import sys
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from bench.sandbox_load import CLIENTS, MEMBERS, STREAMS_PER_CLIENT, headers, make_config

ROOT = Path(__file__).parents[1]
CONNECTIONS = 128
#: Half of the orders meet another one; the rest is cancelled after this time.
LIFE_S = 0.5
TICK_S = 0.005
#: The login of a member is good for seconds; a new one each time would cost the load as much as the request.
LOGIN_S = 1.0
_ID = re.compile(rb'"id":(\d+)')
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def measure(subject: str, per_second: int, seconds: float) -> dict[str, float]:
    """Orders for each second of the sandbox's CPU time, with their cancels and all events.

    :param per_second: how many orders are wanted in a second; a sandbox that is slower gets all of them, later
    :raises RuntimeError: when a request failed, or the sandbox itself
    """
    return asyncio.run(_measure(per_second, int(per_second * seconds)))


async def _measure(per_second: int, count: int) -> dict[str, float]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "bench" / "sandbox_load.py"),
        "--serve",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        site = urlsplit((await process.stdout.readline()).decode().strip())
        load = Load(str(site.hostname), int(site.port or 0))
        await load.connect()
        cpu_s, began_s = _cpu_s(process.pid), time.perf_counter()
        await load.run(per_second, count)
        wall_s, cpu_s = time.perf_counter() - began_s, _cpu_s(process.pid) - cpu_s
        load.close()
    finally:
        process.stdin.close()
        errors = await process.stdout.read()
        await process.wait()
    if load.failures or int(errors or 1):
        raise RuntimeError(f"{load.failures} requests failed, {errors.decode().strip()} errors in the sandbox")
    return {
        "orders_per_cpu_s": count / cpu_s,
        "orders_per_s": count / wall_s,
        "answer_ms": statistics.median(load.answer_s) * 1000,
        "frames": load.frames,
    }


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


class Load:
    """All clients.

    :ivar answer_s: how long each create waited for its answer
    :ivar frames: how many websocket frames came
    """

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._idle: list[_Client] = []
        self._waiting: deque[_Asked] = deque()
        # When, the order's id, whose it is.
        self._cancels: deque[tuple[float, str, str]] = deque()
        self._sockets: list[WSTransport] = []
        self._logins: dict[str, tuple[float, str]] = {}
        self.answer_s: list[float] = []
        self.frames = 0
        self.failures = 0
        self.ended = 0

    async def connect(self) -> None:
        """Opens all connections."""
        loop = asyncio.get_running_loop()
        for _ in range(CONNECTIONS):
            _, client = await loop.create_connection(lambda: _Client(self), self._host, self._port)
            self._idle.append(client)
        rng, markets = random.Random(1), [market.symbol for market in make_config().markets]
        for _ in range(CLIENTS):
            url = f"ws://{self._host}:{self._port}/api/v2/ranger/public"
            transport, _ = await ws_connect(lambda: _Listener(self), url, use_aiofastnet=False)
            self._sockets.append(transport)
            for market, kind in itertools.product(rng.sample(markets, STREAMS_PER_CLIENT), ("ob-inc", "trades")):
                subscription = {"event": "subscribe", "streams": [f"{market}.{kind}"]}
                transport.send(WSMsgType.TEXT, json.dumps(subscription))

    async def run(self, per_second: int, count: int) -> None:
        """Creates `count` orders near 30,000 and cancels each; returns when all is answered."""
        rng, markets = random.Random(2), [market.symbol for market in make_config().markets]
        began_s, created = time.perf_counter(), 0
        while self.ended < count:
            now_s = time.perf_counter()
            # What waits too long for its cancel has been filled, and forgotten by the sandbox.
            while created < min(count, (now_s - began_s) * per_second) and len(self._waiting) < CONNECTIONS:
                created += 1
                self._create(rng, rng.choice(markets))
            while self._cancels and self._cancels[0][0] <= now_s:
                _, order_id, member = self._cancels.popleft()
                self._send(f"/api/v2/peatio/market/orders/{order_id}/cancel", member, "{}", is_create=False)
            await asyncio.sleep(TICK_S)

    def close(self) -> None:
        """Ends all connections."""
        for client in self._idle:
            client.transport.abort()
        for transport in self._sockets:
            transport.disconnect(graceful=False)

    def answered(self, client: "_Client", asked: "_Asked", answer: bytes) -> None:
        """A client has its answer."""
        now_s = time.perf_counter()
        order_id = _ID.search(answer)
        if not answer.startswith(b"HTTP/1.1 201") or order_id is None:
            self.failures += 1
            self.ended += 1
        elif asked.is_create:
            self.answer_s.append(now_s - asked.sent_s)
            self._cancels.append((now_s + LIFE_S, order_id.group(1).decode(), asked.member))
        else:
            self.ended += 1
        if self._waiting:
            client.send(self._waiting.popleft())
        else:
            self._idle.append(client)

    def _create(self, rng: random.Random, market: str) -> None:
        side = rng.choice(("buy", "sell"))
        price = 30_000 + rng.randint(-20, 20) + (-5 if side == "buy" else 5)
        body = json.dumps({"market": market, "side": side, "volume": f"0.{rng.randint(1, 99):02}", "price": str(price)})
        self._send("/api/v2/peatio/market/orders", f"load{rng.randrange(MEMBERS)}", body, is_create=True)

    def _send(self, path: str, member: str, body: str, is_create: bool) -> None:
        asked = _Asked(path, member, body, is_create, time.perf_counter())
        if self._idle:
            self._idle.pop().send(asked)
        else:
            self._waiting.append(asked)

    def login(self, member: str) -> str:
        """The header lines of a login."""
        until_s, lines = self._logins.get(member, (0.0, ""))
        now_s = time.perf_counter()
        if now_s > until_s:
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers(member).items())
            self._logins[member] = now_s + LOGIN_S, lines
        return lines


@dataclass(frozen=True, slots=True)
class _Asked:
    path: str
    member: str
    body: str
    is_create: bool
    sent_s: float


class _Client(asyncio.Protocol):
    """One connection that asks and waits for the answer."""

    transport: asyncio.Transport
    _asked: _Asked

    def __init__(self, load: Load) -> None:
        self._load = load
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def send(self, asked: _Asked) -> None:
        self._asked = asked
        self.transport.write(
            (
                f"POST {asked.path} HTTP/1.1\r\nHost: sandbox\r\nContent-Type: application/json\r\n"
                f"{self._load.login(asked.member)}Content-Length: {len(asked.body)}\r\n\r\n{asked.body}"
            ).encode()
        )

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, blank, body = self._data.partition(b"\r\n\r\n")
        length = _LENGTH.search(head + b"\r\n")
        if blank and length is not None and len(body) >= int(length.group(1)):
            answer, self._data = self._data, b""
            self._load.answered(self, self._asked, answer)


class _Listener(WSListener):
    def __init__(self, load: Load) -> None:
        super().__init__()
        self._load = load

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self._load.frames += 1
