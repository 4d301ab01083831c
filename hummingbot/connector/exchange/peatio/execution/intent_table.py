"""The open intents in memory, by client order id and by state."""

from collections import Counter
from collections.abc import Iterator

from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState


class IntentTable:
    """Each intent by its client order id, oldest first.

    It counts the intents of each state: three times a create somebody asks for those that are "sent", and nearly
    always there is none among hundreds of live ones.
    """

    def __init__(self) -> None:
        self._intents: dict[str, Intent] = {}
        self._counts: Counter[IntentState] = Counter()

    def __iter__(self) -> Iterator[Intent]:
        return iter(self._intents.values())

    def get(self, client_order_id: str) -> Intent | None:
        """The intent of that id."""
        return self._intents.get(client_order_id)

    def put(self, intent: Intent) -> None:
        """Adds the intent, or replaces the one of its id, which keeps its place."""
        known = self._intents.get(intent.client_order_id)
        if known is not None:
            self._counts[known.state] -= 1
        self._counts[intent.state] += 1
        self._intents[intent.client_order_id] = intent

    def remove(self, client_order_id: str) -> None:
        """:raises KeyError: where there is none of that id"""
        self._counts[self._intents.pop(client_order_id).state] -= 1

    def clear(self) -> None:
        """Removes all."""
        self._intents.clear()
        self._counts.clear()

    def in_state(self, state: IntentState) -> list[Intent]:
        """The intents in one state, oldest first."""
        if not self._counts[state]:
            return []
        return [intent for intent in self if intent.state is state]
