"""What the exchange's database holds: members, orders and trades."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from peatio_sandbox.exchange.decimals import EXACT, ZERO, divide_down, multiply, to_database_precision
from peatio_sandbox.exchange.engine import BookOrder
from peatio_sandbox.exchange.market import Market, OrderType, Side

OrderState = Literal["pending", "wait", "done", "cancel", "reject"]
ORDER_STATES: tuple[OrderState, ...] = ("pending", "wait", "done", "cancel", "reject")


@dataclass(frozen=True, slots=True)
class Member:
    """A member as Peatio knows it."""

    name: str
    uid: str
    email: str
    level: int
    group: str


@dataclass(slots=True, eq=False, weakref_slot=True)
class OrderRecord:
    """An order as stored. Volumes are of the base currency; ``locked`` is of the currency paid with.

    Attributes:
        placed_volume: what it was placed with; ``origin_volume`` may change where the exchange resizes orders.
    """

    id: int
    uuid: str
    member: Member
    market_spec: Market
    side: Side
    ord_type: OrderType
    price: Decimal | None
    origin_volume: Decimal
    remaining_volume: Decimal
    origin_locked: Decimal
    locked: Decimal
    maker_fee: Decimal
    taker_fee: Decimal
    created_at_s: float
    updated_at_s: float
    state: OrderState = "pending"
    funds_received: Decimal = ZERO
    post_only: bool = False
    trades: list[TradeRecord] = field(default_factory=list)
    placed_volume: Decimal = field(init=False)

    def __post_init__(self) -> None:
        self.placed_volume = self.origin_volume

    @property
    def market(self) -> str:
        """Return the market's symbol."""
        return self.market_spec.symbol

    @property
    def outcome_currency(self) -> str:
        """Return the currency the order pays with."""
        return self.market_spec.quote if self.side == "buy" else self.market_spec.base

    @property
    def income_currency(self) -> str:
        """Return the currency the order receives, in which its fee is charged."""
        return self.market_spec.base if self.side == "buy" else self.market_spec.quote

    @property
    def executed_volume(self) -> Decimal:
        """Return what has been traded so far."""
        return EXACT.subtract(self.origin_volume, self.remaining_volume)

    @property
    def trades_count(self) -> int:
        """Return how many trades the order had."""
        return len(self.trades)

    @property
    def avg_price(self) -> Decimal:
        """Return the mean price of the order's trades, cut to the market's price precision; 0 without trades."""
        used = EXACT.subtract(self.origin_locked, self.locked)
        base, quote = (self.funds_received, used) if self.side == "buy" else (used, self.funds_received)
        return ZERO if base == ZERO else divide_down(quote, base, self.market_spec.price_precision)

    def for_matching(self) -> BookOrder:
        """Return the order as it is handed to the matching engine."""
        return BookOrder(self.id, self.side, self.ord_type, self.price, self.remaining_volume, self.locked)


@dataclass(slots=True, eq=False)
class TradeRecord:
    """A trade as stored. The order with the lower id is the maker (docs/protocol.md section 4)."""

    id: int
    market_spec: Market
    price: Decimal
    amount: Decimal
    total: Decimal
    maker_order: OrderRecord
    taker_order: OrderRecord
    created_at_s: float

    @property
    def market(self) -> str:
        """Return the market's symbol."""
        return self.market_spec.symbol

    @property
    def taker_type(self) -> Side:
        """Return the side of the taker's order."""
        return self.taker_order.side

    def public(self) -> PublicTrade:
        """Return what everybody may know."""
        return PublicTrade(
            self.id, self.market, self.price, self.amount, self.total, self.taker_type, self.created_at_s
        )

    def order_of(self, member: Member) -> OrderRecord:
        """Return the member's order in this trade; of a trade with oneself the maker's."""
        return self.maker_order if self.maker_order.member is member else self.taker_order

    def fee_rate(self, order: OrderRecord) -> Decimal:
        """Return the rate charged to one of the two orders."""
        return order.taker_fee if order is self.taker_order else order.maker_fee

    def income(self, order: OrderRecord) -> Decimal:
        """Return what one of the two orders received, before its fee."""
        return self.amount if order.side == "buy" else self.total

    def fee_amount(self, order: OrderRecord) -> Decimal:
        """Return the fee charged to one of the two orders, in the currency it received."""
        return to_database_precision(multiply(self.income(order), self.fee_rate(order)))


@dataclass(frozen=True, slots=True)
class PublicTrade:
    """What everybody may know of a trade. It refers to no order, so that it keeps none in memory."""

    id: int
    market: str
    price: Decimal
    amount: Decimal
    total: Decimal
    taker_type: Side
    created_at_s: float


@dataclass(frozen=True, slots=True)
class FillRecord:
    """One order's part in a trade: what a member's own books must agree with."""

    trade_id: int
    order_id: int
    market: str
    side: Side
    price: Decimal
    amount: Decimal
    total: Decimal
    fee_rate: Decimal
    fee_amount: Decimal
    fee_currency: str
    created_at_s: float

    @classmethod
    def of(cls, trade: TradeRecord, order: OrderRecord) -> FillRecord:
        """Return what a trade was for one of its two orders."""
        return cls(
            trade_id=trade.id,
            order_id=order.id,
            market=trade.market,
            side=order.side,
            price=trade.price,
            amount=trade.amount,
            total=trade.total,
            fee_rate=trade.fee_rate(order),
            fee_amount=trade.fee_amount(order),
            fee_currency=order.income_currency,
            created_at_s=trade.created_at_s,
        )
