"""Storms: seeded random sequences of faults."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from peatio_sandbox.faults.kinds import MEMBER, PARAMETERS, FaultKind
from peatio_sandbox.faults.parameters import DAY_S, Parameter, integer, number

#: What a storm is made of unless set otherwise: everything that passes; an exchange that has moved stays away.
STORM_KINDS: tuple[FaultKind, ...] = tuple(kind for kind in FaultKind if kind is not FaultKind.REDIRECT)


def _are_kinds(value: object) -> bool:
    return isinstance(value, Collection) and bool(value) and all(kind in list(FaultKind) for kind in value)


#: The parameters of a storm (`peatio_sandbox.faults.faults.Faults.storm`).
STORM_PARAMETERS: tuple[Parameter, ...] = (
    integer("seed", 0, -(2**63), 2**63),
    number("mean_pause_s", 2.0, 0.001, DAY_S),
    number("mean_duration_s", 1.0, 0.001, DAY_S),
    Parameter("kinds", STORM_KINDS, "a list of kinds", _are_kinds),
    MEMBER,
)

#: No fault lasts longer than this many mean durations, nor does a pause between two.
LONGEST = 4.0
#: Clocks are off by at most this many seconds in a storm; 5 is enough for every nonce to be refused.
MAX_SKEW_S = 12.0
#: Chances with which a fault that strikes now and then does so.
CHANCES = (0.1, 0.3, 1.0)
#: What requests are answered with in a storm; a storm's refusals are a gateway's pages.
SERVER_ERRORS = (500, 502, 503, 504)
STATUSES = {FaultKind.REFUSED: (401, 403, 404), FaultKind.REDIRECT: (301, 302, 303, 307, 308)}


@dataclass(frozen=True, slots=True)
class Gust:
    """One fault of a storm: it begins ``pause_s`` after the one before it and lasts ``duration_s``."""

    kind: FaultKind
    pause_s: float
    duration_s: float
    given: Mapping[str, Any] = field(default_factory=dict)


def plan_storm(
    seed: int, kinds: Collection[FaultKind], mean_pause_s: float, mean_duration_s: float, member: str | None
) -> Iterator[Gust]:
    """Yield the faults of a storm, without end. Every kind comes once before one comes again."""
    rng = random.Random(f"storm {seed}")
    remaining: list[FaultKind] = []
    while True:
        if not remaining:
            remaining = rng.sample(sorted(kinds), len(kinds))
        kind = remaining.pop()
        duration_s = _around(rng, mean_duration_s)
        yield Gust(kind, _around(rng, mean_pause_s), duration_s, _draw(rng, kind, mean_duration_s, member))


def _around(rng: random.Random, mean_s: float) -> float:
    return max(0.001, min(rng.expovariate(1 / mean_s), LONGEST * mean_s))


def _draw(rng: random.Random, kind: FaultKind, scale_s: float, member: str | None) -> dict[str, Any]:
    """Draw a kind's parameters; delays are of the order of the storm's durations."""
    choices: dict[str, Any] = {
        "probability": rng.choice(CHANCES),
        "delay_s": rng.uniform(0.05, 1.0) * scale_s,
        "before": rng.random() < 0.5,
        "status": rng.choice(STATUSES.get(kind, SERVER_ERRORS)),
        "html": rng.random() < 0.5,
        "channel": rng.choice((None, "private", "public")),
        "stream": rng.choice((None, "order", "trade")),
        "retry_after_s": 1,
        "resume": rng.random() < 0.5,
        "engines": rng.random() < 0.5,
        "offset_s": rng.uniform(-MAX_SKEW_S, MAX_SKEW_S),
    }
    accepted = {parameter.name for parameter in PARAMETERS[kind]}
    given = {name: value for name, value in choices.items() if name in accepted}
    # Requests and websockets are struck whoever they are of: public ones are nobody's.
    if member is not None and "member" in accepted and "path" not in accepted and "channel" not in accepted:
        given["member"] = member
    return given
