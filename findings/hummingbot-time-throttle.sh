#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: the TimeSynchronizer measures the way of a request to the server and back, and keeps its word on failures: it
# raises, or `time` goes on with what is known.
# What happens: it measures around the whole awaitable it is given. Connectors hand in a request that first waits for
# the throttler, so half of that wait becomes an error of the clock. Exchanges that check a nonce within 5 s then refuse
# everything after a wait of 10 s. And a failure is swallowed: a synchronizer
# that never had an answer tells this machine's clock without a sign of it.
#
# Observed:
#   wrong by, measured at once: 0.0 s
#   wrong by, after a wait at the throttler: 0.5 of the wait
#   after a failure: no exception, this machine's clock
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
import logging
import time

from hummingbot.connector.time_synchronizer import TimeSynchronizer
from hummingbot.core.api_throttler.async_throttler import AsyncThrottler
from hummingbot.core.api_throttler.data_types import RateLimit

logging.disable()

SERVER_AHEAD_S = 100.0


def server_time_s() -> float:
    return time.time() + SERVER_AHEAD_S


async def main() -> None:
    limits = AsyncThrottler([RateLimit("any", limit=1, time_interval=0.5)])

    async def provider() -> float:
        async with limits.execute_task("any"):
            return server_time_s() * 1e3

    async def error_s() -> float:
        synchronizer = TimeSynchronizer()
        await synchronizer.update_server_time_offset_with_time_provider(provider())
        return abs(synchronizer.time() - server_time_s())

    print(f"wrong by, measured at once: {await error_s():.1f} s")
    began_s = time.perf_counter()
    wrong_s = await error_s()
    waited_s = time.perf_counter() - began_s
    print(f"wrong by, after a wait at the throttler: {wrong_s / waited_s:.1f} of the wait")

    async def failing() -> float:
        raise OSError("no answer")

    synchronizer = TimeSynchronizer()
    await synchronizer.update_server_time_offset_with_time_provider(failing())
    is_own = abs(synchronizer.time() - time.time()) < 1
    print("after a failure: no exception,", "this machine's clock" if is_own else "another clock")


asyncio.run(main())
PYTHON
