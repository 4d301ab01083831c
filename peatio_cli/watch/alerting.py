"""`watch --alerts`: alerts of the bots on the page, where no guard sends them."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal

from peatio_cli.alerts.addresses import where_to_write
from peatio_cli.alerts.losses import Market
from peatio_cli.alerts.opening import AlertsError, open_alerts
from peatio_cli.alerts.service import SHORT_DELIVERY_S, AlertService
from peatio_cli.watch.bot_reader import SelfReport
from peatio_cli.watch.watched_bot import WatchedBot


class _Page:
    """What the page has anyway: no request is made for the alerts."""

    def __init__(self, bot: WatchedBot) -> None:
        self._bot = bot

    async def report(self) -> SelfReport | None:
        return self._bot.report

    async def mids(self, markets: Collection[Market]) -> Mapping[Market, Decimal]:
        """The last prices of these markets."""
        found = ((market, self._bot.prices.get(market[0], {}).get(market[1])) for market in markets)
        return {market: price for market, price in found if price is not None}

    async def close(self) -> None:
        """The page's own are closed with it."""


def make_alerts(bots: Sequence[WatchedBot], environment: Mapping[str, str]) -> list[AlertService]:
    """One for each bot.

    :raises AlertsError: when those of a bot cannot be sent
    """
    services = []
    for bot in bots:
        page = _Page(bot)

        def notify(line: str, name: str = bot.name) -> None:
            print(f"{name}: {line}", flush=True)

        service = open_alerts(bot.directory, environment, page.report, page, notify)
        if service is None:
            raise AlertsError(f"there are no addresses for alerts; remedy: {where_to_write(bot.directory / 'conf')}")
        services.append(service)
    return services


@asynccontextmanager
async def sending(services: Sequence[AlertService]) -> AsyncIterator[None]:
    """While the page is shown."""
    for service in services:
        service.start()
    try:
        yield
    finally:
        await asyncio.gather(*(service.finish(SHORT_DELIVERY_S) for service in services))
