"""Public requests to an exchange without a connector, for candles and rates."""

import logging

from bidict import bidict
from hummingbot.connector.exchange.peatio.common.instruments import symbol_map
from hummingbot.connector.exchange.peatio.common.retry import OnceLogger
from hummingbot.connector.exchange.peatio.http.assistants import make_factory
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.connector.exchange.peatio.settings.exchanges import venue_named
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory


class PublicClient:
    """REST client and web assistants for public requests.

    :param name: the connector's name in Hummingbot: `peatio`, or that of an exchange named in `conf/peatio.yml`
    :raises ConfigError: when its address cannot be read, or no exchange has that name
    """

    def __init__(self, name: str, logger: logging.Logger) -> None:
        self._log_once = OnceLogger(logger)
        self.venue = venue_named(name)
        self.factory: WebAssistantsFactory = make_factory(self.venue)
        self.rest = RestClient(self.factory, self.venue.address, None, dialect=self.venue.dialect)

    async def symbol_map(self) -> "bidict[str, str]":
        """Peatio's symbol ↔ Hummingbot's trading pair, from a new request.

        :raises PeatioError: when there is no answer
        """
        return symbol_map(await self.rest.markets(), self._log_once)
