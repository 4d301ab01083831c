"""Prices and amounts that Hummingbot's database cannot keep. No I/O.

It keeps whole millionths, cut off, in 64 bits (its `SqliteDecimal(6)`); findings/hummingbot-database-decimals.sh.
"""

from collections.abc import Callable
from decimal import ROUND_DOWN, Context, Decimal

_STEP = Decimal("0.000001")
_LIMIT = Decimal(2**63) * _STEP
# What a cut-off part of a price or amount may be of the whole without a word: far less than any fee.
_NEGLIGIBLE = Decimal("0.000001")
_EXACT = Context(prec=80)
_NOT_STORED = "cannot be stored"


class RecordedDigits:
    """Tells the user once a market that Hummingbot's history will have wrong figures, before the first such order.

    :param tell: gets the sentence
    :param is_recorded: whether a strategy's database records the orders now
    """

    def __init__(self, tell: Callable[[str], None], is_recorded: Callable[[], bool]) -> None:
        self._tell = tell
        self._is_recorded = is_recorded
        self._told: set[str] = set()

    def on_order(self, trading_pair: str, amount: Decimal, price: Decimal | None) -> None:
        """An order is about to be made.

        :param price: as the exchange gets it; None or NaN where it is not known
        """
        if trading_pair in self._told or not self._is_recorded():
            return
        known = (("a price", price), ("an amount", amount))
        values = {what: value for what, value in known if value is not None and value.is_finite()}
        losses = {what: loss for what, value in values.items() if (loss := _loss(value)) is not None}
        if losses:
            # What cannot be stored at all comes first.
            what = next((what for what, loss in losses.items() if loss is _NOT_STORED), next(iter(losses)))
            self._told.add(trading_pair)
            self._tell(
                f"{trading_pair}: {what} of {values[what].normalize():f} {losses[what]} in Hummingbot's database, "
                "which its `history` and its profit are computed from. For exact figures: hummingbot-peatio report."
            )


def _loss(value: Decimal) -> str | None:
    """What becomes of a value; None where nothing that counts is lost."""
    if abs(value) >= _LIMIT:
        return _NOT_STORED
    kept = value.quantize(_STEP, ROUND_DOWN, _EXACT)
    if abs(_EXACT.subtract(value, kept)) <= _EXACT.multiply(abs(value), _NEGLIGIBLE):
        return None
    return f"becomes {kept:f}"
