"""Tokens signed by the operator's own key, as a Peatio or Rango checks them."""

from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.http.jwt_auth import RENEW_BEFORE_S, TOKEN_LIFE_S, JwtAuth
from hummingbot.connector.exchange.peatio.settings.exchanges import JwtLogin
from hummingbot.core.web_assistant.connections.data_types import RESTMethod, RESTRequest

RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED_KEY = ed25519.Ed25519PrivateKey.generate()


def pem_file(folder: Path, key: Any, mode: int = 0o600) -> Path:
    path = folder / "key.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    path.chmod(mode)
    return path


def login(key_file: Path, **changes: Any) -> JwtLogin:
    return JwtLogin(**{"key_file": key_file, "uid": "U1", "email": "bot@exchange.example", **changes})


class Clock:
    now_s = 1_800_000_000.7

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.parametrize(("key", "algorithm"), [(RSA_KEY, "RS256"), (ED_KEY, "EdDSA")])
async def test_the_token_holds_what_a_peatio_checks(tmp_path: Path, key: Any, algorithm: str) -> None:
    clock = Clock()
    auth = JwtAuth(login(pem_file(tmp_path, key), audience=("peatio",), issuer="barong"), clock)
    request = await auth.rest_authenticate(RESTRequest(RESTMethod.GET, "https://exchange.example", headers={"A": "b"}))
    assert request.headers is not None
    assert request.headers["A"] == "b"
    kind, token = request.headers["Authorization"].split(" ")
    assert kind == "Bearer"
    assert jwt.get_unverified_header(token)["alg"] == algorithm
    claims = jwt.decode(
        token, key.public_key(), algorithms=[algorithm], audience="peatio", issuer="barong",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims.pop("jti")
    assert claims == {
        "sub": "session", "uid": "U1", "email": "bot@exchange.example", "role": "member", "level": 3,
        "state": "active", "aud": ["peatio"], "iss": "barong",
        "iat": 1_799_999_998, "exp": 1_799_999_998 + TOKEN_LIFE_S,
    }


def test_without_audience_and_issuer_the_token_names_none(tmp_path: Path) -> None:
    auth = JwtAuth(login(pem_file(tmp_path, ED_KEY)), Clock())
    claims = jwt.decode(auth.bearer().split(" ")[1], options={"verify_signature": False})
    assert not {"aud", "iss"} & set(claims)


def test_a_token_is_kept_until_shortly_before_its_end(tmp_path: Path) -> None:
    clock = Clock()
    auth = JwtAuth(login(pem_file(tmp_path, ED_KEY)), clock)
    first = auth.bearer()
    clock.now_s += TOKEN_LIFE_S - RENEW_BEFORE_S - 4
    assert auth.bearer() == first
    clock.now_s += 3
    assert auth.bearer() != first


def test_a_token_from_the_future_is_replaced_where_the_clock_was_put_back(tmp_path: Path) -> None:
    clock = Clock()
    auth = JwtAuth(login(pem_file(tmp_path, ED_KEY)), clock)
    first = auth.bearer()
    clock.now_s -= 3
    assert auth.bearer() != first


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_is_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ConfigError, match="chmod 600"):
        JwtAuth(login(pem_file(tmp_path, ED_KEY, mode)), Clock())


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="neither an RSA nor an Ed25519 key"):
        JwtAuth(login(pem_file(tmp_path, ec.generate_private_key(ec.SECP256R1()))), Clock())


def test_what_is_no_key_is_refused_without_quoting_it(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="holds no private key") as error:
        JwtAuth(login(path), Clock())
    assert "c2VjcmV0" not in str(error.value)
    assert error.value.__cause__ is None


def test_a_key_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        JwtAuth(login(tmp_path / "none.pem"), Clock())


def test_it_shows_nothing_of_itself(tmp_path: Path) -> None:
    auth = JwtAuth(login(pem_file(tmp_path, ED_KEY)), Clock())
    auth.bearer()
    assert repr(auth) == "JwtAuth(…)"
