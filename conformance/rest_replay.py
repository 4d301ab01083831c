"""``python -m conformance.rest_replay``: repeat what was recorded on a running Peatio and count what is equal.

A sandbox starts from the recorded state and gets the recorded requests in their order over a socket. What is
compared, and how late events are attributed, is described in docs/reference/sandbox.md and in
:mod:`conformance.rest_compare`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from aiohttp import ClientSession

from conformance.rest_races import replay_races
from conformance.tape import Outcome, Replay, Tape, load_steps
from peatio_sandbox.config import Latencies, load_start_state
from peatio_sandbox.exchange.clock import Clock
from peatio_sandbox.exchange.scheduler import Delay, ManualScheduler
from peatio_sandbox.server import Sandbox

#: The share of each recording's steps that must be equal for a zero exit code.
REQUIRED_SHARE = 0.97
#: The recorded matching engines had started (and published their first snapshots) about here, epoch seconds.
ENGINES_STARTED_S = 1_795_207_634.0
RECORDING_STARTED_S = 1_795_207_670.0

#: Delays without chance, in the proportions of the recording: the order processor first, then the book's increment
#: before the ``wait`` event, then trades. They pass on a scheduler of the replay's own, so that a slow machine changes
#: nothing: a step is answered, then everything happens that it set off.
STEADY = Latencies(
    answer=Delay(0.0, 0.0),
    pending_event=Delay(0.0, 0.0),
    order_processor=Delay(0.030, 0.030),
    matching=Delay(0.004, 0.004),
    processor_event=Delay(0.008, 0.008),
    trade_executor=Delay(0.040, 0.040),
)


def default_data() -> Path:
    """Return where the recordings are, seen from the repository's root."""
    return Path("test/data/peatio-3.1.0")


def find_recordings(data: Path) -> Path:
    """Return the folder of the recordings: ``data`` itself or the one of that name within it."""
    inner = data / default_data().name
    return inner if inner.is_dir() else data


async def replay(data: Path) -> tuple[Outcome, Outcome]:
    """Repeat the recordings in a folder: ``rest.jsonl``, then ``races.jsonl`` on the same sandbox.

    Raises:
        OSError: a recording cannot be read.
        RuntimeError: an exception escaped a handler of the sandbox.
    """
    tape, scheduler = Tape(), ManualScheduler()
    clock = Clock(scheduler.time_s, ENGINES_STARTED_S)
    config = replace(load_start_state(data / "start_state.json"), latencies=STEADY)
    sandbox = Sandbox(config, extra_sinks=(tape,), clock=clock, scheduler=scheduler)
    async with sandbox, ClientSession() as session:
        clock.set_to(RECORDING_STARTED_S)
        run = Replay(sandbox, session, tape, scheduler)
        outcome = await run.run(load_steps(data / "rest.jsonl"))
        races = await replay_races(run, load_steps(data / "races.jsonl"))
        if sandbox.handler_errors:
            raise RuntimeError("the sandbox failed") from sandbox.handler_errors[0]
    return outcome, races


def report(name: str, outcome: Outcome) -> str:
    """Return the last line of a replay."""
    return f"{name}: {outcome.equal} of {outcome.steps} steps equal ({outcome.share * 100:.1f} %)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="conformance.rest_replay", description=__doc__)
    parser.add_argument("--data", type=Path, default=default_data(), help="folder of the recordings")
    options = parser.parse_args(arguments)
    outcome, races = asyncio.run(replay(find_recordings(options.data)))
    for name, result in (("races.jsonl", races), ("rest.jsonl", outcome)):
        for step, differences in sorted(result.unequal.items()):
            for difference in differences:
                print(f"{name} step {step}: {difference}")
    print(report("replay-races", races))
    print(report("replay", outcome))
    return 0 if min(outcome.share, races.share) >= REQUIRED_SHARE else 1


if __name__ == "__main__":
    sys.exit(main())
