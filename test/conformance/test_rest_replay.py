"""The sandbox judged by the recordings, and the judge judged too."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from conformance.rest_compare import event_differences, response_differences
from conformance.rest_replay import default_data, find_recordings, main, replay, report
from conformance.tape import MISSED, Outcome, Replay, Tape, load_steps

DATA = Path(__file__).parents[1] / "data" / "peatio-3.1.0"
STEPS = load_steps(DATA / "rest.jsonl")
RACES = load_steps(DATA / "races.jsonl")


async def test_every_recorded_step_is_equal() -> None:
    outcome, races = await replay(DATA)
    assert outcome.unequal == {}
    assert races.unequal == {}
    assert report("replay", outcome) == "replay: 200 of 200 steps equal (100.0 %)"
    assert report("replay-races", races) == "replay-races: 39 of 39 steps equal (100.0 %)"


def test_the_replay_notices_a_different_exchange_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Recordings of an exchange that charges other fees, whose order 4 is never told of and that knows no steps."""
    steps = copy.deepcopy(STEPS[:120])
    steps[115]["response"]["body"]["balance"] = "1000.2"
    steps[90]["events"] = steps[90]["events"][1:]
    state = (DATA / "start_state.json").read_text(encoding="utf-8")
    (tmp_path / "start_state.json").write_text(state, encoding="utf-8")
    (tmp_path / "rest.jsonl").write_text("\n".join(json.dumps(step) for step in steps), encoding="utf-8")
    (tmp_path / "races.jsonl").write_text("", encoding="utf-8")
    assert main(["--data", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "replay: 118 of 120 steps equal (98.3 %)"
    assert any("step 116: body.balance: recorded '1000.2', now '1000.1996'" in line for line in lines)
    assert any(line.startswith("rest.jsonl step 91: events: recorded") for line in lines)


def respond(number: int, **changes: Any) -> list[str]:
    """Compare a recorded response with itself, changed."""
    step = STEPS[number - 1]
    response = step["response"]
    now = {**copy.deepcopy(response), **changes}
    return response_differences(step["request"]["path"], response, now["status"], now["headers"], now["body"])


@pytest.mark.parametrize("number", range(1, 201))
def test_every_recorded_response_equals_itself(number: int) -> None:
    assert respond(number) == []


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        (1, {"status": 500}),
        (1, {"body": 5}),
        (5, {"headers": {"Total": "4", "Per-Page": "100", "Page": "1"}}),
        (5, {"body": []}),
        (23, {"body": {"errors": ["server.method_not_allowed"]}}),
        (20, {"body": "not found"}),
        (52, {"body": {"errors": ["market.order.missing_market"]}}),
        (89, {"body": {"errors": []}}),
        (99, {"body": [{}]}),
        (114, {"body": {"currency": "btc", "balance": "999.1", "locked": "0.71", "deposit_addresses": []}}),
        (96, {"body": {"timestamp": 1, "asks": [["30000.0", "0.5"]], "bids": []}}),
    ],
)
def test_differences_in_responses_are_noticed(number: int, changes: dict[str, Any]) -> None:
    assert respond(number, **changes) != []


@pytest.mark.parametrize("field", ["state", "price", "executed_volume", "id", "uuid", "created_at"])
def test_a_changed_or_missing_field_is_noticed(field: str) -> None:
    body = copy.deepcopy(STEPS[103]["response"]["body"])
    del body[field]
    assert respond(104, body=body) != []
    assert respond(104, body={**STEPS[103]["response"]["body"], field: None}) != []


def test_an_error_code_in_another_place_is_the_same_set() -> None:
    codes = list(reversed(STEPS[51]["response"]["body"]["errors"]))
    assert respond(52, body={"errors": codes}) == []


def events(number: int) -> list[tuple[str, Any]]:
    return [(event["key"], copy.deepcopy(event["payload"])) for event in STEPS[number - 1]["events"]]


def test_events_are_compared_by_kind_order_and_field() -> None:
    recorded = events(118)
    assert event_differences(recorded, events(118)) == []
    assert event_differences(recorded, recorded[:-1]) != []
    assert event_differences(recorded, [recorded[1], recorded[0], *recorded[2:]]) != []
    for index, (_, payload) in enumerate(recorded):
        for field in payload:
            changed = events(118)
            changed[index][1][field] = "something else"
            assert event_differences(recorded, changed) != [], (index, field)


@pytest.mark.parametrize("step", sorted(MISSED))
def test_events_that_the_recorder_missed_must_be_published(step: tuple[int, ...]) -> None:
    tape, outcome = Tape(), Outcome(steps=len(step))
    replay = Replay.__new__(Replay)
    replay.tape = tape
    tape.events = [event for number in step for event in events(number)]
    replay._compare_events([STEPS[number - 1] for number in step], outcome)
    assert sorted(outcome.unequal) == list(step)
    assert all("which the recorder missed" in text for texts in outcome.unequal.values() for text in texts)


def test_times_in_events_may_differ_by_two_seconds() -> None:
    shifted = events(118)
    shifted[0][1]["updated_at"] += 2
    assert event_differences(events(118), shifted) == []
    shifted[0][1]["updated_at"] += 1
    assert event_differences(events(118), shifted) != []


def test_the_recordings_are_found_in_their_folder_or_in_the_one_around_it() -> None:
    assert find_recordings(DATA) == find_recordings(DATA.parent) == DATA
    assert default_data().name == DATA.name


def test_every_line_of_the_races_is_repeated() -> None:
    assert len(RACES) == 39
