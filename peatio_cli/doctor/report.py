"""The doctor's table, for people and for machines."""

import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from peatio_cli.doctor.check_runner import Row
from peatio_cli.doctor.findings import Verdict
from peatio_cli.doctor.target import Target

# Changes when a field of the JSON changes its meaning or goes.
JSON_FORMAT = 1
# A table for a file or a pipe is not cut to a screen.
WIDTH_ELSEWHERE = 200

_STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAILED: "bold red", Verdict.SKIPPED: "dim"}


def is_well(rows: Sequence[Row]) -> bool:
    """Whether everything was checked and nothing has failed."""
    return all(row.finding.is_passed for row in rows)


def as_json(target: Target, versions: str, rows: Sequence[Row]) -> str:
    """One JSON object; docs/operate/doctor.md describes it."""
    document: dict[str, Any] = {
        "format": JSON_FORMAT,
        "exchange": target.name,
        "url": target.address.site,
        "versions": versions,
        "well": is_well(rows),
        "checks": [
            {
                "check": row.key,
                "verdict": row.finding.verdict.value,
                "detail": row.finding.detail,
                "remedy": row.finding.remedy,
                "seconds": round(row.seconds, 3),
            }
            for row in rows
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def print_table(console: Console, target: Target, versions: str, rows: Sequence[Row]) -> None:
    """The table and, under it, the verdict in one line."""
    table = Table(title=f"{target.name} at {target.address.site}", caption=versions, title_justify="left")
    table.add_column("check", no_wrap=True)
    table.add_column("result", no_wrap=True)
    table.add_column("found, and what to do", overflow="fold")
    for row in rows:
        finding = row.finding
        # Text, not str: what an exchange answers is not to be read as mark-up.
        found = Text(finding.detail)
        if finding.remedy:
            found.append(f"\n→ {finding.remedy}", style="bold")
        table.add_row(row.title, Text(finding.verdict.value, style=_STYLES[finding.verdict]), found)
    console.print(table)
    console.print(Text(last_line(rows)))


def last_line(rows: Sequence[Row]) -> str:
    """The verdict in one line."""
    counts = {verdict: sum(row.finding.verdict is verdict for row in rows) for verdict in Verdict}
    if is_well(rows):
        warnings = counts[Verdict.WARNING]
        return f"doctor: all is well{f', {warnings} to look at' if warnings else ''}"
    return f"doctor: {counts[Verdict.FAILED]} of {len(rows)} checks failed, {counts[Verdict.SKIPPED]} could not be made"
