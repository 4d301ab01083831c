"""What a source that keeps a journal of its orders remembers of a hedge that cannot be asked for by its id."""

from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

from hummingbot.connector.exchange.peatio.execution.intent import OrderEnd
from hummingbot.connector.exchange.peatio.execution.order_recall import OrdersLike

from peatio_liquidity.hedge_journal import Hedge

#: So long before a hedge was written its order is looked for: the exchange's clock is measured, and may be set.
OVERLAP_S = 120.0


class OrderMemory(Protocol):
    """A connector with an order journal, in which each order stands before its request leaves."""

    def order_end(self, client_order_id: str) -> OrderEnd | None:
        """How an order ended; None where it has not, or that is not known."""

    async def orders_like(
        self, trading_pair: str, is_buy: bool, amount: Decimal, price: Decimal | None, since_s: float
    ) -> OrdersLike:
        """The orders of that size and price (None: at market) since then, by the exchange's clock."""


class UncertainError(Exception):
    """Nobody but the operator can say what became of a hedge; the text says why, without a full stop."""


async def lost_id(
    memory: OrderMemory, trading_pair: str, hedge: Hedge, is_taken: Callable[[str], bool]
) -> str | None:
    """The client order id of a hedge that was written by a process that died before it had written its id.

    :param is_taken: whether an id is another hedge's
    :return: None where the hedge never left
    :raises UncertainError: when it may be one of several orders, or of an order of somebody else
    :raises PeatioError: when exchange or journal do not answer
    """
    like = await _like(memory, trading_pair, hedge)
    own = [key for key in like.own if not is_taken(key)]
    if len(own) == 1:
        return own[0]
    if own:
        raise UncertainError(f"it may be each of {', '.join(own)}")
    _check(like)
    return None


async def check_end(memory: OrderMemory, trading_pair: str, hedge: Hedge, client_order_id: str) -> None:
    """Of a hedge that the order journal does not follow. That it gave up is no answer of the exchange: after a day, or
    where it was lost with the disk.

    :raises UncertainError: when an order of the exchange may be it, or somebody else's
    :raises PeatioError: when exchange or journal do not answer
    """
    if memory.order_end(client_order_id) in (None, OrderEnd.ABSENT):
        _check(await _like(memory, trading_pair, hedge))


async def _like(memory: OrderMemory, trading_pair: str, hedge: Hedge) -> OrdersLike:
    price = None if hedge.is_market else hedge.price
    return await memory.orders_like(trading_pair, hedge.is_buy, hedge.amount, price, hedge.written_s - OVERLAP_S)


def _check(like: OrdersLike) -> None:
    if like.unclaimed:
        raise UncertainError(f"order {', '.join(like.unclaimed)} may be it, or somebody else's")
