"""Settings that an operator mistypes. Hummingbot's `create`, console and start show these texts."""

from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, Venue
from pydantic import ValidationError

from peatio_liquidity.config import LiquidityConfig

GOOD: dict[str, Any] = {
    "id": "m", "trading_pair": "BTC-USD", "source_pair": "BTC-USD", "bid_budget_quote": "1", "ask_budget_base": "1",
    "max_exposure_base": "1",
}  # fmt: skip
#: Of each setting what it must not be, and a part of the text that says what it must be.
BAD: dict[str, dict[Any, str]] = {
    "connector_name": {
        "binance": "'binance' is no Peatio; write peatio, or peatio_NAME for an exchange of conf/peat",
        "peatio_nowhere": "There is no exchange peatio_nowhere: add it under `exchanges` in conf/peatio.yml",
    },
    "trading_pair": {"BTCUSD": "write BASE-QUOTE, such as BTC-USD", "BTC-": "write BASE-QUOTE", "": "write BASE-QUOTE"},
    "source_connector": {
        "binanc": "Hummingbot has no connector 'binanc'; did you mean binance?",
        "peatio_nowhere": "There is no exchange peatio_nowhere: add it under `exchanges` in conf/peatio.yml and",
        "nowhere": "Hummingbot has no connector 'nowhere'; `./hbot connect` lists them",
    },
    "source_pair": {"BTC/USD": "write BASE-QUOTE", "BTC-USDT": "have different quote currencies: set quote_rate, or"},
    "bid_budget_quote": {"-1": "greater than or equal to 0", "x": "valid decimal", "NaN": "finite number"},
    "ask_budget_base": {"-1": "greater than or equal to 0", "Infinity": "finite number"},
    "max_exposure_base": {"0": "greater than 0", "": "valid decimal"},
    "levels": {"0": "greater than or equal to 1", "51": "less than or equal to 50", "2.5": "valid integer"},
    "spread": {"-0.1": "greater than or equal to 0", "1": "less than 1", "0,1": "valid decimal", "1%": "valid decimal"},
    "min_spread": {"-0.1": "greater than or equal to 0", "1": "less than 1"},
    "level_distance": {"-0.1": "greater than or equal to 0", "1": "less than 1"},
    "depth_scale": {"0": "greater than 0", "Infinity": "finite number"},
    "max_level_amount": {"0": "greater than 0", "x": "valid decimal"},
    "depth_curve": {
        (("0.1", "1"), ("0.1", "1")): "distances of depth_curve must grow",
        (("1", "1"),): "be below 1",
        (("0", "0"),): "amounts of depth_curve must be above 0",
        (("0",),): "Field required",
        "x": "valid list",
    },
    "price_tolerance": {"-0.1": "greater than or equal to 0", "1": "less than 1"},
    "amount_tolerance": {"-0.1": "greater than or equal to 0"},
    "flicker_hold_s": {"-1": "greater than or equal to 0", "inf": "finite number", "nan": "finite number"},
    "requests_per_minute": {"0": "greater than or equal to 1", "x": "valid integer"},
    "max_source_age_s": {"0": "greater than 0", "inf": "finite number", "x": "valid number"},
    "max_move": {"0": "greater than 0", "NaN": "finite number"},
    "move_window_s": {"0": "greater than 0", "inf": "finite number"},
    "max_loss_quote": {"-1": "greater than or equal to 0"},
    "quote_rate": {"0": "greater than 0", "Infinity": "finite number"},
    "rate_connector": {"binanc": "did you mean binance?", "peatio_nowhere": "There is no exchange peatio_nowhere"},
    "rate_pair": {"USDTUSD": "write BASE-QUOTE"},
    "max_rate_age_s": {"0": "greater than 0", "inf": "finite number"},
    "hedge_order_type": {"stop": "'limit' or 'market'"},
    "max_slippage": {"-0.1": "greater than or equal to 0", "1": "less than 1"},
    "paper_hedge": {"perhaps": "valid boolean"},
    "hedge_timeout_s": {"0": "greater than 0", "inf": "finite number"},
}
#: Hummingbot's own, the same for all controllers.
HUMMINGBOTS = {
    "id", "controller_name", "controller_type", "total_amount_quote", "manual_kill_switch", "initial_positions",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "text"), [(name, value, text) for name, values in BAD.items() for value, text in values.items()]
)
def test_a_wrong_value_is_refused_with_what_the_right_one_is(name: str, value: Any, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        LiquidityConfig(**{**GOOD, name: value})
    (error,) = refused.value.errors()
    assert text in error["msg"]
    assert name in error["loc"] or not error["loc"], "of this setting, or of how settings fit together"


def test_every_setting_is_tried() -> None:
    assert set(LiquidityConfig.model_fields) - HUMMINGBOTS == set(BAD)


@pytest.mark.parametrize("rate", [{"rate_connector": "binance"}, {"rate_pair": "USDT-USD"}])
def test_half_a_rate_is_none(rate: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="set quote_rate, or rate_connector and rate_pair to a market of USDT"):
        LiquidityConfig(**{**GOOD, "source_pair": "BTC-USDT", **rate})


def test_a_rate_of_other_currencies_is_refused() -> None:
    rate = {"rate_connector": "binance", "rate_pair": "EUR-USD"}
    with pytest.raises(ValidationError, match="rate_pair must be USDT-USD or USD-USDT"):
        LiquidityConfig(**{**GOOD, "source_pair": "BTC-USDT", **rate})


def test_what_is_right_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NAMED_EXCHANGES, "peatio_other", Venue(name="peatio_other", domain="other.example"))
    config = LiquidityConfig(**{**GOOD, "rate_connector": "peatio_other", "depth_curve": [["0", "1"], ["0.001", "2"]]})
    assert config.depth_curve == [(Decimal(0), Decimal(1)), (Decimal("0.001"), Decimal(2))]
