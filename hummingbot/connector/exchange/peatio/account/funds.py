"""The funds of a currency."""

from dataclasses import dataclass
from decimal import Decimal

from hummingbot.connector.exchange.peatio.account.bound import Bound
from hummingbot.connector.exchange.peatio.common.messages import ZERO


@dataclass
class Funds:
    """
    :ivar others: what other orders of the account lock
    :ivar bound: None until a snapshot is compared
    """

    total: Decimal = ZERO
    others: Decimal = ZERO
    bound: Bound | None = None
