"""Profit of a market that is hedged on another one, from the fills of both, at average cost. Pure computation.

Unlike a market by itself (`peatio_cli.report.profit`) a pair has no opening inventory: what is sold first and bought
back on the other exchange is a closed position, and its profit realised. What is open is what is not hedged.
"""

from dataclasses import dataclass
from decimal import Decimal, localcontext

from peatio_cli.report.profit import EXACT, ZERO
from peatio_liquidity.figures import BookedFill


@dataclass
class PairBook:
    """Adds up the fills of both exchanges, in the quote currency of the own market.

    :ivar inventory: what is not hedged, in base; negative was sold
    :ivar cost: what it cost; negative is what was received for it
    :ivar realised: before fees
    :ivar fees: charged in base or quote; base at the price of the fill
    """

    fills: int = 0
    inventory: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO

    def add(self, fill: BookedFill) -> None:
        """The next one. A fee in base is taken from the inventory at the price of the fill."""
        with localcontext(EXACT):
            self.fills += 1
            self.fees += fill.fee
            # Of what was paid, fees are no part: they are counted by themselves.
            self._change(fill.base_change, -fill.quote_change - fill.fee)

    def _change(self, base: Decimal, paid: Decimal) -> None:
        if base and self.inventory and (base > 0) is not (self.inventory > 0):
            closed = min(abs(base), abs(self.inventory))
            paid_for_it = paid * closed / abs(base)
            cost_of_it = self.cost * closed / abs(self.inventory)
            self.realised -= paid_for_it + cost_of_it
            self.inventory += closed if base > 0 else -closed
            self.cost -= cost_of_it
            base -= closed if base > 0 else -closed
            paid -= paid_for_it
            if not self.inventory:
                # What the divisions have left of the cost is a part of the result.
                self.realised -= self.cost
                self.cost = ZERO
        if base:
            self.inventory += base
            self.cost += paid
        else:
            self.realised -= paid
