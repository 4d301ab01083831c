"""docs/reference/compatibility.md, made from what came of every scenario in every column."""

import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.dialects.catalog import DEFAULT_DIALECT, DIALECTS
from peatio_sandbox.dialects.ruby import OldRubyRanger, RubyRanger
from peatio_sandbox.exchange.resize import Telling
from test.compatibility.columns import API_KEY, JWT, Column
from test.compatibility.differences import DIFFERENCES
from test.compatibility.matrix import Cell
from test.end_to_end.scenarios import GROUPS, PEGGED_SCENARIOS, SCENARIOS, Scenario
from test.peatio_sandbox.dialects.test_dialects import JUDGED_BY_THE_RECORDING

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "compatibility.md"
WENT_WELL, FAILED = "✓", "✗"
_LOGINS = {
    API_KEY: "With an API key",
    JWT: "With a JWT signed by the operator's key",
}

INTRODUCTION = """# Compatibility

<!-- Made by `make compatibility`. -->

Each row below is an end-to-end test: a connector under a running clock against a sandbox over real sockets. It passes
if the bot leaves no open order, its fills and fees equal the exchange's ledger, its balances are exact and the
matching engine's book is empty. Each runs with every dialect of the sandbox and both logins: {scenarios} scenarios ×
{dialects} dialects × {logins} logins, and {pegged} scenarios on a pegged market × {tellings} ways of showing a
resized order, of which {failed} failed.
`make compatibility` runs all and writes this page; `make test` runs all again and fails if the page differs.

Run with Hummingbot {hummingbot} on Python {python}.

## Dialects

[sandbox-dialects.md](sandbox-dialects.md) describes what a dialect does differently, and how certain each difference
is. No dialect is a live exchange: `make live` runs the [acceptance cards](../operate/acceptance.md) on one.

"""

AUTHENTICATION = """
The connector detects from the server: the version, and with it whether the book comes whole or in increments; the form
of markets, orders, ids, events, increments and removals; whether orders have fee rates; how a websocket server answers.
[exchanges.md](../operate/exchanges.md) describes what to set, and why. All other API key columns run with the plain
connector `peatio` and nothing but the address.

A JWT is sent as `Authorization: Bearer …` with each REST request and with the upgrade of the private websocket; if the
websocket server does not acknowledge the connection, also as the message `{"jwt": "Bearer …"}`.
"""


PEGGED_INTRODUCTION = """
### On a pegged market

With an API key on `peatio-3.1`, its markets named under `pegged`. The columns are the ways in which an exchange may
show that a cycle of the peg resized an order ([sandbox.md](sandbox.md#a-pegged-coin)). `origin`: original and
remaining volume change alike, with an event; `remaining`: the remaining volume alone, which looks like a fill without
a trade; `replace`: a cancel and a new order for the rest; `silent`: as `origin`, over REST only.

"""


def render(outcomes: Mapping[Cell, str]) -> str:
    """The page.

    :param outcomes: of all cells; "" where it went well
    """
    every = list(dict.fromkeys(cell.column for cell in outcomes))
    columns = [column for column in every if column.telling is None]
    went_well = {(cell.scenario.name, cell.column): not outcome for cell, outcome in outcomes.items()}
    text = INTRODUCTION.format(
        scenarios=len(SCENARIOS),
        dialects=len(DIALECTS),
        logins=len(_LOGINS),
        pegged=len(PEGGED_SCENARIOS),
        tellings=len(Telling),
        failed=sum(not is_well for is_well in went_well.values()),
        hummingbot=version("hummingbot"),
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
    )
    text += "\n".join([*_dialect_rows(columns), ""]) + AUTHENTICATION
    text += f"\n## Scenarios\n\n{WENT_WELL} passed; a number: the dialect differs as described below, and a test of"
    text += f" that difference passed; {FAILED} failed.\n"
    for login, title in _LOGINS.items():
        of_login = [column for column in columns if column.login == login]
        text += "\n".join([f"\n### {title}\n", *_scenario_rows(of_login, went_well), ""])
    text += PEGGED_INTRODUCTION
    text += "\n".join([*_pegged_rows([column for column in every if column.telling is not None], went_well), ""])
    reasons = (f"{number}. {_dialects_of(reason)}: {reason}." for reason, number in _numbers().items())
    return text + "\n".join(["\n## Differences\n", *reasons, ""])


def _dialect_rows(columns: list[Column]) -> Iterator[str]:
    yield "| dialect | `public/version` | websocket | what it is | compared with | set by hand: API key | JWT |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for name, dialect in DIALECTS.items():
        by_hand = [
            next((f"`dialect: {c.set_by_hand}`" for c in columns if (c.dialect, c.login) == (name, login)
                  and c.set_by_hand), "nothing")
            for login in _LOGINS
        ]
        cells = [f"`{name}`", dialect.version, _websocket(name), dialect.summary, _evidence(name), *by_hand]
        yield f"| {' | '.join(cells)} |"


def _websocket(dialect: str) -> str:
    ranger = Sandbox(SandboxConfig(dialect=dialect)).ranger
    if isinstance(ranger, OldRubyRanger):
        return "Ruby Ranger, peatio-core up to 0.4.4"
    return "Ruby Ranger, peatio-core from 0.4.5" if isinstance(ranger, RubyRanger) else "Rango"


def _evidence(dialect: str) -> str:
    if dialect == DEFAULT_DIALECT:
        return "recordings of a running Peatio and Rango"
    if dialect in JUDGED_BY_THE_RECORDING:
        return "the recording of 3.1, as far as it is the same; [protocol.md](../protocol.md)"
    return "[protocol.md](../protocol.md)"


def _scenario_rows(columns: list[Column], went_well: Mapping[tuple[str, Column], bool]) -> Iterator[str]:
    yield f"| scenario | {' | '.join(column.dialect for column in columns)} | test |"
    yield "| --- |" + " :-: |" * len(columns) + " --- |"
    for group in GROUPS:
        yield f"| **{group}** |" + " |" * (len(columns) + 1)
        for scenario in SCENARIOS.values():
            if scenario.group == group:
                marks = (_mark(scenario, column, went_well[scenario.name, column]) for column in columns)
                yield f"| {scenario.title} | {' | '.join(marks)} | `{_file(scenario)}` |"


def _pegged_rows(columns: list[Column], went_well: Mapping[tuple[str, Column], bool]) -> Iterator[str]:
    yield f"| scenario | {' | '.join(str(column.telling) for column in columns)} | test |"
    yield "| --- |" + " :-: |" * len(columns) + " --- |"
    for scenario in PEGGED_SCENARIOS.values():
        marks = (WENT_WELL if went_well[scenario.name, column] else FAILED for column in columns)
        yield f"| {scenario.title} | {' | '.join(marks)} | `{_file(scenario)}` |"


def _mark(scenario: Scenario, column: Column, is_well: bool) -> str:
    difference = DIFFERENCES.get((scenario.name, column.dialect))
    if not is_well:
        return FAILED
    return WENT_WELL if difference is None else str(_numbers()[difference.reason])


def _numbers() -> dict[str, int]:
    """The number of each reason on the page."""
    reasons = dict.fromkeys(difference.reason for difference in DIFFERENCES.values())
    return {reason: number for number, reason in enumerate(reasons, start=1)}


def _dialects_of(reason: str) -> str:
    found = dict.fromkeys(dialect for (_, dialect), other in DIFFERENCES.items() if other.reason == reason)
    return ", ".join(f"`{dialect}`" for dialect in found)


def _file(scenario: Scenario) -> str:
    return f"{scenario.play.__module__.rpartition('.')[2]}.py::{scenario.play.__name__}"
