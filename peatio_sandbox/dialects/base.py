"""What a dialect is: everything in which another Peatio differs from the one the sandbox's core plays.

The core speaks Peatio 3.1 behind Rango 3.1, as recorded. A :class:`Dialect` stands between the core and the wire:
it rewrites rows of REST answers, events and parameters, and says which routes, streams and limits there are.
The base class changes nothing. docs/reference/sandbox-dialects.md lists the dialects, and where each fact comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from peatio_sandbox.dialects import DEFAULT_DIALECT
from peatio_sandbox.exchange.decimals import decimal_text
from peatio_sandbox.exchange.market import ACTIVE_STATES, MarketState
from peatio_sandbox.ranger.ranger import Ranger
from peatio_sandbox.rest.common import REST_PREFIX

if TYPE_CHECKING:
    from peatio_sandbox.exchange.exchange import EventSink, Exchange
    from peatio_sandbox.exchange.records import Member
    from peatio_sandbox.rest.validation import Params

Json = dict[str, Any]
Event = tuple[str, object]
#: Method and path under the REST prefix, as registered: ``("GET", "/market/orders/{id}")``.
Route = tuple[str, str]
#: Tells the uid that the token of a ``{"jwt": …}`` message stands for; None if it is not valid.
Authenticate = Callable[[str], str | None]

CREATE: Route = ("POST", "/market/orders")
CANCEL: Route = ("POST", "/market/orders/{id}/cancel")
#: How OpenFinex has it.
ENGINE_CANCEL: Route = ("POST", "/market/orders/cancel/{id}")
TICKER: Route = ("GET", "/public/markets/{market}/tickers")


class Dialect:
    """Peatio 3.1 behind Rango 3.1.

    Attributes:
        name: what ``--dialect`` calls it.
        summary: one line for people.
        version: what ``public/version`` tells.
        missing_routes: routes that are not there: 404.
        order_prefix: where orders are created and cancelled instead of under the REST prefix.
        silent_streams: streams that do not exist; their events are published to nobody.
        balance_stream: the private stream that tells balances, if there is one.
        nonce_window_ms: how far an API key's nonce may be from the clock; None: as far as it likes.
        takes_jwt_messages: whether one may log in by ``{"jwt": "Bearer …"}`` on an open websocket.
        stream_tokens: by whose rules a token in the upgrade to a websocket is judged.
        active_states: the states of markets that are listed and take orders.
        error_codes: codes that read otherwise than Peatio 3.1's.
        names: parameters of a create that are called otherwise: this dialect's name -> Peatio 3.1's.
    """

    name: ClassVar[str] = DEFAULT_DIALECT
    summary: ClassVar[str] = "Peatio 3.1 behind Rango, as recorded"
    version: ClassVar[str] = "3.1.0"
    missing_routes: ClassVar[frozenset[Route]] = frozenset()
    order_prefix: ClassVar[str | None] = None
    silent_streams: ClassVar[frozenset[str]] = frozenset()
    balance_stream: ClassVar[str | None] = None
    nonce_window_ms: ClassVar[int | None] = 5000
    takes_jwt_messages: ClassVar[bool] = False
    stream_tokens: ClassVar[Literal["rango", "peatio"]] = "rango"
    active_states: ClassVar[frozenset[MarketState]] = ACTIVE_STATES
    error_codes: ClassVar[Mapping[str, str]] = {}
    names: ClassVar[Mapping[str, str]] = {}

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._answers: dict[Route, Callable[[Any], Any]] = {
            ("GET", "/public/version"): self.version_body,
            ("GET", "/public/markets"): self.markets,
            ("GET", "/public/markets/tickers"): self.tickers,
            ("GET", "/public/markets/{market}/order-book"): self.order_book,
            ("GET", "/public/markets/{market}/trades"): each(self.public_trade),
            ("GET", "/public/trading_fees"): each(self.trading_fee),
            ("GET", "/market/orders"): each(self.order),
            ("GET", "/market/orders/{id}"): self.full_order,
            CANCEL: self.order,
            ENGINE_CANCEL: self.order,
            ("POST", "/market/orders/cancel"): each(self.order),
            ("GET", "/market/trades"): each(self.member_trade),
            CREATE: self.created_order,
        }
        self._events: dict[str, Callable[[Any], object]] = {
            "order": self.order_event,
            "trade": self.trade_event,
            "ob-inc": self.increment,
            "ob-snap": self.snapshot,
            "tickers": self.tickers_event,
        }

    def order_routes(self) -> Json:
        """Return how orders are created and cancelled, for the sandbox's page: `prefix`, `create`, `cancel` with
        `{id}` in it, and `names`: Peatio 3.1's name of a parameter -> this dialect's."""
        return {
            "prefix": self.order_prefix or REST_PREFIX,
            "create": CREATE[1],
            "cancel": (ENGINE_CANCEL if CANCEL in self.missing_routes else CANCEL)[1],
            "names": {common: own for own, common in self.names.items()},
        }

    # --- REST ---------------------------------------------------------------------------------------------

    def answer(self, route: Route, path: Mapping[str, str], body: Any) -> Any:
        """Return the body of a successful answer as this dialect words it; ``path`` has the route's variables."""
        if route == TICKER:
            return self.ticker(path["market"], body)
        translate = self._answers.get(route)
        return body if translate is None else translate(body)

    def read_params(self, route: Route, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the parameters of a request as the core reads them."""
        return values

    def check(self, route: Route, params: Params, member: Member | None) -> None:
        """Refuse what this dialect refuses before its Peatio sees it.

        Raises:
            ApiError: the refusal.
        """

    def is_post_only(self, params: Params) -> bool:
        """Return whether an order is to be rejected rather than take."""
        return False

    def version_body(self, body: Json) -> Json:
        """Return ``public/version``."""
        return {**body, "git_tag": self.version, "version": self.version}

    def markets(self, rows: list[Json]) -> list[Json]:
        """Return ``public/markets``."""
        return [self.market(row) for row in rows]

    def market(self, row: Json) -> Json:
        """Return a row of ``public/markets``."""
        return row

    def tickers(self, body: Json) -> Json:
        """Return ``public/markets/tickers``: market -> ticker."""
        return body

    def ticker(self, symbol: str, body: Json) -> Json:
        """Return ``public/markets/:market/tickers``."""
        return body

    def order_book(self, body: Json) -> Json:
        """Return ``public/markets/:market/order-book``."""
        return {side: [self.order(row) for row in rows] for side, rows in body.items()}

    def public_trade(self, row: Json) -> Json:
        """Return a row of ``public/markets/:market/trades``."""
        return row

    def trading_fee(self, row: Json) -> Json:
        """Return a row of ``public/trading_fees``."""
        return row

    def order(self, row: Json) -> Json:
        """Return an order as lists and cancels show it."""
        return row

    def created_order(self, row: Json) -> Json:
        """Return an order as the answer to its creation shows it."""
        return self.order(row)

    def full_order(self, row: Json) -> Json:
        """Return an order as asked for by id: with its trades."""
        return {**self.order(row), "trades": [self.order_trade(trade) for trade in row["trades"]]}

    def order_trade(self, row: Json) -> Json:
        """Return a trade as an order lists it."""
        return row

    def member_trade(self, row: Json) -> Json:
        """Return a row of ``market/trades``."""
        return self.order_trade(row)

    # --- events -------------------------------------------------------------------------------------------

    def sink(self, ranger: EventSink) -> EventSink:
        """Return where events go on their way to Ranger."""
        return ranger if type(self) is Dialect else _Translator(self, ranger)

    def events(self, routing_key: str, payload: object) -> Iterable[Event]:
        """Return what is published in place of an event of the core."""
        kind = routing_key.rpartition(".")[2]
        if kind in self.silent_streams:
            return ()
        translate = self._events.get(kind)
        return ((routing_key, payload if translate is None else translate(payload)),)

    def periodic_events(self) -> Iterable[Event]:
        """Return what is published every few seconds beside tickers and k-lines."""
        return ()

    def order_event(self, payload: Json) -> Json:
        """Return a private ``order``."""
        return payload

    def trade_event(self, payload: Json) -> Json:
        """Return a private ``trade``."""
        return payload

    def increment(self, payload: Json) -> Json:
        """Return an ``ob-inc``."""
        return payload

    def snapshot(self, payload: Json) -> Json:
        """Return an ``ob-snap``."""
        return payload

    def tickers_event(self, payload: Json) -> Json:
        """Return ``global.tickers``."""
        return payload

    def balance_event(self, currency: str, free: str, locked: str) -> Json:
        """Return the payload of the balance stream for one currency that has changed."""
        return {currency: [free, locked]}

    def watch_balances(self) -> None:
        """Publish every change of a balance from now on, where there is a stream for that."""
        if self.balance_stream is not None:
            self.exchange.ledger.on_change = self._publish_balance

    def _publish_balance(self, uid: str, currency: str) -> None:
        account = self.exchange.ledger.account(uid, currency)
        payload = self.balance_event(currency, decimal_text(account.balance), decimal_text(account.locked))
        self.exchange.publish(f"private.{uid}.{self.balance_stream}", payload)

    # --- websocket ----------------------------------------------------------------------------------------

    def make_ranger(self, authenticate: Authenticate) -> Ranger:
        """Return the websocket server."""
        return Ranger()


class _Translator:
    """Stands between what is published and Ranger."""

    def __init__(self, dialect: Dialect, ranger: EventSink) -> None:
        self._dialect = dialect
        self._ranger = ranger

    def publish(self, routing_key: str, payload: object) -> None:
        """Publish what the dialect makes of an event."""
        for key, translated in self._dialect.events(routing_key, payload):
            self._ranger.publish(key, translated)


def each(translate: Callable[[Json], Json]) -> Callable[[list[Json]], list[Json]]:
    """Return a translation of a list, row by row."""
    return lambda rows: [translate(row) for row in rows]


def without(row: Json, *names: str) -> Json:
    """Return a row without some fields."""
    return {name: value for name, value in row.items() if name not in names}
