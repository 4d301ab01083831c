"""The funds of a currency, and the orders of others that may hold a part of them."""

from dataclasses import dataclass
from decimal import Decimal

from hummingbot.connector.exchange.peatio.account.bound import Bound
from hummingbot.connector.exchange.peatio.common.messages import ZERO

# So many orders of the account are remembered by their ids. What older ones of others free is learned from snapshots.
REMEMBERED_ORDERS = 1000


@dataclass
class Funds:
    """
    :ivar others: what other orders of the account lock
    :ivar bound: None until a snapshot is compared
    """

    total: Decimal = ZERO
    others: Decimal = ZERO
    bound: Bound | None = None


class RememberedOrders(dict[str, bool]):
    """The newest orders of the account by their ids: whether each is known to be open."""

    def remember(self, order_id: str, is_open: bool) -> None:
        self[order_id] = is_open
        if len(self) > REMEMBERED_ORDERS:
            del self[next(iter(self))]
