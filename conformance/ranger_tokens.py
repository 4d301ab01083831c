"""The tokens of the recordings, made again: same claims, fresh keys, the recording's clock.

Needs PyJWT with its ``crypto`` extra.
"""

from __future__ import annotations

from typing import Literal

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from peatio_sandbox.ranger.auth import TokenVerifier

MEMBER_UID = "IDABC0000001"
# 2026-11-20T19:25:31Z, about when the recordings were made. Any time would do: the clock is the replay's own.
_START_S = 1_795_202_731

Claims = dict[str, object]

# What the note before a request says of its token: how its claims differ from a good token's (None: the claim
# is missing; a `now` before a number of seconds: that long after now).
_CLAIMS_BY_NOTE: dict[str, Claims] = {
    "expired 1s ago": {"exp": "now-1"},
    "expired 1h ago": {"exp": "now-3600"},
    "no exp claim": {"exp": None},
    "iat in the future (+1h)": {"iat": "now+3600"},
    "nbf in the future (+1h)": {"nbf": "now+3600"},
    "wrong sub/iss/aud": {"sub": "other", "iss": "other", "aud": ["other"]},
    "aud as plain string": {"aud": "peatio"},
    "level as string": {"level": "3"},
    "no uid claim": {"uid": None},
    "TRAILING SLASH /private/ with expired token": {"exp": "now-1"},
    "/public with expired token": {"exp": "now-1"},
    "token expiring in 3 s: is the open connection dropped?": {"exp": "now+3"},
    "EdDSA expired": {"exp": "now-1"},
}
_CLAIMS_BY_CONNECTION: dict[str, Claims] = {
    "u2": {"uid": "IDABC0000002"},
    "admin": {"uid": "IDABC0000009", "role": "admin"},
}


class Clock:
    """The server's clock during a replay: it stands at the time of the recording's current line."""

    def __init__(self) -> None:
        self.elapsed_s = 0.0

    def now_s(self) -> float:
        """Epoch seconds."""
        return _START_S + self.elapsed_s


class TokenMint:
    """Signs tokens, and makes the verifier that accepts them.

    Args:
        clock: what the claims' times are counted from.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rsa_key = _rsa_key()
        self._foreign_rsa_key = _rsa_key()
        self._ed_key = Ed25519PrivateKey.generate()

    def verifier(self, algorithm: Literal["RS256", "EdDSA"]) -> TokenVerifier:
        """Rango's check with this mint's public key."""
        key = self._rsa_key if algorithm == "RS256" else self._ed_key
        public_key_pem = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return TokenVerifier(public_key_pem, algorithm, self._clock.now_s)

    def token(self, connection: str, note: str) -> str:
        """The token a recorded request carried.

        Args:
            connection: the connection's name in the recording, which says whose token it is.
            note: the note before the request, which says what is wrong with it.
        """
        claims = self._claims() | _CLAIMS_BY_CONNECTION.get(connection, {}) | _CLAIMS_BY_NOTE.get(note, {})
        claims = {name: self._timed(value) for name, value in claims.items() if value is not None}
        if note.startswith("EdDSA"):
            return jwt.encode(claims, self._ed_key, algorithm="EdDSA")
        key = self._foreign_rsa_key if note == "signed by another key" else self._rsa_key
        return jwt.encode(claims, key, algorithm="RS256")

    def _claims(self) -> Claims:
        return {
            "iat": "now+0",
            "jti": str(_START_S),
            "exp": "now+3600",
            "sub": "session",
            "iss": "barong",
            "aud": ["peatio", "barong"],
            "uid": MEMBER_UID,
            "email": "admin@barong.io",
            "role": "member",
            "level": 3,
            "state": "active",
        }

    def _timed(self, value: object) -> object:
        if isinstance(value, str) and value.startswith("now"):
            return int(self._clock.now_s()) + int(value.removeprefix("now"))
        return value


def _rsa_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)
