"""Which row of public/trading_fees applies to us. Pure."""

from collections.abc import Iterable

from hummingbot.connector.exchange.peatio.common.messages import ZERO, FeeRates, FeeRow

_ANY = "any"
_OURS = (_ANY, "spot")


def fee_rates_for(rows: Iterable[FeeRow], group: str | None, market: str) -> FeeRates | None:
    """The rates of `market` for members of `group`.

    Peatio prefers group and market, then the group, then the market, then the row for all; where none matches it
    charges nothing (docs/protocol.md section 3). It compares groups without regard to case.

    :param group: None where the exchange does not tell it; then only the rows for all groups are known to apply
    :return: None where the group is not known and no row is for all of them
    """
    by_key = {(_plain(row.group), row.market): row.rates for row in rows if row.market_type in _OURS}
    own = _ANY if group is None else _plain(group)
    for key in ((own, market), (own, _ANY), (_ANY, market), (_ANY, _ANY)):
        if key in by_key:
            return by_key[key]
    return None if group is None else FeeRates(ZERO, ZERO)


def _plain(group: str) -> str:
    return group.strip().lower()
