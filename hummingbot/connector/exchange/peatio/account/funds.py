"""The funds of a currency, and the orders of others that may hold a part of them."""

from dataclasses import dataclass, field
from decimal import Decimal

from hummingbot.connector.exchange.peatio.account.bound import Bound
from hummingbot.connector.exchange.peatio.account.records import Reservation
from hummingbot.connector.exchange.peatio.common.messages import ZERO

# So many orders of the account are remembered by their ids. What older ones of others free is learned from snapshots.
REMEMBERED_ORDERS = 1000


@dataclass
class Funds:
    """
    :ivar others: what other orders of the account lock
    :ivar bound: None until a snapshot is compared
    :ivar is_doubtful: whether others may lock more than `others`, which was learned from balances that had what was
        reported later
    :ivar live: our orders that were live then
    """

    total: Decimal = ZERO
    others: Decimal = ZERO
    bound: Bound | None = None
    is_doubtful: bool = False
    live: list[Reservation] = field(default_factory=list)

    def available(self, reserved: Decimal) -> Decimal:
        """What new orders can use.

        :param reserved: by our orders
        """
        available = self.total - self.others - reserved
        if self.bound is not None:
            available = min(available, self.bound.free)
        return max(available, ZERO)


class RememberedOrders(dict[str, bool]):
    """The newest orders of the account by their ids: whether each is known to be open."""

    def remember(self, order_id: str, is_open: bool) -> None:
        self[order_id] = is_open
        if len(self) > REMEMBERED_ORDERS:
            del self[next(iter(self))]
