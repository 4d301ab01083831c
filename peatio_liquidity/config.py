"""What the operator sets, in `conf/controllers/NAME.yml`, by `create`, or in the console."""

from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Literal

from hummingbot.client.settings import AllConnectorSettings
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.settings.exchanges import venue_named
from hummingbot.core.data_type.common import MarketDict
from hummingbot.strategy_v2.controllers.controller_base import ControllerConfigBase
from pydantic import Field, field_validator, model_validator

from peatio_liquidity.depth import Shape
from peatio_liquidity.matching import Tolerance
from peatio_liquidity.safety import Limits

MAX_LEVELS = 50


def _asked(prompt: str, **more: Any) -> dict[str, Any]:
    return {"prompt": prompt, "prompt_on_new": True, **more}


#: Hummingbot applies a change of these in the file to the running controller.
UPDATABLE: dict[str, Any] = {"is_updatable": True}


def _is_named(connector: str) -> bool:
    """Whether it is an exchange of `conf/peatio.yml`.

    :raises ConfigError: when it would be one, and the file does not have it
    """
    if not connector.startswith(CONSTANTS.CONNECTOR_PREFIX):
        return False
    venue_named(connector)
    return True


class LiquidityConfig(ControllerConfigBase):
    """Amounts are in the base currency of the own market, prices in its quote currency, if nothing else is stated."""

    controller_name: str = "peatio_liquidity"
    controller_type: str = "market_making"
    #: Hummingbot's own, which this controller does not use: it has a budget for each side.
    total_amount_quote: Decimal = Field(Decimal(0), json_schema_extra={"prompt_on_new": False, **UPDATABLE})

    connector_name: str = Field("peatio", json_schema_extra=_asked("Your own exchange's connector (peatio): "))
    trading_pair: str = Field("BTC-USD", json_schema_extra=_asked("The market there (BTC-USD): "))
    source_connector: str = Field(
        "binance", json_schema_extra=_asked("The exchange whose book is copied and on which is hedged (binance): ")
    )
    source_pair: str = Field("BTC-USDT", json_schema_extra=_asked("The market there (BTC-USDT): "))

    bid_budget_quote: Decimal = Field(
        ...,
        ge=0,
        json_schema_extra=_asked("The most that all bids together may be, in the quote currency: ", **UPDATABLE),
    )
    ask_budget_base: Decimal = Field(
        ...,
        ge=0,
        json_schema_extra=_asked("The most that all asks together may be, in the base currency: ", **UPDATABLE),
    )
    max_exposure_base: Decimal = Field(
        ...,
        gt=0,
        json_schema_extra=_asked(
            "The most that may be bought or sold and not hedged, in the base currency: ", **UPDATABLE
        ),
    )

    levels: int = Field(10, ge=1, le=MAX_LEVELS, json_schema_extra=_asked("Levels of each side (10): ", **UPDATABLE))
    spread: Decimal = Field(
        Decimal("0.002"),
        ge=0,
        lt=1,
        json_schema_extra=_asked("Distance of each price from the source's, as a part (0.002 is 0.2 %): ", **UPDATABLE),
    )
    min_spread: Decimal = Field(
        Decimal("0.001"),
        ge=0,
        lt=1,
        description="between best bid and best ask, as a part",
        json_schema_extra=UPDATABLE,
    )
    level_distance: Decimal = Field(
        Decimal("0.0005"), ge=0, lt=1, description="between two levels, as a part", json_schema_extra=UPDATABLE
    )
    depth_scale: Decimal = Field(
        Decimal("0.1"), gt=0, description="own amount for each of the source's", json_schema_extra=UPDATABLE
    )
    max_level_amount: Decimal | None = Field(None, gt=0, description="of one level", json_schema_extra=UPDATABLE)
    depth_curve: list[tuple[Decimal, Decimal]] = Field(
        [],
        description="instead of the source's shape: distance from its best price as a part, and amount, best first",
        json_schema_extra=UPDATABLE,
    )

    price_tolerance: Decimal = Field(
        Decimal("0.0002"), ge=0, lt=1, description="a quote so near its level stays", json_schema_extra=UPDATABLE
    )
    amount_tolerance: Decimal = Field(
        Decimal("0.2"), ge=0, description="a quote whose amount differs by no more stays", json_schema_extra=UPDATABLE
    )
    flicker_hold_s: float = Field(
        0.5,
        ge=0, allow_inf_nan=False,
        description="a level that is back within this time is followed once it has stood still as long; 0: at once",
        json_schema_extra=UPDATABLE,
    )
    requests_per_minute: int = Field(
        600, ge=1, description="of quotes; quotes that must go are cancelled beyond it", json_schema_extra=UPDATABLE
    )

    max_source_age_s: float = Field(
        10.0,
        gt=0,
        allow_inf_nan=False,
        description="a book that has not changed for longer is not followed",
        json_schema_extra=UPDATABLE,
    )
    max_move: Decimal = Field(
        Decimal("0.02"), gt=0, description="of the source's mid within move_window_s", json_schema_extra=UPDATABLE
    )
    move_window_s: float = Field(10.0, gt=0, allow_inf_nan=False)
    max_loss_quote: Decimal | None = Field(
        None,
        ge=0,
        description="no more quotes once more than this was lost since the hedge journal began",
        json_schema_extra=UPDATABLE,
    )

    quote_rate: Decimal | None = Field(
        None, gt=0, description="own quote currency for one of the source's, where it is fixed"
    )
    rate_connector: str | None = Field(None, description="or the exchange that has a market of the two")
    rate_pair: str | None = Field(None, description="that market, either way round")
    max_rate_age_s: float = Field(60.0, gt=0, allow_inf_nan=False, json_schema_extra=UPDATABLE)

    hedge_order_type: Literal["limit", "market"] = Field(
        "limit", description="market: only as much as the source's book offers within max_slippage"
    )
    max_slippage: Decimal = Field(
        Decimal("0.003"),
        ge=0,
        lt=1,
        description="of a hedge, from the source's best price",
        json_schema_extra=UPDATABLE,
    )
    paper_hedge: bool = Field(
        False, description="hedges are worked out on the source's book, and nothing is sent there"
    )
    hedge_timeout_s: float = Field(
        5.0,
        gt=0,
        allow_inf_nan=False,
        description="a hedge that rests longer is cancelled and sent again",
        json_schema_extra=UPDATABLE,
    )

    @field_validator("trading_pair", "source_pair", "rate_pair")
    @classmethod
    def _is_pair(cls, value: str | None) -> str | None:
        if value is not None and [bool(part) for part in value.split("-")] != [True, True]:
            raise ValueError(f"{value!r} is no trading pair; write BASE-QUOTE, such as BTC-USD")
        return value

    @field_validator("source_connector", "rate_connector")
    @classmethod
    def _is_connector(cls, value: str | None) -> str | None:
        names = AllConnectorSettings.get_connector_settings()  # reads conf/peatio.yml too
        if value is None or _is_named(value) or value in names:
            return value
        near = get_close_matches(value, names, 1)
        remedy = f"did you mean {near[0]}?" if near else "`./hbot connect` lists them"
        raise ValueError(f"Hummingbot has no connector {value!r}; {remedy}")

    @field_validator("connector_name")
    @classmethod
    def _is_peatio(cls, value: str) -> str:
        if not (value == CONSTANTS.EXCHANGE_NAME or _is_named(value)):
            raise ValueError(f"{value!r} is no Peatio; write peatio, or peatio_NAME for an exchange of conf/peatio.yml")
        return value

    @field_validator("depth_curve")
    @classmethod
    def _is_curve(cls, value: list[tuple[Decimal, Decimal]]) -> list[tuple[Decimal, Decimal]]:
        distances = [distance for distance, _ in value]
        if distances != sorted(set(distances)) or any(not 0 <= distance < 1 for distance in distances):
            raise ValueError("the distances of depth_curve must grow, from 0 on, and be below 1")
        if any(amount <= 0 for _, amount in value):
            raise ValueError("the amounts of depth_curve must be above 0")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> "LiquidityConfig":
        if (self.connector_name, self.trading_pair) == (self.source_connector, self.source_pair):
            raise ValueError("source_connector and source_pair are the own market: it cannot follow itself")
        own_quote, source_quote = self.trading_pair.split("-")[1], self.source_pair.split("-")[1]
        has_market = self.rate_connector is not None and self.rate_pair is not None
        if own_quote != source_quote and self.quote_rate is None and not has_market:
            raise ValueError(
                f"{self.trading_pair} and {self.source_pair} have different quote currencies: set quote_rate, or "
                f"rate_connector and rate_pair to a market of {source_quote} and {own_quote}"
            )
        if has_market and {*str(self.rate_pair).split("-")} != {own_quote, source_quote}:
            raise ValueError(f"rate_pair must be {source_quote}-{own_quote} or {own_quote}-{source_quote}")
        return self

    def update_markets(self, markets: MarketDict) -> MarketDict:
        """Which books Hummingbot must follow."""
        markets = markets.add_or_update(self.connector_name, self.trading_pair)
        markets = markets.add_or_update(self.source_connector, self.source_pair)
        if self.quote_rate is None and self.rate_connector is not None and self.rate_pair is not None:
            markets = markets.add_or_update(self.rate_connector, self.rate_pair)
        return markets

    @property
    def shape(self) -> Shape:
        """How the own book is to look."""
        return Shape(
            self.levels,
            self.spread,
            self.min_spread,
            self.level_distance,
            self.depth_scale,
            self.max_level_amount,
            tuple(self.depth_curve),
        )

    @property
    def tolerance(self) -> Tolerance:
        """What need not be refreshed."""
        return Tolerance(self.price_tolerance, self.amount_tolerance)

    @property
    def limits(self) -> Limits:
        """What stops the quotes."""
        return Limits(self.max_source_age_s, self.max_rate_age_s, self.max_move, self.max_exposure_base)
