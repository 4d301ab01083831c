"""The gateway: Barong's check of API keys, or Peatio's of tokens, before anything reaches Peatio or the streams.

Codes and their statuses are those of docs/protocol.md section 2. The gateway labels its JSON bodies text/plain.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from aiohttp import web
from multidict import istr

from peatio_sandbox.exchange.clock import Clock
from peatio_sandbox.exchange.records import Member
from peatio_sandbox.rest.common import MEMBER, REST_PREFIX, Handler
from peatio_sandbox.rest.gateway_tokens import OperatorTokens
from peatio_sandbox.rest.validation import ApiError

#: A nonce this far from the server's clock, in either direction, is refused.
NONCE_WINDOW_MS = 5000
RANGER_PREFIX = "/api/v2/ranger"
_PRIVATE_STREAMS = f"{RANGER_PREFIX}/private"
_MEMBER_PREFIXES = (f"{REST_PREFIX}/account", f"{REST_PREFIX}/market", _PRIVATE_STREAMS)
# multidict looks up a plain string by a lower-case copy of it.
_HEADERS = (istr("X-Auth-Apikey"), istr("X-Auth-Nonce"), istr("X-Auth-Signature"))
_AUTHORIZATION = istr("Authorization")
_LEADING_INTEGER = re.compile(r"\s*[+-]?\d+")


class _Paths:
    """Some paths and what lies under them. Every request is compared with several of these."""

    def __init__(self, *prefixes: str) -> None:
        self._themselves = frozenset(prefixes)
        self._under = tuple(f"{prefix}/" for prefix in prefixes)

    def __contains__(self, path: str) -> bool:
        return path.startswith(self._under) or path in self._themselves


_STREAMS = _Paths(RANGER_PREFIX)
_PRIVATE = _Paths(_PRIVATE_STREAMS)
_OPEN = _Paths(f"{REST_PREFIX}/public", f"{RANGER_PREFIX}/public")
_FORBIDDEN = _Paths(f"{REST_PREFIX}/management")


@dataclass(slots=True)
class ApiKey:
    """An API key and its owner. ``otp`` tells whether the owner's second factor is on."""

    kid: str
    secret: str = field(repr=False)
    member: Member
    is_active: bool = True
    otp: bool = True


@dataclass(frozen=True, slots=True)
class GatewayRules:
    """In what one gateway may differ from another.

    Attributes:
        nonce_window_ms: how far a nonce may be from the server's clock; None: as far as it likes.
        order_prefix: where orders are created and cancelled, when not under the REST prefix.
        opens_private_stream: whether the private stream is open to anybody, who then logs in by a message.
        stream_tokens: by whose rules a token is judged on the way to the streams.
    """

    nonce_window_ms: int | None = NONCE_WINDOW_MS
    order_prefix: str | None = None
    opens_private_stream: bool = False
    stream_tokens: Literal["rango", "peatio"] = "rango"


class Gateway:
    """Knows the API keys and lets through what they allow.

    With ``tokens`` it stands for a Peatio that is reached without a gateway: who sends ``Authorization`` is judged by
    that alone. Without them the header is ignored. ``session_member`` tells whose session a request of the sandbox's
    own page belongs to.
    """

    def __init__(
        self,
        keys: Iterable[ApiKey],
        clock: Clock,
        rules: GatewayRules | None = None,
        tokens: OperatorTokens | None = None,
        level_for_trading: int = 0,
        session_member: Callable[[web.Request], Member | None] = lambda _request: None,
    ) -> None:
        self._session_member = session_member
        self._keys = {key.kid: key for key in keys}
        # By API key, what signs with its secret.
        self._signers: dict[str, hmac.HMAC] = {}
        self._clock = clock
        self._rules = rules or GatewayRules()
        self._tokens = tokens
        self._level_for_trading = level_for_trading
        own = self._rules.order_prefix
        trading_prefixes = [f"{prefix}/market" for prefix in (REST_PREFIX, own) if prefix is not None]
        self._trading = _Paths(*trading_prefixes)
        self._members = _Paths(*_MEMBER_PREFIXES, *trading_prefixes)

    def add_key(self, key: ApiKey) -> None:
        """Take one more key; a member can have several."""
        self._keys[key.kid] = key
        self._signers.pop(key.kid, None)

    def deactivate_key(self, kid: str) -> None:
        """Refuse a key from now on: 401 ``authz.apikey_not_active``.

        Raises:
            KeyError: there is no such key.
        """
        self._keys[kid] = replace(self._keys[kid], is_active=False)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Authenticate requests to private paths; leave the member and its uid in the request."""
        authorization = request.headers.get(_AUTHORIZATION)
        if authorization is not None and self._tokens is not None and request.path in _STREAMS:
            identity = self._stream_identity(self._tokens, authorization)
            if identity is not None:
                request["uid"], request["role"] = identity
            elif request.path in _PRIVATE:
                return web.Response(status=401)  # as Rango: without a body
        elif request.path.startswith("/api/"):
            try:
                member = self._session_member(request)
                if member is None and not self._is_open(request):
                    member = self._authenticate(request.method, request.path, request.headers)
            except ApiError as error:
                return web.Response(status=error.status, text=json.dumps(error.body(), separators=(",", ":")))
            if member is not None:
                request[MEMBER] = member
                request["uid"] = member.uid
        return await handler(request)

    def _is_open(self, request: web.Request) -> bool:
        if request.path in _OPEN:
            return True
        if not self._rules.opens_private_stream or request.path not in _PRIVATE:
            return False
        return not any(name in request.headers for name in _HEADERS)

    def _stream_identity(self, tokens: OperatorTokens, authorization: str) -> tuple[str, str] | None:
        if self._rules.stream_tokens == "rango":
            return tokens.rango_identity(authorization)
        uid = tokens.uid(authorization)
        return None if uid is None else (uid, "member")

    def _authenticate(self, method: str, path: str, headers: Mapping[str, str]) -> Member:
        if path in _FORBIDDEN:
            raise ApiError(401, "authz.permission_denied")
        if self._tokens is not None and _AUTHORIZATION in headers:
            return self._token_member(self._tokens, path, headers[_AUTHORIZATION])
        sent = [headers.get(name) for name in _HEADERS]
        if sent == [None, None, None]:
            raise ApiError(401, "authz.invalid_session" if method == "GET" else "authz.missing_csrf_token")
        kid, nonce, signature = ((value or "").strip() for value in sent)
        if not (kid and nonce and signature):
            raise ApiError(422, "authz.invalid_api_key_headers")
        key = self._checked_key(kid, nonce, signature)
        if path not in self._members:
            raise ApiError(401, "authz.invalid_permission")
        return key.member

    def _token_member(self, tokens: OperatorTokens, path: str, authorization: str) -> Member:
        """Return the member of a token. Whether one may trade is what the token says."""
        member = tokens.member(authorization)
        if path in self._trading and tokens.level(authorization) < self._level_for_trading:
            raise ApiError(403, "market.trade.not_permitted")
        return member

    def _checked_key(self, kid: str, nonce: str, signature: str) -> ApiKey:
        sent_ms = _leading_integer(nonce)
        if sent_ms <= 0:
            raise ApiError(401, "authz.nonce_not_valid_timestamp")
        window_ms = self._rules.nonce_window_ms
        if window_ms is not None and abs(self._clock.now_s() * 1000 - sent_ms) >= window_ms:
            raise ApiError(401, "authz.nonce_expired")
        key = self._keys.get(kid)
        if key is None:
            raise ApiError(401, "authz.unexistent_apikey")
        if kid not in self._signers:
            # Its set-up costs more than a signature.
            self._signers[kid] = hmac.new(key.secret.encode(), digestmod="sha256")
        signer = self._signers[kid].copy()
        signer.update((nonce + kid).encode())
        expected = signer.hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise ApiError(401, "authz.invalid_signature")
        if not key.is_active:
            raise ApiError(401, "authz.apikey_not_active")
        if not key.otp:
            raise ApiError(401, "authz.disabled_2fa")
        return key


def _leading_integer(text: str) -> int:
    """Read a number as Ruby's ``to_i`` does: the digits it begins with, else 0."""
    match = _LEADING_INTEGER.match(text)
    return int(match.group()) if match else 0
