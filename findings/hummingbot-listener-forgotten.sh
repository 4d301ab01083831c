#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: a listener handed to a connector's `add_listener` hears events until it is removed.
# What happens: the connector holds it by a weak reference. A listener that nobody else keeps is gone at once: no event
# comes, no error or warning is raised.
#
# Observed:
#   listener made in the call: []
#   listener kept by the caller: ['mine']
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import MarketEvent, OrderCancelledEvent

forgotten: list[str] = []
kept: list[str] = []

connector = ConnectorBase()
connector.add_listener(MarketEvent.OrderCancelled, EventForwarder(lambda event: forgotten.append(event.order_id)))
listener = EventForwarder(lambda event: kept.append(event.order_id))
connector.add_listener(MarketEvent.OrderCancelled, listener)

connector.trigger_event(MarketEvent.OrderCancelled, OrderCancelledEvent(1.0, "mine"))
print("listener made in the call:", forgotten)
print("listener kept by the caller:", kept)
PYTHON
