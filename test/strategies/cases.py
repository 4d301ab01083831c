"""The strategies that `make strategies` runs, each configured so that it trades within a minute on the sandbox."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from peatio_cli.demo.markets import STRATEGY
from test.strategies.assignment import Configuration, Kind
from test.strategies.stage import Play

ONE = ("peatio",)
TWO = ("peatio_east", "peatio_west")
PAIR = "BTC-USD"
DAY_S = 86_400
SPOT = {"connector_name": "peatio", "trading_pair": PAIR}
EAST = {"connector_name": "peatio_east", "trading_pair": PAIR}


@dataclass(frozen=True)
class Case:
    """One row of the page.

    :param title: the strategy, as Hummingbot names it
    :param where: V1, or the executor or base class of V2 that a controller of ours uses, or the checkout
    :param history_s: how far back the exchange has candles
    :param funds: the bot's, if not the sandbox's own
    """

    name: str
    title: str
    where: str
    kind: Kind
    source: str
    values: dict[str, Any]
    exchanges: tuple[str, ...] = ONE
    needs_checkout: bool = False
    history_s: int = 0
    funds: dict[str, Decimal] | None = None

    def play(self, seconds: float, checkout: Path | None) -> Play:
        """What to run."""
        configuration = Configuration(kind=self.kind, source=self.source, values=self.values)
        return Play(
            name=self.name,
            configurations=(configuration,),
            exchanges=self.exchanges,
            seconds=seconds,
            checkout=checkout if self.needs_checkout else None,
            funds=self.funds,
            history_s=self.history_s,
        )


_PURE = {"exchange": "peatio", "market": PAIR, **STRATEGY}
_BASES = {
    **SPOT,
    "total_amount_quote": "1200",
    "leverage": 1,
    "cooldown_time": 3,
    "take_profit": "0.0007",
    "stop_loss": "0.003",
    "time_limit": 20,
}
_QUOTES = {**_BASES, "buy_spreads": "0.0003,0.001", "sell_spreads": "0.0003,0.001", "executor_refresh_time": 8}
_ACROSS = {
    "maker_market": "peatio_east",
    "taker_market": "peatio_west",
    "maker_market_trading_pair": PAIR,
    "taker_market_trading_pair": PAIR,
    # Below zero, so that there are fills: the two sandboxes trade at about the same price.
    "min_profitability": "-0.4",
    "order_amount": "0.02",
}

V1 = (
    Case("pure", "pure_market_making", "V1", "v1-strategy", "pure_market_making", _PURE),
    Case(
        "hanging", "pure_market_making with hanging orders", "V1", "v1-strategy", "pure_market_making",
        {**_PURE, "hanging_orders_enabled": True, "hanging_orders_cancel_pct": "0.4", "order_levels": 1},
    ),
    Case(
        "avellaneda", "avellaneda_market_making", "V1", "v1-strategy", "avellaneda_market_making",
        {
            "exchange": "peatio",
            "market": PAIR,
            "execution_timeframe_mode": "infinite",
            "order_amount": "0.02",
            "order_refresh_time": 5,
            "filled_order_delay": 2,
            "volatility_buffer_size": 5,
            "trading_intensity_buffer_size": 5,
            "min_spread": "0.05",
        },
    ),
    Case("across", "cross_exchange_market_making", "V1", "v1-strategy", "cross_exchange_market_making", _ACROSS, TWO),
)  # fmt: skip

_EXECUTORS = {
    "order": "order_executor, LIMIT",
    "order-maker": "order_executor, LIMIT_MAKER",
    "order-chaser": "order_executor, LIMIT_CHASER",
    "order-market": "order_executor, MARKET",
    "position": "position_executor",
    "dca": "dca_executor",
    "grid": "grid_executor",
    "twap-taker": "twap_executor, TAKER",
    "twap-maker": "twap_executor, MAKER",
}
_EXECUTORS_ON_TWO = {"xemm": "xemm_executor", "arbitrage": "arbitrage_executor"}


def single(kind: str, where: dict[str, str] = SPOT) -> dict[str, Any]:
    """The values of our controller that runs one executor of this kind at a time."""
    other = {"other_connector": "peatio_west"} if kind in _EXECUTORS_ON_TWO else {}
    return {"id": kind, "kind": kind, **where, **other}


EXECUTORS = (
    *(
        Case(kind, title, "V2 executor", "controller", "single_executor", single(kind))
        for kind, title in _EXECUTORS.items()
    ),
    *(
        Case(kind, title, "V2 executor", "controller", "single_executor", single(kind, EAST), TWO)
        for kind, title in _EXECUTORS_ON_TWO.items()
    ),
)
BASES = (
    Case(
        "quotes", "MarketMakingControllerBase", "V2 base class", "controller", "two_quotes",
        {"id": "quotes", **_QUOTES},
    ),
    Case(
        "signal", "DirectionalTradingControllerBase", "V2 base class", "controller", "turning_signal",
        {"id": "signal", **_BASES},
    ),
)  # fmt: skip

# As on a new account: nothing but quote currency. Peatio takes the fee of a purchase from what was bought.
_NO_BASE = {"usd": Decimal(5000)}
NO_BASE = tuple(
    Case(
        name=f"{name}-without-base",
        title=f"{title}, without own base currency",
        where="V2 executor",
        kind="controller",
        source="single_executor",
        values={**single(kind), "buys_only": True, "deducts_fees": name != kind},
        funds=_NO_BASE,
    )
    for name, kind, title in (
        ("position", "position", "position_executor"),
        ("dca", "dca", "dca_executor"),
        ("grid", "grid", "grid_executor"),
        ("grid-deducting", "grid", "grid_executor, `deduct_base_fees: true`"),
    )
)

_CANDLES = {"candles_connector": "peatio", "candles_trading_pair": PAIR, "interval": "1m"}
_TWO_MARKETS = [{"connector_name": name, "trading_pair": PAIR} for name in TWO]
_LEVELS = [["-0.004", "10"], ["-0.003", "20"]]


def _theirs(
    source: str,
    values: dict[str, Any],
    exchanges: tuple[str, ...] = ONE,
    kind: Kind = "controller",
    history_s: int = 0,
) -> Case:
    values = {"id": source, **values} if kind == "controller" else values
    where = "checkout, controller" if kind == "controller" else "checkout, script"
    return Case(
        f"their-{source}", source, where, kind, source, values, exchanges, needs_checkout=True, history_s=history_s
    )


CHECKOUT = (
    _theirs("pmm_simple", _QUOTES),
    _theirs(
        "pmm_dynamic",
        {**_QUOTES, **_CANDLES, "buy_spreads": "1,2", "sell_spreads": "1,2", "natr_length": 14},
        history_s=DAY_S,
    ),
    _theirs(
        "dman_v3",
        # Each threshold in the middle of the band: there is always a signal.
        {
            **_BASES,
            **_CANDLES,
            "bb_long_threshold": 0.5,
            "bb_short_threshold": 0.5,
            "dca_spreads": "0.0003,0.001",
            "dca_amounts_pct": "0.5,0.5",
            "trailing_stop": "0.001,0.0003",
            "dynamic_order_spread": False,
            "dynamic_target": False,
        },
        history_s=DAY_S,
    ),
    _theirs("dman_maker_v2", {**_QUOTES, "dca_spreads": "0.0003,0.001", "dca_amounts": "0.5,0.5"}),
    _theirs(
        "grid_strike",
        {
            **SPOT,
            "leverage": 1,
            "start_price": "28500",
            "end_price": "31500",
            "limit_price": "27000",
            "total_amount_quote": "30000",
            "min_spread_between_orders": "0.0007",
            "min_order_amount_quote": "100",
            "max_open_orders": 4,
            "max_orders_per_batch": 2,
        },
    ),
    _theirs(
        "xemm_multiple_levels",
        {
            "maker_connector": "peatio_east",
            "maker_trading_pair": PAIR,
            "taker_connector": "peatio_west",
            "taker_trading_pair": PAIR,
            "buy_levels_targets_amount": _LEVELS,
            "sell_levels_targets_amount": _LEVELS,
            "min_profitability": "0.003",
            "max_profitability": "0.003",
            "total_amount_quote": "1200",
        },
        TWO,
    ),
    _theirs(
        "arbitrage_controller",
        {
            "exchange_pair_1": _TWO_MARKETS[0],
            "exchange_pair_2": _TWO_MARKETS[1],
            "min_profitability": "-0.02",
            "delay_between_executors": 2,
            "rate_connector": "peatio_east",
            "quote_conversion_asset": "USD",
            "total_amount_quote": "300",
        },
        TWO,
    ),
    _theirs(
        "simple_pmm",
        {
            "exchange": "peatio",
            "trading_pair": PAIR,
            "order_amount": "0.02",
            "bid_spread": "0.0005",
            "ask_spread": "0.0005",
            "order_refresh_time": 8,
        },
        kind="v2-script",
    ),
)
OWN = (*V1, *BASES, *EXECUTORS, *NO_BASE)


def cases(with_checkout: bool) -> Iterator[Case]:
    """All that can run."""
    yield from OWN
    if with_checkout:
        yield from CHECKOUT
