"""Hummingbot's budget checker with the fees of each market."""

from hummingbot.connector.budget_checker import BudgetChecker
from hummingbot.connector.utils import split_hb_trading_pair
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.order_candidate import OrderCandidate
from hummingbot.core.data_type.trade_fee import TokenAmount


class FeeBudgetChecker(BudgetChecker):
    """As Hummingbot's, which estimates fees by the connector's name only.

    Peatio takes fees from what is received, on both sides (docs/protocol.md section 4.8): they reduce the returns of an
    order and never add to the funds that it needs.
    """

    def populate_collateral_entries(self, order_candidate: OrderCandidate) -> OrderCandidate:
        candidate = super().populate_collateral_entries(order_candidate)
        base, quote = split_hb_trading_pair(candidate.trading_pair)
        is_buy = candidate.order_side is TradeType.BUY
        token, received = (base, candidate.amount) if is_buy else (quote, candidate.amount * candidate.price)
        percent = self._exchange.get_fee(
            base,
            quote,
            candidate.order_type,
            candidate.order_side,
            candidate.amount,
            candidate.price,
            candidate.is_maker or candidate.order_type is OrderType.LIMIT_MAKER,
        ).percent
        candidate.percent_fee_value = TokenAmount(token, received * percent)
        candidate.potential_returns = TokenAmount(token, received * (1 - percent))
        return candidate
