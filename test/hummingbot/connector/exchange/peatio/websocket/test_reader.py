"""What is JSON in a message, and which numbers it has."""

import json
from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio.websocket.reader import decoded
from hypothesis import given, settings
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(deadline=None, derandomize=True)
@given(JSON)
def test_json_is_decoded_as_the_standard_library_does(value: object) -> None:
    text = json.dumps(value)
    assert decoded(text) == json.loads(text)


@pytest.mark.parametrize("text", [' {"a": 1}', '{"a": 1}\n', "\n[1]\n"])
def test_blanks_around_a_message_do_not_matter(text: str) -> None:
    assert decoded(text) == json.loads(text)


@pytest.mark.parametrize("text", ["pong", "", "{", '{"a": 1} {"b": 2}', '{"a": 1}x'])
def test_what_is_no_json_stays_text(text: str) -> None:
    assert decoded(text) == text


@pytest.mark.parametrize("blank", ["", " "])
def test_numbers_are_floats_unless_every_digit_counts(blank: str) -> None:
    text = '{"amount": 0.1234567890123456789, "price": 1.2e-7, "big": 1e400}' + blank
    exact = {"amount": Decimal("0.1234567890123456789"), "price": Decimal("1.2E-7"), "big": Decimal("1E+400")}
    assert decoded(text, is_exact=True) == exact
    assert decoded(text) == {name: float(number) for name, number in exact.items()}
