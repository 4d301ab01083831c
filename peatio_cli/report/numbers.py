"""How the report writes numbers: all digits for programs, the leading ones for people."""

from decimal import Context, Decimal

from peatio_cli.report.profit import ZERO

MISSING = "missing"
# Amounts have 32 digits. What was divided or converted has no end of digits; these are more than enough.
_FULL = Context(prec=40)
_SHOWN = Context(prec=8)


def full(value: Decimal | None) -> str | None:
    """For CSV and JSON: without exponent; None where it is missing."""
    return None if value is None else _plain(_FULL.plus(value))


def short(value: Decimal | None) -> str:
    """For the table: eight digits and never fewer than those before the point."""
    if value is None:
        return MISSING
    whole = value.to_integral_value()
    return _plain(whole if len(whole.as_tuple().digits) > _SHOWN.prec else _SHOWN.plus(value))


def _plain(value: Decimal) -> str:
    return f"{_FULL.normalize(value):f}" if value else f"{ZERO:f}"
