"""Where the cards are played: an exchange, a market on it, a connector and two accounts."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.event.events import MarketEvent
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory

from test.acceptance.amounts import Book, Rules, far_buy_price, far_sell_price, meeting_price, rules_of
from test.acceptance.cards import DisturbedError, SkippedError
from test.acceptance.people import ASK_PAUSE_S, FINAL_STATES, PAGE_LIMIT, Keys, Trader
from test.end_to_end.support import Bot, running_bot
from test.patience import eventually

BUY, SELL = TradeType.BUY, TradeType.SELL
READY_S = 40.0
# How long a spread without room for two is watched.
SPREAD_WAIT_S = 3.0
REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=20)
# Rows of the exchange's lists may be stamped this much before our clock, which is known to about a second.
CLOCK_MARGIN_S = 60


class Stage:
    """Opened by `open_stage`.

    :param url: scheme and host of the exchange
    :param market: Peatio's symbol of the market
    :param folder: where the connector's journal goes; new and empty
    """

    def __init__(
        self,
        url: str,
        market: str,
        maker_keys: Keys,
        taker_keys: Keys | None,
        folder: Path,
        session: aiohttp.ClientSession,
        closing: AsyncExitStack,
    ) -> None:
        self.url = url
        self.market = market
        self.maker_keys = maker_keys
        self.folder = folder
        self.maker = Trader("maker", session, url, maker_keys, market)
        self._taker = None if taker_keys is None else Trader("taker", session, url, taker_keys, market)
        self._session = session
        self._closing = closing
        self._rules: Rules | None = None
        self._bot: Bot | None = None

    # The exchange.

    async def get(self, path: str) -> Any:
        """A public answer, asked for without any of the connector's code."""
        async with self._session.get(f"{self.url}/api/v2/peatio/{path}") as response:
            assert response.status < 400, f"GET {path}: {response.status} {await response.text():.200}"
            return await response.json()

    async def prepare(self) -> None:
        """Measures the exchange's clock and reads the market's rules, once."""
        if self._rules is None:
            await self.measure_clock()
            await self.market_row()

    async def measure_clock(self) -> float:
        """The exchange's clock minus ours in seconds, good to about half a second; the accounts sign with it."""
        asked_at_s = time.time()
        said = datetime.fromisoformat(await self.get("public/timestamp")).timestamp()
        # The exchange cuts the fraction off.
        offset_s = said + 0.5 - (asked_at_s + time.time()) / 2
        for trader in self.traders:
            trader.clock_offset_s = offset_s
        return offset_s

    async def market_row(self) -> dict[str, Any]:
        """The market's row of public/markets; the rules are taken from it.

        :raises AssertionError: when it is not there, or not open
        """
        rows = {str(row.get("symbol") or row["id"]): row for row in await self.market_rows()}
        assert self.market in rows, f"the exchange has no market {self.market}; it has {', '.join(sorted(rows))}"
        row = rows[self.market]
        assert row.get("state", "enabled") == "enabled", f"the market {self.market} is {row['state']}"
        self._rules = rules_of(row)
        return dict(row)

    async def market_rows(self) -> list[Any]:
        return list(await self.get(f"public/markets?limit={PAGE_LIMIT}"))

    @property
    def rules(self) -> Rules:
        assert self._rules is not None, "the market's rules are not known"
        return self._rules

    @property
    def since_s(self) -> int:
        """A little before now on the exchange's clock, in whole seconds."""
        return int(time.time() + self.maker.clock_offset_s) - CLOCK_MARGIN_S

    # The accounts.

    @property
    def traders(self) -> list[Trader]:
        return [self.maker] if self._taker is None else [self.maker, self._taker]

    @property
    def taker(self) -> Trader:
        """:raises SkippedError: when the run has one account"""
        if self._taker is None:
            raise SkippedError("no second account")
        return self._taker

    async def side_to_meet(self, amount: Decimal, price: Decimal, preferred: TradeType) -> TradeType:
        """The connector's side on which both accounts can pay for a trade of `amount`.

        :raises SkippedError: when there is none
        """
        rules, worth = self.rules, amount * price
        lacks = []
        for side in (preferred, SELL if preferred is BUY else BUY):
            seller, buyer = (self.maker, self.taker) if side is SELL else (self.taker, self.maker)
            lack = await seller.lack(rules.base, amount) or await buyer.lack(rules.quote, worth)
            if not lack:
                return side
            lacks.append(lack)
        raise SkippedError("; ".join(lacks))

    # The connector.

    def connector(self, secret: str | None = None) -> PeatioExchange:
        """A connector of the maker that is not started."""
        return PeatioExchange(
            self.maker_keys.api_key,
            self.maker_keys.secret if secret is None else secret,
            self.url,
            trading_pairs=[] if self._rules is None else [self._rules.pair],
            settings=ConnectorSettings(),
            journal_folder=self.folder,
        )

    async def bot(self) -> Bot:
        """The maker's running connector, the same for all cards; its balances are fresh."""
        if self._bot is None:
            self._bot = await self._closing.enter_async_context(self.another_bot("acceptance"))
        await eventually(lambda: self._bot and self._bot.exchange.ready, "the connector is ready", READY_S)
        await self._bot.exchange._update_balances()
        return self._bot

    @asynccontextmanager
    async def another_bot(self, instance: str) -> AsyncIterator[Bot]:
        """A connector on the maker's account, running and ready. `instance` tells whose leftovers it takes over."""
        async with running_bot(
            self.url,
            self.maker_keys,
            [self.rules.pair],
            wait_ready=False,
            journal_folder=self.folder,
            instance=instance,
            closes_client=False,
        ) as bot:
            await _until_ready(bot)
            try:
                yield bot
            except BaseException:
                await bot.exchange.cancel_all(20)
                raise
            finally:
                self._remember(bot)

    async def book(self) -> Book:
        """The market's best prices now; asked for before a card places anything.

        :raises SkippedError: when nothing tells what a price might be
        """
        bot = self._bot or await self.bot()
        book = bot.exchange.get_order_book(self.rules.pair)
        bid = next((self._price(entry) for entry in book.bid_entries()), None)
        ask = next((self._price(entry) for entry in book.ask_entries()), None)
        known = [price for price in (bid, ask) if price is not None]
        return Book(bid, ask, sum(known, Decimal(0)) / len(known) if known else await self._worth())

    async def meeting_price(self, levels: int = 1) -> Decimal:
        """The lowest of `levels` free prices between best bid and best ask; a narrow spread may open in a moment.

        :raises SkippedError: when it does not
        """
        deadline_s = time.monotonic() + SPREAD_WAIT_S
        while True:
            try:
                return meeting_price(self.rules, await self.book(), levels)
            except SkippedError:
                if time.monotonic() > deadline_s:
                    raise
            await asyncio.sleep(ASK_PAUSE_S)

    def at_level(self, bot: Bot, side: TradeType, price: Decimal) -> float:
        """The amount that the connector's book holds at `price`."""
        book = bot.exchange.get_order_book(self.rules.pair)
        entries = book.bid_entries() if side is BUY else book.ask_entries()
        return float(sum(entry.amount for entry in entries if self._price(entry) == price))

    # Orders.

    async def far_order(self, bot: Bot, side: TradeType, amount: Decimal | None = None) -> TrackedOrder:
        """A resting order of the connector out of anybody's reach, once it is live."""
        amount = amount or self.rules.smallest
        book = await self.book()
        price = far_buy_price(self.rules, book) if side is BUY else far_sell_price(self.rules, book)
        await self.need_for(side, amount, price)
        return await self.live(bot, self.place(bot, side, amount, price))

    async def need_for(self, side: TradeType, amount: Decimal, price: Decimal) -> None:
        """:raises SkippedError: when the maker cannot pay for such an order"""
        if side is BUY:
            await self.maker.need(self.rules.quote, amount * price)
        else:
            await self.maker.need(self.rules.base, amount)

    def place(self, bot: Bot, side: TradeType, amount: Decimal, price: Decimal | None) -> str:
        """The client id of a new order, at market where `price` is None."""
        order_type = OrderType.MARKET if price is None else OrderType.LIMIT
        return bot.place(self.rules.pair, side, f"{amount:f}", None if price is None else f"{price:f}", order_type)

    async def followed(self, bot: Bot, client_order_id: str) -> TrackedOrder:
        """The order as soon as the connector has taken it up."""
        tracker = bot.exchange._order_tracker
        await eventually(lambda: tracker.fetch_order(client_order_id), f"{client_order_id} is followed")
        order: TrackedOrder = tracker.fetch_order(client_order_id)
        return order

    async def live(self, bot: Bot, client_order_id: str) -> TrackedOrder:
        """The order once it was seen in the exchange's book.

        :raises AssertionError: with the reason when it failed
        """

        order = await self.followed(bot, client_order_id)

        def is_live() -> bool:
            for failure in bot.of(MarketEvent.OrderFailure, client_order_id):
                raise AssertionError(f"{client_order_id} failed: {failure.error_message}")
            return order.seen_live_event.is_set()

        await eventually(is_live, f"{client_order_id} is live")
        return order

    async def cancelled(self, bot: Bot, order: TrackedOrder) -> None:
        """Cancels through the connector and waits until it said so."""
        bot.exchange.cancel(self.rules.pair, order.client_order_id)
        await bot.event(MarketEvent.OrderCancelled, order.client_order_id)

    async def hit(self, order: TrackedOrder, amount: Decimal) -> None:
        """The taker trades `amount` with the connector's resting order; seen at the exchange, not by the connector.

        :raises DisturbedError: when somebody else was faster
        """
        side = "sell" if order.trade_type is BUY else "buy"
        taken = await self.taker.place(self.market, side, f"{amount:f}", f"{order.price:f}")

        async def is_over() -> bool:
            if await self.taker.state(taken) in FINAL_STATES:
                return True
            if await self.maker.state(str(order.exchange_order_id)) not in FINAL_STATES:
                return False
            # Both change together, so a taker's order that is still open after this met somebody else's.
            if await self.taker.state(taken) not in FINAL_STATES:
                raise DisturbedError(f"the order at {order.price} met somebody else's")
            return True

        await eventually(is_over, f"the taker's order {taken} meets {order.exchange_order_id}", pause_s=ASK_PAUSE_S)
        trades = await self.taker.trade_ids(taken)
        if not trades or not trades <= await self.maker.trade_ids(str(order.exchange_order_id)):
            raise DisturbedError(f"the order at {order.price} met somebody else's")

    # Leaving.

    async def tidy(self) -> None:
        """Removes the orders of this run that are still open, and no others.

        :raises AssertionError: when one stays open
        """
        await self._cancel_through_connector()
        for trader in self.traders:
            await trader.sweep()

    async def left_open(self) -> list[str]:
        """What a user must look at by hand after the run."""
        lines = []
        await self._cancel_through_connector()
        for trader in self.traders:
            try:
                await trader.sweep()
                unexplained = await trader.unexplained()
                lines += [f"the {trader.name}'s order {order_id} may be of this run" for order_id in unexplained]
            except (AssertionError, aiohttp.ClientError, TimeoutError) as error:
                ids = ", ".join(sorted(trader.placed))
                lines.append(f"the {trader.name}'s orders {ids} may be open: {error}")
        return lines

    async def _cancel_through_connector(self) -> None:
        if self._bot is not None:
            if self._bot.exchange.in_flight_orders:
                await self._bot.exchange.cancel_all(20)
            self._remember(self._bot)

    def _remember(self, bot: Bot) -> None:
        """Notes the connector's orders among the maker's."""
        for kind in (MarketEvent.BuyOrderCreated, MarketEvent.SellOrderCreated):
            for event in bot.of(kind):
                self.maker.placed.add(str(event.exchange_order_id))
        bot.events = [(kind, event) for kind, event in bot.events if kind not in _CREATED]

    def _price(self, entry: Any) -> Decimal:
        return Decimal(str(entry.price)).quantize(self.rules.price_step)

    async def _worth(self) -> Decimal:
        """What a unit of base is worth where the book is empty: the last trade, else the exchange's own valuation."""
        ticker = (await self.get(f"public/markets/{self.market}/tickers"))["ticker"]
        last = Decimal(str(ticker.get("last") or 0))
        if last > 0:
            return last
        rows = {row["id"]: row for row in await self.get(f"public/currencies?limit={PAGE_LIMIT}")}
        base, quote = (Decimal(str(rows.get(c, {}).get("price") or 0)) for c in (self.rules.base, self.rules.quote))
        if base <= 0 or quote <= 0:
            raise SkippedError("the book is empty and nothing was ever traded, so no price is known")
        return base / quote


_CREATED = (MarketEvent.BuyOrderCreated, MarketEvent.SellOrderCreated)


async def _until_ready(bot: Bot) -> None:
    try:
        await eventually(lambda: bot.exchange.ready, timeout_s=READY_S)
    except AssertionError:
        missing = [name for name, is_there in bot.exchange.status_dict.items() if not is_there]
        reasons = [*missing, *bot.exchange.order_book_tracker.invalid_reasons.values()]
        raise AssertionError(f"the connector was not ready within {READY_S:.0f} s: {', '.join(reasons)}") from None


@asynccontextmanager
async def open_stage(url: str, market: str, maker: Keys, taker: Keys | None, folder: Path) -> AsyncIterator[Stage]:
    """A stage whose connectors and connections end with it."""
    async with AsyncExitStack() as closing:
        # Hummingbot's HTTP client is one a process; it outlives the connectors, which use it to the end.
        closing.push_async_callback(ConnectionsFactory().close)
        session = await closing.enter_async_context(aiohttp.ClientSession(timeout=REQUEST_TIMEOUT))
        yield Stage(url, market, maker, taker, folder, session, closing)
