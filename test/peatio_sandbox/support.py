"""What the sandbox's tests share: an exchange that runs by hand, and a client that signs."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from aiohttp import ClientSession

from peatio_sandbox import MemberAccount, Sandbox, SandboxConfig
from peatio_sandbox.exchange.clock import Clock
from peatio_sandbox.exchange.exchange import Exchange, OrderRequest
from peatio_sandbox.exchange.market import OrderType, Side
from peatio_sandbox.exchange.records import OrderRecord
from peatio_sandbox.exchange.scheduler import ManualScheduler

REST = "/api/v2/peatio"
START_S = 1_795_207_670.0


class Tape:
    """An event sink that keeps everything."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []

    def publish(self, routing_key: str, payload: object) -> None:
        """Keep an event."""
        self.events.append((routing_key, payload))

    def take(self) -> list[tuple[str, Any]]:
        """Return what came since the last call."""
        taken, self.events = self.events, []
        return taken


class Clockwork:
    """An exchange without sockets and without an event loop."""

    def __init__(self, config: SandboxConfig | None = None) -> None:
        self.scheduler = ManualScheduler()
        self.tape = Tape()
        self.clock = Clock(self.scheduler.time_s, START_S)
        self.exchange = Exchange(config or SandboxConfig(), self.clock, self.scheduler, self.tape)
        self.exchange.start_engines()
        self.tape.take()

    def submit(
        self,
        member: str,
        side: Side,
        volume: str,
        price: str | None,
        market: str = "btcusd",
    ) -> OrderRecord:
        """Create an order; ``price`` None makes it a market order. Nothing happens yet."""
        ord_type: OrderType = "market" if price is None else "limit"
        request = OrderRequest(
            self.exchange.markets[market], side, ord_type, Decimal(volume), None if price is None else Decimal(price)
        )
        return self.exchange.submit(self.exchange.members[member], request)

    def placed(self, member: str, side: Side, volume: str, price: str | None, market: str = "btcusd") -> OrderRecord:
        """Create an order and let everything happen that follows."""
        order = self.submit(member, side, volume, price, market)
        self.run()
        return order

    def run(self) -> None:
        """Let everything happen that is under way."""
        while not self.exchange.is_quiet():
            self.scheduler.run_next()

    def kinds(self) -> list[str]:
        """Return what was published since the last call: keys without uids, with states and sequences."""
        return [
            " ".join([_short(key), str(payload.get("state", payload.get("sequence", "")))]).strip()
            for key, payload in self.tape.take()
        ]


def _short(key: str) -> str:
    first, second, last = key.split(".")
    return f"{second}.{last}" if first == "public" else last


class Client:
    """A member of a running sandbox who talks to it over its sockets."""

    def __init__(self, sandbox: Sandbox, session: ClientSession, member: str) -> None:
        self.sandbox = sandbox
        self.session = session
        self.account: MemberAccount = sandbox.members[member]

    def headers(self, offset_s: float = 0.0) -> dict[str, str]:
        """Return fresh authentication headers; ``offset_s`` sets the nonce wrong."""
        nonce = str(int((self.sandbox.clock.now_s() + offset_s) * 1000))
        return sign(self.account.api_key, self.account.secret, nonce)

    async def get(self, path: str) -> tuple[int, Any, Mapping[str, str]]:
        """Read; return status, body and headers."""
        async with self.session.get(self.sandbox.url + REST + path, headers=self.headers()) as response:
            return response.status, await response.json(content_type=None), response.headers

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """Create or cancel; return status and body."""
        url = self.sandbox.url + REST + path
        async with self.session.post(url, json=body or {}, headers=self.headers()) as response:
            return response.status, await response.json(content_type=None)

    async def limit(self, side: Side, volume: str, price: str, market: str = "btcusd") -> dict[str, Any]:
        """Create a limit order that must be accepted; return the answer's body."""
        status, body = await self.post(
            "/market/orders", {"market": market, "side": side, "volume": volume, "price": price}
        )
        assert status == 201, body
        return dict(body)


def sign(kid: str, secret: str, nonce: str) -> dict[str, str]:
    """Return authentication headers for a nonce."""
    signature = hmac.new(secret.encode(), (nonce + kid).encode(), hashlib.sha256).hexdigest()
    return {"X-Auth-Apikey": kid, "X-Auth-Nonce": nonce, "X-Auth-Signature": signature}


