"""A scripted trader: orders of every kind on several markets, by seed, through Hummingbot's buy, sell and cancel."""

import asyncio
import itertools
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from typing import Any

from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.core.data_type.common import OrderType, PriceType, TradeType

from test.chaos.reporter import Writer
from test.chaos.reports import Intended, side_of, type_of

# Mean pause between two actions.
PAUSE_S = 0.05
# Above this many open orders the trader mostly cancels.
MAX_OPEN = 60
# What an order is worth, in the currency its market is quoted in, as a part of `PairScript.worth`.
SIZES = (0.2, 1.0)
# The part of the orders on a script's favourite pairs, and of those on any.
FAVOURED = 0.85


@dataclass(frozen=True)
class PairScript:
    """A pair, and where its trading begins: `price` stands in while the book is empty."""

    pair: str
    price: Decimal
    price_step: Decimal
    amount_step: Decimal
    min_amount: Decimal
    # An ordinary order is of this much base currency at most, one that cannot be paid of `too_much`.
    amount: Decimal
    too_much: Decimal


@dataclass(frozen=True)
class Script:
    """:param seed: same seed, same decisions (what they meet depends on the exchange)
    :param orders: how many orders have to be created until the trader is done
    :param slowness: every pause is that many times as long
    :param weights: how often an action is chosen, relatively, by its name; others as usual
    :param favourites: pairs on which most orders are placed
    """

    seed: str
    pair_scripts: tuple[PairScript, ...]
    orders: int
    slowness: float = 1.0
    weights: Mapping[str, float] = field(default_factory=dict)
    favourites: tuple[str, ...] = ()

    @property
    def pairs(self) -> tuple[str, ...]:
        return tuple(script.pair for script in self.pair_scripts)


class Trader:
    """
    :param created: how many orders were created so far
    :param finish: ends the trading early
    """

    def __init__(
        self,
        script: Script,
        connector: PeatioExchange,
        writer: Writer,
        created: Callable[[], int],
        finish: asyncio.Event,
    ) -> None:
        self._script = script
        self._connector = connector
        self._writer = writer
        self._finish = finish
        self._random = random.Random(script.seed)
        self._created = created
        self._later: set[asyncio.Task[None]] = set()
        self._actions: list[tuple[float, Callable[[], None]]] = [
            (6, self._quote),
            (4, self._far_quote),
            (3, self._cross),
            (2, self._market),
            (3, self._identical),
            (2, self._burst),
            (4, self._cancel_one),
            (1, self._cancel_many),
            (2, self._place_and_cancel),
            (0.5, self._overspend),
            (0.3, self._too_small),
        ]

    async def run(self) -> None:
        """Trades until the script's orders are created or `finish` is set."""
        while self._created() < self._script.orders and not self._finish.is_set():
            if len(self._connector.in_flight_orders) > MAX_OPEN and self._random.random() < 0.7:
                self._cancel_many()
            else:
                weights = [self._script.weights.get(act.__name__.strip("_"), usual) for usual, act in self._actions]
                self._random.choices([action for _, action in self._actions], weights)[0]()
            await asyncio.sleep(PAUSE_S * self._script.slowness * self._random.uniform(0.2, 1.8))
        await asyncio.gather(*self._later)

    # Actions.

    def _quote(self) -> None:
        """Near the market, where others take it."""
        self._limit(self._pair(), self._side(), self._random.uniform(0.0003, 0.004))

    def _far_quote(self) -> None:
        self._limit(self._pair(), self._side(), self._random.uniform(0.02, 0.1))

    def _cross(self) -> None:
        """Takes what is there."""
        self._limit(self._pair(), self._side(), self._random.uniform(-0.004, -0.0005))

    def _market(self) -> None:
        pair = self._pair()
        self._place(pair, self._side(), self._amount(pair), None)

    def _identical(self) -> None:
        """The same order two or three times at once."""
        pair, side = self._pair(), self._side()
        price, amount = self._price(pair, side, self._random.uniform(-0.001, 0.01)), self._amount(pair)
        for _ in range(self._random.choice((2, 2, 3))):
            self._place(pair, side, amount, price)

    def _burst(self) -> None:
        for _ in range(self._random.randint(4, 9)):
            self._random.choice((self._quote, self._quote, self._cross, self._far_quote))()

    def _cancel_one(self) -> None:
        self._cancel(1)

    def _cancel_many(self) -> None:
        self._cancel(self._random.randint(3, 12))

    def _place_and_cancel(self) -> None:
        """Cancelled at once or very soon: while pending, before the answer, or racing a fill."""
        client_order_id = self._limit(self._pair(), self._side(), self._random.uniform(-0.0005, 0.003))
        self._later_cancel(client_order_id, self._random.choice((0.0, 0.002, 0.01, 0.03, 0.08)))

    def _overspend(self) -> None:
        """Two orders that can be paid one at a time: the exchange takes both and rejects one of them."""
        pair, side = self._pair(), TradeType.SELL
        for _ in range(2):
            self._place(pair, side, pair.too_much, self._price(pair, side, 0.3))

    def _too_small(self) -> None:
        pair = self._pair()
        self._place(pair, self._side(), pair.min_amount / 3, self._price(pair, TradeType.BUY, 0.01))

    # What they are made of.

    def _limit(self, pair: PairScript, side: TradeType, distance: float) -> str:
        return self._place(pair, side, self._amount(pair), self._price(pair, side, distance))

    def _place(self, pair: PairScript, side: TradeType, amount: Decimal, price: Decimal | None) -> str:
        order_type = OrderType.MARKET if price is None else OrderType.LIMIT
        place = self._connector.buy if side is TradeType.BUY else self._connector.sell
        client_order_id: str = place(pair.pair, amount, order_type, Decimal("NaN") if price is None else price)
        # The connector's task has not begun yet, so this line comes before whatever it does.
        self._writer.write(
            Intended(
                client_order_id=client_order_id,
                pair=pair.pair,
                side=side_of(side),
                order_type=type_of(order_type),
                amount=amount,
                price=price,
            )
        )
        return client_order_id

    def _cancel(self, count: int) -> None:
        orders: list[Any] = list(self._connector.in_flight_orders.values())
        for order in self._random.sample(orders, min(count, len(orders))):
            self._connector.cancel(order.trading_pair, order.client_order_id)

    def _later_cancel(self, client_order_id: str, pause_s: float) -> None:
        async def cancel() -> None:
            await asyncio.sleep(pause_s * self._script.slowness)
            order = self._connector.in_flight_orders.get(client_order_id)
            if order is not None:
                self._connector.cancel(order.trading_pair, client_order_id)

        task = asyncio.create_task(cancel())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    def _pair(self) -> PairScript:
        favourites = [each for each in self._script.pair_scripts if each.pair in self._script.favourites]
        if favourites and self._random.random() < FAVOURED:
            return self._random.choice(favourites)
        return self._random.choice(self._script.pair_scripts)

    def _side(self) -> TradeType:
        return self._random.choice((TradeType.BUY, TradeType.SELL))

    def _price(self, pair: PairScript, side: TradeType, distance: float) -> Decimal:
        """A price `distance` (a fraction) outside the middle; inside for a negative one."""
        middle = self._connector.get_price_by_type(pair.pair, PriceType.MidPrice) if self._has_book(pair) else None
        if middle is None or not middle.is_finite():
            middle = pair.price
        sign = -1 if side is TradeType.BUY else 1
        price = middle * (1 + Decimal(str(sign * distance)))
        return self._coarse(price, pair.price_step)

    def _amount(self, pair: PairScript) -> Decimal:
        amount = max(pair.amount * Decimal(str(self._random.uniform(*SIZES))), pair.min_amount)
        return self._coarse(amount, pair.amount_step)

    def _coarse(self, value: Decimal, step: Decimal) -> Decimal:
        """Mostly in the exchange's steps; now and then with digits too many, which the connector has to cut."""
        if self._random.random() < 0.1:
            return value.quantize(step / 1000, rounding=ROUND_DOWN)
        return value.quantize(step, rounding=ROUND_DOWN)

    def _has_book(self, pair: PairScript) -> bool:
        book = self._connector.order_books.get(pair.pair)
        if book is None:
            return False
        return all(any(True for _ in itertools.islice(side, 1)) for side in (book.bid_entries(), book.ask_entries()))
