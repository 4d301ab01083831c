"""Compares the source's balance with what the fills in the hedge journal make of it. Pure, but for its memory.

The exposure comes from the fills. A fill of a hedge that nobody recorded, or somebody else who trades on the account,
shows in the balance alone.
"""

from dataclasses import dataclass
from decimal import Decimal

from peatio_liquidity.levels import ZERO


@dataclass(frozen=True, slots=True)
class Reckoning:
    """A balance, and what was bought on the source less what was sold, by the journal, at the same time. In base."""

    balance: Decimal
    net: Decimal

    def unexplained(self, now: "Reckoning") -> Decimal:
        """By how much more the balance grew since than the fills explain."""
        return (now.balance - self.balance) - (now.net - self.net)


class BalanceCheck:
    """
    :param known: of an earlier run; None for none
    :param settle_s: for so long a difference must be the same: connectors read balances later than fills
    :ivar known: the last that agreed, or whose difference was reported
    :ivar unexplained: the sum of what was reported
    """

    def __init__(self, known: Reckoning | None, settle_s: float) -> None:
        self.known = known
        self.unexplained = ZERO
        self._settle_s = settle_s
        self._difference = ZERO
        self._since_s = 0.0

    def look(self, now: Reckoning, is_quiet: bool, tolerance: Decimal, now_s: float) -> Decimal:
        """
        :param is_quiet: whether no hedge is under way
        :param tolerance: what is too little to be hedged; such differences add up until they are more
        :param now_s: of a clock that never steps
        :return: a difference that has settled, once; else 0
        """
        difference = ZERO if self.known is None else self.known.unexplained(now)
        if difference != self._difference or not is_quiet:
            self._difference, self._since_s = difference, now_s
        if not is_quiet:
            return ZERO
        if difference == 0:
            self.known = now
        elif abs(difference) > tolerance and now_s - self._since_s >= self._settle_s:
            self.known, self._difference = now, ZERO
            self.unexplained += difference
            return difference
        return ZERO
