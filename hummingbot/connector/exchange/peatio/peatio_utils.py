"""What Hummingbot reads about the connector before using it: fees, example pair, and the questions of `connect`.

Imported while Hummingbot starts; an exception here would keep every command of it from working.
"""

from decimal import Decimal
from typing import Any

from hummingbot.client.config.config_data_types import BaseConnectorConfigMap
from hummingbot.connector.exchange.peatio.config import exchange_domain, parse_domain
from hummingbot.core.data_type.trade_fee import TradeFeeSchema
from pydantic import ConfigDict, Field, SecretStr, field_validator

CENTRALIZED = True
EXAMPLE_PAIR = "BTC-USD"

# Peatio's stock fees; the exchange's own replace them as soon as the connector has asked for them. Fees are taken from
# what is received, base for a buy (docs/protocol.md section 4.8).
DEFAULT_FEES = TradeFeeSchema(
    maker_percent_fee_decimal=Decimal("0.002"),
    taker_percent_fee_decimal=Decimal("0.002"),
    buy_percent_fee_deducted_from_returns=True,
)


def _key_prompt(what: str, config_map: "PeatioConfigMap") -> str:
    site = "the exchange"
    # `hbot connect` asks everything before it takes the first answer: until then no exchange was chosen.
    if "peatio_exchange_domain" in config_map.model_fields_set:
        site = config_map.peatio_exchange_domain
    return f"Enter your API {what} for {site}"


def _question(prompt: Any, is_secure: bool) -> dict[str, Any]:
    """How Hummingbot asks for a field; a prompt may be a function of the answers so far."""
    return {"prompt": prompt, "is_secure": is_secure, "is_connect_key": True, "prompt_on_new": True}


class PeatioConfigMap(BaseConnectorConfigMap):
    """The answers to `connect peatio`."""

    connector: str = "peatio"
    peatio_exchange_domain: str = Field(
        default="",
        json_schema_extra=_question(f"Enter the exchange's domain or URL ({exchange_domain})", is_secure=False),
    )
    peatio_api_key: SecretStr = Field(
        default=...,
        json_schema_extra=_question(lambda config_map: _key_prompt("key", config_map), is_secure=True),
    )
    peatio_secret_key: SecretStr = Field(
        default=...,
        json_schema_extra=_question(lambda config_map: _key_prompt("secret", config_map), is_secure=True),
    )
    model_config = ConfigDict(title="peatio")

    @field_validator("peatio_exchange_domain", mode="before")
    @classmethod
    def _validate_domain(cls, value: object) -> str:
        """The exchange's URL, spelled out, so that the saved answer keeps its meaning."""
        return parse_domain(str(value or "")).site


KEYS = PeatioConfigMap.model_construct()
