"""The worked example of docs/reference/report.md, computed again from its own table."""

import re
from decimal import Decimal
from pathlib import Path

from peatio_cli.report.numbers import full
from peatio_cli.report.rates import Rates
from peatio_cli.report.valuation import MarketName, valued
from test.peatio_cli.report.fills import figures_of, fill

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "report.md").read_text(encoding="utf-8")
EXAMPLE = PAGE.partition("## Example")[2].partition("\n## ")[0]


def cells(width: int) -> list[list[str]]:
    """The rows of the example's table of that many columns, without its heading."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in EXAMPLE.splitlines() if line[:1] == "|"]
    return [row for row in rows if len(row) == width and not re.fullmatch(r"side|result|-+", row[0])]


def test_the_figures_of_the_example_are_those_of_its_fills() -> None:
    fills = [fill(side, amount, price, fee, total=total) for side, amount, price, total, fee in cells(5)]
    assert len(fills) == 4
    mid, token = re.findall(r"mid price is ([\d,]+) and one BNB costs (\d+) USD", EXAMPLE)[0]
    rates = Rates({"BNB-USD": Decimal(token)})
    figures = figures_of(*fills)
    market = valued(MarketName("peatio", "BTC-USD"), figures, Decimal(mid.replace(",", "")), rates, "USD")
    computed = {
        "base volume": figures.base_volume,
        "quote volume": figures.quote_volume,
        "opening inventory": figures.opening,
        "realised": figures.realised,
        "inventory": figures.inventory,
        "average cost": figures.average_cost,
        "unrealised": market.unrealised,
        "fees": market.fees,
        "net": market.net,
    }
    assert {name: full(value) for name, value in computed.items()} == dict(cells(2))
