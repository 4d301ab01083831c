"""What a bot is doing, as seen from outside its process. Values only; `bot_reader` makes them.

Everything that is None is not known: a bot that exports no metrics does not say whether it is ready.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from peatio_cli.report.profit import EXACT, MarketFigures

#: A heart that did not beat for so long beats no more, where no guard says otherwise. Also the guard's own default.
SILENT_AFTER_S = 30.0

#: The exchange's URL, the trading pair, and the id of the controller whose hedges are counted with it, if any.
ResultKey = tuple[str, str, str]


class Activity(StrEnum):
    """RUNNING: its heartbeat changes. SILENT: it died, or hangs. STOPPED: it was stopped with no order open, or never
    ran."""

    RUNNING = "running"
    SILENT = "silent"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class BookHealth:
    """A market's order book as the bot has it.

    :ivar untrusted_since_s: epoch seconds of the first look that found it so; None while it is trusted
    :ivar untrusted_s: all seconds without a followed book since the bot's start
    :ivar faults: cause → how often, of those that happened
    """

    trading_pair: str
    is_trusted: bool
    untrusted_since_s: float | None
    untrusted_s: float
    faults: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConnectorHealth:
    """What a connector says of itself in its metrics.

    :ivar why_not_ready: what it waits for; empty while it is ready, or where it does not say
    :ivar budget, budget_left: requests within the interval of the exchange's limit
    :ivar streams: public and private → connected and subscribed
    :ivar late_finds: fills and ends that polling found before the private stream reported them
    """

    is_ready: bool
    why_not_ready: tuple[str, ...]
    books: tuple[BookHealth, ...]
    streams: Mapping[str, bool]
    requests: int
    failures: Mapping[str, int]
    budget: int | None
    budget_left: int | None
    waits: int
    reconnects: int
    late_finds: int
    clock_offset_s: float | None


@dataclass(frozen=True, slots=True)
class ConnectorState:
    """One connector of a bot with a heartbeat.

    :ivar account: the journal's mark of the account
    :ivar silent_s: seconds since its last heartbeat
    :ivar fence_reason: why its guard has fenced it off and cancels its orders; None while there is no fence
    :ivar health: None where it exports no metrics
    """

    name: str
    account: str
    owner: str
    pid: int
    activity: Activity
    silent_s: float
    fence_reason: str | None = None
    health: ConnectorHealth | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """What the fills of one market come to, since the history began.

    :ivar site: the exchange's URL; "" where the journal does not note it
    """

    site: str
    trading_pair: str
    figures: MarketFigures

    @property
    def key(self) -> ResultKey:
        return self.site, self.trading_pair, ""

    @property
    def quote(self) -> str:
        return self.figures.quote

    @property
    def inventory(self) -> Decimal:
        return self.figures.inventory

    @property
    def realised(self) -> Decimal:
        return self.figures.realised

    @property
    def fees(self) -> Decimal:
        return self.figures.fees_in_quote

    def unrealised(self, mid: Decimal) -> Decimal:
        """What the inventory is worth at that price less what it cost, in quote currency."""
        return EXACT.subtract(EXACT.multiply(self.figures.inventory, mid), self.figures.cost)

    def net(self, mid: Decimal) -> Decimal:
        """Realised and unrealised profit less fees, in quote currency. Fees in other currencies do not count."""
        profit = EXACT.add(self.figures.realised, self.unrealised(mid))
        return EXACT.subtract(profit, self.figures.fees_in_quote)


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a liquidity controller was filled with and has not hedged, in base currency; negative was sold.

    And what the fills of both exchanges come to together, in the quote currency of the own market.

    :ivar markets: the own and the source's market
    :ivar pending: hedges that are not known to have ended
    :ivar controller: its id
    :ivar site: the own exchange's URL; "" where it is not known
    :ivar trading_pair: the own market's
    :ivar source: the connector and the trading pair that hedges go to
    :ivar source_site: that exchange's URL; "" where it is no Peatio
    :ivar cost: what the exposure cost; of what was sold, less than nothing
    :ivar realised: before fees
    :ivar fees: charged in base or quote
    """

    markets: str
    base: Decimal
    pending: int
    controller: str = ""
    site: str = ""
    trading_pair: str = ""
    source: str = ""
    cost: Decimal = Decimal(0)
    realised: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    fills: int = 0
    source_site: str = ""

    @property
    def key(self) -> ResultKey:
        return self.site, self.trading_pair, self.controller

    @property
    def legs(self) -> tuple[tuple[str, str], ...]:
        """Site and trading pair of the own market and of the source's."""
        return (self.site, self.trading_pair), (self.source_site, self.source.rpartition(" ")[2])

    @property
    def quote(self) -> str:
        return self.trading_pair.partition("-")[2]

    @property
    def inventory(self) -> Decimal:
        return self.base

    def unrealised(self, mid: Decimal) -> Decimal:
        """What is not hedged at that price, less what it cost, in quote currency."""
        return EXACT.subtract(EXACT.multiply(self.base, mid), self.cost)

    def net(self, mid: Decimal) -> Decimal:
        """Realised and unrealised profit less fees, in quote currency. Fees in other currencies do not count."""
        return EXACT.subtract(EXACT.add(self.realised, self.unrealised(mid)), self.fees)


#: What a market earned: by itself, or with the hedges on another exchange.
Result = Position | Exposure


@dataclass(frozen=True, slots=True)
class OrderLife:
    """An order of the bot, from its request to its end; times in epoch seconds.

    :ivar state: the journal's: sent, live, watched (lost), ended, settled; closed once it is in the history
    :ivar filled_total: what its fills came to in quote currency
    :ivar live_at_s: when its id became known; None before, and where nobody wrote it down
    :ivar end: how it ended: filled, cancelled, failed, unsent, absent; None while it is open
    """

    client_order_id: str
    exchange_order_id: str | None
    account: str
    trading_pair: str
    market: str
    is_buy: bool
    amount: Decimal
    price: Decimal | None
    filled: Decimal
    filled_total: Decimal
    state: str
    created_at_s: float
    live_at_s: float | None
    ended_at_s: float | None
    end: str | None


@dataclass(frozen=True, slots=True)
class GuardState:
    """
    :ivar is_watching: whether a guard's process looks after this instance
    :ivar after_s: after how many seconds without a heartbeat a bot is dead for it; None where it does not say
    """

    is_watching: bool
    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class StrategyState:
    """What the bot runs.

    :ivar text: its status text as the bot wrote it last; "" without one
    :ivar text_at_s: when that was, epoch seconds
    """

    name: str = ""
    config: str = ""
    started_at: str = ""
    text: str = ""
    text_at_s: float | None = None


@dataclass(frozen=True, slots=True)
class BotState:
    """A bot at one moment.

    :ivar name: of its instance's directory
    :ivar looked_at_s: epoch seconds
    :ivar pid: of its process, where one is known to run
    :ivar silent_after_s: after how many seconds without a heartbeat it counts as silent
    :ivar problems: what could not be read, for the user
    """

    name: str
    looked_at_s: float
    activity: Activity
    pid: int | None
    guard: GuardState
    strategy: StrategyState
    connectors: tuple[ConnectorState, ...] = ()
    open_orders: tuple[OrderLife, ...] = ()
    positions: tuple[Position, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    problems: tuple[str, ...] = ()
    silent_after_s: float = SILENT_AFTER_S

    @property
    def results(self) -> tuple[Result, ...]:
        """What each market earned, once: with its hedges where it has some."""
        hedged = [each for each in self.exposures if each.site and each.fills]
        legs = {leg for each in hedged for leg in each.legs}
        return *(each for each in self.positions if (each.site, each.trading_pair) not in legs), *hedged

    @property
    def is_running(self) -> bool:
        return self.activity is Activity.RUNNING

    @property
    def has_guard_acted(self) -> bool:
        """Whether a guard has fenced the bot off and cancels its orders, or has cancelled them."""
        return any(connector.fence_reason is not None for connector in self.connectors)

    @property
    def is_ready(self) -> bool | None:
        """Whether every connector may trade; None where one does not say."""
        if not self.is_running:
            return False
        reported = [connector.health.is_ready if connector.health else None for connector in self.connectors]
        if False in reported:
            return False
        return True if reported and None not in reported else None

    @property
    def untrusted_books(self) -> tuple[tuple[str, BookHealth], ...]:
        """Connector and book of each market whose book is not trusted."""
        return tuple(
            (connector.name, book)
            for connector in self.connectors
            if connector.health is not None
            for book in connector.health.books
            if not book.is_trusted
        )
