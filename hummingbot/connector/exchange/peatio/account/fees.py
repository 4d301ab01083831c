"""The trading fees of each pair: the exchange's table for our fee group, corrected by our own orders."""

import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import AuthError, NonceError, PeatioError, RefusedError
from hummingbot.connector.exchange.peatio.common.messages import ZERO, FeeRates, FeeRow
from hummingbot.connector.exchange.peatio.common.retry import Backoff, Outage
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.core.data_type.trade_fee import TradeFeeSchema

_ANY = "any"
_OURS = (_ANY, "spot")


@dataclass(frozen=True)
class _Learned:
    rates: FeeRates
    table_then: FeeRates | None


class TradingFees:
    """The rates by trading pair.

    The public table may be ten minutes old, and a member's group can change at any time. The answer to a create
    contains the rates that apply to that order (docs/protocol.md sections 3 and 4.8): they override the table until
    the table changes.

    :param pairs: fetches trading pair by the exchange's symbol of the market
    :param is_of_account: whether there is an account, whose group counts; without one the fees are everybody's
    :ivar group: our fee group; None while it is not known
    """

    # Hummingbot's schemas, one a connector, that have the fees of an account.
    _of_accounts: ClassVar[list[TradeFeeSchema]] = []

    def __init__(
        self,
        pairs: Callable[[], Awaitable[Mapping[str, str]]],
        logger: logging.Logger,
        sleep: Callable[[float], Awaitable[None]],
        is_of_account: bool = True,
    ) -> None:
        self._is_of_account = is_of_account
        self.group: str | None = None
        self._pairs = pairs
        self._logger = logger
        self._sleep = sleep
        self._outage = Outage("The trading fees", time.monotonic, logger)
        self._rows: list[FeeRow] | None = None
        self._table: dict[str, FeeRates] = {}
        self._learned: dict[str, _Learned] = {}

    def rates(self, trading_pair: str) -> FeeRates | None:
        """Fractions of what is received; None where they are not known."""
        learned = self._learned.get(trading_pair)
        return self._table.get(trading_pair) if learned is None else learned.rates

    async def refresh(self, rest: RestClient) -> None:
        """Fetches table and group, and retries until both are known or the exchange refuses to show its fees.

        Hummingbot itself would retry after twelve hours.
        """
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        while True:
            try:
                self.update(await rest.trading_fees(), await fee_group(rest), await self._pairs())
            except PeatioError as error:
                self._outage.failed(error)
                # A gateway's page is no word of the exchange about its fees.
                is_page = isinstance(error, AuthError) and not error.codes
                if isinstance(error, RefusedError) and not isinstance(error, NonceError) and not is_page:
                    return
            else:
                self._outage.worked()
                return
            await self._sleep(backoff.next_s())

    async def learn_once(self, rest: RestClient) -> None:
        """Fetches the table, for everybody.

        :raises PeatioError: when there is no answer
        """
        self.update(await rest.trading_fees(), None, await self._pairs())

    def update(self, rows: Iterable[FeeRow], group: str | None, pairs: Mapping[str, str]) -> None:
        """Replaces table and group by the exchange's answers.

        :param group: None where the exchange does not show it; the known group, if any, then stays
        """
        self._rows = list(rows)
        self.group = self.group if group is None else group
        self.on_markets(pairs)

    def on_markets(self, pairs: Mapping[str, str]) -> None:
        """The exchange's markets are known, or others than before: one may have been closed when the table was fetched.

        :param pairs: trading pair by the exchange's symbol of the market
        """
        if self._rows is None:
            return
        found = {pair: fee_rates_for(self._rows, self.group, symbol) for symbol, pair in pairs.items()}
        self._table = {pair: rates for pair, rates in found.items() if rates is not None}
        self._learned = {
            pair: learned for pair, learned in self._learned.items() if learned.table_then == self._table.get(pair)
        }

    def learn(self, trading_pair: str, rates: FeeRates | None) -> bool:
        """Stores the rates of an order that was just created.

        :param rates: None where the answer contains none
        :return: whether they differ from the expected rates, so that group and table should be fetched again
        """
        expected = self.rates(trading_pair)
        if rates is None or rates == expected:
            return False
        before = "nothing was known" if expected is None else f"{_text(expected)} was expected"
        self._logger.info(f"A new order on {trading_pair} is charged {_text(rates)}; {before}.")
        self._learned[trading_pair] = _Learned(rates, self._table.get(trading_pair))
        return True

    def publish(self, trading_pairs: Iterable[str], schema: TradeFeeSchema) -> None:
        """Writes the highest rates of `trading_pairs` into the schema that Hummingbot estimates fees with.

        That schema is per connector, not per pair: the estimates are exact where all pairs cost the same, and never too
        low. The fees of an account in this process are not replaced by everybody's.
        """
        is_taken = any(schema is taken for taken in self._of_accounts)
        if is_taken and not self._is_of_account:
            return
        if self._is_of_account and not is_taken:
            self._of_accounts.append(schema)
        known = [rates for rates in map(self.rates, trading_pairs) if rates is not None]
        if known:
            schema.maker_percent_fee_decimal = max(rates.maker for rates in known)
            schema.taker_percent_fee_decimal = max(rates.taker for rates in known)


def fee_rates_for(rows: Iterable[FeeRow], group: str | None, market: str) -> FeeRates | None:
    """The rates of `market` for members of `group`.

    Peatio prefers group and market, then the group, then the market, then the row for all; where none matches it
    charges nothing (docs/protocol.md section 3). It compares groups without regard to case.

    :param group: None where the exchange does not show it; then only the rows for all groups are known to apply
    :return: None where the row that applies cannot be read, or the group is not known and no row applies to all groups
    """
    by_key = {(_plain(row.group), row.market): row.rates for row in rows if row.market_type in _OURS}
    own = _ANY if group is None else _plain(group)
    for key in ((own, market), (own, _ANY), (_ANY, market), (_ANY, _ANY)):
        if key in by_key:
            return by_key[key]
    return None if group is None else FeeRates(ZERO, ZERO)


def _plain(group: str) -> str:
    return group.strip().lower()


async def fee_group(rest: RestClient) -> str | None:
    """Our fee group; None where the exchange does not show it: before 3.1, or to a key without that permission."""
    try:
        return await rest.member_group()
    except NonceError:
        raise
    except RefusedError:
        return None


def _text(rates: FeeRates) -> str:
    return f"{rates.maker:f} as maker, {rates.taker:f} as taker"
