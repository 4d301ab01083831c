"""Where Prometheus asks: one address a process, for all its Peatio connectors (docs/operate/metrics.md).

Metrics must never be what stops a bot: whatever is wrong here is said once and trading goes on.
"""

import asyncio
import logging
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from aiohttp import web
from hummingbot.connector.exchange.peatio.settings.hummingbot_host import notify

if TYPE_CHECKING:
    from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange

PATH = "/metrics"
# How long until a port that another program has is tried again: that may be the last run of this bot, still ending.
RETRY_S = 10.0
MISSING_LIBRARY = (
    "metrics_port is set in conf/peatio.yml, but the library prometheus_client is missing, so there are no metrics: "
    "pip install hummingbot-peatio[metrics]"
)


class MetricsEndpoint:
    """Answers `GET /metrics` on the event loop that the connectors run on.

    :param host, port: where it listens
    """

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._connectors: WeakValueDictionary[str, PeatioExchange] = WeakValueDictionary()
        self._task: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}{PATH}"

    def add(self, connector: "PeatioExchange") -> None:
        """Tells of `connector` from now on, until it is no more or another one of its name takes its place.

        One that is only asked for prices does not take the place of one that trades.
        """
        present = self._connectors.get(connector.name)
        if present is None or connector.is_trading_required or not present.is_trading_required:
            self._connectors[connector.name] = connector
        is_on_this_loop = self._task is not None and self._task.get_loop() is asyncio.get_running_loop()
        if not is_on_this_loop:
            self._task = asyncio.create_task(self._listen(connector.logger()))

    async def close(self) -> None:
        """Listens no longer."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()
        self._task = self._runner = None

    async def _listen(self, logger: logging.Logger) -> None:
        """Returns once it listens, or cannot ever."""
        try:
            runner = self._runner = await self._make_runner()
        except ImportError:
            notify(MISSING_LIBRARY, logger)
            return
        is_told = False
        while True:
            try:
                await web.TCPSite(runner, self._host, self._port).start()
            except OSError as error:
                if not is_told:
                    notify(
                        f"No metrics yet: {self.url} cannot be used ({error.strerror or error}). It is tried again "
                        "every few seconds; where another program needs that port, set another metrics_port in "
                        "conf/peatio.yml.",
                        logger,
                    )
                is_told = True
            else:
                logger.info(f"Prometheus can read the metrics at {self.url}.")
                return
            await asyncio.sleep(RETRY_S)

    async def _make_runner(self) -> web.AppRunner:
        """:raises ImportError: when prometheus_client is not installed"""
        # Imported only here: it is an extra, and most bots run without metrics.
        from hummingbot.connector.exchange.peatio.metrics.collector import ConnectorCollector
        from prometheus_client import CollectorRegistry, ProcessCollector
        from prometheus_client.aiohttp import make_aiohttp_handler

        registry = CollectorRegistry()
        registry.register(ConnectorCollector(lambda: list(self._connectors.values())))
        ProcessCollector(registry=registry)
        application = web.Application()
        application.router.add_get(PATH, make_aiohttp_handler(registry))
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        return runner


_ENDPOINTS: dict[tuple[str, int], MetricsEndpoint] = {}


def tell_metrics_of(connector: "PeatioExchange", host: str, port: int) -> None:
    """Has the process's endpoint at that address tell of `connector`; nothing where `port` is 0."""
    if port:
        _ENDPOINTS.setdefault((host, port), MetricsEndpoint(host, port)).add(connector)


async def close_endpoints() -> None:
    """Ends all endpoints of this process."""
    while _ENDPOINTS:
        await _ENDPOINTS.popitem()[1].close()
