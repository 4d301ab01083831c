"""The dialects by name, and those with a recording's REST judged by it."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from conformance.rest_replay import ENGINES_STARTED_S, RECORDING_STARTED_S, STEADY
from conformance.tape import Replay, Tape, load_steps
from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.__main__ import main, make_parser
from peatio_sandbox.config import load_start_state
from peatio_sandbox.dialects.catalog import DEFAULT_DIALECT, DIALECTS
from peatio_sandbox.exchange.clock import Clock
from peatio_sandbox.exchange.scheduler import ManualScheduler
from test.peatio_sandbox.dialect_support import ALL

ROOT = Path(__file__).parents[3]
DATA = ROOT / "test" / "data" / "peatio-3.1.0"
PAGE = (ROOT / "docs" / "reference" / "sandbox-dialects.md").read_text(encoding="utf-8")

SINCE_31 = ("/public/config", "/account/members/me")
#: Fields of the recorded 3.1 that an older version does not have, wherever they stand.
ABSENT: dict[str, frozenset[str]] = {
    "peatio-3.0": frozenset(),
    "peatio-2.6": frozenset({"market_type"}),
    "peatio-2.5": frozenset({"market_type"}),
    "peatio-2.4": frozenset({"market_type", "maker_fee", "taker_fee"}),
}
JUDGED_BY_THE_RECORDING = ("ruby-ranger", "third-party-engine", *ABSENT)


def test_the_dialects_are_these() -> None:
    assert tuple(DIALECTS) == ALL
    assert SandboxConfig().dialect == DEFAULT_DIALECT == ALL[0]
    assert all(dialect.name == name for name, dialect in DIALECTS.items())


def test_every_dialect_has_its_row_in_the_documentation() -> None:
    for name, dialect in DIALECTS.items():
        assert f"\n| `{name}` | {dialect.version} |" in PAGE


def test_an_unknown_dialect_is_named_together_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no dialect 'peatio-9'; there are peatio-3\.1, .*zsmartex"):
        Sandbox(SandboxConfig(dialect="peatio-9"))


def test_the_command_line_takes_a_dialect(capsys: pytest.CaptureFixture[str]) -> None:
    assert make_parser().parse_args([]).dialect == "peatio-3.1"
    assert make_parser().parse_args(["--dialect", "bitzlato"]).dialect == "bitzlato"
    with pytest.raises(SystemExit):
        make_parser().parse_args(["--dialect", "peatio-9"])
    assert "invalid choice: 'peatio-9'" in capsys.readouterr().err


def test_a_key_that_cannot_be_used_ends_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing, wrong = tmp_path / "none.pem", tmp_path / "wrong.pem"
    wrong.write_text("no key")
    assert main(["--port", "0", "--operator-key", str(missing)]) == 1
    assert capsys.readouterr().err == f"Cannot read {missing}: No such file or directory.\n"
    assert main(["--port", "0", "--operator-key", str(wrong)]) == 1
    assert capsys.readouterr().err.startswith("Not a public key in PEM form: ")


@pytest.mark.parametrize("dialect", JUDGED_BY_THE_RECORDING)
async def test_rest_is_as_recorded_but_for_what_the_dialect_lacks(dialect: str) -> None:
    """The recorded session, its answers cut down by hand to what the version had, is repeated step by step."""
    scheduler, tape = ManualScheduler(), Tape()
    clock = Clock(scheduler.time_s, ENGINES_STARTED_S)
    config = replace(load_start_state(DATA / "start_state.json"), latencies=STEADY, dialect=dialect)
    sandbox = Sandbox(config, extra_sinks=(tape,), clock=clock, scheduler=scheduler)
    async with sandbox, aiohttp.ClientSession() as session:
        clock.set_to(RECORDING_STARTED_S)
        steps = [_as_by(dialect, step) for step in load_steps(DATA / "rest.jsonl")]
        outcome = await Replay(sandbox, session, tape, scheduler).run(steps)
    assert outcome.unequal == {}
    assert outcome.steps == 200
    assert sandbox.handler_errors == []


def _as_by(dialect: str, recorded: dict[str, Any]) -> dict[str, Any]:
    """Return a recorded step as it would have been with another dialect."""
    step = copy.deepcopy(recorded)
    response, method, path = step["response"], step["request"]["method"], step["request"]["path"].partition("?")[0]
    if dialect == "third-party-engine" and (method, path) == ("POST", "/api/v2/peatio/market/orders"):
        if response["status"] == 201:
            response["body"].update(id=None, updated_at=None)
        return step
    if dialect not in ABSENT:
        return step
    # Without a good key the gateway refuses first, whether the route is there or not.
    if path.endswith(SINCE_31) and method == "GET" and response["status"] == 200:
        return {**step, "response": {**response, "status": 404, "headers": {}, "body": "404 Not Found"}}
    if dialect == "peatio-2.4" and "market%5B%5D=" in step["request"]["path"]:
        refusal = {"errors": ["market.market.doesnt_exist"]}
        return {**step, "response": {**response, "status": 422, "body": refusal, "headers": {}}}
    if dialect != "peatio-3.0":
        response["body"] = _cut(response["body"], ABSENT[dialect])
        if path.endswith("/public/markets") and isinstance(response["body"], list):
            response["body"] = [_cut(row, frozenset({"symbol", "type"})) for row in response["body"]]
    return step


def _cut(body: Any, absent: frozenset[str]) -> Any:
    if isinstance(body, list):
        return [_cut(row, absent) for row in body]
    if isinstance(body, dict):
        return {name: _cut(value, absent) for name, value in body.items() if name not in absent}
    return body.replace("market.spot_market.", "market.market.") if isinstance(body, str) else body
