"""Payloads recorded from a running Peatio 3.1.0 and Rango 3.1.0 (`test/data`)."""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[4] / "data"

REST = "peatio-3.1.0/rest.jsonl"
RACES = "peatio-3.1.0/races.jsonl"


@cache
def _lines(recording: str) -> tuple[str, ...]:
    return tuple(DATA.joinpath(recording).read_text(encoding="utf-8").splitlines())


def lines(recording: str) -> list[Any]:
    """Every line of a recording below `test/data`, as values of the caller's own."""
    return [json.loads(line) for line in _lines(recording)]


@cache
def _steps_by_name(recording: str) -> dict[str, Any]:
    return {step["name"]: step for step in reversed(lines(recording))}


def step(name: str, recording: str = REST) -> Any:
    """The first step of that name: `request`, `response` and the `events` published meanwhile."""
    return copy.deepcopy(_steps_by_name(recording)[name])


def answer(name: str, recording: str = REST) -> Any:
    """The body of a step's HTTP answer."""
    return step(name, recording)["response"]["body"]


def private_event(
    name: str, stream: str, index: int = 0, recording: str = REST, member: str = ""
) -> dict[str, Any]:
    """The `index`-th event of the private `stream` (`order` or `trade`) in a step, as Ranger sends it.

    `member` (maker, taker, poor) tells whose, where the step has events of several.
    """
    keys_begin = f"private.ID{member.upper()}"
    payloads = [
        event["payload"]
        for event in step(name, recording)["events"]
        if event["key"].startswith(keys_begin) and event["key"].endswith(f".{stream}")
    ]
    return {stream: payloads[index]}
