"""Pauses of order placement after a refusal that the next order would meet as well."""

from collections.abc import Callable

from hummingbot.connector.exchange.peatio.common.errors import (
    AuthError,
    NonceError,
    PlacementError,
    RefusedError,
)

# After this long one order is sent, to learn whether the reason is gone.
PAUSE_S = 60.0

# The one name a fork's cap on open orders has (docs/protocol.md section 3).
OPEN_ORDERS_LIMIT = "market.order.open_orders_limit"

_MARKET_CODES = frozenset(
    {
        "market.market.doesnt_exist_or_not_enabled",
        "market.spot_market.doesnt_exist_or_not_enabled",
        "market.order.invalid_volume_or_price",
        OPEN_ORDERS_LIMIT,
    }
)
_ALL_MARKETS = ""


class PlacementPauses:
    """A refused login, permission or level pauses every market; a closed market or a changed rule pauses that market.

    :param now_s: the exchange's clock, epoch seconds
    :param notify: shows a line to the user; called once for each pause
    """

    def __init__(self, now_s: Callable[[], float], notify: Callable[[str], None]) -> None:
        self._now_s = now_s
        self._notify = notify
        self._until_s: dict[str, tuple[float, str]] = {}
        self._full: set[str] = set()

    def verdict(self, trading_pair: str) -> PlacementError | None:
        """Why no order may be placed on the market now; None where it may."""
        for scope in (_ALL_MARKETS, trading_pair):
            # The clock is asked only where there is a pause: the server's time is an average over samples.
            if scope in self._until_s and self._now_s() < self._until_s[scope][0]:
                return PlacementError(f"Order placement is paused: {self._until_s[scope][1]}")
        return None

    def on_refusal(self, trading_pair: str, error: RefusedError) -> bool:
        """
        :return: whether placement is paused now
        """
        if isinstance(error, NonceError):
            return False  # a step of the clock; the next request measures it again
        if isinstance(error, AuthError):
            scope, what = _ALL_MARKETS, "on the exchange"
        elif _MARKET_CODES.intersection(error.codes):
            scope, what = trading_pair, f"on {trading_pair}"
        else:
            return False
        is_new = scope not in self._until_s
        self._until_s[scope] = self._now_s() + PAUSE_S, str(error)
        if OPEN_ORDERS_LIMIT in error.codes:
            self._full.add(scope)
        if is_new:
            self._notify(f"Order placement {what} is paused, cancelling is not: {error}")
        return True

    def on_order_ended(self, trading_pair: str) -> None:
        """A market that was full of open orders has room for one more."""
        if trading_pair in self._full:
            self._full.discard(trading_pair)
            self._until_s[trading_pair] = 0.0, self._until_s[trading_pair][1]

    def on_success(self, trading_pair: str) -> None:
        """The exchange took an order: the reason of the pause is gone."""
        self._full.discard(trading_pair)
        for scope in (_ALL_MARKETS, trading_pair):
            if self._until_s.pop(scope, None) is not None:
                self._notify("Order placement resumes: the exchange accepts orders again.")
