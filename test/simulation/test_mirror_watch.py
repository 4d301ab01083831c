"""Which hedge an order on the source is, and when quotes must be pulled, as the watch of the mirror sees it."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hummingbot.core.network_iterator import NetworkStatus

from simulation.mirror.ledger import Ledgers
from simulation.mirror.plan import PAIR
from simulation.mirror.watch import MirrorWatch
from simulation.monitors.violation import Property, Violation
from test.chaos.reports import Intended

ORDER: Any = SimpleNamespace(id=7, side="sell", origin_volume=Decimal(1), price=Decimal(30000))


@pytest.mark.parametrize(("written", "broken"), [([], []), (["first"], [Property.HEDGES])])
def test_of_two_like_hedges_the_one_that_never_left_is_not_the_order(
    tmp_path: Path, written: Sequence[str], broken: Sequence[Property]
) -> None:
    """The process died in the step in which it asked for the first (mirror seed 1248)."""
    sandbox = SimpleNamespace(orders=lambda _: [], fills=lambda _: [])
    hedges: Any = SimpleNamespace(
        choice=SimpleNamespace(member="bot", name="bot"),
        exchange=SimpleNamespace(sandbox=sandbox),
        folder=tmp_path,
        records=lambda: SimpleNamespace(journal=dict.fromkeys([*written, "second"])),
    )
    found: list[Violation] = []
    loop: Any = SimpleNamespace(true_s=100.0)
    settings = {"max_exposure_base": "1", "max_source_age_s": 5}
    quotes: Any = SimpleNamespace(choice=hedges.choice)
    watch = MirrorWatch(loop, Ledgers(quotes, hedges), settings, found.extend, set, set)
    for key in ("first", "second"):
        line = Intended(
            client_order_id=key, pair=PAIR, side="sell", order_type="limit", amount=Decimal(1), price=Decimal(30000)
        )
        watch.on_line(hedges, line)
    found.extend(watch._hedge_stored(ORDER))
    assert [violation.broken for violation in found] == broken


@pytest.mark.parametrize("was_there", [True, False])
def test_quotes_that_are_placed_while_the_source_is_there_for_a_moment_get_their_second(was_there: bool) -> None:
    """It was gone at the looks before and after, each time for another reason (mirror seed 4252)."""
    book = SimpleNamespace(snapshot_uid=1, last_diff_uid=1, bid_entries=list, ask_entries=list)
    source = SimpleNamespace(
        ready=False, network_status=NetworkStatus.CONNECTED, order_books={PAIR: book}, in_flight_orders={}
    )
    placed: list[Any] = []
    own = SimpleNamespace(ready=True, order_books={}, unended_orders=lambda _pair: placed)
    life: Any = SimpleNamespace(
        connector=own, hedging=SimpleNamespace(connector=source), finish=asyncio.Event(), cancels_asked=set()
    )
    bot: Any = SimpleNamespace(choice=SimpleNamespace(member="bot", name="bot"), life=life)
    found: list[Violation] = []
    loop: Any = SimpleNamespace(true_s=0.0)
    settings = {"max_exposure_base": "1", "max_source_age_s": 60}
    ledgers: Any = SimpleNamespace(quotes=bot)
    watch = MirrorWatch(loop, ledgers, settings, found.extend, set, set)
    for number in range(20):
        loop.true_s = number / 10
        found.extend(watch._unpulled(life))
    loop.true_s, source.ready = 1.95, was_there
    line = Intended(
        client_order_id="quote", pair=PAIR, side="buy", order_type="limit", amount=Decimal(1), price=Decimal(1)
    )
    watch.on_line(bot, line)
    source.ready = False
    placed.append(SimpleNamespace(client_order_id="quote", is_tracked=True))
    loop.true_s = 2.0
    found.extend(watch._unpulled(life))
    assert [violation.broken for violation in found] == ([] if was_there else [Property.PULLED])
