"""Log-in by a token that the exchange's operator has signed (docs/protocol.md section 2).

Needs PyJWT with its ``crypto`` extra; a sandbox without operator keys does not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Literal

from peatio_sandbox.exchange.clock import Clock
from peatio_sandbox.exchange.records import Member
from peatio_sandbox.ranger.auth import TokenVerifier
from peatio_sandbox.rest.validation import ApiError

Algorithm = Literal["RS256", "EdDSA"]
_REFUSED = "jwt.decode_and_verify"
_TOKEN_TYPE = "Bearer"


class OperatorTokens:
    """Knows the operator's public keys and whom a token stands for.

    Peatio's rules and Rango's differ: Peatio wants every claim, Rango two of them (:class:`TokenVerifier`).

    Args:
        public_keys: in PEM form; RSA keys for RS256, Ed25519 keys for EdDSA.
        members: who may log in, by the claims ``uid`` and ``email``.
        clock: the exchange's clock; there is no leeway.
        audience: what ``aud`` must have one of; nothing: anything goes.
        issuer: what ``iss`` must be; None: anything goes.

    Raises:
        ImportError: PyJWT or cryptography is missing.
        ValueError: a key cannot be read or is of another kind.
    """

    def __init__(
        self,
        public_keys: Iterable[str],
        members: Iterable[Member],
        clock: Clock,
        audience: tuple[str, ...] = (),
        issuer: str | None = None,
    ) -> None:
        from jwt import PyJWS, get_algorithm_by_name

        self._members = {member.uid: member for member in members}
        self._clock = clock
        self._audience = audience
        self._issuer = issuer
        self._jws = PyJWS()
        self._keys: list[tuple[Algorithm, Any]] = []
        self._verifiers: list[TokenVerifier] = []
        for pem in public_keys:
            algorithm = _algorithm_of(pem)
            self._keys.append((algorithm, get_algorithm_by_name(algorithm).prepare_key(pem)))
            self._verifiers.append(TokenVerifier(pem.encode(), algorithm, clock.now_s))

    def member(self, authorization: str) -> Member:
        """Return the member whom Peatio takes the bearer of a token for.

        Args:
            authorization: ``Bearer TOKEN``.

        Raises:
            ApiError: 401; the token is not valid, or nobody's.
        """
        claims = self._claims(authorization)
        if claims is None or not self._is_acceptable(claims):
            raise ApiError(401, _REFUSED)
        member = self._members.get(claims["uid"])
        if member is None or member.email != claims["email"]:
            raise ApiError(401, _REFUSED)
        return member

    def level(self, authorization: str) -> int:
        """Return the verification level that a valid token claims."""
        claims = self._claims(authorization)
        return 0 if claims is None else int(claims["level"])

    def uid(self, authorization: str) -> str | None:
        """Return the uid that a token stands for by Peatio's rules, None if it is not valid."""
        try:
            return self.member(authorization).uid
        except ApiError:
            return None

    def rango_identity(self, authorization: str) -> tuple[str, str] | None:
        """Return the uid and role that a token stands for by Rango's rules, None if it is not valid."""
        identities = (verifier.identify(authorization) for verifier in self._verifiers)
        return next((identity for identity in identities if identity is not None), None)

    def _claims(self, authorization: str) -> dict[str, Any] | None:
        from jwt import PyJWTError

        token_type, _, token = authorization.partition(" ")
        if token_type != _TOKEN_TYPE:
            return None
        for algorithm, key in self._keys:
            try:
                claims = json.loads(self._jws.decode(token.strip(), key, algorithms=[algorithm]))
            except (PyJWTError, ValueError):
                continue  # another key may have signed it
            return claims if isinstance(claims, dict) else None
        return None

    def _is_acceptable(self, claims: dict[str, Any]) -> bool:
        now_s = self._clock.now_s()
        issued_s, expires_s = (_number(claims.get(name)) for name in ("iat", "exp"))
        return (
            claims.get("sub") == "session"
            and all(_is_text(claims.get(name)) for name in ("jti", "uid", "email", "role"))
            and _number(claims.get("level")) is not None
            and claims.get("state") == "active"
            and (issued_s is not None and issued_s <= now_s)
            and (expires_s is not None and now_s < expires_s)
            and self._is_for_us(claims)
        )

    def _is_for_us(self, claims: dict[str, Any]) -> bool:
        named = claims.get("aud")
        audience = named if isinstance(named, list) else [named]
        return (not self._audience or any(name in self._audience for name in audience)) and (
            self._issuer is None or claims.get("iss") == self._issuer
        )


def _algorithm_of(pem: str) -> Algorithm:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = load_pem_public_key(pem.encode())
    if isinstance(key, RSAPublicKey):
        return "RS256"
    if isinstance(key, Ed25519PublicKey):
        return "EdDSA"
    raise ValueError(f"an operator's key is RSA or Ed25519, not {type(key).__name__}")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
