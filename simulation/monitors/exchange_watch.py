"""What the exchange did and published, as only the exchange knows it: the other side of every comparison."""

import json
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any

from aiohttp import web

from peatio_sandbox import Sandbox
from peatio_sandbox.exchange.exchange import OrderRequest
from peatio_sandbox.exchange.records import Member, OrderRecord, TradeRecord
from simulation.monitors.published_books import PublishedBook, key_of, levels_of
from simulation.monitors.stored_books import StoredBook

#: So many answers of REST depth are kept for each market and bot.
DEPTH_ANSWERS_KEPT = 50
#: An event may be so long before or after an answer that has what it tells.
AROUND_S = 1.5
PRIVATE_EVENTS_KEPT = 2000
#: So many lists of orders, for each bot, market and side.
LISTS_KEPT = 1000
_BALANCES = "/account/balances"
_ORDERS = "/market/orders"
_DEPTH = "/depth"
_requester: ContextVar[str] = ContextVar("requester", default="")


def bot_of(host: str) -> str:
    """The bot whose host that is (`bot.2`); "" for others."""
    return host.rpartition(".")[0]


class ExchangeWatch:
    """A sink of the sandbox's events, and a middleware around its requests.

    :param now_s: seconds since the start of the world
    :param bot_of: the bot whose host that is
    :ivar books: what engines published, by market's symbol
    :ivar stored_books: what the websocket server made of it, by market's symbol
    :ivar creators: order id → the bot whose request stored it
    :ivar taken_at_s: order id → when the exchange published that it went live; of a market order, that it traded
    :ivar depth_answers: (bot, market's symbol) → when REST depth was answered, and the book's key
    """

    def __init__(self, now_s: Callable[[], float], bot_of: Callable[[str], str] = bot_of) -> None:
        self._now_s = now_s
        self._bot_of = bot_of
        self.books: dict[str, PublishedBook] = defaultdict(PublishedBook)
        self.stored_books: dict[str, StoredBook] = defaultdict(StoredBook)
        #: Whether the event that is being published has reached the websocket server, which gets it first.
        self._is_stored = False
        #: Markets whose whole book is published, instead of increments.
        self._whole: set[str] = set()
        self.creators: dict[int, str] = {}
        self.taken_at_s: dict[int, float] = {}
        self.depth_answers: dict[tuple[str, str], deque[tuple[float, int]]] = defaultdict(
            lambda: deque(maxlen=DEPTH_ANSWERS_KEPT)
        )
        #: (bot, market's symbol, side) → when the exchange had listed orders of any state.
        self.listed_at_s: dict[tuple[str, str, str], deque[float]] = defaultdict(lambda: deque(maxlen=LISTS_KEPT))
        #: Order ids whose cancel was requested when the exchange had cancelled them already.
        self.cancelled_again: set[int] = set()
        #: Order id → when an engine got it again, for the last time: one that was started again loaded it, or the trade
        #: executor submitted it after a match that made no trade.
        self.returned_at_s: dict[int, float] = {}
        self._private_events_s: deque[float] = deque(maxlen=PRIVATE_EVENTS_KEPT)
        # bot → when the exchange was asked for balances, and when it had answered.
        self._balances_answered: dict[str, deque[tuple[float, float]]] = defaultdict(lambda: deque(maxlen=100))
        # The same, and when the bot had them.
        self._balances_arrived: dict[str, deque[tuple[float, float, float]]] = defaultdict(lambda: deque(maxlen=100))

    def attach(self, sandbox: Sandbox) -> None:
        """Before the sandbox starts: learns who stores which order."""
        store_order = sandbox.exchange.store_order

        def stored_by(member: Member, request: OrderRequest) -> OrderRecord:
            order = store_order(member, request)
            requester = _requester.get()
            if requester:
                self.creators[order.id] = requester
            return order

        sandbox.exchange.store_order = stored_by  # type: ignore[method-assign]
        cancel, restart_engines = sandbox.exchange.cancel, sandbox.exchange.restart_engines

        def cancelled(order: OrderRecord) -> None:
            if order.state == "cancel":
                self.cancelled_again.add(order.id)
            cancel(order)

        def restarted() -> None:
            waiting = sandbox.exchange.store.in_state("wait")
            self.returned_at_s.update((order.id, self._now_s()) for order in waiting)
            for book in self.stored_books.values():
                book.on_engine(self._now_s())
            restart_engines()

        to_matching, submitted = sandbox.exchange._to_matching, set[int]()

        def handed_on(action: Any, order: OrderRecord) -> None:
            if action == "submit":
                if order.id in submitted:
                    self.returned_at_s[order.id] = self._now_s()
                submitted.add(order.id)
            to_matching(action, order)

        ranger = sandbox.ranger
        publish_there, restart_ranger = ranger.publish, ranger.restart

        def reached(routing_key: str, payload: object) -> None:
            self._is_stored = ranger.is_up and ranger.broker_connected
            publish_there(routing_key, payload)

        def forgotten(down_s: float = 0.0) -> None:
            for book in self.stored_books.values():
                book.on_restart(self._now_s())
            restart_ranger(down_s)

        ranger.publish, ranger.restart = reached, forgotten  # type: ignore[method-assign]
        sandbox.exchange._to_matching = handed_on  # type: ignore[method-assign]
        sandbox.exchange.cancel = cancelled  # type: ignore[method-assign]
        sandbox.exchange.restart_engines = restarted  # type: ignore[method-assign]
        sandbox.exchange.on_trade(self._on_trade)

    def _on_trade(self, trade: TradeRecord) -> None:
        for order in (trade.maker_order, trade.taker_order):
            if order.ord_type == "market":  # no event says that it goes live
                self.taken_at_s[order.id] = self._now_s()

    def has_engine_book(self, market: str) -> bool:
        """Whether a subscriber of the market gets its engine's book. Peatio before 2.4 publishes what its database has
        instead; and a websocket server that was restarted has none before the engine publishes a whole one."""
        return market not in self._whole and self.stored_books[market].is_there

    def publish(self, routing_key: str, payload: Any) -> None:
        """As `EventSink`: an event leaves the exchange, before anything can happen to it."""
        scope, name, stream = [*routing_key.split("."), "", ""][:3]
        is_stored, self._is_stored = self._is_stored, False
        if scope == "public" and stream == "update":
            # Peatio before 2.4 sends whole books from its database, and nothing of what its engine publishes.
            if name not in self._whole:
                self._whole.add(name)
                self.books[name] = PublishedBook()
            self.books[name].snapshot(payload, self._now_s())
        elif scope == "public" and name in self._whole:
            pass
        elif scope == "public" and stream == "ob-inc":
            self.books[name].increment(payload, self._now_s())
            if is_stored and self.stored_books[name].increment(payload, self._now_s()):
                for book in self.stored_books.values():
                    book.on_shown(self._now_s())
        elif scope == "public" and stream == "ob-snap":
            self.books[name].snapshot(payload, self._now_s())
            if is_stored:
                self.stored_books[name].snapshot(payload, self._now_s())
        elif scope == "private":
            self._private_events_s.append(self._now_s())
            if stream == "order" and payload["state"] == "wait":
                self.taken_at_s.setdefault(payload["id"], self._now_s())

    @web.middleware
    async def middleware(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Outside everything else, so that it sees the answer that leaves."""
        peer = None if request.transport is None else request.transport.get_extra_info("peername")
        bot = "" if peer is None else self._bot_of(str(peer[0]))
        token = _requester.set(bot)
        asked_s = self._now_s()
        try:
            response = await handler(request)
        finally:
            _requester.reset(token)
        if bot and response.status == 200 and isinstance(response, web.Response):
            if request.path.endswith(_BALANCES):
                self._balances_answered[bot].append((asked_s, self._now_s()))
            elif request.method == "GET" and request.path.endswith(_ORDERS) and "type" in request.query:
                key = bot, request.query.get("market", ""), request.query["type"]
                self.listed_at_s[key].append(self._now_s())
            elif request.path.endswith(_DEPTH):
                self._keep_depth(bot, request.path.split("/")[-2], response.body)
        return response

    def _keep_depth(self, bot: str, market: str, body: Any) -> None:
        try:
            answer: Mapping[str, Any] = json.loads(body)
            key = key_of(levels_of(answer))
        except (ValueError, KeyError, TypeError):
            return  # a fault wrote something else
        self.depth_answers[bot, market].append((self._now_s(), key))

    def on_balances_arrived(self, bot: str, asked_s: float) -> None:
        """The bot has the balances for which it asked then. On a bad line an answer takes seconds."""
        now_s = self._now_s()
        answered = [pair for pair in self._balances_answered[bot] if pair[0] >= asked_s]
        self._balances_arrived[bot].extend((*pair, now_s) for pair in answered)

    def balances_read_at_s(self, bot: str, arrived_by_s: float) -> float:
        """When the exchange was asked for the last balances that the bot had by then and that can be read: no event of
        an order or trade was published around them, so that what they show is not what such an event is about to."""
        return max(
            (
                asked_s
                for asked_s, answered_s, arrived_s in self._balances_arrived[bot]
                if arrived_s <= arrived_by_s
                and not any(asked_s - AROUND_S <= at_s <= answered_s + AROUND_S for at_s in self._private_events_s)
            ),
            default=float("-inf"),
        )
