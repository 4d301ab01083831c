"""Reads the fields of a decoded payload: each function returns a value of the expected type or raises. No I/O."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from math import isfinite, nan
from typing import Any

from hummingbot.connector.exchange.peatio.common.errors import MessageError

# More decimal places than any exchange has (Peatio's columns hold 16). A greater precision is an error.
MAX_PRECISION = 32
# Far beyond any amount; one with more digits before or after the point would fill the memory where it is written out.
MAX_DIGITS = 100
# More characters than an id or a currency has anywhere; a uuid has 36.
MAX_NAME = 100


def exact_number(text: str) -> Decimal | float:
    """The fraction of a JSON text, for a decoder; NaN, which `as_decimal` refuses, for one that Python cannot hold."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return nan


def as_object(payload: Any, what: str) -> dict[str, Any]:
    """The payload as a JSON object.

    :raises MessageError: when it is not an object
    """
    if not isinstance(payload, dict):
        raise MessageError(f"A {what} must be a JSON object, not {payload!r:.80}")
    return payload


def as_list(payload: Any, what: str) -> list[Any]:
    """The payload as a list.

    :raises MessageError: when it is not a list
    """
    if not isinstance(payload, list):
        raise MessageError(f"A {what} must be a list, not {payload!r:.80}")
    return payload


def required(row: Mapping[str, Any], field: str, what: str) -> Any:
    """The value of `field`.

    :raises MessageError: when it is missing or null
    """
    value = row.get(field)
    if value is None:
        raise MessageError(f"A {what} has no '{field}': {dict(row)!r:.200}")
    return value


def first_of(row: Mapping[str, Any], fields: Sequence[str], what: str) -> Any:
    """The first value among `fields` that is present and not null: versions of Peatio name fields differently.

    :raises MessageError: when there is none
    """
    for field in fields:
        if row.get(field) is not None:
            return row[field]
    raise MessageError(f"A {what} has no '{fields[0]}': {dict(row)!r:.200}")


def as_name(value: Any, what: str) -> str:
    """An id, a currency or a market's symbol: a text, or a whole number in whatever form JSON has it.

    :raises MessageError: when it is neither, empty, or too long for either
    """
    if type(value) is not str and type(value) is not int:
        value = _whole(value)
    name = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    if not 0 < len(name.strip()) <= MAX_NAME:
        raise MessageError(f"{what} must be a name or a number, not {value!r:.40}")
    return name


def _whole(value: Any) -> Any:
    """The value as an int where it is a whole number in another form."""
    is_finite = isinstance(value, float) or (isinstance(value, Decimal) and value.is_finite())
    if is_finite and abs(value) < 1e20 and value == int(value):
        return int(value)
    return value


def as_decimal(value: Any, what: str) -> Decimal:
    """The exact number in a JSON string or number.

    :raises MessageError: when it is not a finite number
    """
    text = value if type(value) is str else str(value)
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise MessageError(f"{what} must be a decimal number, not {value!r:.40}") from error
    if not number.is_finite():
        raise MessageError(f"{what} must be a finite number, not {value!r:.40}")
    # A short text without an exponent is within; to look at the number's digits takes longer than to read it.
    is_short = len(text) <= MAX_DIGITS and "e" not in text and "E" not in text
    if not is_short and (number.adjusted() > MAX_DIGITS or int(number.as_tuple().exponent) < -MAX_DIGITS):
        raise MessageError(f"{what} must have at most {MAX_DIGITS} digits on either side, unlike {value!r:.40}")
    return number


def as_amount(value: Any, what: str) -> Decimal:
    """As `as_decimal`, and not negative.

    :raises MessageError: when it is not a finite number, or below zero
    """
    number = as_decimal(value, what)
    if number < 0:
        raise MessageError(f"{what} must not be negative: {value!r:.40}")
    return number


def as_precision(value: Any) -> int:
    """A number of decimal places.

    :raises MessageError: when it is not an integer from 0 to `MAX_PRECISION`
    """
    precision = int(as_decimal(value, "a precision"))
    if not 0 <= precision <= MAX_PRECISION:
        raise MessageError(f"A precision must be between 0 and {MAX_PRECISION}, not {precision}")
    return precision


def as_time_s(value: Any, what: str) -> float:
    """Epoch seconds from ISO 8601 (REST), in UTC where it names no zone, or from an epoch number (websocket).

    :raises MessageError: when it is neither
    """
    try:
        if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
            seconds = float(value)
        else:
            time = datetime.fromisoformat(str(value))
            seconds = (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        raise MessageError(f"{what} must be a time, not {value!r:.40}") from error
    if not (isfinite(seconds) and seconds >= 0):
        raise MessageError(f"{what} must be a time, not {value!r:.40}")
    return seconds
