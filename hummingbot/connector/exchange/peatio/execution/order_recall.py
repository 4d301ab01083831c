"""Orders of one kind that may be a certain one, for who knows its size and price and not, or not any more, its id."""

from dataclasses import dataclass
from decimal import Decimal

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import MessageError
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.http.client import RestClient


@dataclass(frozen=True, slots=True)
class OrdersLike:
    """
    :ivar own: the client order ids of those that the order journal has, of all runs, open or ended
    :ivar unclaimed: the exchange's ids of those that it does not have, and that are open or were filled in part
    """

    own: tuple[str, ...]
    unclaimed: tuple[str, ...]


async def orders_like(
    rest: RestClient,
    journal: IntentJournal,
    trading_pair: str,
    fingerprint: tuple[str, bool, Decimal, Decimal | None],
    since_s: float,
) -> OrdersLike:
    """
    :param fingerprint: market, whether it buys, amount, price (None at market)
    :param since_s: epoch seconds by the exchange's clock
    :raises RequestError, MessageError: when the exchange does not answer, or has more orders than it lists at once
    :raises JournalError: when the order journal cannot be read
    """
    market, is_buy, *size = fingerprint
    listed = await rest.orders_of(market, is_buy, int(since_s))
    if len(listed) >= CONSTANTS.PAGE_LIMIT:
        raise MessageError(f"{market} has more orders since {since_s:.0f} than the exchange lists at once")
    own = [key for key, *asked in journal.file.asked_for_since(trading_pair, is_buy, since_s) if asked == size]
    unclaimed = [
        report.order_id
        for report in listed
        if report.fingerprint == fingerprint
        and (report.executed_volume or not report.state.is_final)
        and not any(map(journal.is_claimed, report.ids))
    ]
    return OrdersLike(tuple(own), tuple(unclaimed))
