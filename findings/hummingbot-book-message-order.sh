#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: OrderBookMessage, which defines `<`, `==` and a hash, can be sorted by its update id and kept in a set.
# What happens: of two book messages each is less than the other, so sorting does not sort: it turns a list that is
# in order around. `>` compares the named tuples behind the messages and raises, and so does the hash.
#
# Observed:
#   5 < 7: True
#   7 < 5: True
#   sorted 5, 6, 7: [7, 6, 5]
#   7 > 5: TypeError: '>' not supported between instances of 'dict' and 'dict'
#   hash: TypeError: hash() takes exactly one argument (3 given)
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
from collections.abc import Callable

from hummingbot.core.data_type.order_book_message import OrderBookMessage, OrderBookMessageType


def diff(update_id: int) -> OrderBookMessage:
    content = {"trading_pair": "BTC-USD", "update_id": update_id, "bids": [], "asks": []}
    return OrderBookMessage(OrderBookMessageType.DIFF, content, timestamp=float(update_id))


def outcome(function: Callable[[], object]) -> str:
    try:
        return str(function())
    except TypeError as error:
        return f"TypeError: {error}"


five, six, seven = diff(5), diff(6), diff(7)
print("5 < 7:", five < seven)
print("7 < 5:", seven < five)
print("sorted 5, 6, 7:", [message.update_id for message in sorted([five, six, seven])])
print("7 > 5:", outcome(lambda: seven > five))
print("hash:", outcome(lambda: hash(five)))
PYTHON
