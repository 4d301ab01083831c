"""`hummingbot-peatio record-market`: record until the time is up or Ctrl-C, then write the file."""

import asyncio
import logging
import signal
import sys
from pathlib import Path

from peatio_cli.record.events import Encoder
from peatio_cli.record.recorder import RecordError, make_connector, record, save


def run(connector: str, pair: str, path: Path, seconds: float, url: str | None) -> int:
    """:return: exit code 0 when something was recorded"""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    encoder = Encoder()
    try:
        asyncio.run(_record(connector, pair, url, seconds, encoder))
        save(encoder, path)
    except (RecordError, OSError) as error:
        print(f"record-market: {error}", file=sys.stderr)
        return 1
    print(f"record-market: {len(encoder):,} rows in {path}")
    return 0 if len(encoder) else 1


async def _record(name: str, pair: str, url: str | None, seconds: float, encoder: Encoder) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    connector = make_connector(name, pair, url)
    print(f"record-market: {pair} of {name} for {seconds:g} s, Ctrl-C ends early", flush=True)
    loop.call_later(seconds, stop.set)
    await record(connector, pair, stop, encoder)
    await connector._web_assistants_factory.close()
