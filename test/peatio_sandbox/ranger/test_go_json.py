"""Go's JSON, as clients of Rango see it."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peatio_sandbox.ranger.go_json import GoSyntaxError, _encode_any, check_syntax, encode

_JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=20,
)


# The first group is recorded (15_public_event_shapes_and_number_formatting.jsonl).
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.00000012, "1.2e-7"),
        (9007199254740993, "9007199254740992"),
        (1e21, "1e+21"),
        (123456789012345678901234, "1.2345678901234569e+23"),
        (0.000001, "0.000001"),
        (1e-7, "1e-7"),
        (30000.0, "30000"),
        (30020.5, "30020.5"),
        ("<a>&", '"\\u003ca\\u003e\\u0026"'),
        ("é", '"é"'),
        (None, "null"),
        ({"z": 1, "a": 2}, '{"a":2,"z":1}'),
        # Go's rules beyond the recording.
        (1e20, "100000000000000000000"),
        (123456789012345680000.0, "123456789012345680000"),
        (-0.0, "-0"),
        (0, "0"),
        (True, "true"),
        (Decimal("0.10"), "0.1"),
        ("\u2028\n", '"\\u2028\\n"'),
        ([1, [2], ()], "[1,[2],[]]"),
    ],
)
def test_encode(value: object, text: str) -> None:
    assert encode(value) == text


def test_encode_refuses_what_is_not_json() -> None:
    with pytest.raises(TypeError, match="set cannot be written"):
        encode({"a": {1}})
    with pytest.raises(ValueError, match="unsupported value"):
        encode(float("nan"))


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_comes_back_the_same(number: float) -> None:
    assert float(json.loads(encode(number))) == number


@settings(deadline=None)
@given(_JSON_VALUES)
def test_encoding_twice_changes_nothing_more(value: object) -> None:
    try:
        once = encode(value)
    except OverflowError:
        return  # an integer no float holds; Go refuses it as well
    assert encode(json.loads(once, parse_int=float)) == once


# The first group is recorded (04_errors_and_odd_messages.jsonl).
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{bad json", "invalid character 'b' looking for beginning of object key string"),
        (b"hello", "invalid character 'h' looking for beginning of value"),
        (b'{"event":"a"}{"event":"x"}', "invalid character '{' after top-level value"),
        (b"\xff\xfe", "invalid character 'ÿ' looking for beginning of value"),
        # Go's scanner beyond the recording.
        (b'{"a":1,}', "invalid character '}' looking for beginning of object key string"),
        (b'{"a" 1}', "invalid character '1' after object key"),
        (b'{"a":1 "b"}', "invalid character '\"' after object key:value pair"),
        (b"[1 2]", "invalid character '2' after array element"),
        (b"[1,]", "invalid character ']' looking for beginning of value"),
        (b"nul!", "invalid character '!' in literal null (expecting 'l')"),
        (b"-x", "invalid character 'x' in numeric literal"),
        (b"1.x", "invalid character 'x' after decimal point in numeric literal"),
        (b"1ex", "invalid character 'x' in exponent of numeric literal"),
        (b"01", "invalid character '1' after top-level value"),
        (b'"\\x"', "invalid character 'x' in string escape code"),
        (b'"\\u00g0"', "invalid character 'g' in \\u hexadecimal character escape"),
        (b'"\x01"', "invalid character '\\x01' in string literal"),
        (b"'", "invalid character '\\'' looking for beginning of value"),
        (b"\\", "invalid character '\\\\' looking for beginning of value"),
        (b"\x07", "invalid character '\\a' looking for beginning of value"),
        (b"\xa0", "invalid character '\\u00a0' looking for beginning of value"),
        (b'{"a":', "unexpected end of JSON input"),
        (b'"a', "unexpected end of JSON input"),
    ],
)
def test_syntax_errors_have_go_s_words(text: bytes, message: str) -> None:
    with pytest.raises(GoSyntaxError) as caught:
        check_syntax(text)
    assert str(caught.value) == message


@settings(deadline=None)
@given(_JSON_VALUES)
def test_every_json_text_passes(value: object) -> None:
    check_syntax(json.dumps(value).encode())
    check_syntax(json.dumps(value, indent=1, ensure_ascii=False).encode("utf-8", "replace"))


@settings(deadline=None)
@given(st.text(alphabet='{}[],:"\\ue-+.0129tfn rulasx', max_size=12))
def test_it_judges_as_python_s_decoder_does(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        with pytest.raises(GoSyntaxError):
            check_syntax(text.encode())
    else:
        check_syntax(text.encode())


def test_depth_costs_no_recursion() -> None:
    check_syntax(b"[" * 100_000 + b"]" * 100_000)


EVENTS = st.dictionaries(
    st.text(max_size=5),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=8) | st.sampled_from(["<b>&", "\u2028", "\x08\x1f", "\ud800", 'a"b\\']),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)


@settings(deadline=None, derandomize=True, max_examples=500)
@given(EVENTS)
def test_the_quick_way_writes_what_the_general_one_does(event: dict[str, object]) -> None:
    assert encode(event) == _encode_any(event)
