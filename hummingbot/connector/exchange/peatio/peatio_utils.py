"""What Hummingbot reads about the connector before using it: fees, example pair, and the questions of `connect`.

Imported while Hummingbot starts; an exception here would keep every command of it from working.
"""

import logging
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from hummingbot.client.config.config_data_types import BaseConnectorConfigMap
from hummingbot.client.settings import CONF_DIR_PATH
from hummingbot.connector.exchange.peatio.config import exchange_domain, is_preset, parse_domain
from hummingbot.connector.exchange.peatio.feeds.rate_choice import move_choice
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, Venue, load_named_exchanges
from hummingbot.connector.exchange.peatio.settings.stored_keys import ownerless_keys
from hummingbot.core.data_type.trade_fee import TradeFeeSchema
from pydantic import ConfigDict, Field, SecretStr, create_model, field_validator

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
    site = exchange_domain if is_preset else "the exchange"
    # `hbot connect` asks everything before it takes the first answer: until then no exchange was chosen.
    if "peatio_exchange_domain" in config_map.model_fields_set:
        site = config_map.peatio_exchange_domain
    return f"Enter your API {what} for {site}"


def _question(prompt: Any, is_secure: bool, is_asked: bool = True) -> dict[str, Any]:
    """How Hummingbot asks for a field; a prompt may be a function of the answers so far."""
    return {"prompt": prompt, "is_secure": is_secure, "is_connect_key": is_asked, "prompt_on_new": is_asked}


class PeatioConfigMap(BaseConnectorConfigMap):
    """The answers to `connect peatio`."""

    connector: str = "peatio"
    peatio_exchange_domain: str = Field(
        default="",
        json_schema_extra=_question(
            f"Enter the exchange's domain or URL ({exchange_domain})", is_secure=False, is_asked=not is_preset
        ),
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


def _keys_of(venue: Venue) -> BaseConnectorConfigMap:
    """The questions of `connect peatio_NAME`: the keys, or nothing where the login stands in the file."""
    prompts: dict[str, str] = {}
    if venue.jwt is None:
        for what, name in (("key", "api_key"), ("secret", "secret_key")):
            prompts[f"{venue.name}_{name}"] = f"Enter your API {what} for {venue.address.site}"
    return _config_map(venue.name, prompts)


def _config_map(connector: str, prompts: Mapping[str, str]) -> BaseConnectorConfigMap:
    """:param prompts: field → what is asked for it; every answer is a secret"""
    questions: dict[str, Any] = {"connector": (str, connector)}
    for name, prompt in prompts.items():
        questions[name] = SecretStr, Field(default=..., json_schema_extra=_question(prompt, is_secure=True))
    model: type[BaseConnectorConfigMap] = create_model(
        f"PeatioConfigMapOf_{connector}",
        __base__=BaseConnectorConfigMap,
        __module__=__name__,
        **questions,
    )
    # Its base's settings stay: without `validate_assignment` Hummingbot would keep, and save, the keys as plain text.
    settings = model.model_config.copy()
    settings["title"] = connector
    model.model_config = settings
    return model.model_construct()


def _fees_of(venue: Venue) -> TradeFeeSchema:
    return TradeFeeSchema(
        maker_percent_fee_decimal=venue.maker_fee,
        taker_percent_fee_decimal=venue.taker_fee,
        buy_percent_fee_deducted_from_returns=True,
    )


def _named_exchanges() -> dict[str, Venue]:
    """The exchanges of `conf/peatio.yml`; what cannot be used is said and left out."""
    try:
        named_exchanges, problems = load_named_exchanges(Path(CONF_DIR_PATH))
    except Exception as error:
        # Whatever it is: Hummingbot starts, with plain `peatio` at least.
        named_exchanges, problems = {}, [f"The exchanges named in peatio.yml are left out: {error!r}"]
    for problem in problems:
        logging.getLogger(__name__).error(problem)
    return named_exchanges


def _move_rates() -> None:
    """Hummingbot, which reads its settings next, would not start with a rate source of ours in them."""
    try:
        name = move_choice(Path(CONF_DIR_PATH))
    except Exception as error:
        logging.getLogger(__name__).error(f"Hummingbot's rate source was set back, or may be unknown to it: {error}")
    else:
        if name is not None:
            logging.getLogger(__name__).warning(f"The rate source {name} is kept in conf/peatio.yml from now on.")


def _register_candles() -> None:
    """Hummingbot looks feeds up by the connector's name, and may be asked for one before the connector is made."""
    try:
        from hummingbot.connector.exchange.peatio.feeds.candles import register_candles

        register_candles(["peatio", *NAMED_EXCHANGES])
    except Exception as error:
        # A Hummingbot with other candles: it starts without ours.
        logging.getLogger(__name__).error(f"There are no candles of Peatio exchanges: {error!r}")


def _ownerless_keys() -> dict[str, BaseConnectorConfigMap]:
    """Stand-ins for connectors whose keys are stored and whose exchange is not named: see `peatio_stored_keys`."""
    stand_ins: dict[str, BaseConnectorConfigMap] = {}
    try:
        for name, stored in ownerless_keys(Path(CONF_DIR_PATH), NAMED_EXCHANGES).items():
            stand_ins[name] = _config_map(name, dict.fromkeys(stored, f"Name {name} in conf/peatio.yml first."))
            logging.getLogger(__name__).error(
                f"There are keys of {name}, which conf/peatio.yml does not name, or not usably. It cannot be used: "
                f"name it under `exchanges`, or move conf/connectors/{name}.yml away."
            )
    except Exception as error:
        logging.getLogger(__name__).error(f"Stored keys of exchanges that are not named were not looked for: {error!r}")
    return stand_ins


NAMED_EXCHANGES.update(_named_exchanges())
_register_candles()
_move_rates()
_STAND_INS = _ownerless_keys()

# What makes Hummingbot list each of them as a connector of its own.
OTHER_DOMAINS = [*NAMED_EXCHANGES, *_STAND_INS]
OTHER_DOMAINS_PARAMETER = {name: name for name in OTHER_DOMAINS}
OTHER_DOMAINS_EXAMPLE_PAIR = dict.fromkeys(_STAND_INS, EXAMPLE_PAIR) | {
    name: venue.example_pair for name, venue in NAMED_EXCHANGES.items()
}
OTHER_DOMAINS_DEFAULT_FEES = dict.fromkeys(_STAND_INS, DEFAULT_FEES) | {
    name: _fees_of(venue) for name, venue in NAMED_EXCHANGES.items()
}
OTHER_DOMAINS_KEYS = _STAND_INS | {name: _keys_of(venue) for name, venue in NAMED_EXCHANGES.items()}


def fee_schema_of(name: str) -> TradeFeeSchema | None:
    """What Hummingbot estimates with for the connector `name`: the very object it keeps; None for an unknown name."""
    return OTHER_DOMAINS_DEFAULT_FEES.get(name, DEFAULT_FEES if name == KEYS.connector else None)
