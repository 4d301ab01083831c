"""Repeats ``races.jsonl``, which goes on where ``rest.jsonl`` ends: the recorded races of the order's life.

Two of its lines are no requests but tables of outcomes of races run many times; they are run again and compared as
far as their outcome is determined (docs/reference/sandbox.md). Public and private events have no mutual order on
Peatio, and here, where several workers are busy at once, they are compared apart.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from conformance.rest_compare import event_differences
from conformance.tape import Outcome, Replay, recorded_events
from peatio_sandbox.exchange.decimals import decimal_text
from peatio_sandbox.exchange.exchange import OrderRequest
from peatio_sandbox.exchange.market import Side
from peatio_sandbox.exchange.records import OrderRecord

#: Steps before which the recorder stopped the order processor, and steps right before which it let it go on.
PAUSED_BEFORE = frozenset({4, 29})
RESUMED_BEFORE = frozenset({8, 31})
#: About when the 25 immediate cancels were recorded, epoch seconds (between steps 27 and 28).
IMMEDIATE_CANCELS_S = 1_795_207_761.5

D = Decimal


async def replay_races(replay: Replay, lines: list[dict[str, Any]]) -> Outcome:
    """Repeat all lines in order; lines are numbered from 1."""
    outcome = Outcome()
    tables: dict[str, Callable[[Replay, list[Any]], Awaitable[list[str]]]] = {
        "immediate cancel x25 (create then cancel at once)": _immediate_cancels,
        "cancel racing a fill": _cancels_racing_fills,
    }
    for number, line in enumerate(lines, start=1):
        outcome.steps += 1
        if "outcomes" in line:
            differences = await tables[line["name"]](replay, line["outcomes"])
            replay.tape.take()
        else:
            differences = await _step(replay, line)
        outcome.note(number, differences)
    return outcome


async def _step(replay: Replay, step: dict[str, Any]) -> list[str]:
    processor = replay.sandbox.exchange.order_processor
    number = step["step"]
    if number in PAUSED_BEFORE:
        processor.pause()
    replay.set_clock(step)
    if number in RESUMED_BEFORE:
        processor.resume()
    differences = await replay.repeat(step)
    replay.settle()
    now = replay.tape.take()
    for kind in ("public.", "private."):
        recorded = [event for event in recorded_events([step]) if event[0].startswith(kind)]
        differences += event_differences(recorded, [event for event in now if event[0].startswith(kind)])
    return differences


async def _immediate_cancels(replay: Replay, recorded: list[Any]) -> list[str]:
    """Create and cancel at once, as often as recorded; every line [id, status, state answered, final state]."""
    replay.sandbox.clock.set_to(IMMEDIATE_CANCELS_S)
    answers = []
    for index in range(len(recorded)):
        price = str(D("0.2") + D("0.000001") * index)
        _, created = await replay.client.post(
            "maker", "/market/orders", {"market": "ethbtc", "side": "sell", "volume": "0.01", "price": price}
        )
        status, cancelled = await replay.client.post("maker", f"/market/orders/{created['id']}/cancel", {})
        answers.append([created["id"], status, cancelled["state"]])
        replay.settle()
    now = [[*answer, _order(replay, answer[0]).state] for answer in answers]
    return [f"recorded {old}, now {new}" for old, new in zip(recorded, now, strict=True) if old != new]


async def _cancels_racing_fills(replay: Replay, recorded: list[Any]) -> list[str]:
    """Let a cancel race a fill after each recorded delay.

    Determined is: the cancel that comes at once wins, the one that comes last loses, and in between it ends as one
    of these two and never as a mixture.
    """
    results = [await _race(replay, line["delay_ms"]) for line in recorded]
    kinds = [{key: value for key, value in line.items() if key != "delay_ms"} for line in recorded]
    differences = [f"after {recorded[i]['delay_ms']} ms: now {r}" for i, r in enumerate(results) if r not in kinds]
    differences += [
        f"after {recorded[i]['delay_ms']} ms: recorded {kinds[i]}, now {results[i]}"
        for i in (0, -1)
        if results[i] != kinds[i]
    ]
    return differences


async def _race(replay: Replay, delay_ms: int) -> dict[str, Any]:
    maker = _resting(replay, "maker", "sell")
    status, created = await replay.client.post(
        "taker", "/market/orders", {"market": "btcusd", "side": "buy", "volume": "0.01", "price": "30000"}
    )
    assert status == 201
    replay.scheduler.advance(delay_ms / 1000)
    cancel_status, cancelled = await replay.client.post("maker", f"/market/orders/{maker.id}/cancel", {})
    replay.settle()
    taker = _order(replay, created["id"])
    result = {
        "cancel_status": cancel_status,
        "cancel_body_state": cancelled["state"],
        "maker_final": maker.state,
        "maker_exec": decimal_text(maker.executed_volume),
        "taker_final": taker.state,
        "taker_exec": decimal_text(taker.executed_volume),
    }
    if taker.state == "wait":
        replay.sandbox.exchange.cancel(taker)
        replay.settle()
    return result


def _resting(replay: Replay, member: str, side: Side) -> OrderRecord:
    exchange = replay.sandbox.exchange
    order = exchange.submit(
        exchange.members[member],
        OrderRequest(exchange.markets["btcusd"], side, "limit", D("0.01"), D("30000")),
    )
    replay.settle()
    return order


def _order(replay: Replay, order_id: int) -> OrderRecord:
    order = replay.sandbox.exchange.store.order(order_id)
    assert order is not None
    return order
