"""Rango's token rules beyond the recorded ones, which the replay covers."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt import PyJWS

from peatio_sandbox.ranger.auth import TokenVerifier

NOW_S = 1_800_000_000


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def verifier(key: RSAPrivateKey) -> TokenVerifier:
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return TokenVerifier(pem, now_s=lambda: NOW_S + 0.9)


def _bearer(key: RSAPrivateKey, claims: object) -> str:
    return f"Bearer {PyJWS().encode(json.dumps(claims).encode(), key, algorithm='RS256')}"


@pytest.mark.parametrize(
    ("claims", "identity"),
    [
        ({}, ("", "")),
        ({"uid": "ID1", "role": "admin"}, ("ID1", "admin")),
        ({"uid": None, "role": None}, ("", "")),
        ({"uid": 5}, None),
        ({"uid": "ID1", "iss": 5}, None),
        ({"uid": "ID1", "exp": NOW_S}, ("ID1", "")),
        ({"uid": "ID1", "exp": NOW_S - 1}, None),
        ({"uid": "ID1", "exp": 0}, ("ID1", "")),
        ({"uid": "ID1", "exp": NOW_S + 0.5}, None),
        ({"uid": "ID1", "exp": str(NOW_S + 9)}, None),
        ({"uid": "ID1", "iat": True}, None),
        ({"uid": "ID1", "iat": NOW_S + 1}, None),
        ({"uid": "ID1", "iat": NOW_S, "nbf": NOW_S}, ("ID1", "")),
        ({"uid": "ID1", "aud": ["peatio"]}, ("ID1", "")),
        ({"uid": "ID1", "aud": None}, ("ID1", "")),
        ({"uid": "ID1", "aud": [5]}, None),
        (["ID1"], None),
    ],
)
def test_claims(key: RSAPrivateKey, verifier: TokenVerifier, claims: object, identity: tuple[str, str] | None) -> None:
    assert verifier.identify(_bearer(key, claims)) == identity


def test_a_changed_token_is_refused(key: RSAPrivateKey, verifier: TokenVerifier) -> None:
    header, payload, signature = _bearer(key, {"uid": "ID1"}).split(".")
    _, other_payload, _ = _bearer(key, {"uid": "ID2"}).split(".")
    assert verifier.identify(f"{header}.{payload}.{signature}") == ("ID1", "")
    assert verifier.identify(f"{header}.{other_payload}.{signature}") is None


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "Bearer a.b", "Bearer a.b.c"])
def test_what_is_no_token_is_refused(verifier: TokenVerifier, header: str | None) -> None:
    assert verifier.identify(header) is None
