"""Everything that can go wrong between the connector and a Peatio exchange, as types.

::

    PeatioError
    ├── PeatioConfigError (ValueError)        an address or setting that cannot be used
    ├── PeatioMessageError                    a payload that is not what docs/protocol.md says
    │   └── PeatioCrossedBookError            a book whose best bid is not below its best ask
    ├── PeatioStreamError                     the websocket refused or did not answer
    ├── PeatioJournalError                    the order journal cannot be read or written
    ├── PeatioPlacingError                    this connector did not send an order
    │   ├── PeatioFencedError                 its guard took the bot for dead and cancelled its orders
    │   ├── PeatioWouldTakeError              a LIMIT_MAKER order that would not only rest
    │   └── PeatioWithdrawnError              an order taken back before it was sent: cancelled, too old, bot stopped
    ├── PeatioCancelError                     an order is not known to have ended
    │   └── PeatioNotFollowedError            no open order of this connector has that id
    └── PeatioRequestError (IOError)          a REST call without the wanted answer; has an `outcome`
        ├── PeatioNotSentError                no connection: the exchange never saw the request
        │   └── PeatioProxyError              the proxy cannot be reached or refuses to connect
        ├── PeatioNoAnswerError               time-out or reset after sending
        └── PeatioAnswerError                 there is an HTTP answer, and it is not a success
            ├── PeatioServerError             5xx, an unreadable body, or `market.order.create_error`
            ├── PeatioRateLimitError          429; knows when to come back
            └── PeatioRefusedError            a readable "no"
                ├── PeatioAuthError           login, permission or level: 401, 403, 423, 471, `authz.*`
                │   ├── PeatioNonceError      the clock of the request was off
                │   └── PeatioTokenError      the token of a JWT login was refused
                ├── PeatioNotFoundError       404 `record.not_found`
                └── PeatioNoRouteError        404 without a code: nothing is served under that path

`outcome` answers what a market maker must know after a failed create or cancel (docs/protocol.md section 4.3):
REFUSED and NOT_PROCESSED had no effect, AMBIGUOUS may have had one and must be looked up.
"""

import json
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any


class Outcome(Enum):
    """What is known of a request's effect on the exchange."""

    REFUSED = "refused"
    NOT_PROCESSED = "not processed"
    AMBIGUOUS = "ambiguous"


class PeatioError(Exception):
    """Base of the tree."""


class PeatioConfigError(PeatioError, ValueError):
    """A setting cannot be used; the text says which, why, and what to write instead."""


class PeatioMessageError(PeatioError):
    """A payload lacks a field or holds a value that Peatio never sends."""


class PeatioCrossedBookError(PeatioMessageError):
    """A whole book, from the websocket or REST, whose best bid is not below its best ask."""


class PeatioStreamError(PeatioError):
    """The websocket did not give what was asked for; the text says what to do."""


class PeatioJournalError(PeatioError):
    """The order journal cannot be used; nothing may be placed that it does not know of."""


class PeatioPlacingError(PeatioError):
    """An order was not sent, or could not be found after sending; the text says why."""


class PeatioFencedError(PeatioPlacingError):
    """No order is sent before the bot has reconciled with what its guard did."""


class PeatioWouldTakeError(PeatioPlacingError):
    """A LIMIT_MAKER order would have taken liquidity, or might have: there is no book that tells."""


class PeatioWithdrawnError(PeatioPlacingError):
    """An order was not sent: cancelled or too old before its turn had come, or the connector was stopped."""


class PeatioCancelError(PeatioError):
    """An order whose cancel was asked for is not known to have ended; the text says what is known."""


class PeatioNotFollowedError(PeatioCancelError):
    """A cancel was asked for an order that is not open, or not this connector's."""


class PeatioRequestError(PeatioError, IOError):
    """A REST call that did not succeed.

    An `IOError` because Hummingbot's base classes expect failed requests to be one.
    """

    outcome = Outcome.AMBIGUOUS


class PeatioNotSentError(PeatioRequestError):
    """The connection could not be made (refused, no route, no such host), or our share of the limit is used up."""

    outcome = Outcome.NOT_PROCESSED


class PeatioProxyError(PeatioNotSentError):
    """The proxy of this exchange cannot be reached, or refuses to connect."""


class PeatioNoAnswerError(PeatioRequestError):
    """The request left, the answer did not arrive: time-out, reset, connection closed."""


class PeatioAnswerError(PeatioRequestError):
    """An HTTP answer other than a success.

    :param request: method and path, without query
    :param status: the HTTP status
    :param codes: Peatio's error codes, possibly none
    :param detail: what the body said where it held no code, shortened
    """

    def __init__(self, request: str, status: int, codes: Sequence[str] = (), detail: str = "") -> None:
        self.request = request
        self.status = status
        self.codes = tuple(codes)
        said = ", ".join(self.codes) or detail or "no readable body"
        advice = "".join(f" {REMEDIES[code]}" for code in self.codes if code in REMEDIES)
        super().__init__(f"{request} was answered with HTTP {status}: {said}.{advice}")


class PeatioServerError(PeatioAnswerError):
    """The exchange stumbled; whether the request took effect is unknown."""


class PeatioRateLimitError(PeatioAnswerError):
    """Too many requests; nothing was done.

    :param retry_after_s: seconds the exchange wants us to wait, None if it does not say
    """

    outcome = Outcome.NOT_PROCESSED

    def __init__(
        self, request: str, status: int, codes: Sequence[str], detail: str, retry_after_s: float | None
    ) -> None:
        super().__init__(request, status, codes, detail)
        self.retry_after_s = retry_after_s


class PeatioRefusedError(PeatioAnswerError):
    """The exchange said no, readably, and did nothing."""

    outcome = Outcome.REFUSED


class PeatioAuthError(PeatioRefusedError):
    """The key, its owner or its permissions do not allow the request."""


class PeatioNonceError(PeatioAuthError):
    """The nonce is not within five seconds of the server's clock."""


class PeatioTokenError(PeatioAuthError):
    """The token of a JWT login was refused. The server tells no reason: the token may be over, or from the future."""


class PeatioNotFoundError(PeatioRefusedError):
    """No such record, or not one of ours."""


class PeatioNoRouteError(PeatioRefusedError):
    """Nobody serves that path there; the exchange's own "not found" carries a code."""


# What the user can do about a code: docs/protocol.md section 2. README's troubleshooting table is tested against it.
REMEDIES: Mapping[str, str] = {
    "authz.invalid_signature": "Check the API secret: connect again and paste it anew.",
    "authz.unexistent_apikey": "Check the API key and that it belongs to this exchange.",
    "authz.apikey_not_active": "Activate the API key in your profile at the exchange.",
    "authz.disabled_2fa": "Switch on two-factor authentication at the exchange: API keys work only with it.",
    "authz.nonce_expired": "Set this machine's clock: it is five seconds or more off the exchange's.",
    "authz.nonce_not_valid_timestamp": "Set this machine's clock: the exchange cannot read its time.",
    "authz.invalid_api_key_headers": "The API key or secret is empty: connect again and enter both.",
    "authz.invalid_session": "The exchange saw no API key: check that the address is the exchange's API.",
    "authz.missing_csrf_token": "The exchange saw no API key: check that the address is the exchange's API.",
    "authz.invalid_permission": "This key may not use that part of the API: ask the exchange for the permission.",
    "authz.permission_denied": "This key may not use that part of the API: ask the exchange for the permission.",
    "market.trade.not_permitted": "Your account may not trade: raise its level (phone, identity) at the exchange.",
    "market.account.insufficient_balance": "Deposit funds or lower the order amount.",
    "market.order.invalid_volume_or_price": "The exchange's limits for price or amount changed or were not met.",
    "market.order.insufficient_market_liquidity": "The other side of the book cannot fill this market order.",
    "market.order.open_orders_limit": "The exchange allows no more open orders on a market: use fewer order levels.",
    "market.market.doesnt_exist_or_not_enabled": "The market is not open at the exchange.",
    "market.spot_market.doesnt_exist_or_not_enabled": "The market is not open at the exchange.",
}

_AUTH_STATUSES = frozenset({401, 403, 423, 471})
_NONCE_CODES = frozenset({"authz.nonce_expired", "authz.nonce_not_valid_timestamp"})
_TOKEN_CODES = frozenset({"jwt.decode_and_verify"})
# Answered although the order is stored and may go live later: docs/protocol.md section 4.3.
_AMBIGUOUS_CODES = frozenset({"market.order.create_error"})
_DETAIL_LENGTH = 120


def error_from_answer(request: str, status: int, headers: Mapping[str, str], body: str) -> PeatioAnswerError:
    """The error for an HTTP answer that is no success, by every shape of docs/protocol.md section 3.

    :param request: method and path without query, for the text
    """
    codes = _codes(body)
    detail = "" if codes else _detail(body)
    if status == 429:
        return PeatioRateLimitError(request, status, codes, detail, _retry_after_s(headers))
    if status >= 500 or _AMBIGUOUS_CODES.intersection(codes):
        return PeatioServerError(request, status, codes, detail)
    if _NONCE_CODES.intersection(codes):
        return PeatioNonceError(request, status, codes)
    if _TOKEN_CODES.intersection(codes):
        return PeatioTokenError(request, status, codes)
    if any(code.startswith("authz.") for code in codes):
        return PeatioAuthError(request, status, codes)
    if status in _AUTH_STATUSES:
        # Without a code this is a gateway's own page: it turned the request away before Peatio saw it.
        return PeatioAuthError(request, status, codes, detail)
    if status == 404 and "record.not_found" in codes:
        return PeatioNotFoundError(request, status, codes)
    if status == 404 and not codes:
        return PeatioNoRouteError(request, status, codes, detail)
    if codes or status in (400, 405, 415):
        return PeatioRefusedError(request, status, codes, detail)
    return PeatioServerError(request, status, codes, detail)


def _codes(body: str) -> tuple[str, ...]:
    """`errors` is a list of codes, or one string (400, 405); 415 has a sentence under `error`."""
    try:
        payload: Any = json.loads(body)
    except ValueError:
        return ()
    if not isinstance(payload, dict):
        return ()
    errors = payload.get("errors", payload.get("error"))
    if isinstance(errors, str):
        return (errors,)
    if isinstance(errors, list):
        return tuple(str(error) for error in errors)
    return ()


def _detail(body: str) -> str:
    """One line of a body that is not Peatio's JSON: an HTML page's title, or its text."""
    title = re.search(r"<title>(.*?)</title>", body, re.IGNORECASE | re.DOTALL)
    text = title.group(1) if title else re.sub(r"<[^>]*>", " ", body)
    return " ".join(text.split())[:_DETAIL_LENGTH]


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds; its other form, a date, is not used by Peatio's gateways."""
    value = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(value) if value.strip().isdecimal() else None
