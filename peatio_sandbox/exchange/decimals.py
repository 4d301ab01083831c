"""Exact money arithmetic and Peatio's way of writing decimals.

Nothing here touches the process-wide decimal context: the sandbox may run inside somebody else's process.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal

#: Wide enough for any product of two 32-digit database columns, so that no operation rounds by accident.
EXACT = Context(prec=80)
ZERO = Decimal(0)
#: Peatio keeps every balance and volume as decimal(32, 16).
DATABASE_STEP = Decimal(1).scaleb(-16)


def decimal_text(value: Decimal) -> str:
    """Write a number as Peatio does: no exponent, at least one digit after the point (``30000.0``, ``0.01``)."""
    text = str(value)
    if "E" in text:
        text = format(value, "f")
    if "." in text:
        text = text.rstrip("0")
        return text + "0" if text.endswith(".") else text
    return text + ".0"


def optional_decimal_text(value: Decimal | None) -> str | None:
    """Like :func:`decimal_text`; ``None`` stays ``None`` (the price of a market order)."""
    return None if value is None else decimal_text(value)


def json_number(value: Decimal) -> int | float:
    """Write a number the way public trades and k-line carry it: a JSON number, whole ones without a point."""
    return int(value) if value == value.to_integral_value() else float(value)


def multiply(left: Decimal, right: Decimal) -> Decimal:
    """Return the exact product."""
    return EXACT.multiply(left, right)


def to_database_precision(value: Decimal) -> Decimal:
    """Round to the 16 decimals a database column keeps, half up as MariaDB does."""
    return value.quantize(DATABASE_STEP, rounding=ROUND_HALF_UP, context=EXACT)


def round_down(value: Decimal, decimals: int) -> Decimal:
    """Cut off everything after ``decimals`` digits."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_DOWN, context=EXACT)


def divide_down(left: Decimal, right: Decimal, decimals: int) -> Decimal:
    """Divide and cut off everything after ``decimals`` digits."""
    return round_down(EXACT.divide(left, right), decimals)


def fits_precision(value: Decimal, decimals: int) -> bool:
    """Return whether ``value`` has at most ``decimals`` digits after the point (trailing zeros do not count)."""
    return value == round_down(value, decimals)
