"""What was lost on a day, from the positions at its first look and now. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from peatio_cli.report.profit import EXACT
from peatio_cli.watch.bot_state import Position

ZERO = Decimal(0)
#: The exchange's URL and a trading pair.
Market = tuple[str, str]


@dataclass
class DayStart:
    """Where the profit of each market stood when its day began.

    :ivar day: as 2026-11-30, UTC; "" before the first look
    :ivar nets: market → profit in quote currency; None where no price was there yet
    """

    day: str = ""
    nets: dict[Market, Decimal | None] = field(default_factory=dict)

    def losses(
        self, positions: tuple[Position, ...], mids: Mapping[Market, Decimal], now_s: float
    ) -> dict[str, Decimal | None]:
        """Quote currency → the loss since the day began (negative: a profit); None where a price is missing.

        :param mids: the price that the inventory of a market counts at
        """
        today = f"{datetime.fromtimestamp(now_s, UTC):%Y-%m-%d}"
        nets = {(one.site, one.trading_pair): _net(one, mids) for one in positions}
        if today != self.day:
            self.day, self.nets = today, dict(nets)
        found: dict[str, Decimal | None] = {}
        for market, net in nets.items():
            # A market that was not there when the day began had no profit and no loss.
            before = self.nets.setdefault(market, ZERO)
            if before is None:
                before = self.nets[market] = net
            currency = market[1].partition("-")[2]
            total = found.get(currency, ZERO)
            if total is None or before is None or net is None:
                found[currency] = None
            else:
                found[currency] = EXACT.add(total, EXACT.subtract(before, net))
        return found


def _net(position: Position, mids: Mapping[Market, Decimal]) -> Decimal | None:
    mid = mids.get((position.site, position.trading_pair))
    if mid is None:
        return None if position.figures.inventory else position.net(ZERO)
    return position.net(mid)
