#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: a feed of candles is ready when it has fetched as many as were asked for.
# What happens: it then looks whether they follow each other without a gap, and throws all away where they do not, to
# begin again at the next candle. An exchange that gives no candle for a minute without trades has such gaps: on a quiet
# market the feed is never ready, and the controllers of a strategy wait for it. A gap that the stream brings later is
# kept, and indicators are computed over it.
#
# Observed:
#   trades in each minute:                  ready after 1 minute
#   none in one minute, 50 minutes before:  ready after 101 minutes
#   none in one minute of each two hours:   not ready within a day
#   of a feed that is ready, two minutes without trades later: ready True, steps of 60 180 s
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace

import numpy as np

from hummingbot.data_feed.candles_feed.candles_base import CandlesBase

logging.disable()

START, MINUTE = 1_760_000_040, 60  # a full minute
DAY = range(24 * 60)


def row(start: float) -> dict[str, float]:
    return dict.fromkeys(CandlesBase.columns, 1.0) | {"timestamp": start}


class Feed(CandlesBase):
    """As much of a feed as its base class needs, for a market that has trades in some minutes."""

    intervals = {"1m": "1m"}
    name = "some"
    rate_limits = []

    def __init__(self, has_trades: Callable[[int], bool]) -> None:
        self.has_trades = has_trades
        super().__init__("BTC-USD", "1m", max_records=150)

    def get_exchange_trading_pair(self, trading_pair: str) -> str:
        return trading_pair

    def _parse_websocket_message(self, data: dict[str, float]) -> dict[str, float]:
        return data

    async def fetch_candles(self, start_time=None, end_time=None, limit=None) -> np.ndarray:
        await asyncio.sleep(0)
        last = (end_time - START) // MINUTE
        minutes = [minute for minute in range(last - limit, last + 1) if self.has_trades(minute)]
        return np.array([list(row(START + MINUTE * minute).values()) for minute in minutes]).reshape(-1, 10)

    async def hear(self, minute: int) -> None:
        """The stream brings the candle of a minute, if there is one."""

        async def messages() -> AsyncIterator[SimpleNamespace]:
            if self.has_trades(minute):
                yield SimpleNamespace(data=row(START + MINUTE * minute))

        await self._process_websocket_messages_task(SimpleNamespace(iter_messages=messages))
        for _ in range(30):
            await asyncio.sleep(0)


async def minutes_until_ready(has_trades: Callable[[int], bool]) -> str:
    feed = Feed(has_trades)
    for minute in DAY:
        await feed.hear(minute)
        if feed.ready:
            return f"ready after {minute + 1} minute{'s' if minute else ''}"
    return "not ready within a day"


async def main() -> None:
    print("trades in each minute:                 ", await minutes_until_ready(lambda minute: True))
    print("none in one minute, 50 minutes before: ", await minutes_until_ready(lambda minute: minute != -50))
    print("none in one minute of each two hours:  ", await minutes_until_ready(lambda minute: minute % 120 != 60))
    feed = Feed(lambda minute: minute not in (11, 12))
    for minute in range(20):
        await feed.hear(minute)
    steps = " ".join(f"{step:.0f}" for step in np.unique(np.diff(feed.candles_df["timestamp"])))
    print(f"of a feed that is ready, two minutes without trades later: ready {feed.ready}, steps of {steps} s")


asyncio.run(main())
PYTHON
