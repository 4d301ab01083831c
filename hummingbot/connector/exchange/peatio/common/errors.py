"""The errors between the connector and a Peatio exchange, as types.

::

    PeatioError
    ├── ConfigError (ValueError)        an address or setting that cannot be used
    ├── MessageError                    a payload that docs/protocol.md does not describe
    │   └── CrossedBookError            a book whose best bid is not below its best ask
    ├── StreamError                     the websocket refused or did not answer
    │   └── StreamNameError             a stream name that must not be sent; nothing was sent
    ├── JournalError                    the order journal cannot be read or written
    ├── PlacementError                  this connector did not send an order, or does not know its id
    │   ├── FencedError                 the guard counted the bot as dead and cancelled its orders
    │   ├── UndecidedError              more orders at the exchange look like a lost one than creates are lost
    │   ├── WouldTakeError              a LIMIT_MAKER order that would take liquidity
    │   └── WithdrawnError              an order withdrawn before it was sent: cancelled, too old, bot stopped
    ├── CancelError                     an order is not known to have ended
    │   └── NotTrackedError             no open order of this connector has that id
    └── RequestError (IOError)          a REST call without the expected answer; has an `outcome`
        ├── NotSentError                no connection: the exchange never saw the request
        │   └── ProxyError              the proxy cannot be reached or refuses to connect
        ├── NoAnswerError               time-out or reset after sending
        └── AnswerError                 an HTTP answer that is not a success
            ├── ServerError             5xx, an unreadable body, or `market.order.create_error`
            │   └── BusyError           503 `server.busy`: it waits for something else, such as a pegged coin's cycle
            ├── RateLimitError          429
            ├── MovedError              a redirect, which is not followed
            └── RefusedError            a readable refusal
                ├── AuthError           login, permission or level: 401, 403, 423, 471, `authz.*`
                │   ├── NonceError      the nonce is not within the server's time window
                │   └── TokenError      the token of a JWT login was refused
                ├── NotFoundError       404 `record.not_found`
                └── NoRouteError        404 without a code: nothing is served under that path

`outcome` says what the caller must know after a failed create or cancel (docs/protocol.md section 4.3):
REFUSED and NOT_PROCESSED had no effect, AMBIGUOUS may have had one and must be looked up.
"""

import json
import re
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any


class Outcome(Enum):
    """What is known about a request's effect on the exchange."""

    REFUSED = "refused"
    NOT_PROCESSED = "not processed"
    AMBIGUOUS = "ambiguous"


class PeatioError(Exception):
    """Base class of all errors of this connector."""


class ConfigError(PeatioError, ValueError):
    """A setting cannot be used; the text says which one, why, and what to write instead.

    :param setting: the name of the setting in its section, where the error is about one
    """

    def __init__(self, text: str, setting: str = "") -> None:
        super().__init__(text)
        self.setting = setting


class MessageError(PeatioError):
    """A payload lacks a field, or holds a value that Peatio never sends."""


class CrossedBookError(MessageError):
    """A whole book, from the websocket or REST, whose best bid is not below its best ask."""


class StreamError(PeatioError):
    """The websocket refused a request or did not answer it; the text says what to do.

    :param retry_after_s: as for `AnswerError`, for an answer to the request for a connection
    """

    def __init__(self, text: str, retry_after_s: float | None = None) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


class StreamNameError(StreamError):
    """A stream name is not a plain, non-empty string, or is too long for a frame. Nothing was sent."""


class JournalError(PeatioError):
    """The order journal cannot be used, so no order may be placed: it must record each one first."""


class PlacementError(PeatioError):
    """An order was not sent, or was not found at the exchange after sending; the text says why."""


class FencedError(PlacementError):
    """The guard fenced the bot: it sends no order until it has reconciled all orders."""


class UndecidedError(PlacementError):
    """More orders fit than creates are lost: none of them is taken for this bot's."""


class WouldTakeError(PlacementError):
    """A LIMIT_MAKER order would take liquidity, or might: there is no trusted book to compare it with."""


class WithdrawnError(PlacementError):
    """An order was not sent: it was cancelled or became too old while it waited, or the connector was stopped."""


class CancelError(PeatioError):
    """A cancel was requested, and the order is not known to have ended; the text says what is known."""


class NotTrackedError(CancelError):
    """A cancel was requested for an order that is not open, or that this connector did not place."""


class RequestError(PeatioError, IOError):
    """A REST call that did not succeed.

    An `IOError`, because Hummingbot's base classes expect that of failed requests.
    """

    outcome = Outcome.AMBIGUOUS


class NotSentError(RequestError):
    """The connection failed (refused, no route, no such host), or this bot's share of the request limit is used up."""

    outcome = Outcome.NOT_PROCESSED


class ProxyError(NotSentError):
    """The proxy of this exchange cannot be reached, or refuses to connect."""


class NoAnswerError(RequestError):
    """The request was sent and no answer arrived: time-out, reset, connection closed."""


class AnswerError(RequestError):
    """An HTTP answer that is not a success.

    :param request: method and path, without query
    :param status: the HTTP status
    :param codes: Peatio's error codes, possibly none
    :param detail: the shortened text of a body without a code
    :param retry_after_s: seconds until the exchange wants the next request, None if it does not say
    """

    def __init__(
        self,
        request: str,
        status: int,
        codes: Sequence[str] = (),
        detail: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        self.request = request
        self.status = status
        self.codes = tuple(codes)
        self.retry_after_s = retry_after_s
        summary = ", ".join(self.codes)[:_SUMMARY_LENGTH] or detail or "no readable body"
        advice = "".join(f" {REMEDIES[code]}" for code in self.codes if code in REMEDIES)
        super().__init__(f"{request} was answered with HTTP {status}: {summary}.{advice}")


class ServerError(AnswerError):
    """The exchange failed; whether the request took effect is unknown."""


class BusyError(ServerError):
    """The exchange says that it is busy. It may say so although the request took effect (docs/protocol.md 4.13)."""


class RateLimitError(AnswerError):
    """Too many requests; the exchange did not process this one."""

    outcome = Outcome.NOT_PROCESSED


class MovedError(AnswerError):
    """A redirect, which is not followed.

    :param advice: where the exchange says it is, and what to do
    :param is_unprocessed: whether the request certainly had no effect
    """

    def __init__(self, request: str, status: int, advice: str, is_unprocessed: bool) -> None:
        super().__init__(request, status, detail=advice)
        self.advice = advice
        self.outcome = Outcome.NOT_PROCESSED if is_unprocessed else Outcome.AMBIGUOUS
        # The advice first: Hummingbot's table of connections cuts an error off after 100 characters.
        self.args = (f"{advice} ({request} was answered with HTTP {status})",)


class RefusedError(AnswerError):
    """The exchange refused the request with a readable answer and did nothing."""

    outcome = Outcome.REFUSED


class AuthError(RefusedError):
    """The key, its owner or its permissions do not allow the request."""


class NonceError(AuthError):
    """The nonce is not within five seconds of the server's clock."""


class TokenError(AuthError):
    """The token of a JWT login was refused. The server gives no reason: it may be expired, or not valid yet."""


class NotFoundError(RefusedError):
    """There is no such record, or it belongs to another account."""


class NoRouteError(RefusedError):
    """No service answers under that path; a "not found" of the exchange itself has a code."""


# What the user can do about a code: docs/protocol.md section 2. README's troubleshooting table is tested against it.
REMEDIES: Mapping[str, str] = {
    "authz.invalid_signature": "Check the API secret: connect again (./hbot connect NAME --replace) and paste it.",
    "authz.unexistent_apikey": "Check the API key and that it belongs to this exchange.",
    "authz.apikey_not_active": "Activate the API key in your profile at the exchange.",
    "authz.disabled_2fa": "Switch on two-factor authentication at the exchange: API keys work only with it.",
    "authz.nonce_expired": "Set this machine's clock: it is five seconds or more off the exchange's.",
    "authz.nonce_not_valid_timestamp": "Set this machine's clock: the exchange cannot read its time.",
    "authz.invalid_api_key_headers": "The API key or secret is empty: connect again (./hbot connect NAME --replace).",
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

#: A market that takes no orders, in the words of Peatio before 3.0 and since.
CLOSED_MARKET_CODES = frozenset(
    {"market.market.doesnt_exist_or_not_enabled", "market.spot_market.doesnt_exist_or_not_enabled"}
)
#: What shows that the market's rules are others than known here.
CHANGED_RULE_CODES = CLOSED_MARKET_CODES | {"market.order.invalid_volume_or_price"}

_AUTH_STATUSES = frozenset({401, 403, 423, 471})
_NONCE_CODES = frozenset({"authz.nonce_expired", "authz.nonce_not_valid_timestamp"})
_TOKEN_CODES = frozenset({"jwt.decode_and_verify"})
# Answered although the order is stored and may go live later: docs/protocol.md section 4.3.
_AMBIGUOUS_CODES = frozenset({"market.order.create_error"})
_BUSY_CODES = frozenset({"server.busy"})
_DETAIL_LENGTH = 120
# Several codes may come together.
_SUMMARY_LENGTH = 400


def error_from_answer(request: str, status: int, headers: Mapping[str, str], body: str) -> AnswerError:
    """The error for an HTTP answer that is not a success, for every form that docs/protocol.md section 3 lists.

    :param request: method and path without query, for the error's text
    """
    codes = _codes(body)
    detail = "" if codes else _detail(body)
    if status == 429:
        return RateLimitError(request, status, codes, detail, retry_after_s(headers))
    if status == 503 and _BUSY_CODES.intersection(codes):
        return BusyError(request, status, codes, detail, retry_after_s(headers))
    if status >= 500 or _AMBIGUOUS_CODES.intersection(codes):
        return ServerError(request, status, codes, detail, retry_after_s(headers))
    if _NONCE_CODES.intersection(codes):
        return NonceError(request, status, codes)
    if _TOKEN_CODES.intersection(codes):
        return TokenError(request, status, codes)
    if any(code.startswith("authz.") for code in codes):
        return AuthError(request, status, codes)
    if status in _AUTH_STATUSES:
        # Without a code this is a gateway's own page: the request did not reach Peatio.
        return AuthError(request, status, codes, detail)
    if status == 404 and "record.not_found" in codes:
        return NotFoundError(request, status, codes)
    if status == 404 and not codes:
        return NoRouteError(request, status, codes, detail)
    if codes or status in (400, 405, 415):
        return RefusedError(request, status, codes, detail)
    return ServerError(request, status, codes, detail)


def _codes(body: str) -> tuple[str, ...]:
    """`errors` is a list of codes, or one string (400, 405); 415 has a sentence under `error`."""
    try:
        payload: Any = json.loads(body)
    except (ValueError, RecursionError):
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
    """One line from a body that is not Peatio's JSON: the title of an HTML page, or its text."""
    title = re.search(r"<title>(.*?)</title>", body, re.IGNORECASE | re.DOTALL)
    text = title.group(1) if title else re.sub(r"<[^>]*>", " ", body)
    return " ".join(text.split())[:_DETAIL_LENGTH]


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The seconds of Retry-After (RFC 9110 section 10.2.3); None where there is none that can be read.

    One that is a date counts from the answer's own `Date`, so that it does not matter what our clock says.
    """
    by_name = {name.lower(): value.strip() for name, value in headers.items()}
    value = by_name.get("retry-after", "")
    if value.isdecimal():
        return float(value)
    try:
        answered_at, retry_at = (parsedate_to_datetime(text) for text in (by_name.get("date", ""), value))
        return max((retry_at - answered_at).total_seconds(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return None
