"""What was lost on a day, from what each market had earned at its first look and now. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from peatio_cli.report.profit import EXACT
from peatio_cli.watch.bot_state import Result

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
        self, results: tuple[Result, ...], mids: Mapping[Market, Decimal], now_s: float
    ) -> dict[str, Decimal | None]:
        """Quote currency → the loss since the day began (negative: a profit); None where a price is missing.

        :param mids: the price that the inventory of a market counts at
        """
        today = f"{datetime.fromtimestamp(now_s, UTC):%Y-%m-%d}"
        nets = {_name(one): _net(one, mids) for one in results}
        currencies = {_name(one): one.quote for one in results}
        if today != self.day:
            self.day, self.nets = today, dict(nets)
        found: dict[str, Decimal | None] = {}
        for market, net in nets.items():
            # A market that was not there when the day began had no profit and no loss.
            before = self.nets.setdefault(market, ZERO)
            if before is None:
                before = self.nets[market] = net
            currency = currencies[market]
            total = found.get(currency, ZERO)
            if total is None or before is None or net is None:
                found[currency] = None
            else:
                found[currency] = EXACT.add(total, EXACT.subtract(before, net))
        return found


def _name(result: Result) -> Market:
    site, pair, controller = result.key
    return site, f"{pair} hedged by {controller}" if controller else pair


def _net(result: Result, mids: Mapping[Market, Decimal]) -> Decimal | None:
    mid = mids.get((result.site, result.trading_pair))
    if mid is None:
        return None if result.inventory else result.net(ZERO)
    return result.net(mid)
