"""Login with tokens that a key of the exchange's operator signs (docs/protocol.md section 2, "JWT")."""

import os
import stat
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.peatio_auth import PeatioLogin
from hummingbot.connector.exchange.peatio.settings.exchanges import JwtLogin

TOKEN_LIFE_S = 300
# A token is replaced this long before it expires, so that none expires while a request is sent.
RENEW_BEFORE_S = 60
# Peatio refuses a token issued in the future, even by one second, and gives its time in whole seconds.
ISSUED_BEFORE_S = 2


class JwtAuth(PeatioLogin):
    """Adds `Authorization: Bearer …` to requests and to the upgrade of the private websocket.

    The token identifies the member in `login`, is valid for `TOKEN_LIFE_S` and is renewed before it expires. It is
    signed with RS256 by an RSA key, with EdDSA by an Ed25519 key.

    :param now_s: the server's time, epoch seconds
    :raises ConfigError: when the key cannot be read, other users may read it, or it is of another kind
    """

    def __init__(self, login: JwtLogin, now_s: Callable[[], float]) -> None:
        self._login = login
        self._now_s = now_s
        self._key, self._algorithm = _signing_key(login.key_file)
        self._token = ""
        self._issued_at_s = self._ends_at_s = 0

    def headers(self) -> dict[str, str]:
        """The header for a request that is sent now, REST or websocket upgrade."""
        return {"Authorization": self.bearer()}

    def bearer(self) -> str:
        """`Bearer` and a token that is valid for at least `RENEW_BEFORE_S`."""
        if not self._issued_at_s <= self._now_s() <= self._ends_at_s - RENEW_BEFORE_S:
            self._renew()  # also after the server's clock was set back to before the token's issue
        return f"Bearer {self._token}"

    def _renew(self) -> None:
        import jwt

        self._issued_at_s = int(self._now_s()) - ISSUED_BEFORE_S
        self._ends_at_s = self._issued_at_s + TOKEN_LIFE_S
        login = self._login
        claims: dict[str, Any] = {
            "sub": "session",
            "jti": uuid.uuid4().hex,
            "iat": self._issued_at_s,
            "exp": self._ends_at_s,
            "uid": login.uid,
            "email": login.email,
            "role": login.role,
            "level": login.level,
            "state": "active",
        }
        if login.audience:
            claims["aud"] = list(login.audience)  # Rango accepts an array only
        if login.issuer:
            claims["iss"] = login.issuer
        self._token = jwt.encode(claims, self._key, algorithm=self._algorithm)


class MissingLogin(PeatioLogin):
    """In place of a login that cannot be used, where public requests are all that is needed.

    :param reason: why not; a private request raises it
    """

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def headers(self) -> dict[str, str]:
        """:raises ConfigError: always"""
        raise ConfigError(self._reason)


def _signing_key(path: Path) -> tuple[Any, str]:
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError as error:
        raise ConfigError("A JWT login needs: pip install 'hummingbot-peatio[jwt]'") from error
    try:
        mode = os.stat(path).st_mode
        pem = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"The signing key {path} cannot be read: {error.strerror}") from error
    if stat.S_IMODE(mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(f"Other users can read the signing key {path}: chmod 600 {path}")
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The text of the library's error may quote the file.
        raise ConfigError(f"{path} holds no private key in PEM form without a password.") from None
    if isinstance(key, RSAPrivateKey):
        return key, "RS256"
    if isinstance(key, Ed25519PrivateKey):
        return key, "EdDSA"
    raise ConfigError(f"{path} is neither an RSA nor an Ed25519 key; Peatio accepts no other.")
