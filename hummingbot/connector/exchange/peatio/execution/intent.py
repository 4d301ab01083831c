"""What the order journal knows of an order: the intent to place it, the state of the intent, and how it ended."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any

from hummingbot.connector.exchange.peatio.common.messages import FeeRates
from hummingbot.core.data_type.common import OrderType

# What the exchange can distinguish orders by: market, whether it buys, amount, and price (None at market).
OrderFingerprint = tuple[str, bool, Decimal, Decimal | None]


class IntentState(Enum):
    """Where an intent stands; the value is what the file holds.

    `RECORDED → SENT → LIVE → ENDED → CLOSED`. `RECORDED` is in memory only: the file says "sent" before the request
    leaves, because a process can die between the two. `ABSENT`: the create was not answered and the exchange lists no
    such order; it can still turn up. `ENDED`: cancelled, and a second cancel is due (docs/protocol.md section 4.4).
    `SETTLED`: the order of another strategy has ended; the next start of that strategy records its fills.
    """

    RECORDED = "recorded"
    SENT = "sent"
    LIVE = "live"
    ABSENT = "watched"
    ENDED = "ended"
    SETTLED = "settled"
    CLOSED = "closed"


#: The states of an intent that is not closed, as the file holds them.
OPEN_STATES = (IntentState.SENT, IntentState.LIVE, IntentState.ABSENT, IntentState.ENDED)


class OrderEnd(Enum):
    """How an order ended; the value is what the history holds."""

    FILLED = "filled"
    CANCELLED = "cancelled"
    #: The exchange rejected it, or did not know it any more.
    FAILED = "failed"
    #: The exchange never processed its create, or refused it.
    UNSENT = "unsent"
    #: No order of the exchange could be assigned to it.
    ABSENT = "absent"


@dataclass(frozen=True)
class Intent:
    """An order that was to be placed.

    :ivar price: None for a market order
    :ivar created_at_s: when the request was about to leave, by the exchange's clock
    :ivar is_maker_only: whether the strategy asked for LIMIT_MAKER
    :ivar newest_order_id: the highest id of another order that was reported before the request left; 0 where none was
    :ivar database: the strategy's database in Hummingbot; None where nothing records, and in rows of form 1
    :ivar is_cancel_wanted: whether somebody asked for its cancel, and it has not ended yet
    :ivar live_at_s: when its id became known here; None before
    """

    client_order_id: str
    trading_pair: str
    market: str
    is_buy: bool
    amount: Decimal
    price: Decimal | None
    created_at_s: float
    state: IntentState = IntentState.RECORDED
    exchange_order_id: str | None = None
    fee_rates: FeeRates | None = None
    is_cancel_wanted: bool = False
    is_maker_only: bool = False
    database: str | None = None
    live_at_s: float | None = field(default=None, compare=False)
    newest_order_id: int = 0

    @property
    def order_type(self) -> OrderType:
        if self.price is None:
            return OrderType.MARKET
        return OrderType.LIMIT_MAKER if self.is_maker_only else OrderType.LIMIT

    @property
    def description(self) -> str:
        """Such as: buy 0.1 BTC-USD at 30000."""
        price = "at the market's price" if self.price is None else f"at {self.price.normalize():f}"
        return f"{'buy' if self.is_buy else 'sell'} {self.amount.normalize():f} {self.trading_pair} {price}"

    def changed(self, **changes: Any) -> "Intent":
        """As `dataclasses.replace`, which takes five times as long."""
        made = object.__new__(Intent)
        made.__dict__.update(self.__dict__, **changes)
        return made

    @property
    def fingerprint(self) -> OrderFingerprint:
        return self.market, self.is_buy, self.amount, self.price
