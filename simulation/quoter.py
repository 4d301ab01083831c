"""Strategies for long lives: one that keeps quotes at the market, and one that does nothing."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.core.data_type.common import OrderType, PriceType, TradeType

from test.chaos.reporter import Writer
from test.chaos.reports import Intended, side_of
from test.chaos.trader import PairScript, Script

#: How often the quotes are compared with the market.
LOOK_S = 30.0
#: Quotes are renewed when the price is this far (a fraction) from the one for which they were made.
MOVED = Decimal("0.003")
DISTANCES = (Decimal("0.005"), Decimal("0.01"))
MARKETS = 2


@dataclass(frozen=True)
class _Quote:
    pair: PairScript
    side: TradeType
    distance: Decimal


class Quoter:
    """Two quotes a side on two markets; the arguments are `test.chaos.trader.Trader`'s.

    :param is_resting: while it is true there are no quotes
    """

    def __init__(
        self,
        script: Script,
        connector: PeatioExchange,
        writer: Writer,
        created: Callable[[], int],
        finish: asyncio.Event,
        is_resting: Callable[[], bool] = lambda: False,
    ) -> None:
        self._connector = connector
        self._writer = writer
        self._finish = finish
        self._is_resting = is_resting
        self._quotes = [
            _Quote(pair, side, distance)
            for pair in script.pair_scripts[:MARKETS]
            for side in (TradeType.BUY, TradeType.SELL)
            for distance in DISTANCES
        ]
        # The last order of each quote, and the middle for which it was made.
        self._orders: dict[_Quote, tuple[str, Decimal]] = {}

    async def run(self) -> None:
        """Until `finish` is set; then its quotes are cancelled by whoever set it."""
        while not self._finish.is_set():
            if self._connector.ready:
                self.look()
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Compares all quotes with the market, or takes them off."""
        if self._is_resting():
            # Those of the bot's former lives too, which are no quote's.
            for client_order_id, order in list(self._connector.in_flight_orders.items()):
                self._connector.cancel(order.trading_pair, client_order_id)
            return
        for quote in self._quotes:
            self._keep(quote)

    def _keep(self, quote: _Quote) -> None:
        middle = self._connector.get_price_by_type(quote.pair.pair, PriceType.MidPrice)
        client_order_id, made_for = self._orders.get(quote, ("", Decimal(0)))
        order = self._connector.in_flight_orders.get(client_order_id)
        has_price = middle is not None and middle.is_finite()
        if order is not None:
            if not has_price or abs(middle - made_for) > MOVED * made_for:
                self._connector.cancel(quote.pair.pair, client_order_id)
        elif has_price:
            self._orders[quote] = self._place(quote, middle), middle

    def _place(self, quote: _Quote, middle: Decimal) -> str:
        sign = -1 if quote.side is TradeType.BUY else 1
        price = (middle * (1 + sign * quote.distance)).quantize(quote.pair.price_step, rounding=ROUND_DOWN)
        amount = max(quote.pair.amount / 5, quote.pair.min_amount).quantize(quote.pair.amount_step, ROUND_DOWN)
        place = self._connector.buy if quote.side is TradeType.BUY else self._connector.sell
        client_order_id: str = place(quote.pair.pair, amount, OrderType.LIMIT, price)
        self._writer.write(
            Intended(
                client_order_id=client_order_id,
                pair=quote.pair.pair,
                side=side_of(quote.side),
                order_type="limit",
                amount=amount,
                price=price,
            )
        )
        return client_order_id


class Watcher:
    """Places nothing; the arguments are `Trader`'s."""

    def __init__(self, *arguments: Any) -> None:
        *_, finish = arguments
        self._finish: asyncio.Event = finish

    async def run(self) -> None:
        """Until `finish` is set."""
        await self._finish.wait()
