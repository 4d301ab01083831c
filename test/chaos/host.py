"""What the connector needs of Hummingbot around it: an application that gets its notices, and the recorder."""

import logging
from pathlib import Path
from types import SimpleNamespace

from hummingbot.client.config.client_config_map import ClientConfigMap
from hummingbot.client.config.config_helpers import ClientConfigAdapter
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.markets_recorder import MarketsRecorder
from hummingbot.model.sql_connection_manager import SQLConnectionManager, SQLConnectionType

DATABASE_NAME = "chaos.sqlite"
CONFIG_FILE = "conf_chaos.yml"


class Application:
    """Stands in for Hummingbot's application, of which the connector and Hummingbot's logger use this much."""

    client_config_map = SimpleNamespace(instance_id="chaos")

    def notify(self, message: str) -> None:
        logging.getLogger("notification").warning(message)

    def add_application_warning(self, warning: object) -> None:
        """Logged already by Hummingbot's logger."""


def start_recorder(folder: Path, *connectors: PeatioExchange) -> MarketsRecorder:
    config = ClientConfigAdapter(ClientConfigMap())
    database = SQLConnectionManager(config, SQLConnectionType.TRADE_FILLS, db_path=str(folder / DATABASE_NAME))
    recorder = MarketsRecorder(database, list(connectors), CONFIG_FILE, "chaos", config.market_data_collection)
    recorder.start()
    return recorder
