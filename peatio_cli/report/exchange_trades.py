"""An account's own trades, from the exchange."""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.currencies import currency_name
from hummingbot.connector.exchange.peatio.common.errors import MessageError, NotFoundError
from hummingbot.connector.exchange.peatio.common.fields import as_decimal, as_list
from hummingbot.connector.exchange.peatio.common.messages import OrderReport, TradeReport, parse_trade
from hummingbot.connector.exchange.peatio.http.client import RestClient

from peatio_cli.report.fill import Fill
from peatio_cli.report.period import Period
from peatio_cli.report.profit import EXACT
from peatio_cli.report.verification import ExchangeTrade

_logger = logging.getLogger(__name__)

# The exchange and the history may have times of one trade that differ by a fraction of a second.
MARGIN_S = 60
SMALLEST_FEE = Decimal("1e-16")


@dataclass(frozen=True)
class ListedTrades:
    """:ivar trades: by order and trade; of a trade with oneself the list has one side only
    :ivar complete_until_s: from there on the list was not read, epoch seconds; None where it was read to its end
    :ivar unreadable: how many rows could not be read
    """

    trades: dict[tuple[str, str], ExchangeTrade]
    complete_until_s: float | None = None
    unreadable: int = 0


async def listed_trades(rest: RestClient, period: Period) -> ListedTrades:
    """The account's trades of a period and a little around it, oldest first, so that trades made meanwhile are added
    behind the pages that were read. After `MAX_PAGES` pages it ends.

    :raises RequestError, MessageError: when there is no answer
    """
    query = [("limit", str(CONSTANTS.PAGE_LIMIT)), ("order_by", "asc")]
    if period.from_s is not None:
        query.append(("time_from", str(int(max(0, period.from_s - MARGIN_S)))))
    trades: dict[tuple[str, str], ExchangeTrade] = {}
    unreadable, newest_s, is_ascending = 0, 0.0, True
    for page in range(1, CONSTANTS.MAX_PAGES + 1):
        answer = await rest.get(CONSTANTS.TRADES_PATH, [*query, ("page", str(page))], is_private=True)
        rows = as_list(answer, f"response of GET {CONSTANTS.TRADES_PATH}")
        times = []
        for row in rows:
            try:
                trade = _listed(row)
            except MessageError as error:
                _logger.debug(str(error))
                unreadable += 1
                continue
            times.append(trade.created_at_s)
            trades[trade.key] = trade
        # An exchange that does not know `order_by` has its newest trades first.
        is_ascending = is_ascending and times == sorted(times)
        newest_s = max([newest_s, *times])
        is_past = is_ascending and period.to_s is not None and times and times[0] > period.to_s + MARGIN_S
        if len(rows) < CONSTANTS.PAGE_LIMIT or is_past:
            return ListedTrades(trades, None, unreadable)
    return ListedTrades(trades, newest_s if is_ascending else 0.0, unreadable)


async def with_own_ids(rest: RestClient, listed: ListedTrades, own_orders: Collection[str]) -> ListedTrades:
    """The list, with the history's order ids: where an engine answers a create with a uuid alone, the history has that,
    and the list has the number (docs/protocol.md section 4.12).

    :param own_orders: the ids that the history has
    :raises RequestError, MessageError: when there is no answer
    """
    if all(order_id.isdecimal() for order_id in own_orders):
        return listed
    own_ids: dict[str, str] = {}
    for order_id in sorted({order_id for order_id, _ in listed.trades} - set(own_orders)):
        try:
            ids = (await rest.order(order_id)).ids
        except NotFoundError:
            continue
        own_ids[order_id] = next((one for one in ids if one in own_orders), order_id)
    trades = (replace(trade, order_id=own_ids.get(trade.order_id, trade.order_id)) for trade in listed.trades.values())
    return replace(listed, trades={trade.key: trade for trade in trades})


async def second_sides(
    rest: RestClient, fills: Iterable[Fill], listed: ListedTrades, short_orders: Collection[str] = ()
) -> dict[tuple[str, str], ExchangeTrade]:
    """The sides of trades with oneself that the list does not have, from their orders (docs/protocol.md section 4.9).

    :param fills: those that may be such sides
    :param short_orders: own orders that have fewer fills than they should: the history may have lost such a side
    :raises RequestError, MessageError: when there is no answer
    """
    found: dict[tuple[str, str], ExchangeTrade] = {}
    listed_ids = {trade_id for _, trade_id in listed.trades}
    orders = {fill.order_id for fill in fills if fill.key not in listed.trades and fill.trade_id in listed_ids}
    for order_id in sorted(orders | set(short_orders)):
        try:
            order = await rest.order(order_id)
        except NotFoundError:
            continue
        for report in order.trades:
            trade = replace(_trade(report, None), order_id=order_id, fee=_fee_by_rates(order, report))
            if trade.key not in listed.trades:
                found[trade.key] = trade
    return found


def _fee_by_rates(order: OrderReport, trade: TradeReport) -> Decimal | None:
    """The fee by the rates that the exchange froze on the order, as it books it (docs/protocol.md section 4.8); None
    where it does not report them. An order's list of trades has no fees."""
    if order.fee_rates is None or trade.taker_is_buy is None:
        return None
    rate = order.fee_rates.taker if trade.taker_is_buy == order.is_buy else order.fee_rates.maker
    fee = EXACT.multiply(trade.amount if order.is_buy else trade.total, rate)
    return fee.quantize(SMALLEST_FEE, ROUND_HALF_UP, EXACT)


def _listed(row: Any) -> ExchangeTrade:
    report = parse_trade(row)
    total = row.get("total")
    return _trade(report, None if total is None else as_decimal(total, "total"))


def _trade(report: TradeReport, total: Decimal | None) -> ExchangeTrade:
    currency = report.fee_currency
    return ExchangeTrade(
        report.order_id,
        report.trade_id,
        report.market,
        report.is_buy,
        report.price,
        report.amount,
        total,
        report.fee_amount,
        None if currency is None else currency_name(currency),
        report.created_at_s,
    )
