"""JSON the way Rango's Go standard library reads and writes it.

Rango decodes every event into Go's ``interface{}`` and encodes it again, so what a client receives is Go's
JSON and not Peatio's: keys sorted, no spaces, ``<``, ``>``, ``&`` escaped, every number passed through
float64 (``0.00000012`` becomes ``1.2e-7``, docs/protocol.md section 5). What a client sends is judged by Go's
scanner, whose error texts come back to the client.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from json.encoder import JSONEncoder, encode_basestring

_SPACE = b" \t\r\n"
_DIGITS = b"0123456789"
_HEX_DIGITS = b"0123456789abcdefABCDEF"
_LITERALS = {ord("t"): b"true", ord("f"): b"false", ord("n"): b"null"}
_SIMPLE_ESCAPES = b'bfnrt\\/"'
_QUOTED_CONTROLS = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r"}
# Go writes these inside strings as \\u escapes, Python's encoder does not (or shorter).
_STRING_ESCAPES = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


_encode_plain = JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
#: Integers up to here are the same as float64.
_EXACT_INTEGERS = 2**53

# What the scanner expects next; calling it reads that and gives the state after it.
type _State = Callable[[], _State | None]


class GoSyntaxError(ValueError):
    """The text is not JSON; the message is the one Go's decoder gives."""


def encode(value: object) -> str:
    """`value` as Go's ``json.Marshal`` writes it after a decode into ``interface{}``.

    Raises:
        TypeError: `value` holds something that is not JSON.
        ValueError: a number is not finite.
    """
    if isinstance(value, dict) and _is_plain(value):
        # One pass of C. The characters that Go escapes stand inside strings only.
        return _encode_plain(value).translate(_STRING_ESCAPES)
    return _encode_any(value)


def _is_plain(value: dict[object, object]) -> bool:
    """Whether Python's encoder and Go's differ in nothing but the escapes: no fractions, no large numbers."""
    for key, member in value.items():
        kind = type(member)
        if type(key) is not str:
            return False
        if kind is str or member is None:
            continue
        if kind is int:
            if not -_EXACT_INTEGERS <= member <= _EXACT_INTEGERS:  # type: ignore[operator]
                return False
        elif kind is list:
            if not all(type(item) is str for item in member):  # type: ignore[attr-defined]
                return False
        elif kind is not dict or not _is_plain(member):  # type: ignore[arg-type]
            return False
    return True


def _encode_any(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _encode_string(value)
    if isinstance(value, int | float | Decimal):
        return _encode_float64(float(value))
    if isinstance(value, Mapping):
        members = (f"{_encode_string(key)}:{_encode_any(value[key])}" for key in sorted(value))
        return "{" + ",".join(members) + "}"
    if isinstance(value, Sequence):
        return "[" + ",".join([_encode_any(item) for item in value]) + "]"
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _encode_string(text: str) -> str:
    return encode_basestring(text).translate(_STRING_ESCAPES)


def _encode_float64(number: float) -> str:
    """The shortest digits that give `number` back, in Go's choice of plain or exponent form."""
    if not math.isfinite(number):
        raise ValueError(f"unsupported value: {number}")
    size = abs(number)
    if size and (size < 1e-6 or size >= 1e21):
        mantissa, _, exponent = repr(number).partition("e")
        sign, digits = exponent[0], exponent[1:].lstrip("0")
        return f"{mantissa.removesuffix('.0')}e{sign}{digits}"
    return format(Decimal(repr(number)), "f").removesuffix(".0")


def check_syntax(text: bytes) -> None:
    """Read `text` as Go's JSON scanner does.

    Raises:
        GoSyntaxError: with Go's words, as ``invalid character 'h' looking for beginning of value``.
    """
    end = _Scanner(text).scan_value()
    if end < len(text):
        raise _invalid(text[end], "after top-level value")


def _invalid(byte: int, context: str) -> GoSyntaxError:
    return GoSyntaxError(f"invalid character {_quote(byte)} {context}")


def _quote(byte: int) -> str:
    """A byte in single quotes as Go's error messages show it."""
    if byte == ord("'"):
        return "'\\''"
    if byte == ord("\\"):
        return "'\\\\'"
    if byte in _QUOTED_CONTROLS:
        return f"'{_QUOTED_CONTROLS[byte]}'"
    if byte < 0x20 or byte == 0x7F:
        return f"'\\x{byte:02x}'"
    if 0x80 <= byte <= 0xA0 or byte == 0xAD:
        return f"'\\u{byte:04x}'"
    return f"'{chr(byte)}'"


class _Scanner:
    """Walks over one JSON text.

    Its states are methods that read one piece and return the next state, None at the end of the value: with a
    stack of open brackets beside them, depth costs no recursion.
    """

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._at = 0
        self._open: list[int] = []

    def scan_value(self) -> int:
        """Scan one whole value with the space around it; return the position after it."""
        state: _State | None = self._value
        while state is not None:
            state = state()
        self._skip_space()
        return self._at

    def _skip_space(self) -> None:
        while self._at < len(self._text) and self._text[self._at] in _SPACE:
            self._at += 1

    def _next(self) -> int:
        """The next byte, stepped over."""
        if self._at >= len(self._text):
            raise GoSyntaxError("unexpected end of JSON input")
        self._at += 1
        return self._text[self._at - 1]

    def _next_after_space(self) -> int:
        self._skip_space()
        return self._next()

    def _after_value(self) -> _State | None:
        if not self._open:
            return None
        return self._after_member if self._open[-1] == ord("{") else self._after_element

    def _close(self) -> _State | None:
        self._open.pop()
        return self._after_value()

    def _value(self) -> _State | None:
        return self._begin(self._next_after_space())

    def _first_element(self) -> _State | None:
        byte = self._next_after_space()
        return self._close() if byte == ord("]") else self._begin(byte)

    def _begin(self, byte: int) -> _State | None:
        """The beginning of a value: an opening bracket, or a scalar as a whole."""
        if byte == ord("{"):
            self._open.append(byte)
            return self._first_key
        if byte == ord("["):
            self._open.append(byte)
            return self._first_element
        if byte == ord('"'):
            self._scan_string()
        elif byte == ord("-") or byte in _DIGITS:
            self._scan_number(byte)
        elif byte in _LITERALS:
            self._scan_literal(_LITERALS[byte])
        else:
            raise _invalid(byte, "looking for beginning of value")
        return self._after_value()

    def _first_key(self) -> _State | None:
        byte = self._next_after_space()
        return self._close() if byte == ord("}") else self._begin_key(byte)

    def _key(self) -> _State | None:
        return self._begin_key(self._next_after_space())

    def _begin_key(self, byte: int) -> _State:
        if byte != ord('"'):
            raise _invalid(byte, "looking for beginning of object key string")
        self._scan_string()
        byte = self._next_after_space()
        if byte != ord(":"):
            raise _invalid(byte, "after object key")
        return self._value

    def _after_member(self) -> _State | None:
        byte = self._next_after_space()
        if byte == ord("}"):
            return self._close()
        if byte == ord(","):
            return self._key
        raise _invalid(byte, "after object key:value pair")

    def _after_element(self) -> _State | None:
        byte = self._next_after_space()
        if byte == ord("]"):
            return self._close()
        if byte == ord(","):
            return self._value
        raise _invalid(byte, "after array element")

    def _scan_string(self) -> None:
        while (byte := self._next()) != ord('"'):
            if byte < 0x20:
                raise _invalid(byte, "in string literal")
            if byte == ord("\\"):
                self._scan_escape()

    def _scan_escape(self) -> None:
        byte = self._next()
        if byte == ord("u"):
            for _ in range(4):
                digit = self._next()
                if digit not in _HEX_DIGITS:
                    raise _invalid(digit, "in \\u hexadecimal character escape")
        elif byte not in _SIMPLE_ESCAPES:
            raise _invalid(byte, "in string escape code")

    def _scan_literal(self, literal: bytes) -> None:
        for expected in literal[1:]:
            byte = self._next()
            if byte != expected:
                raise _invalid(byte, f"in literal {literal.decode()} (expecting '{chr(expected)}')")

    def _scan_number(self, first: int) -> None:
        if first == ord("-"):
            first = self._digit("in numeric literal")
        if first != ord("0"):
            self._skip_digits()
        if self._peek() == ord("."):
            self._next()
            self._digit("after decimal point in numeric literal")
            self._skip_digits()
        if self._peek() in (ord("e"), ord("E")):
            self._next()
            if self._peek() in (ord("+"), ord("-")):
                self._next()
            self._digit("in exponent of numeric literal")
            self._skip_digits()

    def _peek(self) -> int | None:
        return self._text[self._at] if self._at < len(self._text) else None

    def _digit(self, context: str) -> int:
        byte = self._next()
        if byte not in _DIGITS:
            raise _invalid(byte, context)
        return byte

    def _skip_digits(self) -> None:
        while (byte := self._peek()) is not None and byte in _DIGITS:
            self._at += 1
