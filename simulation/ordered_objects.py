"""Objects of libraries that are kept in sets, in an order that no address decides (of tasks: `ordered_tasks`).

- `hummingbot.core.pubsub` keeps the listeners of an event in a C++ `unordered_set` and calls them in the order of that
  set. A listener's hash is its address, so whether the recorder or the strategy hears of a fill first can differ
  between two runs of the same program (`findings/hummingbot-listener-order.sh`). Here all of them have one hash: they
  share a bucket, in which the newest comes first.
- aiohttp's client keeps the connections that are in use in a set, and closes them in its order when a session is
  closed. Here their hash is a number.
"""

import itertools
from typing import Any

_numbers = itertools.count(1)


def install() -> None:
    """Once; before the first of these objects is made. Imports Hummingbot and aiohttp."""
    from aiohttp import client_proto, connector
    from hummingbot.core.event.event_forwarder import EventForwarder, SourceInfoEventForwarder

    listeners: tuple[Any, ...] = (EventForwarder, SourceInfoEventForwarder)
    for kind in listeners:
        kind.__hash__ = lambda listener: 1
    handler: Any = client_proto.ResponseHandler
    handler.__init__ = _numbering(handler.__init__)
    handler.__hash__ = lambda handler: handler.simulated_number
    # What stands in the same set for a connection that is being opened; its future has a number.
    placeholder: Any = connector._TransportPlaceholder
    placeholder.__hash__ = lambda placeholder: hash(placeholder.closed)


def reset() -> None:
    """Numbers start at 1 again."""
    global _numbers
    _numbers = itertools.count(1)


def _numbering(make: Any) -> Any:
    def make_numbered(self: Any, *arguments: Any, **options: Any) -> None:
        self.simulated_number = next(_numbers)
        make(self, *arguments, **options)

    return make_numbered
