"""The prices that an inventory counts at: the middle of a market's book, by public requests without a key."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from hummingbot.connector.exchange.peatio.common.errors import MessageError, RequestError
from hummingbot.connector.exchange.peatio.common.instruments import symbol_map

from peatio_cli.alerts.losses import Market
from peatio_cli.doctor.check_runner import ExchangeSession, Timeouts
from peatio_cli.doctor.target import NoCredentials, Target
from peatio_cli.report.prices import middle

#: One request a minute for each market with an inventory: the exchange's limit is the bot's.
PERIOD_S = 60.0
#: An older price is none.
LONGEST_AGE_S = 300.0

_logger = logging.getLogger(__name__)


class MarketPrices:
    """
    :param targets: the exchanges
    :param now_s: of a monotonic clock
    """

    def __init__(self, targets: Sequence[Target], now_s: Callable[[], float] = time.monotonic) -> None:
        self._targets = {target.address.site: target for target in targets}
        self._now_s = now_s
        self._sessions: dict[str, ExchangeSession] = {}
        self._symbols: dict[str, Mapping[str, str]] = {}
        self._mids: dict[Market, tuple[float, Decimal]] = {}
        self._asked_at_s = float("-inf")
        self._asking: asyncio.Task[None] | None = None

    async def mids(self, markets: Collection[Market]) -> dict[Market, Decimal]:
        """The prices of as many as are known. Asks once in `PERIOD_S`, and waits for no answer: an exchange that is
        down must not delay the messages about it."""
        now_s = self._now_s()
        if now_s - self._asked_at_s >= PERIOD_S and (self._asking is None or self._asking.done()):
            self._asked_at_s = now_s
            self._asking = asyncio.create_task(self._ask_for(sorted(markets)))
        return {market: mid for market, (at_s, mid) in self._mids.items() if now_s - at_s <= LONGEST_AGE_S}

    async def settled(self) -> None:
        """Returns when every question is answered, or given up."""
        if self._asking is not None:
            await asyncio.wait([self._asking])

    async def close(self) -> None:
        """Closes all connections; they are Hummingbot's, which the whole process shares."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])
        for session in self._sessions.values():
            await session.close()

    async def _ask_for(self, markets: Sequence[Market]) -> None:
        for market in markets:
            if market[0] in self._targets:
                await self._ask(market)

    async def _ask(self, market: Market) -> None:
        site, pair = market
        try:
            session = self._session(site)
            if site not in self._symbols:
                self._symbols[site] = symbol_map(await session.rest.markets(), _logger).inverse
            symbol = self._symbols[site].get(pair)
            mid = None if symbol is None else middle(await session.rest.depth(symbol))
        except (RequestError, MessageError):
            return  # the price is not known for now
        if mid is not None:
            self._mids[market] = self._now_s(), mid

    def _session(self, site: str) -> ExchangeSession:
        if site not in self._sessions:
            public = replace(self._targets[site], login=NoCredentials("prices are public", ""))
            self._sessions[site] = ExchangeSession(public, Timeouts())
        return self._sessions[site]
