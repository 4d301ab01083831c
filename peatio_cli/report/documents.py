"""The report as CSV and as JSON, with all digits; docs/reference/report.md describes both."""

import csv
import io
import json
from typing import Any

from peatio_cli.report.liquidity import csv_rows, json_of
from peatio_cli.report.numbers import full
from peatio_cli.report.period import shown
from peatio_cli.report.report import Report
from peatio_cli.report.valuation import Sum, ValuedMarket
from peatio_cli.report.verification import Verification

# Changes when a field changes its meaning or is removed.
JSON_FORMAT = 1
COLUMNS = (
    "exchange", "market", "base", "quote", "trades", "buys", "sells", "bought", "sold", "spent", "earned",
    "base_volume", "quote_volume", "fees_charged", "fees", "inventory", "average_cost", "opening", "opening_price",
    "net_change", "mid_price", "realised", "unrealised", "net", "currency", "rate", "first", "last",
    "venue", "hedged", "slippage",
)  # fmt: skip


def as_csv(report: Report) -> str:
    """One line a market, three for each market with its hedges, then the totals in the report's currency.

    A field is empty where its price is missing.
    """
    text = io.StringIO()
    lines = csv.DictWriter(text, COLUMNS, lineterminator="\n", restval="")
    lines.writeheader()
    for market in report.markets:
        row = _row(market)
        fees = row.pop("fees_charged")
        lines.writerow(
            row
            | {
                "fees_charged": "; ".join(f"{amount} {currency}" for currency, amount in fees.items()),
                "currency": report.currency,
            }
        )
    for pair in report.hedged:
        lines.writerows(csv_rows(pair))
    if report.markets:
        total = {"exchange": "total", "quote": report.currency, "currency": report.currency, "rate": "1"}
        lines.writerow(total | {name: full(one.value) for name, one in _totals(report).items()})
    return text.getvalue()


def as_json(report: Report, verification: Verification | None = None) -> str:
    """One JSON object; amounts are strings, null where a price is missing."""
    document: dict[str, Any] = {
        "format": JSON_FORMAT,
        "from": None if report.period.from_s is None else shown(report.period.from_s),
        "to": None if report.period.to_s is None else shown(report.period.to_s),
        "currency": report.currency,
        "markets": [_row(market) | {"missing": list(market.missing)} for market in report.markets],
        "totals": {
            name: {
                "value": full(total.value),
                "known": full(total.known),
                "missing": list(map(str, total.missing)),
            }
            for name, total in _totals(report).items()
        },
        "hedged": [json_of(pair) for pair in report.hedged],
        "remarks": list(report.remarks),
    }
    if verification is not None:
        document["verification"] = {
            "agrees": verification.agrees,
            "compared": verification.compared,
            "differences": list(verification.differences),
            "remarks": list(verification.remarks),
            "not_verified": list(verification.not_verified),
        }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _row(market: ValuedMarket) -> dict[str, Any]:
    figures = market.figures
    return {
        "exchange": market.name.exchange,
        "market": market.name.trading_pair,
        "base": figures.base,
        "quote": figures.quote,
        "trades": figures.fills,
        "buys": figures.buys,
        "sells": figures.sells,
        "bought": full(figures.bought),
        "sold": full(figures.sold),
        "spent": full(figures.spent),
        "earned": full(figures.earned),
        "base_volume": full(figures.base_volume),
        "quote_volume": full(figures.quote_volume),
        "fees_charged": {currency: full(fee) for currency, fee in sorted(figures.fees.items())},
        "fees": full(market.fees),
        "inventory": full(figures.inventory),
        "average_cost": full(figures.average_cost),
        "opening": full(figures.opening),
        "opening_price": full(figures.opening_price),
        "net_change": full(figures.net_change),
        "mid_price": full(market.mid),
        "realised": full(figures.realised),
        "unrealised": full(market.unrealised),
        "net": full(market.net),
        "rate": full(market.rate),
        "first": shown(figures.first_s),
        "last": shown(figures.last_s),
    }


def _totals(report: Report) -> dict[str, Sum]:
    totals = report.totals
    return {
        "quote_volume": totals.volume,
        "fees": totals.fees,
        "realised": totals.realised,
        "unrealised": totals.unrealised,
        "net": totals.net,
    }
