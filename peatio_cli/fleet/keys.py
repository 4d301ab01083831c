"""A bot that takes its API keys from the environment instead of Hummingbot's key store."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hummingbot.client.config import config_crypt
from hummingbot.client.config.config_helpers import (
    ClientConfigAdapter,
    api_keys_from_connector_config_map,
    get_connector_config_yml_path,
    update_connector_hb_config,
)
from hummingbot.client.config.security import Security
from hummingbot.client.settings import AllConnectorSettings
from hummingbot.connector.exchange.peatio.settings.api_keys import without_blanks
from hummingbot.connector.exchange.peatio.settings.exchanges import load_named_exchanges

from peatio_cli.install.environment_keys import EnvironmentKeys, difference, keys_for, require_address

PLAIN_NAME = "peatio"


def bots_keys(environment: Mapping[str, str], configuration: Path) -> dict[str, EnvironmentKeys]:
    """Connector's name → its keys of the environment.

    :param configuration: the instance's folder `conf`
    :raises KeysError: when they cannot be used
    """
    named_exchanges, _ = load_named_exchanges(configuration)
    with_keys = [name for name, venue in named_exchanges.items() if venue.jwt is None]
    return keys_for(environment, (PLAIN_NAME, *with_keys))


def use_keys(keys: Mapping[str, EnvironmentKeys]) -> None:
    """Gives Hummingbot the keys as if its key store had them. Nothing is written to disk.

    :raises KeysError: when other keys are stored, or the exchange of plain `peatio` is not known
    """
    for name, given in keys.items():
        if (stored := Security.decrypted_value(name)) is not None:
            values = api_keys_from_connector_config_map(stored)
            key, secret = (without_blanks(str(values.get(f"{name}_{end}") or "")) for end in ("api_key", "secret_key"))
            if given.differ_from(key, secret):
                raise difference(given, get_connector_config_yml_path(name), name)
            continue
        if name == PLAIN_NAME:
            require_address(given)
        config = ClientConfigAdapter(AllConnectorSettings.get_connector_config_keys(name)).full_copy()
        if name == PLAIN_NAME:
            config.peatio_exchange_domain = ""  # the preset
        setattr(config, f"{name}_api_key", given.api_key)
        setattr(config, f"{name}_secret_key", given.secret)
        Security._secure_configs[name] = config
        update_connector_hb_config(config)


@contextmanager
def empty_key_store() -> Iterator[str]:
    """A key store without keys, for this process only; yields its password. Hummingbot does not start without one."""
    before = config_crypt.PASSWORD_VERIFICATION_PATH
    with TemporaryDirectory() as folder:
        config_crypt.PASSWORD_VERIFICATION_PATH = Path(folder, before.name)
        try:
            password = secrets.token_hex()
            config_crypt.store_password_verification(config_crypt.ETHKeyFileSecretManger(password))
            yield password
        finally:
            config_crypt.PASSWORD_VERIFICATION_PATH = before
