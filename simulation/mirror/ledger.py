"""What both exchanges know of the mirror: the truth that nothing in its process can change."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from peatio_sandbox.exchange.records import FillRecord, OrderRecord
from simulation.bots import Bot
from simulation.mirror.plan import MARKET

BASE = "btc"
ZERO = Decimal(0)


@dataclass(frozen=True)
class OpenAmounts:
    """What may still be filled of orders that are open at an exchange, in base."""

    buys: Decimal
    sells: Decimal


class Ledgers:
    """
    :param quotes: the mirror's account on the own exchange
    :param hedges: that on the outer one
    """

    def __init__(self, quotes: Bot, hedges: Bot) -> None:
        self.quotes, self.hedges = quotes, hedges

    def exposure(self, but: Collection[str] = ()) -> Decimal:
        """Base on both exchanges together beyond the start: what is not hedged.

        :param but: ids of orders whose fills do not count
        """
        exposure = sum((self._gained(bot) for bot in (self.quotes, self.hedges)), ZERO)
        if but:
            fills = (fill for bot in (self.quotes, self.hedges) for fill in fills_of(bot))
            exposure -= sum((base_change(fill) for fill in fills if str(fill.order_id) in but), ZERO)
        return exposure

    @staticmethod
    def open_amounts(bot: Bot, but: Collection[str] = ()) -> OpenAmounts:
        """
        :param but: ids of orders that do not count
        """
        orders = [order for order in open_orders(bot) if str(order.id) not in but]
        return OpenAmounts(
            sum((order.remaining_volume for order in orders if order.side == "buy"), ZERO),
            sum((order.remaining_volume for order in orders if order.side == "sell"), ZERO),
        )

    @staticmethod
    def _gained(bot: Bot) -> Decimal:
        member = bot.choice.member
        return sum(bot.exchange.sandbox.balances(member)[BASE], ZERO) - bot.exchange.start_funds[member][BASE.upper()]


def open_orders(bot: Bot) -> list[OrderRecord]:
    """Of the account, on the market that is mirrored."""
    orders = bot.exchange.sandbox.orders(bot.choice.member)
    return [order for order in orders if order.state in ("pending", "wait") and order.market == MARKET]


def fills_of(bot: Bot) -> list[FillRecord]:
    """Of the account."""
    return bot.exchange.sandbox.fills(bot.choice.member)


def base_change(fill: FillRecord) -> Decimal:
    """By how much a fill changed the base of its account."""
    change = fill.amount if fill.side == "buy" else -fill.amount
    return change - (fill.fee_amount if fill.fee_currency == BASE else ZERO)
