"""`hummingbot-peatio record-market`: record until the time is up or Ctrl-C, and keep it on the disk meanwhile."""

import asyncio
import logging
import signal
import sys
from pathlib import Path

from peatio_cli.record.events import Encoder
from peatio_cli.record.recorder import RecordError, make_connector, record
from peatio_cli.record.recording import Recording


def run(connector: str, pair: str, path: Path, seconds: float, url: str | None, is_daily: bool = False) -> int:
    """:return: exit code 0 when something was recorded and is in its files"""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    encoder = Encoder()
    try:
        recording = Recording(encoder, path, is_daily)
    except OSError as error:
        print(f"record-market: {error}", file=sys.stderr)
        return 1
    is_well = _run(connector, pair, url, seconds, encoder, recording)
    for file, rows in recording.files:
        if rows:
            print(f"record-market: {rows:,} rows in {file}")
    return 0 if is_well and len(encoder) else 1


def _run(name: str, pair: str, url: str | None, seconds: float, encoder: Encoder, recording: Recording) -> bool:
    try:
        asyncio.run(_record(name, pair, url, seconds, encoder, recording))
    except (RecordError, OSError) as error:
        print(f"record-market: {error}", file=sys.stderr)
        if isinstance(error, OSError):
            print(f"record-market: what was written until then is in {recording.part}", file=sys.stderr)
            return False
        recording.finish()
        return False
    return True


async def _record(
    name: str, pair: str, url: str | None, seconds: float, encoder: Encoder, recording: Recording
) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    connector = make_connector(name, pair, url)
    print(f"record-market: {pair} of {name} for {seconds:g} s, Ctrl-C ends early", flush=True)
    loop.call_later(seconds, stop.set)
    keeping = asyncio.create_task(recording.keep())
    keeping.add_done_callback(lambda _: stop.set())  # a full disk ends the recording
    try:
        await record(connector, pair, stop, encoder)
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await connector._web_assistants_factory.close()
    if not keeping.cancelled() and (error := keeping.exception()) is not None:
        raise error
    recording.finish()
