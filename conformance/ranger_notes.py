"""Events that the recordings tell of in a note, without their text.

Where subscribers got the event its payload is the one they got; where nobody could see it (an increment
without a snapshot, a snapshot that was replaced before anyone subscribed) it is made up, marked so.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """What Peatio gives to RabbitMQ."""

    routing_key: str
    payload: object


def _snapshot(sequence: int, asks: list[list[str]], bids: list[list[str]], market: str = "btcusd") -> Event:
    return Event(f"public.{market}.ob-snap", {"asks": asks, "bids": bids, "sequence": sequence})


def _increment(sequence: int, side: str, price: str, amount: str) -> Event:
    return Event("public.btcusd.ob-inc", {side: [price, amount], "sequence": sequence})


_BIDS = [["29990.0", "0.4"], ["29980.0", "0.8"], ["29970.0", "1.2"]]
_SHORT_BIDS = _BIDS[:2]

# Published before the first line of a recording, by its number.
EVENTS_BEFORE: dict[str, list[Event]] = {
    "12": [_snapshot(1, [["30010.0", "0.5"], ["30020.0", "1.0"]], _SHORT_BIDS)],
}

# By recording and note: the events, one group for each time the note stands in the recording.
NOTED_EVENTS: dict[str, dict[str, list[list[Event]]]] = {
    "03": {
        "AMQP: ob-inc published BEFORE any snapshot (Rango drops it)": [
            [_increment(1, "asks", "30010.0", "0.6")]  # made up
        ],
        "AMQP: first ob-snap published (is it pushed to the subscriber 'early'?)": [
            [_snapshot(2, [["30010.0", "0.6"], ["30020.0", "1.0"], ["30030.0", "1.5"]], _BIDS)]
        ],
        "AMQP: 3 ob-inc published (third removes a level: amount is empty string as Peatio does)": [
            [
                _increment(3, "bids", "29990.0", "0.9"),
                _increment(4, "asks", "30010.0", "0.7"),
                _increment(5, "asks", "30010.0", ""),
            ]
        ],
        "AMQP: second (periodic) ob-snap published": [
            [
                _snapshot(
                    5,
                    [["30020.0", "1.0"], ["30030.0", "1.5"]],
                    [["29990.0", "0.9"], ["29980.0", "0.8"], ["29970.0", "1.2"]],
                )
            ]
        ],
        "AMQP: one ob-inc after it": [[_increment(6, "asks", "30020.0", "1.5")]],
        "AMQP: third ob-snap": [
            [_snapshot(6, [["30020.0", "1.5"], ["30030.0", "1.5"]], _BIDS)]  # made up
        ],
        "'late2' unsubscribes ob-inc then AMQP: ob-inc": [[_increment(7, "asks", "30030.0", "2.5")]],
        "engine restart: sequence goes back to 1, AMQP: ob-snap seq=1, ob-inc seq=2": [
            [
                _snapshot(1, [["30020.0", "1.5"], ["30030.0", "2.5"]], _BIDS),  # made up
                _increment(2, "bids", "29980.0", "3.0"),
            ]
        ],
        "AMQP: 8-decimals / 301+ levels not used here; publish sequence gap: inc seq=9": [
            [_increment(9, "bids", "29980.0", "3.1")]
        ],
    },
    "07": {
        "AMQP: btcusd.trades event (subscriber has BTCUSD.trades only -> case sensitive)": [
            [Event("public.btcusd.trades", {"trades": []})]  # made up
        ],
        "AMQP: 4-part key a.b.c.d, 2-part key public.maintenance, key global.tickers (2 parts)": [
            [
                Event("a.b.c.d", {"w": 0}),  # made up
                Event("public.maintenance", {"x": 1}),
                Event("global.tickers", {"y": 2}),
                Event("public.global.tickers", {"z": 3}),
            ]
        ],
    },
    "12": {
        "AMQP ob-inc after restart (no snapshot known to the new Rango)": [
            [_increment(2, "asks", "30010.0", "1.1")],  # made up
            [_increment(4, "asks", "30010.0", "1.1")],  # made up
        ],
        "AMQP ob-snap then ob-inc: subscriber gets increments without ever receiving the snapshot": [
            [
                _snapshot(2, [["30010.0", "1.1"], ["30020.0", "1.0"]], _SHORT_BIDS),
                _increment(3, "asks", "30010.0", "1.2"),
            ],
            [
                _snapshot(4, [["30010.0", "1.1"], ["30020.0", "1.0"]], _SHORT_BIDS),
                _increment(5, "asks", "30010.0", "1.2"),
            ],
        ],
    },
}

# Here the note stands before a client's message, but the events were published after its answer.
DELAYED_NOTES: dict[str, tuple[str, ...]] = {
    "03": ("'late2' unsubscribes ob-inc then AMQP: ob-inc",),
    "07": ("AMQP: 4-part key a.b.c.d, 2-part key public.maintenance, key global.tickers (2 parts)",),
}

# Notes of what befell the server, by their beginning.
SERVER_NOTES = {"Rango SIG": "stop", "connect while down": "refuse"}
