"""Repeats the recordings of Rango on the sandbox's Ranger and counts what comes out equal.

Usage: ``python -m conformance.ranger_replay [--data DIR]``. What an exchange is, how it is compared and
which differences are accepted for which reason: docs/reference/sandbox-ranger.md.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from dataclasses import dataclass
from pathlib import Path

from conformance.ranger_bulk import replay_broker_loss, replay_long_books, replay_slow_reader
from conformance.ranger_libraries import replay_libraries
from conformance.ranger_runner import Outcome, replay_steps
from conformance.ranger_tokens import Clock, TokenMint

RECORDINGS = (
    "01_connect_stream_params",
    "02_subscribe_unsubscribe_acks",
    "03_orderbook_snapshot_and_increments",
    "04_errors_and_odd_messages",
    "05_read_limit_512",
    "06_many_streams",
    "07_unknown_streams",
    "08_protocol_ping",
    "09a_replay_over_256_increments",
    "09b_slow_consumer",
    "10_private_auth",
    "11_private_events",
    "12_server_restart",
    "13_paths_and_http",
    "15_public_event_shapes_and_number_formatting",
    "17_rabbitmq_connection_lost",
    "18_library_clients_aiohttp_websockets",
    "19_eddsa_rango_3.1.3_on_8082",
)

# Recordings that consist of notes; all others are replayed step by step.
_NOTED = {
    "09a": replay_long_books,
    "09b": replay_slow_reader,
    "17": replay_broker_loss,
    "18": replay_libraries,
}


@dataclass(frozen=True)
class Accepted:
    """A difference that may be: exactly these `differences`, for this `reason`."""

    reason: str
    differences: list[str]


# By the exchange's name. docs/reference/sandbox-ranger.md has the same list.
EXCEPTIONS = {
    "08#7": Accepted(
        "A pong is overdue: Rango's reader and writer race. Of the two connections recorded one got an empty "
        "close frame before its end, the other none. Ours get none.",
        ["textping: number 1 (2 expected, 1 came): expected close None '', got tcp-end after 6 frames"],
    ),
    "09a#8": Accepted(
        "How many frames leave before an overflowing connection is cut is a race in Rango: one here, none in "
        "the two longer cases. Ours: none.",
        ["expected 2 messages, closed=True; got 1, closed=True"],
    ),
}


async def replay(data: Path) -> list[Outcome]:
    """Replay every recording.

    Args:
        data: the folder with the recordings.

    Raises:
        OSError, ValueError: a recording is missing or cannot be read.
    """
    clock = Clock()
    mint = TokenMint(clock)
    outcomes: list[Outcome] = []
    for name in RECORDINGS:
        path = data / f"{name}.jsonl"
        replay_recording = _NOTED.get(name.split("_")[0], replay_steps)
        outcomes += await replay_recording(path, clock, mint)
    return outcomes


def is_accepted(outcome: Outcome) -> bool:
    """Whether an unequal exchange differs in the accepted way and no other."""
    accepted = EXCEPTIONS.get(outcome.name)
    return accepted is not None and accepted.differences == outcome.differences


def report(outcomes: list[Outcome]) -> int:
    """Print what is unequal and the count; return the exit code, 1 for a difference that is not accepted."""
    unequal = [outcome for outcome in outcomes if outcome.differences]
    for outcome in unequal:
        print(f"{outcome.name} {outcome.act}")
        for difference in outcome.differences:
            print(f"    {difference}")
        print(f"    accepted: {EXCEPTIONS[outcome.name].reason}" if is_accepted(outcome) else "    NOT ACCEPTED")
    print(f"replay-ranger: {len(outcomes) - len(unequal)} of {len(outcomes)} exchanges equal")
    return 0 if all(is_accepted(outcome) for outcome in unequal) else 1


def main() -> int:
    """Run the replay from the command line."""
    parser = argparse.ArgumentParser(prog="python -m conformance.ranger_replay", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("test/data/rango-3.1.0"), help="the recordings")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.CRITICAL)
    try:
        outcomes = asyncio.run(replay(arguments.data))
    except (OSError, ValueError) as error:
        print(f"replay-ranger: {error}", file=sys.stderr)
        return 1
    return report(outcomes)


if __name__ == "__main__":
    sys.exit(main())
