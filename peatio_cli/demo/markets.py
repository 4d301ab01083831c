"""What the demo trades: which member on which market, with which quotes."""

from collections.abc import Mapping
from dataclasses import dataclass

# Quotes close to the market and often refreshed, so that there are fills within a minute. Spreads are in percent of
# the price, times in seconds.
STRATEGY = {
    "bid_spread": "0.1",
    "ask_spread": "0.1",
    "order_amount": "0.05",
    "order_levels": "2",
    "order_level_spread": "0.1",
    "order_refresh_time": "8",
    "filled_order_delay": "2",
}
# The first quote is near the market, so that there are fills. The others are so large that the sells together take all
# that a member has of the coin, and every loss makes them smaller; and so far away that nobody takes them.
PEGGED_STRATEGY = {
    **STRATEGY,
    "order_amount": "1000",
    "order_levels": "3",
    "order_level_amount": "35000",
    "order_level_spread": "2",
    # So long that an order lives through some cycles.
    "order_refresh_time": "20",
}


@dataclass(frozen=True)
class DemoMarket:
    """One bot of the demo."""

    member: str
    base: str
    quote: str
    strategy: Mapping[str, str]

    @property
    def pair(self) -> str:
        """As Hummingbot writes it."""
        return f"{self.base}-{self.quote}"


ORDINARY = (DemoMarket("bot", "BTC", "USD", STRATEGY),)
#: A member each: a bot compares its account's balances with its own fills.
PEGGED = (DemoMarket("bot", "BAY", "USD", PEGGED_STRATEGY), DemoMarket("maker", "BAYR", "USD", PEGGED_STRATEGY))
