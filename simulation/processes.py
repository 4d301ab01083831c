"""Module-level state of a process: each simulated process has its own, although all of them share one interpreter.

Hummingbot and the connector keep some state once a process (the shared HTTP client, the lock files, the main
application). Two bots in one interpreter would share it, and a bot that is started again after a crash would find what
its predecessor left in memory. So the state is exchanged whenever code of another host runs.
"""

import sys
from typing import Any

#: Module, name of the variable (or Class.variable), and what it is in a process that has just started: a value, or a
#: type to make one of.
STATE: tuple[tuple[str, str, Any], ...] = (
    ("hummingbot", "_data_path", None),
    ("hummingbot.client.hummingbot_application", "HummingbotApplication._main_app", None),
    ("hummingbot.connector.markets_recorder", "MarketsRecorder._shared_instance", None),
    ("hummingbot.connector.exchange.peatio.execution.journal_lock", "_held", dict),
    ("hummingbot.connector.exchange.peatio.http.assistants", "_CONNECTIONS", dict),
    ("hummingbot.connector.exchange.peatio.http.assistants", "_session", None),
    ("hummingbot.connector.exchange.peatio.metrics.endpoint", "_ENDPOINTS", dict),
    ("hummingbot.connector.exchange.peatio.settings.live", "SettingsFile._last_read", dict),
    ("hummingbot.core.rate_oracle.rate_oracle", "RateOracle._shared_instance", None),
    ("hummingbot.core.web_assistant.connections.connections_factory", "ConnectionsFactory._instance", None),
)


class Processes:
    """Exchanges the state when the host changes."""

    def __init__(self) -> None:
        self._current: str | None = None
        self._places = [_place(module, name) for module, name, _ in STATE]
        self._kept: dict[str, list[Any]] = {}

    def enter(self, host: str) -> None:
        """Code of that host runs from here on."""
        if host == self._current:
            return
        if self._current is not None:
            self._kept[self._current] = [vars(owner)[name] for owner, name in self._places]
        kept = self._kept.get(host)
        if kept is None:
            kept = [made() if isinstance(made, type) else made for _, _, made in STATE]
        for (owner, name), value in zip(self._places, kept, strict=True):
            setattr(owner, name, value)
        self._current = host

    def state_of(self, host: str, module: str, name: str) -> Any:
        """A variable of a process that does not run now."""
        index = next(index for index, row in enumerate(STATE) if row[:2] == (module, name))
        if host == self._current:
            owner, attribute = self._places[index]
            return vars(owner)[attribute]
        return self._kept[host][index]


def _place(module: str, name: str) -> tuple[Any, str]:
    __import__(module)
    owner: Any = sys.modules[module]
    *classes, variable = name.split(".")
    for one in classes:
        owner = getattr(owner, one)
    if variable not in vars(owner):
        raise LookupError(f"{module} has no {name} any more: renew simulation.processes.STATE")
    return owner, variable
