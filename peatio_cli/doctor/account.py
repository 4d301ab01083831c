"""What only the key's owner may ask: does the key work, what may it do, what is on the account."""

from collections.abc import Awaitable, Callable

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.account.fees import fee_group, fee_rates_for
from hummingbot.connector.exchange.peatio.common.errors import (
    AuthError,
    NoRouteError,
)
from hummingbot.connector.exchange.peatio.settings.exchanges import JwtLogin

from peatio_cli.doctor.check_runner import ExchangeSession
from peatio_cli.doctor.explain import explained
from peatio_cli.doctor.findings import Finding, broken, doubtful, fine
from peatio_cli.doctor.order_plan import plain
from peatio_cli.doctor.places import found_orders, put_into_file
from peatio_cli.doctor.stream import open_stream
from peatio_cli.doctor.target import NoCredentials

TWO_FACTOR_CODE = "authz.disabled_2fa"
NO_PERMISSION_CODE = "authz.invalid_permission"
# Barong answers with these after it knows the key, its signature and its owner (docs/protocol.md section 2).
PERMISSION_CODES = frozenset({TWO_FACTOR_CODE, NO_PERMISSION_CODE, "authz.permission_denied"})


async def check_key(patient: ExchangeSession) -> Finding:
    """Whether the exchange knows the key and takes its signature, or takes the token."""
    login = patient.target.login
    if isinstance(login, NoCredentials):
        return broken(login.reason, login.remedy)
    try:
        await _ask_balances(patient)
    except AuthError as error:
        # Only once the key is known, active and signed right does Barong ask for anything else.
        if not PERMISSION_CODES.intersection(error.codes):
            return explained(error)
    if isinstance(login, JwtLogin):
        return fine(f"the token for {login.uid} is taken")
    return fine(f"known and active, the secret fits (key from {login.source})")


async def check_two_factor(patient: ExchangeSession) -> Finding:
    """Whether the key's owner has two-factor authentication switched on."""
    if isinstance(patient.target.login, JwtLogin):
        return fine("not asked for: the login is a token, not an API key")
    try:
        await _ask_balances(patient)
    except AuthError as error:
        if TWO_FACTOR_CODE in error.codes:
            return explained(error)
    return fine("on")


async def _ask_balances(patient: ExchangeSession) -> None:
    await patient.rest.get(CONSTANTS.BALANCES_PATH, {"limit": "1"}, is_private=True)


async def _ask_orders(patient: ExchangeSession) -> None:
    await patient.rest.get(CONSTANTS.ORDERS_PATH, {"limit": "1"}, is_private=True)


async def _ask_placing(patient: ExchangeSession) -> None:
    await patient.rest.ask_for_no_order()


_PERMISSIONS: tuple[tuple[str, Callable[[ExchangeSession], Awaitable[None]]], ...] = (
    ("read balances", _ask_balances),
    ("read orders", _ask_orders),
    ("place orders", _ask_placing),
)


async def check_permissions(patient: ExchangeSession) -> Finding:
    """Whether the key may do what a bot does. Permissions are by path and verb, so each is tried."""
    granted: list[str] = []
    refused: list[tuple[str, Finding]] = []
    for what, ask in _PERMISSIONS:
        try:
            await ask(patient)
        except AuthError as error:
            # A gateway says so of a path that it does not know, too.
            is_path_doubted = ask is not _ask_balances and NO_PERMISSION_CODE in error.codes
            if is_path_doubted and (elsewhere := await _orders_elsewhere(patient)):
                return elsewhere
            refused.append((what, explained(error)))
        except NoRouteError as error:
            return await _orders_elsewhere(patient) or _orders_nowhere(patient, error)
        else:
            granted.append(what)
    if not refused:
        return fine(f"may {', '.join(granted)}{_found_dialect(patient)}")
    missing = ", ".join(what for what, _ in refused)
    remedies = dict.fromkeys(finding.remedy for _, finding in refused)
    return broken(f"may not {missing}: {refused[0][1].detail}", " ".join(remedies))


def _orders_nowhere(patient: ExchangeSession, error: NoRouteError) -> Finding:
    return broken(
        f"nobody takes orders under {patient.address.orders}: {error}",
        f"Ask the exchange under which address its API takes orders. {put_into_file('order_prefix', '/as/it/says')}",
    )


async def _orders_elsewhere(patient: ExchangeSession) -> Finding | None:
    """Where else orders are taken; None where it is at none of the usual places."""
    prefix = await found_orders(patient)
    if prefix is None:
        return None
    return broken(
        f"orders are not taken under {patient.address.orders} but under {prefix}", put_into_file("order_prefix", prefix)
    )


def _found_dialect(patient: ExchangeSession) -> str:
    found = patient.rest.dialect
    if found is patient.dialect:
        return ""
    return (
        f"; orders are taken under {found.order_prefix}, as {found.name} does, which the bot finds out by itself too "
        f"(`dialect: {found.name}` in conf/peatio.yml spares it the search)"
    )


async def check_private_stream(patient: ExchangeSession) -> Finding:
    """Whether the private websocket opens and grants the streams of own orders and trades."""
    async with open_stream(patient, "private") as session:
        granted = await session.subscribe_private(patient.auth, patient.dialect)
    missing = sorted(set(CONSTANTS.PRIVATE_STREAMS) - granted)
    if missing:
        # Rango says nothing about a refusal but leaves the stream out of its list.
        return broken(
            f"the websocket did not grant {', '.join(missing)}: it does not know whose key this is",
            "Ask the exchange whether API keys may use its private websocket; REST knows the key.",
        )
    return fine(f"{' and '.join(CONSTANTS.PRIVATE_STREAMS)} granted")


async def check_balances(patient: ExchangeSession) -> Finding:
    """Which currencies there is something of. No amounts: the table is made to be shown to others."""
    balances = await patient.rest.balances()
    free = [balance.currency for balance in balances if balance.free > 0]
    locked = [balance.currency for balance in balances if balance.locked > 0]
    if not free and not locked:
        return doubtful(f"nothing on the account in any of {len(balances)} currencies", "Deposit what is to be traded.")
    in_orders = f"; in open orders: {', '.join(locked)}" if locked else ""
    return fine(f"{len(balances)} currencies read, available: {', '.join(free) or 'none'}{in_orders}")


async def check_fee_group(patient: ExchangeSession) -> Finding:
    """Which fees the exchange will charge, as the connector works them out."""
    assert patient.market is not None
    rows = await patient.rest.trading_fees()
    group = await fee_group(patient.rest)
    whose = "group not told (before Peatio 3.1)" if group is None else f"group {group}"
    rates = fee_rates_for(rows, group, patient.market.symbol)
    if rates is None:
        return doubtful(
            f"{whose}: no fee for {patient.market.symbol} in the exchange's {len(rows)} rows",
            "The bot reckons with its default. Ask the exchange for its fees.",
        )
    maker, taker = (f"{plain(rate * 100)} %" for rate in (rates.maker, rates.taker))
    return fine(f"{whose}: {maker} maker, {taker} taker on {patient.market.symbol}")

