"""A bot that the page shows: looked at twice a second, with what became of it, for as long as `watch` runs."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

import aiohttp

from peatio_cli.report.fill import Fill
from peatio_cli.report.profit import EXACT, MarketBook
from peatio_cli.watch.bot_reader import BotReader, SelfReport
from peatio_cli.watch.bot_state import BotState, Exposure, Position, Result, ResultKey
from peatio_cli.watch.happenings import happenings
from peatio_cli.watch.journal_reader import KEPT
from peatio_cli.watch.journal_rows import fill_row, order_row
from peatio_cli.watch.own_stream import OwnStream
from peatio_cli.watch.profit_course import Moment, ProfitCourse
from peatio_cli.watch.records import ForeignRecords, RecordsReader
from peatio_cli.watch.self_report import self_report
from peatio_liquidity.figures import BookedFill

LOOK_S = 0.5
#: How often the bot is asked for its metrics.
REPORT_S = 2.0
#: With each so many of these the strategy writes its status text.
STATUS_EVERY = 8
HAPPENINGS_KEPT = 200


@dataclass(frozen=True, slots=True)
class Happening:
    """:ivar number: rises by one with each"""

    number: int
    at_s: float
    text: str


class WatchedBot:
    """
    :param directory: the bot's instance
    :ivar state: as of the last look; None before the first
    :ivar clock_offsets_s: an order's client id → the exchange's clock minus this machine's when it was new: a clock
        that is measured again later says nothing about it
    :ivar sites: connector → the exchange's URL
    :ivar courses: a result's key → what it came to over time
    :ivar foreign: orders and fills on exchanges that are no Peatio
    :ivar report: the bot's last own report; None where it gives none
    :ivar prices: site → trading pair → the last price there
    :ivar streams: site → what its journal reports of orders and fills
    """

    def __init__(self, directory: Path, now_s: Callable[[], float] = time.time) -> None:
        self.directory = directory
        self.sites: dict[str, str] = {}
        self.reader = BotReader(
            directory, now_s, on_fill=self._on_fill, sites=self.sites, on_pair_fill=self._on_pair_fill
        )
        self._records = RecordsReader(directory / "data", self.sites)
        self.foreign = ForeignRecords()
        self.state: BotState | None = None
        self.happenings: deque[Happening] = deque(maxlen=HAPPENINGS_KEPT)
        self.courses: dict[ResultKey, ProfitCourse] = {}
        self.prices: dict[str, dict[str, Decimal]] = {}
        self.streams: dict[str, OwnStream] = {}
        self._now_s = now_s
        self.report: SelfReport | None = None
        self._known: dict[str, tuple[str, Decimal]] = {}
        self.clock_offsets_s: dict[str, float] = {}
        self._numbers = 0

    @property
    def name(self) -> str:
        return self.directory.name

    def stream(self, site: str) -> OwnStream:
        """The journal's stream of one exchange."""
        return self.streams.setdefault(site, OwnStream())

    async def run(self, client: aiohttp.ClientSession) -> None:
        """Looks until cancelled."""
        reporting = asyncio.create_task(self._keep_report(client))
        try:
            # The first look may read the history of years; the others read what is new.
            await asyncio.to_thread(self.reader.look)
            while True:
                self.look()
                await asyncio.sleep(LOOK_S)
        finally:
            reporting.cancel()
            await asyncio.gather(reporting, return_exceptions=True)
            self.reader.close()

    def look(self) -> None:
        """One look; pages hear of what is new."""
        before, state = self.state, self.reader.look(self.report)
        problems = list(state.problems)
        self.foreign = self._records.look(problems)
        self.state = replace(state, problems=tuple(problems))
        for text in happenings(before, self.state):
            self._numbers += 1
            self.happenings.append(Happening(self._numbers, self.state.looked_at_s, text))
        self._note_profits()
        self._publish(self.state)

    def _publish(self, state: BotState) -> None:
        sites = self.reader.journal.sites
        for one in self.reader.news.fills:
            market = self.reader.journal.symbols.get(one.fill.trading_pair)
            if market is not None:
                self.stream(sites.get(one.fill.account, "")).publish("trade", fill_row(one, market))
        self._note_clocks(state)
        known, self._known = self._known, {}
        changed = []
        for order in state.open_orders:
            self._known[order.client_order_id] = seen = order.state, order.filled
            if known.get(order.client_order_id) != seen:
                changed.append(order)
        for order in (*changed, *self.reader.news.ended):
            self.stream(sites.get(order.account, "")).publish("order", order_row(order))

    def _note_clocks(self, state: BotState) -> None:
        offsets = {one.account: one.health.clock_offset_s for one in state.connectors if one.health is not None}
        for order in (*self.reader.news.ended, *state.open_orders):
            offset_s = offsets.get(order.account)
            if offset_s is not None:
                self.clock_offsets_s.setdefault(order.client_order_id, offset_s)
        while len(self.clock_offsets_s) > KEPT:
            del self.clock_offsets_s[next(iter(self.clock_offsets_s))]

    def _on_fill(self, site: str, trading_pair: str, book: MarketBook, fill: Fill) -> None:
        position = Position(site, trading_pair, book.figures())
        self._course(position).add(fill.filled_at_s, Moment.of(position, fill.price))

    def _on_pair_fill(self, exposure: Exposure, fill: BookedFill) -> None:
        if fill.amount:
            self._course(exposure).add(fill.at_s, Moment.of(exposure, EXACT.divide(fill.total, fill.amount)))

    def _note_profits(self) -> None:
        if self.state is None:
            return
        results: list[Result] = [*self.state.positions, *self.state.exposures]
        for result in results:
            price = self.price(result)
            if price is not None:
                self._course(result).add(self._now_s(), Moment.of(result, price))

    def take_prices(self, site: str, prices: dict[str, Decimal]) -> None:
        """The last prices of an exchange. What is shown as profit and the end of its course are of the same price."""
        self.prices[site] = prices
        self._note_profits()

    def price(self, result: Result) -> Decimal | None:
        """The last price of a result's market; None where it is not known."""
        return self.prices.get(result.site, {}).get(result.trading_pair)

    def _course(self, result: Result) -> ProfitCourse:
        return self.courses.setdefault(result.key, ProfitCourse())

    async def _keep_report(self, client: aiohttp.ClientSession) -> None:
        number = 0
        while True:
            self.report = await self_report(self.directory, client, with_status=number % STATUS_EVERY == 0)
            number = number + 1 if self.report is not None else 0
            await asyncio.sleep(REPORT_S)


def last_prices(tickers: str, symbols: Mapping[str, str]) -> dict[str, Decimal]:
    """Trading pair → last price, from the text of `public/markets/tickers`; empty where it is none.

    :param symbols: trading pair → the exchange's symbol
    """
    try:
        rows = json.loads(tickers)
        found = {pair: rows[symbol]["ticker"]["last"] for pair, symbol in symbols.items() if symbol in rows}
        prices = {pair: Decimal(str(price)) for pair, price in found.items()}
    except (ValueError, TypeError, KeyError, InvalidOperation):
        return {}
    return {pair: price for pair, price in prices.items() if price.is_finite() and price > 0}
