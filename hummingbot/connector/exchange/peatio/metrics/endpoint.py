"""The HTTP endpoint that Prometheus reads: one for all Peatio connectors of a process (docs/operate/metrics.md).

Metrics must never stop a bot: a failure here is reported once, and trading continues.
"""

import asyncio
import logging
from typing import TYPE_CHECKING
from weakref import WeakSet, WeakValueDictionary

from aiohttp import web
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.metrics.catalog import SampleSource
from hummingbot.connector.exchange.peatio.metrics.state import PATH as STATE_PATH
from hummingbot.connector.exchange.peatio.metrics.state import StateHandler
from hummingbot.connector.exchange.peatio.settings.hummingbot_host import notify

if TYPE_CHECKING:
    from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange

PATH = "/metrics"
# How long until a port that another program uses is tried again: it may be the previous run of this bot, still ending.
RETRY_S = 10.0
MISSING_LIBRARY = (
    "metrics_port is set in conf/peatio.yml, but the library prometheus_client is missing, so there are no metrics: "
    "pip install hummingbot-peatio[metrics]"
)


class MetricsEndpoint:
    """Answers `GET /metrics` on the event loop that the connectors run on.

    :param host, port: the address it listens on
    """

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._connectors: WeakValueDictionary[str, PeatioExchange] = WeakValueDictionary()
        self._sources: WeakSet[SampleSource] = WeakSet()
        # A supervisor of its own, because the endpoint outlives each connector.
        self._tasks: Tasks | None = None
        self._task: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The URL for Prometheus' configuration."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}{PATH}"

    def add(self, connector: "PeatioExchange") -> None:
        """Publishes the metrics of `connector` until it is deleted or another connector of the same name replaces it.

        A connector that only looks prices up does not replace one that trades.
        """
        present = self._connectors.get(connector.name)
        if present is None or connector.is_trading_required or not present.is_trading_required:
            self._connectors[connector.name] = connector
        is_on_this_loop = self._task is not None and self._task.get_loop() is asyncio.get_running_loop()
        if not is_on_this_loop:
            self._tasks = Tasks(connector.logger())
            self._task = self._tasks.start(self._listen(connector.logger()), "metrics endpoint")

    def has(self, connector: "PeatioExchange") -> bool:
        """Whether the connector's metrics are published here."""
        return self._connectors.get(connector.name) is connector

    def add_source(self, source: SampleSource) -> None:
        """Publishes what a strategy has until it is deleted."""
        self._sources.add(source)

    async def close(self) -> None:
        """Stops listening."""
        if self._tasks is not None:
            await self._tasks.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        self._tasks = self._task = self._runner = None

    async def _listen(self, logger: logging.Logger) -> None:
        """Returns once the server listens, or if prometheus_client is missing."""
        try:
            runner = self._runner = await self._make_runner()
        except ImportError:
            notify(MISSING_LIBRARY, logger)
            return
        has_notified = False
        while True:
            try:
                await web.TCPSite(runner, self._host, self._port).start()
            except OSError as error:
                if not has_notified:
                    notify(
                        f"No metrics yet: {self.url} cannot be used ({error.strerror or error}). Retrying every "
                        f"{RETRY_S:.0f} s. If another program needs that port, set another metrics_port in "
                        "conf/peatio.yml.",
                        logger,
                    )
                has_notified = True
            else:
                logger.info(f"Prometheus can read the metrics at {self.url}.")
                return
            await asyncio.sleep(RETRY_S)

    async def _make_runner(self) -> web.AppRunner:
        """:raises ImportError: when prometheus_client is not installed"""
        # Imported here because it is an extra, and most bots run without metrics.
        from hummingbot.connector.exchange.peatio.metrics.collector import ConnectorCollector
        from prometheus_client import CollectorRegistry, ProcessCollector
        from prometheus_client.aiohttp import make_aiohttp_handler

        registry = CollectorRegistry()
        collector = ConnectorCollector(lambda: list(self._connectors.values()), lambda: list(self._sources))
        registry.register(collector)
        ProcessCollector(registry=registry)
        application = web.Application()
        application.router.add_get(PATH, make_aiohttp_handler(registry))
        application.router.add_get(STATE_PATH, StateHandler(lambda: list(self._connectors.values())))
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        return runner


_ENDPOINTS: dict[tuple[str, int], MetricsEndpoint] = {}


def publish_metrics(connector: "PeatioExchange", host: str, port: int) -> None:
    """Adds `connector` to the endpoint at that address, which the first connector starts; nothing if `port` is 0."""
    if port:
        _ENDPOINTS.setdefault((host, port), MetricsEndpoint(host, port)).add(connector)


def publish_samples(connector: "PeatioExchange", source: SampleSource) -> None:
    """Adds what a strategy has to where the metrics of `connector` are; nothing if they are nowhere.

    Only a weak reference is kept.
    """
    for endpoint in _ENDPOINTS.values():
        if endpoint.has(connector):
            endpoint.add_source(source)


async def close_endpoints() -> None:
    """Stops all endpoints of this process."""
    while _ENDPOINTS:
        await _ENDPOINTS.popitem()[1].close()
