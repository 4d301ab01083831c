"""What the command says where it cannot make a report, and its presentation."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from peatio_cli.report.command import run
from peatio_cli.report.documents import COLUMNS, as_csv, as_json
from peatio_cli.report.exchanges import ExchangeAccount
from peatio_cli.report.period import Period
from peatio_cli.report.prices import ExchangePrices
from peatio_cli.report.report import Report, make_report, market_figures
from peatio_cli.report.request import Request
from peatio_cli.report.table import print_tables
from test.peatio_cli.report.fills import D, fill

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "report.md").read_text(encoding="utf-8")


def example(*labels: str) -> Report:
    """Two markets, of one of which a price is missing, on each of some exchanges."""
    fills = [
        one
        for label in labels
        for one in (
            fill("sell", "0.1", "30000", "3 USD", account=label),
            fill("buy", "0.1", "29900", "0.0001 BTC", account=label),
            fill("buy", "1000", "0.00000745", "1 DOGE", pair="DOGE-BTC", account=label),
        )
    ]
    accounts = [ExchangeAccount(label, "", (label,), (label,)) for label in labels]
    prices = {label: ExchangePrices({"BTC-USD": D(30000)}, {"BTC-USD": D(30000)}) for label in labels}
    return make_report(Period(), market_figures(fills, accounts), prices, "USD")


@pytest.mark.parametrize(
    ("request_of", "message"),
    [
        (Request, "there is no history in .*data; remedy: name the directory of an instance"),
        (lambda folder: Request(folder, start="soon"), "--from soon is neither a day nor a time; remedy: "),
        (lambda folder: Request(folder, is_csv=True, is_json=True), "--csv and --json exclude each other; remedy: "),
    ],
)
def test_what_cannot_be_reported_is_said_in_one_line(
    request_of: Callable[[Path], Request], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(request_of(tmp_path), {}) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(f"report: {message}.*\n", captured.err)


def test_the_tables_fit_a_narrow_terminal_without_a_number_cut_in_two(capsys: pytest.CaptureFixture[str]) -> None:
    print_tables(Console(width=80), example("peatio"))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Fills on peatio from the beginning of the history to now"
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if line.startswith("│")]
    assert ["BTC-USD", "0.0999 BTC", "29900", "30000"] in rows
    assert ["DOGE-BTC", "BTC", "0", "missing", "0.00000745", "missing"] in rows
    assert ["total", "USD", "0", "9.99 + missing", "6.2135", "4 + missing"] in rows
    assert max(map(len, lines)) <= 80


def test_several_exchanges_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    print_tables(Console(width=120), example("peatio_a", "peatio_b"))
    printed = capsys.readouterr().out
    assert "│ peatio_a BTC-USD " in printed
    assert "│ peatio_b BTC-USD " in printed


def test_a_missing_price_is_empty_in_csv_and_null_in_json() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(example("peatio")))))
    assert [row["market"] for row in rows] == ["BTC-USD", "DOGE-BTC", ""]
    assert [row["net"] for row in rows] == ["4", "", ""]
    document = json.loads(as_json(example("peatio")))
    assert document["markets"][1]["net"] is None
    assert document["markets"][1]["missing"] == ["DOGE in BTC"]
    assert document["totals"]["net"] == {"value": None, "known": "4", "missing": ["peatio DOGE-BTC"]}


def test_the_page_names_every_column_and_field() -> None:
    named = set(re.findall(r"`(\w+)`", PAGE.partition("## CSV and JSON")[2]))
    document = json.loads(as_json(example("peatio")))
    assert set(COLUMNS) - {"currency"} <= named
    assert set(document["markets"][0]) - {"missing"} <= named
    assert set(document) - {"from", "to", "currency"} <= named
