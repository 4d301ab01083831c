#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: AsyncThrottler lets requests go in the order in which they came, as its docstring promises ("FIFO").
# What happens: who waits looks again every 0.1 s, and whoever finds room then goes. A request of a large weight finds
# none while small ones keep coming, although these stay below the limit: each takes the room that the large one waits
# for. On binance the snapshot of a book weighs 100 and an order's request 4, so the books wait for the orders.
#
# Observed:
#   order of asking:  small, large of 4, then 12 small ones within 4 s
#   small ones that went while the large one waited: 12
#   the large one went after all of them: True
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
import logging

from hummingbot.core.api_throttler.async_throttler import AsyncThrottler
from hummingbot.core.api_throttler.data_types import LinkedLimitWeightPair, RateLimit

logging.disable()

# As of an exchange whose weights count together: 4 a second.
LIMITS = [
    RateLimit("pool", 4, 1),
    RateLimit("small", 4, 1, linked_limits=[LinkedLimitWeightPair("pool", 1)]),
    RateLimit("large", 4, 1, linked_limits=[LinkedLimitWeightPair("pool", 4)]),
]


async def main() -> None:
    throttler = AsyncThrottler(LIMITS)
    sent: list[str] = []

    async def send(kind: str) -> None:
        async with throttler.execute_task(kind):
            sent.append(kind)

    await send("small")
    requests = [asyncio.create_task(send("large"))]
    for _ in range(12):
        await asyncio.sleep(1 / 3)
        requests.append(asyncio.create_task(send("small")))
    await asyncio.gather(*requests)
    print("order of asking:  small, large of 4, then 12 small ones within 4 s")
    print("small ones that went while the large one waited:", sent.index("large") - 1)
    print("the large one went after all of them:", sent[-1] == "large")


asyncio.run(main())
PYTHON
