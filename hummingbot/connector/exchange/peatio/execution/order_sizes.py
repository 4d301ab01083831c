"""Orders that are too small for their market, which Hummingbot drops without a word. No I/O."""

from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal

from hummingbot.connector.trading_rule import TradingRule


class OrderSizes:
    """Tells the user once a market that its orders are too small, with the amount to set.

    A strategy that quotes an amount below the minimum makes orders that fail at every refresh, and one that rounds to
    zero makes none.

    :param tell: gets the sentence
    :ivar notices: trading pair → the same sentence, for `status`, until an order of the pair is placed
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._told: set[str] = set()
        self._placed: set[str] = set()
        self.notices: dict[str, str] = {}

    def on_order(self, rule: TradingRule, amount: Decimal, rounded: Decimal) -> None:
        """An order is about to be made.

        :param rounded: its amount in the market's steps
        """
        if rounded < rule.min_order_size:
            self._notice(rule, amount)

    def on_rounded(self, rule: TradingRule, amount: Decimal) -> None:
        """A strategy has an amount rounded. Remainders that round to zero are usual where orders are placed."""
        if not amount.is_finite() or rule.trading_pair in self._placed:
            return
        if 0 < amount < rule.min_base_amount_increment:
            self._notice(rule, amount)

    def on_placed(self, trading_pair: str) -> None:
        """The exchange has an order of the pair."""
        self._placed.add(trading_pair)
        self.notices.pop(trading_pair, None)

    def _notice(self, rule: TradingRule, amount: Decimal) -> None:
        pair = rule.trading_pair
        # Hummingbot's `status` shows the first 120 characters.
        text = (
            f"{pair}: set the order amount to {smallest_amount(rule):f} or more. The exchange takes no order of "
            f"{amount.normalize():f}, so none is sent. If it is set larger, the balance is too low."
        )
        self.notices[pair] = text
        if pair not in self._told:
            self._told.add(pair)
            self._tell(text)


def smallest_amount(rule: TradingRule) -> Decimal:
    """The smallest amount that the market takes: its minimum, rounded up to its step."""
    step, minimum = Decimal(rule.min_base_amount_increment), Decimal(rule.min_order_size)
    steps = max((minimum / step).to_integral_value(ROUND_CEILING), Decimal(1))
    return (steps * step).normalize()
