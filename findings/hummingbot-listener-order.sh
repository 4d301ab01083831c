#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: the listeners of an event hear it in the order in which they were added: Hummingbot's
# recorder, which is added before the strategy, has written a fill into the database when the strategy hears of it.
# What happens: PubSub keeps them in a C++ unordered_set and calls them in its order, which follows their addresses in
# memory. Of two listeners that are added in the same order, now the one hears first and now the other.
#
# Observed:
#   of 1000 pairs, the first added heard first in some: True
#   of 1000 pairs, the second added heard first in some: True
#   a pair keeps its order from event to event: True
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import random

from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import MarketEvent, OrderCancelledEvent
from hummingbot.core.pubsub import PubSub

PAIRS = 1000
EVENT = OrderCancelledEvent(1.0, "mine")

firsts = []
keeps = True
kept = []
for number in range(PAIRS):
    connector, heard = PubSub(), []
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
print(f"of {PAIRS} pairs, the first added heard first in some:", "recorder" in firsts)
print(f"of {PAIRS} pairs, the second added heard first in some:", "strategy" in firsts)
print("a pair keeps its order from event to event:", keeps)
PYTHON
