"""What a bot says of itself: its metrics, read from its port as Prometheus reads them."""

import asyncio
from pathlib import Path

import aiohttp
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.metrics.endpoint import MetricsEndpoint
from hummingbot.connector.exchange.peatio.settings.connector import load_settings

from peatio_cli.watch.bot_reader import SelfReport

TIMEOUT_S = 2.0
LONGEST = 4 * 1024 * 1024
#: By what a bot that listens on every address is reached on its own machine.
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


async def self_report(directory: Path, client: aiohttp.ClientSession) -> SelfReport | None:
    """None where the bot exports no metrics, does not run or does not answer."""
    try:
        settings = await asyncio.to_thread(load_settings, directory / "conf")
    except ConfigError:
        return None
    if not settings.metrics_port:
        return None
    host = _EVERYWHERE.get(settings.metrics_host, settings.metrics_host)
    metrics = await _text(client, MetricsEndpoint(host, settings.metrics_port).url)
    return None if metrics is None else SelfReport(metrics)


async def _text(client: aiohttp.ClientSession, url: str) -> str | None:
    """The body of a successful answer; None without one."""
    try:
        async with asyncio.timeout(TIMEOUT_S), client.get(url, allow_redirects=False) as response:
            body = await response.content.read(LONGEST)
            while len(body) < LONGEST and (more := await response.content.read(LONGEST)):
                body += more
            return body.decode(errors="replace") if response.status == 200 else None
    except (aiohttp.ClientError, OSError, ValueError):
        return None
