"""The report as tables in the terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from peatio_cli.report.liquidity import RESULT as HEDGED_RESULT
from peatio_cli.report.liquidity import TRADING as HEDGED_TRADING
from peatio_cli.report.liquidity import result_row, trading_rows
from peatio_cli.report.numbers import MISSING, short
from peatio_cli.report.profit import MarketFigures
from peatio_cli.report.report import Report
from peatio_cli.report.valuation import Sum, ValuedMarket

# The width of tables that are written to a file or a pipe.
WIDTH_ELSEWHERE = 160
TRADING = ("market", "trades", "buys", "sells", "base volume", "quote volume", "fees charged")
INVENTORY = ("market", "inventory", "average cost", "mid price")
PROFIT = ("market", "in", "realised", "unrealised", "fees", "net")


def print_tables(console: Console, report: Report) -> None:
    """Three tables with a row for each market, the totals below the last, two of hedged pairs, and the remarks."""
    exchanges = {market.name.exchange for market in report.markets}
    where = f" on {exchanges.pop()}" if len(exchanges) == 1 else ""
    console.print(Text(f"Fills{where} {report.period}"))
    names = [market.name.trading_pair if where else str(market.name) for market in report.markets]
    for title, columns, cells in (
        ("Trading", TRADING, _trading),
        ("Inventory", INVENTORY, _inventory),
        ("Profit", PROFIT, _profit),
    ):
        rows = [(name, *cells(market)) for name, market in zip(names, report.markets, strict=True)]
        if title == "Profit" and rows:
            rows.append(_total(report))
        console.print(_table(title, columns, rows))
    if report.hedged:
        rows = [row for pair in report.hedged for row in trading_rows(pair)]
        console.print(_table("Markets and their hedges", HEDGED_TRADING, rows))
        console.print(_table("Profit with the hedges", HEDGED_RESULT, [result_row(pair) for pair in report.hedged]))
    for remark in report.remarks:
        console.print(Text(f"- {remark}"))  # Text: what an exchange answers is not read as markup


def _table(title: str, columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        is_word = column in ("market", "own market", "in")
        table.add_column(column, justify="left" if is_word else "right", overflow="fold", no_wrap=column == "in")
    for row in rows:
        is_total = row[0] == "total"
        if is_total:
            table.add_section()
        table.add_row(*map(Text, row), style="bold" if is_total else None)
    return table


def _trading(market: ValuedMarket) -> tuple[str, ...]:
    figures = market.figures
    return (
        str(figures.fills),
        str(figures.buys),
        str(figures.sells),
        f"{short(figures.base_volume)} {figures.base}",
        f"{short(figures.quote_volume)} {figures.quote}",
        _charged(figures),
    )


def _inventory(market: ValuedMarket) -> tuple[str, ...]:
    figures = market.figures
    if not figures.inventory:
        return f"0 {figures.base}", "", "" if market.mid is None else short(market.mid)
    return f"{short(figures.inventory)} {figures.base}", short(figures.average_cost), short(market.mid)


def _profit(market: ValuedMarket) -> tuple[str, ...]:
    return (
        market.figures.quote,
        short(market.figures.realised),
        short(market.unrealised),
        short(market.fees),
        short(market.net),
    )


def _total(report: Report) -> tuple[str, ...]:
    totals = report.totals
    return (
        "total",
        report.currency,
        *map(_summed, (totals.realised, totals.unrealised, totals.fees, totals.net)),
    )


def _summed(total: Sum) -> str:
    if total.value is not None:
        return short(total.value)
    return f"{short(total.known)} + {MISSING}" if total.known else MISSING


def _charged(figures: MarketFigures) -> str:
    """Fees as charged, a line for each currency."""
    fees = [f"{short(fee)} {currency}" for currency, fee in sorted(figures.fees.items()) if fee]
    return "\n".join(fees) or "none"
