#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: the listeners of a connector hear an event in the order in which they were added, or at least in one order:
# Hummingbot's recorder, added before the strategy, has written a fill when the strategy hears of it, or never has.
# What happens: PubSub keeps them in a C++ unordered_set, whose hash is their address in memory. The newest is mostly
# called first; where its address shares a bucket with one of the connector's own listeners, the older one is.
#
# Observed:
#   of 2000 connectors, the first added heard first at some: True
#   of 2000 connectors, the second added heard first at some: True
#   a connector keeps the order from event to event: True
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import random

from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import MarketEvent, OrderCancelledEvent

CONNECTORS = 2000
EVENT = OrderCancelledEvent(1.0, "mine")

firsts = []
keeps = True
kept = []
for number in range(CONNECTORS):
    connector, heard = ConnectorBase(), []
    recorder = EventForwarder(lambda event: heard.append("recorder"))
    # What a program does between adding the one and the other.
    kept.append(bytearray(random.randrange(1, 2000)))
    kept.append([EventForwarder(print) for _ in range(random.randrange(20))])
    strategy = EventForwarder(lambda event: heard.append("strategy"))
    connector.add_listener(MarketEvent.OrderCancelled, recorder)
    connector.add_listener(MarketEvent.OrderCancelled, strategy)
    for _ in range(2):
        connector.trigger_event(MarketEvent.OrderCancelled, EVENT)
    firsts.append(heard[0])
    keeps = keeps and heard[:2] == heard[2:]
print(f"of {CONNECTORS} connectors, the first added heard first at some:", "recorder" in firsts)
print(f"of {CONNECTORS} connectors, the second added heard first at some:", "strategy" in firsts)
print("a connector keeps the order from event to event:", keeps)
PYTHON
