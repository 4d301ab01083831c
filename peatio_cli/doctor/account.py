"""Checks that need a login: whether the key works, what it may do, balances and fees."""

from collections.abc import Awaitable, Callable

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.account.fees import fee_group, fee_rates_for
from hummingbot.connector.exchange.peatio.common.errors import (
    AuthError,
    NoRouteError,
)
from hummingbot.connector.exchange.peatio.settings.exchanges import JwtLogin

from peatio_cli.doctor.check_runner import ExchangeSession
from peatio_cli.doctor.explain import failure_of
from peatio_cli.doctor.findings import Finding, failed, passed, warning
from peatio_cli.doctor.order_plan import plain
from peatio_cli.doctor.places import find_order_prefix, settings_remedy
from peatio_cli.doctor.stream import open_stream
from peatio_cli.doctor.target import NoCredentials

TWO_FACTOR_CODE = "authz.disabled_2fa"
NO_PERMISSION_CODE = "authz.invalid_permission"
# Barong answers with these only after it has verified key, signature and owner (docs/protocol.md section 2).
PERMISSION_CODES = frozenset({TWO_FACTOR_CODE, NO_PERMISSION_CODE, "authz.permission_denied"})


async def check_key(exchange: ExchangeSession) -> Finding:
    """Whether the exchange knows the key and accepts its signature, or accepts the token."""
    login = exchange.target.login
    if isinstance(login, NoCredentials):
        return failed(login.reason, login.remedy)
    try:
        await _read_balances(exchange)
    except AuthError as error:
        # Barong checks anything else only after the key is known, active and signed correctly.
        if not PERMISSION_CODES.intersection(error.codes):
            return failure_of(error)
    if isinstance(login, JwtLogin):
        return passed(f"the token for {login.uid} is accepted")
    return passed(f"known and active, the secret matches (key from {login.source})")


async def check_two_factor(exchange: ExchangeSession) -> Finding:
    """Whether the key's owner has two-factor authentication switched on."""
    if isinstance(exchange.target.login, JwtLogin):
        return passed("not needed: the login is a token, not an API key")
    try:
        await _read_balances(exchange)
    except AuthError as error:
        if TWO_FACTOR_CODE in error.codes:
            return failure_of(error)
    return passed("on")


async def _read_balances(exchange: ExchangeSession) -> None:
    await exchange.rest.get(CONSTANTS.BALANCES_PATH, {"limit": "1"}, is_private=True)


async def _read_orders(exchange: ExchangeSession) -> None:
    await exchange.rest.get(CONSTANTS.ORDERS_PATH, {"limit": "1"}, is_private=True)


async def _place_test_order(exchange: ExchangeSession) -> None:
    await exchange.rest.ask_for_no_order()


_PERMISSIONS: tuple[tuple[str, Callable[[ExchangeSession], Awaitable[None]]], ...] = (
    ("read balances", _read_balances),
    ("read orders", _read_orders),
    ("place orders", _place_test_order),
)


async def check_permissions(exchange: ExchangeSession) -> Finding:
    """Whether the key may do what a bot does. Permissions depend on path and verb, so each is tried."""
    granted: list[str] = []
    refused: list[tuple[str, Finding]] = []
    for what, ask in _PERMISSIONS:
        try:
            await ask(exchange)
        except AuthError as error:
            # A gateway also gives this code for a path that it does not know.
            is_path_doubted = ask is not _read_balances and NO_PERMISSION_CODE in error.codes
            if is_path_doubted and (elsewhere := await _other_order_prefix(exchange)):
                return elsewhere
            refused.append((what, failure_of(error)))
        except NoRouteError as error:
            return await _other_order_prefix(exchange) or _no_orders_taken(exchange, error)
        else:
            granted.append(what)
    if not refused:
        return passed(f"may {', '.join(granted)}{_found_dialect(exchange)}")
    missing = ", ".join(what for what, _ in refused)
    remedies = dict.fromkeys(finding.remedy for _, finding in refused)
    return failed(f"may not {missing}: {refused[0][1].detail}", " ".join(remedies))


def _no_orders_taken(exchange: ExchangeSession, error: NoRouteError) -> Finding:
    return failed(
        f"no service takes orders under {exchange.address.orders}: {error}",
        f"Ask the exchange for the address where its API takes orders. {settings_remedy('order_prefix', '/its/path')}",
    )


async def _other_order_prefix(exchange: ExchangeSession) -> Finding | None:
    """A failure that names the usual prefix under which orders are taken; None if they are taken under none."""
    prefix = await find_order_prefix(exchange)
    if prefix is None:
        return None
    return failed(
        f"orders are not taken under {exchange.address.orders} but under {prefix}",
        settings_remedy("order_prefix", prefix),
    )


def _found_dialect(exchange: ExchangeSession) -> str:
    found = exchange.rest.dialect
    if found is exchange.dialect:
        return ""
    return (
        f"; orders are taken under {found.order_prefix} (dialect {found.name}). The bot finds this itself; "
        f"`dialect: {found.name}` in conf/peatio.yml skips the search"
    )


async def check_private_stream(exchange: ExchangeSession) -> Finding:
    """Whether the private websocket opens and grants the streams of own orders and trades."""
    async with open_stream(exchange, "private") as session:
        granted = await session.subscribe_private(exchange.auth, exchange.dialect)
    missing = sorted(set(CONSTANTS.PRIVATE_STREAMS) - granted)
    if missing:
        # Rango does not report a refusal; the stream is missing in its list.
        return failed(
            f"the websocket did not grant {', '.join(missing)}: it did not accept the login",
            "Ask the exchange whether API keys may use its private websocket; REST accepts the key.",
        )
    return passed(f"{' and '.join(CONSTANTS.PRIVATE_STREAMS)} granted")


async def check_balances(exchange: ExchangeSession) -> Finding:
    """The currencies with a balance. No amounts, so that the table can be shown to others."""
    answer = await exchange.rest.balances()
    balances = answer.rows
    free = [balance.currency for balance in balances if balance.free > 0]
    locked = [balance.currency for balance in balances if balance.locked > 0]
    if not free and not locked:
        return warning(f"no balance in any of {len(balances)} currencies", "Deposit the funds to trade with.")
    if not answer.is_complete:
        return warning(
            f"{len(balances)} currencies read; other rows of the exchange's list cannot be read",
            "The bot knows no balance of a currency whose row cannot be read: tell the exchange.",
        )
    in_orders = f"; in open orders: {', '.join(locked)}" if locked else ""
    return passed(f"{len(balances)} currencies read, available: {', '.join(free) or 'none'}{in_orders}")


async def check_fee_group(exchange: ExchangeSession) -> Finding:
    """The fees that the exchange will charge, as the connector computes them."""
    assert exchange.market is not None
    rows = await exchange.rest.trading_fees()
    group = await fee_group(exchange.rest)
    whose = "group unknown (before Peatio 3.1)" if group is None else f"group {group}"
    rates = fee_rates_for(rows, group, exchange.market.symbol)
    if rates is None:
        return warning(
            f"{whose}: no fee for {exchange.market.symbol} in the exchange's {len(rows)} rows",
            "The bot uses its default fees. Ask the exchange for the real ones.",
        )
    maker, taker = (f"{plain(rate * 100)} %" for rate in (rates.maker, rates.taker))
    return passed(f"{whose}: {maker} maker, {taker} taker on {exchange.market.symbol}")
