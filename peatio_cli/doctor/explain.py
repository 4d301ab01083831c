"""Turns an error of a request or websocket into a finding with a remedy."""

import aiohttp
from hummingbot.connector.exchange.peatio.common.errors import (
    REMEDIES,
    AnswerError,
    AuthError,
    MessageError,
    MovedError,
    NoAnswerError,
    NotSentError,
    ProxyError,
    RateLimitError,
    ServerError,
    StreamError,
)
from hummingbot.connector.exchange.peatio.http.redirects import RedirectError

from peatio_cli.doctor.findings import Finding, failed

_TRY_LATER = "The exchange has a problem: try again later; if it persists, tell its support."
_RESTRICTED = "The exchange has closed this part to your network or account: ask its support."
_TOKEN_REFUSED = (
    "The exchange does not accept the token: it must trust the public half of your signing key. Check audience and "
    "issuer too, and this machine's clock."
)
NOT_PEATIO = "The address answers, but not as a Peatio: check it. The API is expected under /api/v2/peatio."
_PROXY = "Check `proxy` of this exchange in conf/peatio.yml: its address and login, and whether it may connect there."

# The first matching type counts, so subclasses come first. The connector's remedies for codes take precedence.
_REMEDIES_BY_TYPE: tuple[tuple[type[Exception], str], ...] = (
    (RateLimitError, "Too many requests from here: stop other bots on this key or address, and wait a minute."),
    (ServerError, _TRY_LATER),
    (AuthError, "The exchange does not allow this with this key: check the key's permissions, or ask its support."),
    (AnswerError, "The exchange did not understand the request: the connector may not support its version."),
    (NoAnswerError, "The exchange or the network does not respond: try again; if it persists, tell the exchange."),
    (ProxyError, _PROXY),
    (NotSentError, "Check your network, and the address."),
    (MessageError, "The exchange's answers differ from those of Peatio 2.3 to 3.1: report it with this line."),
    (StreamError, "Try again; if it persists, tell the exchange that its websocket (Ranger) does not answer."),
    (aiohttp.ClientHttpProxyError, _PROXY),
    (aiohttp.ClientProxyConnectionError, _PROXY),
    (TimeoutError, "The exchange or the network does not respond: try again; if it persists, tell the exchange."),
    (aiohttp.ClientError, "Check your network, and whether a proxy or firewall blocks the connection."),
    (OSError, "Check your network, and the address."),
)


def failure_of(error: Exception) -> Finding:
    """The failed finding for `error`, with a remedy."""
    if isinstance(error, RedirectError | MovedError):
        return failed(f"answered with a redirect (HTTP {error.status}), which is not followed", error.advice)
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return _refused_websocket(error.status)
    codes = error.codes if isinstance(error, AnswerError) else ()
    detail = str(error) or type(error).__name__
    advice = [REMEDIES[code] for code in codes if code in REMEDIES]
    for text in advice:
        # The connector's errors have the remedy in their text; a finding has it in a field of its own.
        detail = detail.replace(f" {text}", "")
    if advice:
        return failed(detail, " ".join(dict.fromkeys(advice)))
    if any(code.startswith("authz.restrict.") for code in codes):
        return failed(detail, _RESTRICTED)
    if any(code.startswith("jwt.") for code in codes):
        return failed(detail, _TOKEN_REFUSED)
    for kind, remedy in _REMEDIES_BY_TYPE:
        if isinstance(error, kind):
            return failed(detail, remedy)
    return failed(
        f"error in the check itself: {type(error).__name__}: {detail}", "Report this line: it is a bug in the doctor."
    )


def not_peatio(error: Exception) -> Finding:
    """The finding for an error of the first request: an answer that is not a success is not Peatio's."""
    finding = failure_of(error)
    is_in_trouble = isinstance(error, ServerError) and error.status >= 500
    if is_in_trouble or isinstance(error, MovedError) or not isinstance(error, AnswerError | MessageError):
        return finding
    return failed(finding.detail, NOT_PEATIO)


def _refused_websocket(status: int) -> Finding:
    if status in (401, 403):
        remedy = "The key works over REST but not on the websocket: ask the exchange to allow the private stream."
    elif status == 407:
        remedy = _PROXY
    elif status in (502, 503, 504):
        remedy = _TRY_LATER
    else:
        remedy = "The exchange's websocket is not under /api/v2/ranger: ask the exchange for its address."
    return failed(f"the websocket was refused (HTTP {status})", remedy)
