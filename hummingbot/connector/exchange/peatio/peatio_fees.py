"""Which row of public/trading_fees applies to us. Pure."""

from collections.abc import Iterable

from hummingbot.connector.exchange.peatio.peatio_messages import PeatioFeeRates, PeatioFeeRow

_ANY = "any"


def fee_rates_for(rows: Iterable[PeatioFeeRow], group: str, market: str) -> PeatioFeeRates | None:
    """The rates of `market` for members of `group`, None where no row matches.

    Peatio prefers group and market, then the group, then the market, then the row for all (docs/protocol.md
    section 3).
    """
    by_key = {(row.group, row.market): row.rates for row in rows}
    for key in ((group, market), (group, _ANY), (_ANY, market), (_ANY, _ANY)):
        if key in by_key:
            return by_key[key]
    return None
