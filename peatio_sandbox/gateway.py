"""The gateway: Barong's check of API keys before anything reaches Peatio or the private stream.

Codes and their statuses are those of docs/protocol.md section 2. The gateway labels its JSON bodies text/plain.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from peatio_sandbox.clock import Clock
from peatio_sandbox.records import Member
from peatio_sandbox.rest_common import MEMBER, REST_PREFIX, Handler
from peatio_sandbox.validation import ApiError

#: A nonce this far from the server's clock, in either direction, is refused.
NONCE_WINDOW_MS = 5000
RANGER_PREFIX = "/api/v2/ranger"
_OPEN_PREFIXES = (f"{REST_PREFIX}/public", f"{RANGER_PREFIX}/public")
_MEMBER_PREFIXES = (f"{REST_PREFIX}/account", f"{REST_PREFIX}/market", f"{RANGER_PREFIX}/private")
_FORBIDDEN_PREFIX = f"{REST_PREFIX}/management"
_HEADERS = ("X-Auth-Apikey", "X-Auth-Nonce", "X-Auth-Signature")


@dataclass(slots=True)
class ApiKey:
    """An API key and its owner. ``otp`` tells whether the owner's second factor is on."""

    kid: str
    secret: str = field(repr=False)
    member: Member
    is_active: bool = True
    otp: bool = True


class Gateway:
    """Knows the API keys and lets through what they allow."""

    def __init__(self, keys: Iterable[ApiKey], clock: Clock) -> None:
        self._keys = {key.kid: key for key in keys}
        self._clock = clock

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Authenticate requests to private paths; leave the member and its uid in the request."""
        if request.path.startswith("/api/") and not _is_under(request.path, _OPEN_PREFIXES):
            try:
                member = self._authenticate(request.method, request.path, request.headers)
            except ApiError as error:
                return web.Response(status=error.status, text=json.dumps(error.body(), separators=(",", ":")))
            request[MEMBER] = member
            request["uid"] = member.uid
        return await handler(request)

    def _authenticate(self, method: str, path: str, headers: Mapping[str, str]) -> Member:
        if _is_under(path, (_FORBIDDEN_PREFIX,)):
            raise ApiError(401, "authz.permission_denied")
        if not any(name in headers for name in _HEADERS):
            raise ApiError(401, "authz.invalid_session" if method == "GET" else "authz.missing_csrf_token")
        kid, nonce, signature = (headers.get(name, "").strip() for name in _HEADERS)
        if not (kid and nonce and signature):
            raise ApiError(422, "authz.invalid_api_key_headers")
        key = self._checked_key(kid, nonce, signature)
        if not _is_under(path, _MEMBER_PREFIXES):
            raise ApiError(401, "authz.invalid_permission")
        return key.member

    def _checked_key(self, kid: str, nonce: str, signature: str) -> ApiKey:
        sent_ms = _leading_integer(nonce)
        if sent_ms <= 0:
            raise ApiError(401, "authz.nonce_not_valid_timestamp")
        if abs(self._clock.now_s() * 1000 - sent_ms) >= NONCE_WINDOW_MS:
            raise ApiError(401, "authz.nonce_expired")
        key = self._keys.get(kid)
        if key is None:
            raise ApiError(401, "authz.unexistent_apikey")
        expected = hmac.new(key.secret.encode(), (nonce + kid).encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise ApiError(401, "authz.invalid_signature")
        if not key.is_active:
            raise ApiError(401, "authz.apikey_not_active")
        if not key.otp:
            raise ApiError(401, "authz.disabled_2fa")
        return key


def _is_under(path: str, prefixes: Iterable[str]) -> bool:
    return any(path == prefix or path.startswith(prefix + "/") for prefix in prefixes)


def _leading_integer(text: str) -> int:
    """Read a number as Ruby's ``to_i`` does: the digits it begins with, else 0."""
    match = re.match(r"\s*[+-]?\d+", text)
    return int(match.group()) if match else 0
