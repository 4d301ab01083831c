"""Where an end-to-end scenario is played: an exchange, how the bot reaches it, and other people on it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings

from peatio_sandbox import Sandbox
from peatio_sandbox.exchange.order_request import OrderRequest
from test.end_to_end.support import Bot, person, running_bot


class Trader(Protocol):
    """Somebody at the exchange who does not use the connector."""

    async def place(self, market: str, side: str, volume: str, price: str | None = None) -> int: ...
    async def cancel(self, order_id: int) -> None: ...


class Insider:
    """A trader who acts within the exchange, and so needs to speak no dialect.

    :param name: the sandbox's member
    """

    def __init__(self, sandbox: Sandbox, name: str) -> None:
        self._exchange = sandbox.exchange
        self._member = sandbox.exchange.members[name]

    async def place(self, market: str, side: str, volume: str, price: str | None = None) -> int:
        limit = None if price is None else Decimal(price)
        request = OrderRequest(
            self._exchange.markets[market],
            "buy" if side == "buy" else "sell",
            "market" if limit is None else "limit",
            Decimal(volume),
            limit,
        )
        return self._exchange.submit(self._member, request).id

    async def cancel(self, order_id: int) -> None:
        order = self._exchange.store.order(order_id)
        assert order is not None
        self._exchange.cancel(order)


@asynccontextmanager
async def insider(sandbox: Sandbox, name: str) -> AsyncIterator[Trader]:
    yield Insider(sandbox, name)


@dataclass(frozen=True)
class Venue:
    """:param folder: where the bots' journals lie
    :param connector_of: the connector's name for a member; `peatio`, or that of an exchange named in `peatio.yml`
    :param login_of: what the journal knows a member's account by
    :param trader: opens another trader by the member's name
    :param closes_client: False where bots at other venues run at the same time
    """

    sandbox: Sandbox
    folder: Path
    connector_of: Callable[[str], str]
    login_of: Callable[[str], str]
    trader: Callable[[str], AbstractAsyncContextManager[Trader]]
    closes_client: bool = True

    def running_bot(
        self,
        pairs: tuple[str, ...] = ("BTC-USD",),
        member: str = "bot",
        settings: ConnectorSettings | None = None,
        saved_states: dict[str, Any] | None = None,
        database: Path | None = None,
        wait_ready: bool = True,
    ) -> AbstractAsyncContextManager[Bot]:
        """A member's connector, running and, unless that is not waited for, ready."""
        return running_bot(
            self.sandbox.url,
            self.sandbox.members[member],
            list(pairs),
            settings=settings,
            saved_states=saved_states,
            database=database,
            wait_ready=wait_ready,
            journal_folder=self.folder,
            domain=self.connector_of(member),
            closes_client=self.closes_client,
        )


def usual_venue(sandbox: Sandbox, folder: Path) -> Venue:
    """The connector `peatio` with an API key; the others over REST, as on the sandbox's default dialect."""
    return Venue(
        sandbox,
        folder,
        connector_of=lambda member: "peatio",
        login_of=lambda member: sandbox.members[member].api_key,
        trader=lambda name: person(sandbox, name),
    )
