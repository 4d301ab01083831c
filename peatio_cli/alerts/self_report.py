"""What a bot says of itself: its metrics, read from its port as Prometheus reads them."""

import asyncio
from pathlib import Path

import aiohttp
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.metrics.endpoint import MetricsEndpoint
from hummingbot.connector.exchange.peatio.settings.connector import load_settings

from peatio_cli.watch.bot_reader import SelfReport

TIMEOUT_S = 5.0
#: That of a bot with hundreds of markets is a tenth of it.
LONGEST_ANSWER = 10_000_000
#: What a bot that listens everywhere is reached by on its own machine.
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


async def self_report(directory: Path) -> SelfReport | None:
    """None where the bot exports no metrics, does not run or does not answer."""
    try:
        settings = await asyncio.to_thread(load_settings, directory / "conf")
    except ConfigError:
        return None
    if not settings.metrics_port:
        return None
    host = _EVERYWHERE.get(settings.metrics_host, settings.metrics_host)
    url = MetricsEndpoint(host, settings.metrics_port).url
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as session:
            async with session.get(url, allow_redirects=False) as answer:
                if answer.status != 200:
                    return None
                content = await answer.content.read(LONGEST_ANSWER)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return None
    return SelfReport(content.decode(errors="replace"))
