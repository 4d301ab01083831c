#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: after `update_server_time_offset_with_time_provider` the TimeSynchronizer tells the server's time, so asking
# the server once mends a clock that is wrong.
# What happens: it takes the mean of the median and of a weighted average of the last five samples. After a step of 20 s
# four further answers leave it wrong; the first mends less than a fifth. `clear_time_offset_ms_samples` before the
# answer mends it at once.
#
# Observed:
#   wrong by, after each answer: 16.4 s, 13.6 s, 1.6 s, 0.4 s, 0.0 s
#   wrong by, samples cleared before one answer: 0.0 s
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio

from hummingbot.connector.time_synchronizer import TimeSynchronizer

SAMPLES = 5
STEP_S = 20.0


class OnStandingClock(TimeSynchronizer):
    """Its own clock stands, so that nothing but the samples moves its time."""

    def _current_seconds_counter(self) -> float:
        return 1000.0


async def answer(server_s: float) -> float:
    return server_s * 1000


async def synchronized(server_s: float) -> OnStandingClock:
    synchronizer = OnStandingClock()
    for _ in range(SAMPLES):
        await synchronizer.update_server_time_offset_with_time_provider(answer(server_s))
    return synchronizer


async def main() -> None:
    before_s, after_s = 5000.0, 5000.0 + STEP_S
    synchronizer = await synchronized(before_s)
    errors = []
    for _ in range(SAMPLES):
        await synchronizer.update_server_time_offset_with_time_provider(answer(after_s))
        errors.append(f"{after_s - synchronizer.time():.1f} s")
    print("wrong by, after each answer:", ", ".join(errors))

    synchronizer = await synchronized(before_s)
    synchronizer.clear_time_offset_ms_samples()
    await synchronizer.update_server_time_offset_with_time_provider(answer(after_s))
    print(f"wrong by, samples cleared before one answer: {after_s - synchronizer.time():.1f} s")


asyncio.run(main())
PYTHON
