"""Pauses of order placement after a refusal that the next order would meet as well."""

from collections.abc import Callable
from dataclasses import dataclass

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    CLOSED_MARKET_CODES,
    AnswerError,
    AuthError,
    BusyError,
    NonceError,
    PlacementError,
    RefusedError,
)

# The one name a fork's cap on open orders has (docs/protocol.md section 3).
OPEN_ORDERS_LIMIT = "market.order.open_orders_limit"

_ALL_MARKETS = ""


@dataclass
class _Pause:
    length_s: float
    until_s: float
    reason: str


class PlacementPauses:
    """An answer about the account pauses every market; a closed, full or busy market, or a gateway's page, that market.
    An order's own fault pauses nothing.

    :param now_s: the exchange's clock, epoch seconds
    :param notify: shows a line to the user; called once for each pause
    """

    def __init__(self, now_s: Callable[[], float], notify: Callable[[str], None]) -> None:
        self._now_s = now_s
        self._notify = notify
        self._pauses: dict[str, _Pause] = {}
        self._full: set[str] = set()

    def verdict(self, trading_pair: str) -> PlacementError | None:
        """Why no order may be placed on the market now; None where it may."""
        for scope in (_ALL_MARKETS, trading_pair):
            # The clock is asked only where there is a pause: the server's time is an average over samples.
            if scope in self._pauses and self._now_s() < self._pauses[scope].until_s:
                return PlacementError(f"Order placement is paused: {self._pauses[scope].reason}")
        return None

    def on_refusal(self, trading_pair: str, error: RefusedError | BusyError) -> None:
        """The exchange refused an order, or is busy."""
        scope = _scope_of(trading_pair, error)
        if scope is None:
            return
        if OPEN_ORDERS_LIMIT in error.codes:
            self._full.add(scope)
        pause = self._pauses.get(scope)
        if pause is None:
            what = f"on {scope}" if scope else "on the exchange"
            self._notify(f"Order placement {what} is paused, cancelling is not: {error}")
            length_s = CONSTANTS.PLACEMENT_PAUSE_S
        elif self._now_s() < pause.until_s:
            return  # of orders that were sent together each is refused
        else:
            length_s = min(2 * pause.length_s, CONSTANTS.PLACEMENT_PAUSE_MAXIMUM_S)
        self._pauses[scope] = _Pause(length_s, self._now_s() + length_s, str(error))

    def on_order_ended(self, trading_pair: str) -> None:
        """A market that was full of open orders has room for one more."""
        if trading_pair in self._full:
            self._full.discard(trading_pair)
            self._pauses[trading_pair].until_s = 0.0

    def on_success(self, trading_pair: str) -> None:
        """The exchange took an order: the reason of the pause is gone."""
        self._full.discard(trading_pair)
        for scope in (_ALL_MARKETS, trading_pair):
            if self._pauses.pop(scope, None) is not None:
                self._notify("Order placement resumes: the exchange accepts orders again.")


def _scope_of(trading_pair: str, error: AnswerError) -> str | None:
    """Which orders a refusal concerns beside the refused one; None where none."""
    if isinstance(error, NonceError):
        return None  # a step of the clock; the next request measures it again
    if isinstance(error, AuthError) and error.codes:
        return _ALL_MARKETS
    if isinstance(error, BusyError):
        return trading_pair
    is_of_market = OPEN_ORDERS_LIMIT in error.codes or CLOSED_MARKET_CODES.intersection(error.codes)
    return trading_pair if is_of_market or isinstance(error, AuthError) else None
