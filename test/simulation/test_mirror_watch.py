"""Which hedge an order on the source is, as the watch of the mirror sees it."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

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
