"""What the tests of dialects share: a quick exchange of a dialect, and what a member sees of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import aiohttp

from peatio_sandbox import Latencies, Sandbox, SandboxConfig
from peatio_sandbox.exchange.scheduler import Delay
from test.patience import eventually

from .support import REST, sign

ALL = (
    "peatio-3.1",
    "peatio-3.0",
    "peatio-2.6",
    "peatio-2.5",
    "peatio-2.4",
    "peatio-2.3",
    "ruby-ranger",
    "ruby-ranger-0.4",
    "third-party-engine",
    "openfinex",
    "bitzlato",
    "zsmartex",
)
FINEX = "/api/v2/finex"
#: Answers at once, events within milliseconds, tickers and whole books five times a second.
QUICK = SandboxConfig(latencies=Latencies(answer=Delay(0.0, 0.0)).scaled(0.1), ticker_period_s=0.2)

Answer = tuple[int, Any]


class Trader:
    """A member, in the words of the dialect."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession, name: str) -> None:
        self.sandbox = sandbox
        self.session = session
        self.account = sandbox.members[name]
        self.orders_at = FINEX if sandbox.config.dialect == "openfinex" else REST

    def headers(self) -> dict[str, str]:
        """Return fresh authentication headers."""
        nonce = str(int(self.sandbox.clock.now_s() * 1000))
        return sign(self.account.api_key, self.account.secret, nonce)

    async def get(self, path: str, prefix: str = REST) -> Answer:
        """Read."""
        async with self.session.get(f"{self.sandbox.url}{prefix}{path}", headers=self.headers()) as response:
            return response.status, _parsed(await response.text())

    async def post(self, path: str, body: Mapping[str, Any], prefix: str = REST) -> Answer:
        """Send."""
        url = f"{self.sandbox.url}{prefix}{path}"
        async with self.session.post(url, json=body, headers=self.headers()) as response:
            return response.status, _parsed(await response.text())

    async def create(self, side: str, amount: str, price: str, **more: Any) -> Answer:
        """Create a limit order in btcusd."""
        named = {"amount": amount, "type": "limit"} if self.orders_at == FINEX else {"volume": amount}
        body = {"market": "btcusd", "side": side, "price": price, **named, **more}
        return await self.post("/market/orders", body, self.orders_at)

    async def placed(self, side: str, amount: str, price: str) -> dict[str, Any]:
        """Create a limit order that must be accepted, and let everything happen that follows."""
        status, body = await self.create(side, amount, price)
        assert status == 201, body
        await self.sandbox.settle()
        return dict(body)

    async def cancel(self, name: object) -> Answer:
        """Cancel an order by its id or uuid."""
        path = f"/market/orders/cancel/{name}" if self.orders_at == FINEX else f"/market/orders/{name}/cancel"
        return await self.post(path, {}, self.orders_at)


class Stream:
    """A websocket whose messages are kept, as they came."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.messages: list[Any] = []

    async def say(self, message: object) -> None:
        """Send a message; text as it is, anything else as JSON."""
        await self.socket.send_str(message if isinstance(message, str) else json.dumps(message))

    async def next(self) -> Any:
        """Return the next message; a closed websocket gives its code."""
        message = await self.socket.receive(timeout=5.0)
        if message.type is not aiohttp.WSMsgType.TEXT:
            return self.socket.close_code
        self.messages.append(_parsed(str(message.data)))
        return self.messages[-1]

    async def until(self, name: str) -> Any:
        """Return the payload of the next event of a name, whatever comes before it."""
        while True:
            message = await self.next()
            assert isinstance(message, dict | list), message
            if isinstance(message, list) and message[0] == name:
                return message[1]
            if isinstance(message, dict) and name in message:
                return message[name]

    async def fence(self) -> list[Any]:
        """Return the events since the last call: an acknowledgement cannot overtake them."""
        await self.say({"event": "unsubscribe", "streams": ["fence"]})
        while True:
            message = await self.next()
            if isinstance(message, dict) and message.get("success", {}).get("message") == "unsubscribed":
                taken, self.messages = self.messages, []
                return [kept for kept in taken if "success" not in kept]


class World:
    """A running exchange and who looks at it."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.session = session

    def trader(self, name: str) -> Trader:
        """Return a member."""
        return Trader(self.sandbox, self.session, name)

    async def public(self, path: str) -> Any:
        """Read from ``/public``, which must succeed."""
        async with self.session.get(f"{self.sandbox.url}{REST}/public{path}") as response:
            assert response.status == 200, await response.text()
            return await response.json(content_type=None)

    async def stream(self, *streams: str, member: str = "", headers: Mapping[str, str] | None = None) -> Stream:
        """Open a websocket and wait for its first acknowledgement; a member's is private."""
        path = "private" if member or headers is not None else "public"
        query = "&".join(f"stream={stream}" for stream in streams)
        own = self.trader(member).headers() if member else headers
        socket = await self.session.ws_connect(f"{self.sandbox.url}/api/v2/ranger/{path}?{query}", headers=own)
        stream = Stream(socket)
        if self.sandbox.config.dialect == "ruby-ranger-0.4":
            # It greets nobody; asked again for the same streams, it acknowledges them.
            await stream.say({"event": "subscribe", "streams": list(streams)})
        await stream.until("success")
        return stream

    async def holds(self, member: str, currency: str, free: str) -> None:
        """Wait until a member has some money free."""
        await eventually(lambda: self.sandbox.balances(member)[currency][0] == Decimal(free))


@asynccontextmanager
async def world(config: SandboxConfig) -> AsyncIterator[World]:
    """Run an exchange; what escapes one of its handlers fails the test."""
    async with Sandbox(config) as sandbox, aiohttp.ClientSession() as session:
        yield World(sandbox, session)
    assert sandbox.handler_errors == []


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
