"""How a connection to the private websocket becomes ours: by its upgrade request, or by a message as well."""

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.dialects import Dialect
from hummingbot.connector.exchange.peatio.common.errors import StreamError
from hummingbot.connector.exchange.peatio.http.jwt_auth import JwtAuth
from hummingbot.connector.exchange.peatio.peatio_auth import PeatioLogin
from hummingbot.connector.exchange.peatio.websocket.client import RangerConnection


def private_url(url: str, login: PeatioLogin, cancels_on_close: bool = False) -> str:
    """The private websocket's address with the streams in it, where they may have to be asked for there.

    Ruby Rangers up to 0.4.4 take a token as the only message, and streams by address (docs/protocol.md sections 2, 5).

    :param url: without a query
    :param cancels_on_close: whether the exchange is asked to cancel the account's orders when the connection ends
    """
    query = [f"stream={stream}" for stream in CONSTANTS.PRIVATE_STREAMS] if isinstance(login, JwtAuth) else []
    if cancels_on_close:
        query.append(CONSTANTS.CANCEL_ON_CLOSE)
    return f"{url}?{'&'.join(query)}" if query else url


async def subscribe_private(connection: RangerConnection, login: PeatioLogin, dialect: Dialect) -> frozenset[str]:
    """Logs in where that takes a message, and subscribes; the streams that the exchange granted.

    A token goes as a message only to servers that do not greet: Rango greets, and cuts a connection that sends so
    long a message.

    :raises StreamError: when the server refuses the token or does not answer
    """
    if isinstance(login, JwtAuth) and (dialect.sends_token or not connection.has_greeted):
        is_confirmed = await _log_in(connection, login)
        if is_confirmed and not connection.has_greeted:
            # What the address asks for is granted then, without a word, and any further message would be refused.
            connection.takes_subscriptions = False
            connection.grant(CONSTANTS.PRIVATE_STREAMS)
            return connection.streams
    return await connection.subscribe(CONSTANTS.PRIVATE_STREAMS)


async def subscribe_balances(connection: RangerConnection, dialect: Dialect) -> None:
    """Asks for the streams that push balances. Whatever becomes of them is well: REST tells balances too."""
    if not (dialect.balance_streams and connection.takes_subscriptions):
        return
    granted = connection.streams
    try:
        await connection.subscribe(dialect.balance_streams)
    except StreamError:
        return
    connection.grant(granted)  # whether or not the answer names them again


async def _log_in(connection: RangerConnection, login: JwtAuth) -> bool:
    try:
        return await connection.log_in(login.bearer())
    except StreamError as error:
        raise StreamError(
            f"The websocket did not take the token: {error} Check that the exchange trusts the signing key, audience "
            "and issuer, and this machine's clock."
        ) from error
