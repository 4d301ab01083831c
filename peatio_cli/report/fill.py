"""A fill as the history has it: the value that everything in the report is computed from."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Fill:
    """One fill of one order. A trade of two own orders with each other is two fills with one trade id.

    :ivar total: in the quote currency, as the exchange booked it
    :ivar fee_currency: in capitals
    :ivar filled_at_s: epoch seconds, by the exchange's clock
    """

    order_id: str
    trade_id: str
    account: str
    trading_pair: str
    is_buy: bool
    price: Decimal
    amount: Decimal
    total: Decimal
    fee: Decimal
    fee_currency: str
    filled_at_s: float

    @property
    def base(self) -> str:
        return self.trading_pair.partition("-")[0]

    @property
    def quote(self) -> str:
        return self.trading_pair.partition("-")[2]

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the fill at one exchange."""
        return self.order_id, self.trade_id
