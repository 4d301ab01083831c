"""The doctor's results, as a table and as JSON."""

import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from peatio_cli.doctor.check_runner import Row
from peatio_cli.doctor.findings import Verdict
from peatio_cli.doctor.target import Target

# Changes when a field of the JSON changes its meaning or is removed.
JSON_FORMAT = 1
# The width of a table that is written to a file or a pipe.
WIDTH_ELSEWHERE = 200

_STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAILED: "bold red", Verdict.SKIPPED: "dim"}


def is_healthy(rows: Sequence[Row]) -> bool:
    """Whether every check ran and none failed."""
    return all(row.finding.is_passed for row in rows)


def as_json(target: Target, versions: str, rows: Sequence[Row]) -> str:
    """One JSON object; docs/operate/doctor.md describes it."""
    document: dict[str, Any] = {
        "format": JSON_FORMAT,
        "exchange": target.name,
        "url": target.address.site,
        "versions": versions,
        "well": is_healthy(rows),
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


def print_table(console: Console, target: Target, rows: Sequence[Row]) -> None:
    """Prints the table and the result in one line below it."""
    table = Table(title=f"{target.name} at {target.address.site}", title_justify="left")
    table.add_column("check", no_wrap=True)
    table.add_column("result", no_wrap=True)
    table.add_column("finding and remedy", overflow="fold")
    for row in rows:
        finding = row.finding
        # Text, not str: the answer of an exchange must not be read as markup.
        found = Text(finding.detail)
        if finding.remedy:
            found.append(f"\n→ {finding.remedy}", style="bold")
        table.add_row(row.title, Text(finding.verdict.value, style=_STYLES[finding.verdict]), found)
    console.print(table)
    console.print(Text(last_line(rows)))


def last_line(rows: Sequence[Row]) -> str:
    """The result of all checks in one line."""
    counts = {verdict: sum(row.finding.verdict is verdict for row in rows) for verdict in Verdict}
    if is_healthy(rows):
        warnings = counts[Verdict.WARNING]
        return f"doctor: all checks passed{f', {warnings} with a warning' if warnings else ''}"
    return f"doctor: {counts[Verdict.FAILED]} of {len(rows)} checks failed, {counts[Verdict.SKIPPED]} skipped"
