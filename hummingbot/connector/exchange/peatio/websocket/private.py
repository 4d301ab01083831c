"""Login and subscriptions on the private websocket."""

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.dialects import Dialect
from hummingbot.connector.exchange.peatio.common.errors import StreamError
from hummingbot.connector.exchange.peatio.http.jwt_auth import JwtAuth
from hummingbot.connector.exchange.peatio.peatio_auth import PeatioLogin
from hummingbot.connector.exchange.peatio.websocket.client import RangerConnection


def private_url(url: str, login: PeatioLogin, cancels_on_close: bool = False) -> str:
    """The private websocket's URL; with the streams in it when the login is a token.

    Ruby Rangers up to 0.4.4 take no message but the token, and streams in the URL only (docs/protocol.md sections 2
    and 5).

    :param url: without a query
    :param cancels_on_close: whether the exchange is asked to cancel the account's orders when the connection ends
    """
    query = [f"stream={stream}" for stream in CONSTANTS.PRIVATE_STREAMS] if isinstance(login, JwtAuth) else []
    if cancels_on_close:
        query.append(CONSTANTS.CANCEL_ON_CLOSE)
    return f"{url}?{'&'.join(query)}" if query else url


async def subscribe_private(connection: RangerConnection, login: PeatioLogin, dialect: Dialect) -> frozenset[str]:
    """Logs in by message where the server needs that, then subscribes to the private streams.

    The token is sent only to servers that do not acknowledge a connection, or where the dialect demands it: Rango
    acknowledges it, and closes a connection that sends such a long message.

    :return: the streams that the exchange granted
    :raises StreamError: when the server refuses the token or does not answer
    """
    if isinstance(login, JwtAuth) and (dialect.sends_token or not connection.has_greeted):
        is_confirmed = await _log_in(connection, login)
        if is_confirmed and not connection.has_greeted:
            # Such a server grants the streams of the URL without an acknowledgement and refuses any further message.
            connection.takes_subscriptions = False
            connection.grant(CONSTANTS.PRIVATE_STREAMS)
            return connection.streams
    return await connection.subscribe(CONSTANTS.PRIVATE_STREAMS)


async def subscribe_balances(connection: RangerConnection, dialect: Dialect) -> None:
    """Subscribes to the streams that push balances. A refusal is ignored: balances come over REST as well."""
    if not (dialect.balance_streams and connection.takes_subscriptions):
        return
    granted = connection.streams
    try:
        await connection.subscribe(dialect.balance_streams)
    except StreamError:
        return
    connection.grant(granted)  # the answer may not list the earlier streams again


async def _log_in(connection: RangerConnection, login: JwtAuth) -> bool:
    try:
        return await connection.log_in(login.bearer())
    except StreamError as error:
        raise StreamError(
            f"The websocket refused the token: {error} Check that the exchange trusts the signing key, audience "
            "and issuer, and this machine's clock."
        ) from error
