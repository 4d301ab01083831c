"""Runs a plan in memory that looks different, so that whatever an address decides comes out differently."""

import gc
import random
from typing import Any

from simulation.plan import Plan
from simulation.seeds import Run, run_plan

_BLOCKS = 20_000
_LARGEST = 600


def run_scattered(plan: Plan) -> Run:
    """As `run_plan`, after objects of many sizes were made and every other one of them was given back."""
    rng = random.Random(f"memory {plan.seed}")
    kept: list[Any] = []
    for _ in range(_BLOCKS):
        kept += (bytearray(rng.randrange(1, _LARGEST)), {}, [None] * rng.randrange(30))
    rng.shuffle(kept)
    del kept[::2]
    gc.collect()
    run = run_plan(plan)
    kept.clear()
    return run
