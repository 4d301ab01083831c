"""Builds Hummingbot's fills. The only place that does."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Context, Decimal

from hummingbot.connector.exchange.peatio.common.currencies import currency_name
from hummingbot.connector.exchange.peatio.common.messages import FeeRates, TradeReport
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.data_type.in_flight_order import TradeUpdate
from hummingbot.core.data_type.trade_fee import DeductedFromReturnsTradeFee, TokenAmount

# More digits than two columns of decimal(32, 16) multiplied have: nothing is rounded on the way.
_EXACT = Context(prec=80, rounding=ROUND_HALF_UP)
_SMALLEST_FEE = Decimal("1e-16")


def fill_of(order: TrackedOrder, trade: TradeReport) -> TradeUpdate | None:
    """The fill that `trade` is for `order`, or None where its fee cannot be known from what is at hand.

    The side is the order's, not the trade's: for a trade with oneself both private events name the maker
    (docs/protocol.md section 4.9). The fee is taken from what is received, base for a buy and quote for a sell: as
    charged where the trade says it, else by the rates frozen on the order (section 4.8).
    """
    is_buy = order.trade_type is TradeType.BUY
    is_taker = trade.taker_is_buy is None or trade.taker_is_buy == is_buy
    fee = _fee(order, trade, is_buy, is_taker)
    if fee is None:
        return None
    return TradeUpdate(
        trade_id=trade.trade_id,
        client_order_id=order.client_order_id,
        exchange_order_id=trade.order_id if trade.order_id in order.size.former_ids else str(order.exchange_order_id),
        trading_pair=order.trading_pair,
        fill_timestamp=trade.created_at_s,
        fill_price=trade.price,
        fill_base_amount=trade.amount,
        fill_quote_amount=trade.total,
        fee=DeductedFromReturnsTradeFee(flat_fees=[fee]),
        is_taker=is_taker,
    )


def with_fee(order: TrackedOrder, trade: TradeReport, rates: FeeRates) -> TradeReport:
    """The trade with its fee for `order` by these rates, where the exchange does not report what it charged."""
    is_buy = order.trade_type is TradeType.BUY
    fee = _fee_by(rates, order, trade, is_buy, is_taker=trade.taker_is_buy is None or trade.taker_is_buy == is_buy)
    return replace(trade, fee_amount=fee.amount, fee_currency=fee.token)


def _fee(order: TrackedOrder, trade: TradeReport, is_buy: bool, is_taker: bool) -> TokenAmount | None:
    if trade.fee_amount is not None and trade.fee_currency is not None:
        return TokenAmount(currency_name(trade.fee_currency), trade.fee_amount)
    rates: FeeRates | None = order.fee_rates
    if rates is None or trade.taker_is_buy is None:
        return None
    return _fee_by(rates, order, trade, is_buy, is_taker)


def _fee_by(rates: FeeRates, order: TrackedOrder, trade: TradeReport, is_buy: bool, is_taker: bool) -> TokenAmount:
    rate = rates.taker if is_taker else rates.maker
    if is_buy:
        return TokenAmount(order.base_asset, _booked(trade.amount, rate))
    return TokenAmount(order.quote_asset, _booked(trade.total, rate))


def _booked(received: Decimal, rate: Decimal) -> Decimal:
    """The fee as Peatio books it: its columns are decimal(32, 16), rounded half up."""
    fee = _EXACT.multiply(received, rate)
    booked = _EXACT.quantize(fee, _SMALLEST_FEE)
    return fee if booked == fee else booked
