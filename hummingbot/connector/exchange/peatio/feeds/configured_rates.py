"""Applies the setting `rates` of `conf/peatio.yml` to Hummingbot's rate oracle (docs/reference/rates.md)."""

import logging

from hummingbot.connector.exchange.peatio.settings.connector import HUMMINGBOTS_RATES
from hummingbot.connector.exchange.peatio.settings.hummingbot_host import client_config

# Whether a connector of this process has applied it.
_is_applied = False


def use_configured_rates(name: str, logger: logging.Logger) -> None:
    """Has the rate oracle use the prices of the connector `name`. Logs an error instead of raising it.

    Once in a process: what the user sets afterwards stays.
    """
    global _is_applied
    if _is_applied or name == HUMMINGBOTS_RATES:
        return
    _is_applied = True
    try:
        # Imported here, because it fails with a Hummingbot whose settings differ.
        from hummingbot.connector.exchange.peatio.feeds.rates import use_rates

        use_rates(name, client_config(), logger)
    except Exception:
        # Rates serve reports only, so trading continues.
        logger.exception(f"The rates of {name} cannot be used; Hummingbot's own are.")
