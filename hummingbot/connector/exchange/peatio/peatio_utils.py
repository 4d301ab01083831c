"""What Hummingbot reads about the connector before using it: fees, example pair, and the questions of `connect`.

Imported while Hummingbot starts; an exception here would break every command of Hummingbot.
"""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

from hummingbot.client.config.config_data_types import BaseConnectorConfigMap
from hummingbot.client.settings import CONF_DIR_PATH
from hummingbot.connector.exchange.peatio.config import DOMAIN_VARIABLE, exchange_domain, is_preset, parse_domain
from hummingbot.connector.exchange.peatio.feeds.rate_choice import move_choice
from hummingbot.connector.exchange.peatio.settings.api_keys import without_blanks
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, Venue, load_named_exchanges
from hummingbot.connector.exchange.peatio.settings.stored_keys import connected_domain, ownerless_keys
from hummingbot.core.data_type.trade_fee import TradeFeeSchema
from pydantic import BeforeValidator, ConfigDict, Field, SecretStr, create_model, field_validator

_logger = logging.getLogger(__name__)

CENTRALIZED = True
EXAMPLE_PAIR = "BTC-USD"


def _fees_of(venue: Venue) -> TradeFeeSchema:
    # Fees are taken from what is received, base for a buy (docs/protocol.md section 4.8).
    return TradeFeeSchema(
        maker_percent_fee_decimal=venue.maker_fee,
        taker_percent_fee_decimal=venue.taker_fee,
        buy_percent_fee_deducted_from_returns=True,
    )


# Used until the connector has fetched those of the exchange.
DEFAULT_FEES = _fees_of(Venue(name="peatio", domain=""))


def _key_prompt(what: str, config_map: "PeatioConfigMap") -> str:
    site = exchange_domain if is_preset else "the exchange"
    # `hbot connect` builds all prompts before it stores the first answer, so the exchange may not be known here.
    if "peatio_exchange_domain" in config_map.model_fields_set:
        site = config_map.peatio_exchange_domain
    return f"Enter your API {what} for {site}"


def _question(prompt: Any, is_secure: bool, is_asked: bool = True) -> dict[str, Any]:
    """How Hummingbot asks for a field; a prompt may be a function of the answers so far."""
    return {"prompt": prompt, "is_secure": is_secure, "is_connect_key": is_asked, "prompt_on_new": is_asked}


def _without_blanks(answer: object) -> object:
    text = answer.get_secret_value() if isinstance(answer, SecretStr) else answer
    return without_blanks(text) if isinstance(text, str) else text


# A pasted key comes with blanks and newlines around it.
_Key = Annotated[SecretStr, BeforeValidator(_without_blanks)]


class PeatioConfigMap(BaseConnectorConfigMap):
    """The answers to `connect peatio`."""

    connector: str = "peatio"
    peatio_exchange_domain: str = Field(
        default="",
        json_schema_extra=_question(
            f"Enter the exchange's domain or URL ({exchange_domain})", is_secure=False, is_asked=not is_preset
        ),
    )
    peatio_api_key: _Key = Field(
        default=...,
        json_schema_extra=_question(lambda config_map: _key_prompt("key", config_map), is_secure=True),
    )
    peatio_secret_key: _Key = Field(
        default=...,
        json_schema_extra=_question(lambda config_map: _key_prompt("secret", config_map), is_secure=True),
    )
    model_config = ConfigDict(title="peatio")

    @field_validator("peatio_exchange_domain", mode="before")
    @classmethod
    def _validate_domain(cls, value: object) -> str:
        """The exchange's full URL, so that a saved answer does not depend on the default exchange."""
        return parse_domain(str(value or "")).site


KEYS = PeatioConfigMap.model_construct()


def _keys_of(venue: Venue) -> BaseConnectorConfigMap:
    """The questions of `connect peatio_NAME`: the keys, or none where the file has the login."""
    prompts: dict[str, str] = {}
    if venue.jwt is None:
        for what, name in (("key", "api_key"), ("secret", "secret_key")):
            prompts[f"{venue.name}_{name}"] = f"Enter your API {what} for {venue.address.site}"
    return _config_map(venue.name, prompts)


def _config_map(connector: str, prompts: Mapping[str, str]) -> BaseConnectorConfigMap:
    """:param prompts: field → prompt; every answer is a secret"""
    questions: dict[str, Any] = {"connector": (str, connector)}
    for name, prompt in prompts.items():
        questions[name] = _Key, Field(default=..., json_schema_extra=_question(prompt, is_secure=True))
    model: type[BaseConnectorConfigMap] = create_model(
        f"PeatioConfigMapOf_{connector}",
        __base__=BaseConnectorConfigMap,
        __module__=__name__,
        **questions,
    )
    # A copy of the base's settings: without its `validate_assignment` Hummingbot would save the keys as plain text.
    settings = model.model_config.copy()
    settings["title"] = connector
    model.model_config = settings
    return model.model_construct()


def _attempt(step: Callable[[], None], failure: str) -> None:
    """Runs a step of Hummingbot's start; after any error Hummingbot must still start, with plain `peatio` at least."""
    try:
        step()
    except Exception as error:
        _logger.error(f"{failure}: {error!r}")


def _load_named_exchanges() -> None:
    """The exchanges of `conf/peatio.yml`; an entry that cannot be used is logged and left out."""
    named_exchanges, problems = load_named_exchanges(Path(CONF_DIR_PATH))
    NAMED_EXCHANGES.update(named_exchanges)
    for problem in problems:
        _logger.error(problem)


def _register_candles() -> None:
    """Hummingbot finds feeds by the connector's name, and may need one before the connector is made."""
    from hummingbot.connector.exchange.peatio.feeds.candles import register_candles

    register_candles(["peatio", *NAMED_EXCHANGES])


def _move_rates() -> None:
    """Hummingbot reads its settings next and does not start with a rate source in them that it does not know."""
    name = move_choice(Path(CONF_DIR_PATH))
    if name is not None:
        _logger.warning(f"The rate source {name} has been moved to conf/peatio.yml.")


def _add_stand_ins() -> None:
    """For connectors whose keys are stored but whose exchange is not named."""
    for name, stored in ownerless_keys(Path(CONF_DIR_PATH), NAMED_EXCHANGES).items():
        _STAND_INS[name] = _config_map(name, dict.fromkeys(stored, f"Add {name} to conf/peatio.yml first."))
        _logger.error(
            f"There are stored keys of {name}, but conf/peatio.yml has no usable entry for it. To use it, add it "
            f"under `exchanges`; otherwise move conf/connectors/{name}.yml away."
        )


def _compare_addresses() -> None:
    """The keys are those of the connected exchange, so that one is used, also for what needs no key."""
    connected = connected_domain()
    if is_preset and connected and parse_domain(connected).site != parse_domain(exchange_domain).site:
        _logger.warning(
            f"peatio is {connected}, to which it was connected, not {exchange_domain}, which {DOMAIN_VARIABLE} or "
            "config.py presets. To use that one, connect again: connect peatio."
        )


_STAND_INS: dict[str, BaseConnectorConfigMap] = {}
_attempt(_load_named_exchanges, "The exchanges named in peatio.yml are left out")
_attempt(_register_candles, "Candles of Peatio exchanges are not available")
_attempt(_move_rates, "Hummingbot's rate source could not be moved to conf/peatio.yml")
_attempt(_compare_addresses, "The connected exchange could not be compared with the preset one")
_attempt(_add_stand_ins, "Stored keys of exchanges without an entry could not be checked")

# Hummingbot lists each of these as a connector of its own.
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
    """The fees that Hummingbot estimates with for the connector `name`: the object that it holds, not a copy.

    None for an unknown name.
    """
    return OTHER_DOMAINS_DEFAULT_FEES.get(name, DEFAULT_FEES if name == KEYS.connector else None)
