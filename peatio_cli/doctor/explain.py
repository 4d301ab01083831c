"""What went wrong with a request or websocket, in plain words and with its remedy."""

import aiohttp
from hummingbot.connector.exchange.peatio.common.errors import (
    REMEDIES,
    AnswerError,
    AuthError,
    MessageError,
    NoAnswerError,
    NotSentError,
    ProxyError,
    RateLimitError,
    ServerError,
    StreamError,
)

from peatio_cli.doctor.findings import Finding, broken

_TRY_LATER = "The exchange has trouble of its own: try again later; if it stays so, tell its support."
_RESTRICTED = "The exchange has closed this part to your network or account: ask its support."
_TOKEN_REFUSED = (
    "The exchange does not take the token: it has to trust the public half of your signing key; check audience and "
    "issuer as well, and this machine's clock."
)
NO_PEATIO = "The address answers, but not as a Peatio: check it. The API is expected under /api/v2/peatio there."
_PROXY = "Check `proxy` of this exchange in conf/peatio.yml: is it running, may it connect there, is its login right?"

# By type, the first that fits; more special ones first. Codes that the connector has a remedy for go before.
_REMEDIES_BY_TYPE: tuple[tuple[type[Exception], str], ...] = (
    (RateLimitError, "Too many requests from here: stop other bots on this key or address, and wait a minute."),
    (ServerError, _TRY_LATER),
    (AuthError, "The exchange does not let this key do that: check the key's permissions, or ask its support."),
    (AnswerError, "The exchange did not understand the request: its version may be one the connector cannot do."),
    (NoAnswerError, "The exchange or the network hangs: try again; if it stays so, tell the exchange."),
    (ProxyError, _PROXY),
    (NotSentError, "Check your network, and the address."),
    (MessageError, "The exchange's answers differ from those of Peatio 2.3 to 3.1: report it with this line."),
    (StreamError, "Try again; if it stays so, tell the exchange that its websocket (Ranger) does not answer."),
    (aiohttp.ClientHttpProxyError, _PROXY),
    (aiohttp.ClientProxyConnectionError, _PROXY),
    (TimeoutError, "The exchange or the network hangs: try again; if it stays so, tell the exchange."),
    (aiohttp.ClientError, "Check your network, and whether a proxy or firewall stands between."),
    (OSError, "Check your network, and the address."),
)


def explained(error: Exception) -> Finding:
    """The failure that `error` stands for; it names what to do."""
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return _refused_websocket(error.status)
    codes = error.codes if isinstance(error, AnswerError) else ()
    detail = str(error) or type(error).__name__
    advice = [REMEDIES[code] for code in codes if code in REMEDIES]
    for text in advice:
        # The connector's errors carry the remedy in their text; here it has a place of its own.
        detail = detail.replace(f" {text}", "")
    if advice:
        return broken(detail, " ".join(dict.fromkeys(advice)))
    if any(code.startswith("authz.restrict.") for code in codes):
        return broken(detail, _RESTRICTED)
    if any(code.startswith("jwt.") for code in codes):
        return broken(detail, _TOKEN_REFUSED)
    for kind, remedy in _REMEDIES_BY_TYPE:
        if isinstance(error, kind):
            return broken(detail, remedy)
    return broken(f"the check itself broke: {type(error).__name__}: {detail}", "Report this line: the mistake is here.")


def no_peatio(error: Exception) -> Finding:
    """What it means that the very first request failed: where there is an answer, it is not one of Peatio's."""
    finding = explained(error)
    is_in_trouble = isinstance(error, ServerError) and error.status >= 500
    if is_in_trouble or not isinstance(error, AnswerError | MessageError):
        return finding
    return broken(finding.detail, NO_PEATIO)


def _refused_websocket(status: int) -> Finding:
    if status in (401, 403):
        remedy = "The key works over REST but not on the websocket: ask the exchange to let it use the private stream."
    elif status == 407:
        remedy = _PROXY
    elif status in (502, 503, 504):
        remedy = _TRY_LATER
    else:
        remedy = "The exchange's websocket lies elsewhere than under /api/v2/ranger: ask the exchange for its address."
    return broken(f"the websocket was refused (HTTP {status})", remedy)
