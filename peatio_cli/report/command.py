"""`hummingbot-peatio report [INSTANCE]`: what an instance's bots have traded (docs/reference/report.md)."""

import asyncio
import logging
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from enum import IntEnum
from functools import partial
from pathlib import Path

from hummingbot.connector.exchange.peatio.common.currencies import currency_name
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.settings.connector import load_settings
from rich.console import Console

from peatio_cli.doctor.target import password_prompt
from peatio_cli.report.documents import as_csv, as_json
from peatio_cli.report.exchanges import ExchangeAccount, exchange_accounts
from peatio_cli.report.history import History, HistoryError
from peatio_cli.report.liquidity import hedged_pairs
from peatio_cli.report.period import Period, PeriodError, read_period
from peatio_cli.report.places import Places
from peatio_cli.report.prices import ExchangePrices, fetch_prices
from peatio_cli.report.profit import MarketFigures
from peatio_cli.report.report import Report, make_report, market_figures
from peatio_cli.report.request import WRONG_USE, Request
from peatio_cli.report.table import WIDTH_ELSEWHERE, print_tables
from peatio_cli.report.valuation import MarketName
from peatio_cli.report.verification import Verification
from peatio_cli.report.verify import Verifier


class Exit(IntEnum):
    """How the report ends."""

    MADE = 0
    DIFFERS = 1
    WRONG_USE = WRONG_USE
    INTERRUPTED = 130


def run(request: Request, environment: Mapping[str, str] = os.environ) -> int:
    """Print the report; returns the exit code."""
    logging.getLogger().addHandler(logging.NullHandler())  # what the connector's parts log becomes part of the report
    if request.is_csv and request.is_json:
        return _refused("--csv and --json exclude each other; remedy: omit one of them")
    directory = request.instance.expanduser().absolute()
    try:
        period = read_period(request.start, request.end)
        history = History(directory / "data")
    except (PeriodError, HistoryError) as error:
        return _refused(str(error))
    try:
        places = Places(directory, environment, password_prompt() if request.is_verified else None)
        report, verification = asyncio.run(_make(request, directory, history, places, period))
    except HistoryError as error:
        return _refused(str(error))
    except (KeyboardInterrupt, EOFError):  # also at the password prompt
        print("report: interrupted", file=sys.stderr)
        return Exit.INTERRUPTED
    finally:
        history.close()
    _print(request, report, verification)
    return Exit.MADE if verification is None or verification.agrees else Exit.DIFFERS


async def _make(
    request: Request, directory: Path, history: History, places: Places, period: Period
) -> tuple[Report, Verification | None]:
    accounts = exchange_accounts(history.accounts(), places.sites)
    figures = market_figures(history.fills(period), accounts)
    remarks = [*places.problems, *_about(history, figures, period)]
    try:
        prices = await _prices(accounts, figures, places, remarks)
        currency = currency_name(request.currency) if request.currency else None
        report = make_report(period, figures, prices, currency, remarks)
        if any(market.missing for market in report.markets):
            asked = {account.connector for account in accounts if account.label in prices}
            prices |= await _prices_of_rate_source(directory, asked, places, remarks)
            report = make_report(period, figures, prices, currency, remarks)
        about_hedges: list[str] = []
        pairs = hedged_pairs(directory / "data", period, partial(_mid, accounts, prices), about_hedges)
        report = report.with_hedged(pairs, about_hedges)
        if not request.is_verified:
            return report, None
        return report, await Verifier(history, places, period).verify(accounts)
    finally:
        await places.close()


def _about(history: History, figures: Mapping[MarketName, MarketFigures], period: Period) -> list[str]:
    remarks = []
    if not figures:
        remarks.append(f"there are no fills {period}")
    without_fills = history.orders_without_fills(period)
    if without_fills:
        remarks.append(
            f"{without_fills} order(s) of this period were written by an earlier version, which kept no fills: theirs "
            "are missing here"
        )
    return remarks


async def _prices(
    accounts: Sequence[ExchangeAccount],
    figures: Mapping[MarketName, MarketFigures],
    places: Places,
    remarks: list[str],
) -> dict[str, ExchangePrices]:
    """By the account's label."""
    prices: dict[str, ExchangePrices] = {}
    for account in accounts:
        pairs = {name.trading_pair for name in figures if name.exchange == account.label}
        if not pairs:
            continue
        if not account.connector:
            remarks.append(f"{account.label}: no prices: {account.why_not_asked}")
            continue
        prices[account.label] = await fetch_prices(places.public_session(account.connector).rest, pairs)
    return prices


def _mid(
    accounts: Sequence[ExchangeAccount], prices: Mapping[str, ExchangePrices], connector: str, trading_pair: str
) -> Decimal | None:
    labels = (account.label for account in accounts if connector in account.connectors)
    mids = (prices[label].mids.get(trading_pair) for label in labels if label in prices)
    return next((mid for mid in mids if mid is not None), None)


async def _prices_of_rate_source(
    directory: Path, asked: Collection[str], places: Places, remarks: list[str]
) -> dict[str, ExchangePrices]:
    """Those of the exchange that `rates` in conf/peatio.yml names, by its name; empty where it was asked already.

    :param asked: the connectors whose exchanges were asked
    """
    try:
        source = load_settings(directory / "conf").rates
    except ConfigError as error:
        remarks.append(str(error))
        return {}
    if source not in places.sites or source in asked:
        return {}
    return {source: await fetch_prices(places.public_session(source).rest, ())}


def _print(request: Request, report: Report, verification: Verification | None) -> None:
    if request.is_json:
        print(as_json(report, verification))
        return
    if request.is_csv:
        print(as_csv(report), end="")
        for remark in report.remarks:
            print(f"report: {remark}", file=sys.stderr)
    else:
        print_tables(Console(width=None if sys.stdout.isatty() else WIDTH_ELSEWHERE), report)
    if verification is not None:
        for line in _verified(verification):
            print(line, file=sys.stderr if request.is_csv else sys.stdout)


def _verified(verification: Verification) -> list[str]:
    lines = [f"- {line}" for line in (*verification.differences, *verification.not_verified, *verification.remarks)]
    if verification.differences:
        verdict = f"{len(verification.differences)} difference(s) from the exchange's own trades"
    elif verification.not_verified:
        verdict = "not everything could be verified"
    else:
        verdict = "the exchange's own trades agree to the last digit"
    return [f"Verification: {verification.compared} fill(s) compared; {verdict}.", *lines]


def _refused(message: str) -> int:
    print(f"report: {message}", file=sys.stderr)
    return Exit.WRONG_USE
