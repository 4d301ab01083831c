"""The rates of `conf/peatio.yml` in every process of an instance (docs/reference/rates.md).

Hummingbot's `history` makes no connector and reads no settings: it asks the source that its rate oracle begins with. So
an instance's `hummingbot/__init__.py` imports this module, which waits until Hummingbot imports its rate oracle or its
settings, and gives the oracle the exchange's prices then. In a process that asks for no rates nothing happens.
"""

import functools
import importlib
import importlib.abc
import importlib.util
import logging
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

ORACLE = "hummingbot.core.rate_oracle.rate_oracle"
UTILS = "hummingbot.connector.exchange.peatio.peatio_utils"
SETTINGS = "hummingbot.client.config.config_helpers"

_logger = logging.getLogger(__name__)


class _AfterImport(importlib.abc.MetaPathFinder):
    """Calls a function with a module once Hummingbot has imported it.

    :param callbacks: by the module's name
    """

    def __init__(self, callbacks: dict[str, Callable[[ModuleType], None]]) -> None:
        self._callbacks = callbacks

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        callback = self._callbacks.pop(fullname, None)
        spec = None if callback is None else importlib.util.find_spec(fullname)
        if callback is None or spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def execute_and_call(module: ModuleType) -> None:
            execute(module)
            callback(module)

        spec.loader.exec_module = execute_and_call  # type: ignore[method-assign]
        return spec


def install() -> None:
    """To be called before anything of Hummingbot is imported; once is enough."""
    if not any(isinstance(finder, _AfterImport) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AfterImport({ORACLE: _begin_with_rates, SETTINGS: _return_to_rates}))


def _begin_with_rates(module: ModuleType) -> None:
    """A rate oracle that is made without a source begins with the exchange's."""
    make = module.RateOracle.__init__

    @functools.wraps(make)
    def make_with_rates(oracle: Any, source: Any = None, quote_token: str | None = None) -> None:
        make(oracle, _configured_source() if source is None else source, quote_token)

    module.RateOracle.__init__ = make_with_rates


def _return_to_rates(module: ModuleType) -> None:
    """Hummingbot's settings name one of its own sources, which the oracle gets when they are read."""
    load = module.load_client_config_map_from_file

    @functools.wraps(load)
    def load_and_return(*arguments: Any, **options: Any) -> Any:
        settings = load(*arguments, **options)
        source = _configured_source()
        if source is not None:
            from hummingbot.core.rate_oracle.rate_oracle import RateOracle

            RateOracle.get_instance().source = source
        return settings

    vars(module)["load_client_config_map_from_file"] = load_and_return


def _configured_source() -> Any:
    """The source that `rates` names; None for Hummingbot's own, and with a line in the log where it cannot be used."""
    try:
        from hummingbot.client.settings import CONF_DIR_PATH
        from hummingbot.connector.exchange.peatio.settings.connector import HUMMINGBOTS_RATES, load_settings

        name = load_settings(Path(CONF_DIR_PATH)).rates
        if name == HUMMINGBOTS_RATES:
            return None
        importlib.import_module(UTILS)  # names the exchanges of conf/peatio.yml
        from hummingbot.connector.exchange.peatio.feeds.rate_choice import rate_names
        from hummingbot.connector.exchange.peatio.feeds.rate_source import RateSource

        if name in rate_names():
            return RateSource(name)
        _logger.error(f"Hummingbot's own rates are used: `rates: {name}` in conf/peatio.yml is no exchange there.")
    except Exception as error:
        # Rates serve reports only: Hummingbot goes on with its own.
        _logger.error(f"The rates of conf/peatio.yml cannot be used; Hummingbot's own are: {error}")
    return None
