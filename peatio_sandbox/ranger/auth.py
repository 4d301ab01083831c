"""Rango's own check of tokens, for use without a gateway in front (docs/protocol.md section 2).

Needs PyJWT with its ``crypto`` extra, which the sandbox itself does not: its gateway checks API keys.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Literal

_PREFIX = "Bearer "
_STRING_CLAIMS = ("uid", "role", "iss", "sub", "jti")


class TokenVerifier:
    """Checks JSON web tokens as Rango 3.1.0 (RS256) or 3.1.3 and later (EdDSA) does.

    PyJWT verifies the signature. The claims are judged here, because Rango's rules are its own: times are
    whole numbers, without leeway; a missing ``exp`` is accepted; ``aud`` must be a list if it is there;
    ``iss`` and ``sub`` may say anything.

    Args:
        public_key_pem: the key of whoever signs the tokens.
        algorithm: the one that is accepted.
        now_s: the server's clock, in epoch seconds.

    Raises:
        ImportError: PyJWT or cryptography is missing.
        jwt.InvalidKeyError: the key cannot be read.
    """

    def __init__(
        self,
        public_key_pem: bytes,
        algorithm: Literal["RS256", "EdDSA"] = "RS256",
        now_s: Callable[[], float] = time.time,
    ) -> None:
        from jwt import PyJWS, get_algorithm_by_name

        self._jws = PyJWS(algorithms=[algorithm])
        self._algorithm = algorithm
        self._key = get_algorithm_by_name(algorithm).prepare_key(public_key_pem)
        self._now_s = now_s

    def identify(self, authorization: str | None) -> tuple[str, str] | None:
        """The uid and role in an ``Authorization`` header, either of which may be empty; None if it fails."""
        from jwt import PyJWTError

        if authorization is None or not authorization.startswith(_PREFIX):
            return None
        token = authorization.removeprefix(_PREFIX)
        try:
            claims = json.loads(self._jws.decode(token, self._key, algorithms=[self._algorithm]))
        except (PyJWTError, ValueError):
            return None
        if not isinstance(claims, dict) or not _are_well_formed(claims) or not self._are_timely(claims):
            return None
        return claims.get("uid") or "", claims.get("role") or ""

    def _are_timely(self, claims: dict[str, object]) -> bool:
        now_s = int(self._now_s())
        expires, issued, not_before = (_whole_seconds(claims, name) for name in ("exp", "iat", "nbf"))
        return (not expires or now_s <= expires) and now_s >= issued and now_s >= not_before


def _are_well_formed(claims: dict[str, object]) -> bool:
    """Whether Go could put the claims into Rango's struct, whose fields have types; null fits any."""
    audience = claims.get("aud")
    if audience is not None and not (isinstance(audience, list) and all(isinstance(name, str) for name in audience)):
        return False
    if not all(isinstance(claims.get(name), str | None) for name in _STRING_CLAIMS):
        return False
    return all(
        claims.get(name) is None or type(claims[name]) is int  # a bool is no number
        for name in ("exp", "iat", "nbf")
    )


def _whole_seconds(claims: dict[str, object], name: str) -> int:
    value = claims.get(name)
    return value if isinstance(value, int) else 0
