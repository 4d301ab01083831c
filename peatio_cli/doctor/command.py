"""`hummingbot-peatio doctor [NAME]`: check an exchange and the user's key there."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence

from rich.console import Console

from peatio_cli.doctor.account import (
    check_balances,
    check_fee_group,
    check_key,
    check_permissions,
    check_private_stream,
    check_two_factor,
)
from peatio_cli.doctor.book import check_public_stream
from peatio_cli.doctor.check_runner import Check, CheckRunner, ExchangeSession, Row, Timeouts
from peatio_cli.doctor.order import check_order
from peatio_cli.doctor.public import check_address, check_clock, check_markets, check_version
from peatio_cli.doctor.report import WIDTH_ELSEWHERE, as_json, is_healthy, print_table
from peatio_cli.doctor.request import WRONG_USE, Request
from peatio_cli.doctor.settings import check_settings
from peatio_cli.doctor.target import Target, TargetError, find_target, password_prompt
from peatio_cli.install.version import version_line

CHECKS = (
    Check("settings", "settings", check_settings),
    Check("address", "address and TLS", check_address),
    Check("version", "version and dialect", check_version, ("address",)),
    Check("clock", "clock", check_clock, ("address",)),
    Check("markets", "markets and rules", check_markets, ("address",)),
    Check("public_stream", "public stream", check_public_stream, ("markets",), limit_s=60),
    Check("key", "API key or token", check_key, ("address",)),
    Check("two_factor", "second factor (2FA)", check_two_factor, ("key",)),
    Check("permissions", "permissions", check_permissions, ("two_factor",)),
    Check("private_stream", "private stream", check_private_stream, ("two_factor",), limit_s=60),
    Check("balances", "balances", check_balances, ("two_factor",)),
    Check("fee_group", "fee group", check_fee_group, ("markets", "two_factor")),
)
ORDER_CHECK = Check("order", "trial order", check_order, ("markets", "permissions", "private_stream"), limit_s=240)

HEALTHY, UNHEALTHY, INTERRUPTED = 0, 1, 130


def run(request: Request, environment: Mapping[str, str] = os.environ) -> int:
    """Run the checks and print the table; returns 0 only if every check ran and none failed."""
    # Hummingbot's warnings become part of the findings and are not printed between the lines of the table.
    logging.getLogger().addHandler(logging.NullHandler())
    console = Console(width=None if sys.stdout.isatty() else WIDTH_ELSEWHERE)
    try:
        target = find_target(request.name, request.url, request.instance, environment, password_prompt())
        checks = (*CHECKS, ORDER_CHECK) if request.trade is not None else CHECKS
        # Progress goes to stderr so that it does not mix with the table.
        with Console(stderr=True).status("") as status:
            rows = asyncio.run(
                examine(target, checks, Timeouts(), request.trade, lambda check: status.update(check.title))
            )
    except TargetError as error:
        print(f"doctor: {error}", file=sys.stderr)
        return WRONG_USE
    except KeyboardInterrupt:
        print("doctor: interrupted", file=sys.stderr)
        return INTERRUPTED
    if request.is_json:
        print(as_json(target, version_line(), rows))
    else:
        print_table(console, target, rows)
    return HEALTHY if is_healthy(rows) else UNHEALTHY


async def examine(
    target: Target,
    checks: Sequence[Check],
    timeouts: Timeouts,
    trade_market: str | None = None,
    on_start: Callable[[Check], None] = lambda check: None,
) -> list[Row]:
    """Runs all checks on one exchange."""
    exchange = ExchangeSession(target, timeouts, trade_market)
    try:
        return await CheckRunner(checks, on_start).make(exchange)
    finally:
        await exchange.close()
