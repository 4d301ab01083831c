"""Fills that happened while a controller did not run, or could not write them down."""

import asyncio

from hummingbot.connector.exchange.peatio.common.errors import PeatioError

from peatio_liquidity.fills import Fill, Venue
from peatio_liquidity.hedge_desk import HedgeDesk
from peatio_liquidity.hedge_journal import HedgeJournal
from peatio_liquidity.own_market import OwnMarket
from peatio_liquidity.source_market import SourceMarket

#: So far back from the last known trade of an earlier run: the report of one may have been minutes late when it died.
OVERLAP_S = 900.0
#: After an exchange has not answered.
RETRY_AFTER_S = 1.0


class History:
    """Of quotes, and of hedges: one that was given up may have turned up."""

    def __init__(self, own: OwnMarket, source: SourceMarket) -> None:
        self._own = own
        self._source = source
        self._unread = set(Venue)
        self._early: list[Fill] = []

    @property
    def is_read(self) -> bool:
        """Whether all of it is in the journal."""
        return not self._unread

    def keep(self, fill: Fill) -> None:
        """A fill of the own market that cannot be written down now. What else happened meanwhile is read again."""
        self._early.append(fill)
        self._unread.add(Venue.OWN)

    async def read(self, journal: HedgeJournal, desk: HedgeDesk) -> None:
        """As far as the exchanges are ready.

        :raises PeatioError: when one does not answer, after a pause
        :raises HedgeJournalError: when the journal cannot be written
        """
        try:
            await self._read(journal, desk)
        except PeatioError:
            await asyncio.sleep(RETRY_AFTER_S)
            raise

    async def _read(self, journal: HedgeJournal, desk: HedgeDesk) -> None:
        if Venue.OWN in self._unread and self._own.connector.ready:
            since_s = min(journal.known_to_s(Venue.OWN), self._own.time_s()) - OVERLAP_S
            for fill in await self._own.fills_since(since_s):
                journal.add_fill(Venue.OWN, fill)
            while self._early:  # it may be older than that
                journal.add_fill(Venue.OWN, self._early[0])
                del self._early[0]
            self._unread.discard(Venue.OWN)
        if Venue.SOURCE in self._unread and self._source.is_ready:
            since_s = min(journal.known_to_s(Venue.SOURCE), self._source.time_s()) - OVERLAP_S
            for fill in await self._source.fills_since(since_s):
                desk.on_fill(fill)
            self._unread.discard(Venue.SOURCE)
