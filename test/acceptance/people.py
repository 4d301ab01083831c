"""The two accounts of a run, each with a REST client of its own that remembers what it placed."""

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import aiohttp

from test.acceptance.cards import SkippedError
from test.end_to_end.support import Person
from test.patience import eventually

FINAL_STATES = ("done", "cancel", "reject")
# How often REST is asked while something is waited for: an exchange counts requests.
ASK_PAUSE_S = 0.2
PAGE_LIMIT = 1000


@dataclass(frozen=True)
class Keys:
    """An API key and its secret; neither is ever shown."""

    api_key: str = field(repr=False)
    secret: str = field(repr=False)


class Trader(Person):
    """One of the accounts, by hand: what the connector does is checked against what this client sees.

    :param name: "maker" or "taker", for the texts
    """

    def __init__(self, name: str, session: aiohttp.ClientSession, url: str, keys: Keys, market: str) -> None:
        super().__init__(session, url, keys)
        self.name = name
        self.market = market
        # Orders of this run that may still be open, the connector's included, and creates without an answer.
        self.placed: set[str] = set()
        self.unanswered: list[tuple[str, Decimal]] = []

    async def place(self, market: str, side: str, volume: str, price: str | None = None) -> int:
        fingerprint = (side, Decimal(volume))
        self.unanswered.append(fingerprint)
        order_id = await super().place(market, side, volume, price)
        self.unanswered.remove(fingerprint)
        self.placed.add(str(order_id))
        return order_id

    async def funds(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Currency (lower case) → free and locked."""
        rows = await self.call("GET", f"account/balances?limit={PAGE_LIMIT}")
        return {row["currency"].lower(): (Decimal(row["balance"]), Decimal(row.get("locked") or 0)) for row in rows}

    async def free(self, currency: str) -> Decimal:
        return (await self.funds()).get(currency, (Decimal(0), Decimal(0)))[0]

    async def lack(self, currency: str, amount: Decimal) -> str:
        """What is missing for `amount` to be free; "" where it is."""
        free = await self.free(currency)
        return "" if free >= amount else f"the {self.name} has {free:f} {currency} free, {amount:f} is needed"

    async def need(self, currency: str, amount: Decimal) -> None:
        """:raises SkippedError: when that much is not free"""
        lack = await self.lack(currency, amount)
        if lack:
            raise SkippedError(lack)

    async def trades_of(self, order_id: int | str, time_from_s: int) -> list[Any]:
        """The rows of market/trades that belong to the order."""
        query = f"market={self.market}&time_from={time_from_s}&limit={PAGE_LIMIT}"
        rows = await self.call("GET", f"market/trades?{query}")
        return [row for row in rows if str(row["order_id"]) == str(order_id)]

    async def trade_ids(self, order_id: int | str) -> set[int]:
        """The trades of the order, as the order itself lists them."""
        return {trade["id"] for trade in (await self.order(order_id)).get("trades") or ()}

    async def state(self, order_id: int | str) -> str:
        return str((await self.order(order_id))["state"])

    async def reaches(self, order_id: int | str, *states: str) -> str:
        """Waits until the order is in one of the states."""

        async def state() -> str:
            found = await self.state(order_id)
            return found if found in states else ""

        wanted = " or ".join(states)
        return str(await eventually(state, f"order {order_id} is {wanted} at the exchange", pause_s=ASK_PAUSE_S))

    async def open_orders(self) -> list[Any]:
        """The account's open orders on the market: at most one full page of each state."""
        rows: list[Any] = []
        for state in ("pending", "wait"):
            query = f"market={self.market}&state={state}&limit={PAGE_LIMIT}"
            rows += await self.call("GET", f"market/orders?{query}")
        return rows

    async def sweep(self) -> None:
        """Cancels the orders of this run that are still open, and no others.

        :raises AssertionError: when one stays open
        """
        if not self.placed:
            return
        rows = await self.open_orders()
        listed = {str(row["id"]) for row in rows}
        # Absence from more than one page proves nothing.
        suspects = self.placed & listed if len(rows) < PAGE_LIMIT else set(self.placed)
        await asyncio.gather(*(self._remove(order_id) for order_id in suspects))
        self.placed.clear()

    async def unexplained(self) -> list[int]:
        """Open orders that look like one whose create was never answered; whose they are nobody can tell."""
        if not self.unanswered:
            return []
        return [
            int(row["id"])
            for row in await self.open_orders()
            if (row["side"], Decimal(row["origin_volume"])) in self.unanswered
        ]

    async def _remove(self, order_id: str) -> None:
        # Cancelled while pending, an order would stay in the engine's book (docs/protocol.md section 4.4).
        state = await self.reaches(order_id, "wait", *FINAL_STATES)
        if state == "wait":
            await self.cancel(order_id)
            await self.reaches(order_id, *FINAL_STATES)
