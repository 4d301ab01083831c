"""Conversion between currencies by the prices of markets. Pure computation."""

from collections.abc import Mapping
from decimal import Decimal

from peatio_cli.report.profit import EXACT

ONE = Decimal(1)


class Rates:
    """:param prices: trading pair → units of its quote currency for one of its base currency; a price of 0 is none"""

    def __init__(self, prices: Mapping[str, Decimal]) -> None:
        self._ways: dict[str, dict[str, Decimal]] = {}
        for pair, price in sorted(prices.items()):
            base, _, quote = pair.partition("-")
            if price > 0 and base != quote:
                self._ways.setdefault(base, {})[quote] = price
                self._ways.setdefault(quote, {}).setdefault(base, EXACT.divide(ONE, price))

    def rate(self, source: str, target: str) -> Decimal | None:
        """How many units of `target` one of `source` is, over as few markets as possible; None where there is no way.

        Two currencies are never taken for the same, USD and USDT neither.
        """
        reached, nearest = {source: ONE}, [source]
        while nearest and target not in reached:
            following: list[str] = []
            for name in nearest:
                for other, price in sorted(self._ways.get(name, {}).items()):
                    if other not in reached:
                        reached[other] = EXACT.multiply(reached[name], price)
                        following.append(other)
            nearest = following
        return reached.get(target)
