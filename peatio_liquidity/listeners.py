"""The controller's listeners to events of connectors, which Hummingbot keeps by weak references only."""

from collections.abc import Callable
from typing import Any

from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import MarketEvent


class Listeners:
    """Keeps them alive until `close`."""

    def __init__(self) -> None:
        self._added: list[tuple[ExchangePyBase, MarketEvent, EventForwarder]] = []

    def __bool__(self) -> bool:
        return bool(self._added)

    def add(self, connector: ExchangePyBase, kind: MarketEvent, to: Callable[[Any], None]) -> None:
        """From now on `to` gets each event of that kind."""
        forwarder = EventForwarder(to)
        self._added.append((connector, kind, forwarder))
        connector.add_listener(kind, forwarder)

    def close(self) -> None:
        """No event arrives any more."""
        for connector, kind, forwarder in self._added:
            connector.remove_listener(kind, forwarder)
        self._added.clear()
