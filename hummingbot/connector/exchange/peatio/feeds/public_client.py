"""An exchange's public surface for those who have no connector: candles and rates."""

import logging

from bidict import bidict
from hummingbot.connector.exchange.peatio import peatio_web_utils as web_utils
from hummingbot.connector.exchange.peatio.common.instruments import symbol_map
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.connector.exchange.peatio.settings.hummingbot_host import configured_domain
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory


class PublicClient:
    """
    :param name: the connector's name in Hummingbot: `peatio`, or that of an exchange named in `conf/peatio.yml`
    :raises ConfigError: when its address cannot be read
    """

    def __init__(self, name: str, logger: logging.Logger) -> None:
        self._logger = logger
        self.domain = configured_domain(name)
        self.factory: WebAssistantsFactory = web_utils.build_api_factory_without_time_synchronizer_pre_processor(
            web_utils.create_throttler(self.domain), self.domain
        )
        self.rest = RestClient(self.factory, web_utils.address_of(self.domain), _signs_nothing)

    async def symbol_map(self) -> "bidict[str, str]":
        """Peatio's symbol ↔ Hummingbot's trading pair, asked for anew.

        :raises PeatioError: when there is no answer
        """
        return symbol_map(await self.rest.markets(), self._logger)


async def _signs_nothing() -> None:
    """What is public needs no clock."""
