"""What a bot says of itself: its metrics, read from its port as Prometheus reads them, and its state in words."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.metrics.endpoint import MetricsEndpoint
from hummingbot.connector.exchange.peatio.metrics.state import PATH as STATE_PATH
from hummingbot.connector.exchange.peatio.settings.connector import load_settings

from peatio_cli.watch.bot_metrics import NAMES
from peatio_cli.watch.bot_reader import SelfReport

TIMEOUT_S = 5.0
#: What it says why not of.
_NOT_READY = re.compile(r"^peatio_ready\{.*\} 0(\.0)?$", re.MULTILINE)
#: On one machine compression costs the bot more than it saves.
_HEADERS = {"Accept-Encoding": "identity"}
#: That of a bot with hundreds of markets is a tenth of it.
LONGEST_ANSWER = 10_000_000
#: What a bot that listens everywhere is reached by on its own machine.
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


async def self_report(
    directory: Path, client: aiohttp.ClientSession, with_status: bool = False
) -> SelfReport | None:
    """None where the bot exports no metrics, does not run or does not answer.

    :param with_status: whether the strategy is to write its status text, which takes it some milliseconds
    """
    try:
        settings = await asyncio.to_thread(load_settings, directory / "conf")
    except ConfigError:
        return None
    if not settings.metrics_port:
        return None
    host = _EVERYWHERE.get(settings.metrics_host, settings.metrics_host)
    url = MetricsEndpoint(host, settings.metrics_port).url
    metrics = await _text(client, f"{url}?{urlencode([('name[]', name) for name in NAMES])}")
    if metrics is None:
        return None
    state: dict[str, Any] = {}
    if with_status or _NOT_READY.search(metrics):
        query = "?status=1" if with_status else ""
        state = _object(await _text(client, url.removesuffix("/metrics") + STATE_PATH + query))
    waits_for = state.get("waits_for")
    rows = waits_for.items() if isinstance(waits_for, dict) else ()
    why = {str(name): tuple(map(str, waits)) for name, waits in rows if isinstance(waits, list)}
    return SelfReport(metrics, why, str(state.get("strategy") or ""), str(state.get("status") or ""))


async def _text(client: aiohttp.ClientSession, url: str) -> str | None:
    """The body of a successful answer; None without one."""
    try:
        asking = client.get(url, headers=_HEADERS, allow_redirects=False)
        async with asyncio.timeout(TIMEOUT_S), asking as answer:
            content = bytearray()
            async for part in answer.content.iter_any():
                content += part
                if len(content) > LONGEST_ANSWER:
                    return None
            return content.decode(errors="replace") if answer.status == 200 else None
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return None


def _object(text: str | None) -> dict[str, Any]:
    """Empty where it is none: an earlier version of the connector does not answer."""
    try:
        content = json.loads(text or "")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
