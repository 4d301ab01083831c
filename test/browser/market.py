"""A market for the page to show: orders of members, and the book as REST has it."""

from decimal import Decimal

import aiohttp

from peatio_sandbox import OrderRecord, Sandbox
from peatio_sandbox.exchange.market import Side
from peatio_sandbox.exchange.order_request import OrderRequest


class Market:
    """BTC/USD on a sandbox."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession | None) -> None:
        self.sandbox = sandbox
        self._session = session

    def order(self, member: str, side: Side, volume: str, price: str, symbol: str = "btcusd") -> OrderRecord:
        """Create a limit order; what follows takes its time."""
        exchange = self.sandbox.exchange
        request = OrderRequest(exchange.markets[symbol], side, "limit", Decimal(volume), Decimal(price))
        return exchange.submit(exchange.members[member], request)

    async def fill_book(self) -> None:
        """Put fifteen levels on each side."""
        for step in range(1, 16):
            self.order("maker", "buy", f"1.{step:02}", str(30000 - 10 * step))
            self.order("maker", "sell", f"2.{step:02}", str(30000 + 10 * step))
        await self.sandbox.settle()

    async def depth(self, levels: int = 12) -> dict[str, list[list[str]]]:
        """Return the best levels as REST tells them, amounts written as the page does."""
        assert self._session is not None
        async with self._session.get(
            f"{self.sandbox.url}/api/v2/peatio/public/markets/btcusd/depth?limit={levels}"
        ) as response:
            body = await response.json()
        return {side: [[price, f"{Decimal(amount):.6f}"] for price, amount in body[side]] for side in ("asks", "bids")}
