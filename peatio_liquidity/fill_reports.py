"""Fills from an event of Hummingbot, or from an exchange's list of trades."""

from decimal import Decimal

from hummingbot.connector.exchange.peatio.common.currencies import currency_name
from hummingbot.connector.exchange.peatio.common.messages import TradeReport
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.core.data_type.in_flight_order import InFlightOrder
from hummingbot.core.data_type.trade_fee import DeductedFromReturnsTradeFee, TradeFeeBase
from hummingbot.core.event.events import OrderFilledEvent

from peatio_liquidity.fills import Fill
from peatio_liquidity.levels import ZERO


def fill_of_event(event: OrderFilledEvent) -> Fill:
    """A fill that a connector reported."""
    is_buy = event.trade_type.name == "BUY"
    amount, total = Decimal(event.amount), Decimal(event.price) * Decimal(event.amount)
    charged = _fees(event.trade_fee, is_buy, event.trading_pair, amount, total)
    # Few connectors leave out the trade's id; what identifies the fill as well as it can stands for it.
    trade_id = event.exchange_trade_id or f"{event.order_id} {event.timestamp} {amount}"
    at_s = float(event.timestamp)
    return Fill.of(event.order_id, trade_id, is_buy, amount, total, event.trading_pair, charged, at_s)


def fills_of_order(order: InFlightOrder) -> list[Fill]:
    """What Hummingbot knows of an order: each fill as its event reported it."""
    pair, is_buy = order.trading_pair, order.trade_type.name == "BUY"
    fills = []
    for update in order.order_fills.values():
        amount, total = Decimal(update.fill_base_amount), Decimal(update.fill_price) * Decimal(update.fill_base_amount)
        charged = _fees(update.fee, is_buy, pair, amount, total)
        at_s = float(update.fill_timestamp)
        fills.append(Fill.of(order.client_order_id, update.trade_id, is_buy, amount, total, pair, charged, at_s))
    return fills


async def peatio_fills(connector: PeatioExchange, trading_pair: str, since_s: float) -> list[Fill]:
    """The fills of this bot's orders, as the exchange lists them: each as its event reported it, or would have.

    :param since_s: epoch seconds
    :raises PeatioError: when the exchange does not answer, or it cannot be read whose orders they are
    """
    fills = []
    for client_order_id, trade in await connector.trades_of_bot(trading_pair, int(since_s)):
        charged = _fee_of(trade)
        fills.append(
            Fill.of(
                client_order_id, trade.trade_id, trade.is_buy, trade.amount, trade.total, trading_pair, charged,
                trade.created_at_s,
            )
        )  # fmt: skip
    return fills


def _fee_of(trade: TradeReport) -> list[tuple[str, Decimal]]:
    if trade.fee_amount is None or trade.fee_currency is None:
        return []
    return [(currency_name(trade.fee_currency), trade.fee_amount)]


def _fees(
    fee: TradeFeeBase, is_buy: bool, pair: str, amount: Decimal, total: Decimal
) -> list[tuple[str, Decimal]]:
    base, quote = pair.split("-")
    charged = [(flat.token, Decimal(flat.amount)) for flat in fee.flat_fees]
    if fee.percent != ZERO:
        is_of_returns = isinstance(fee, DeductedFromReturnsTradeFee)
        currency = fee.percent_token or (base if is_buy and is_of_returns else quote)
        charged.append((currency, (amount if currency == base else total) * Decimal(fee.percent)))
    return charged
