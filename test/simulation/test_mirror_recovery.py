"""What the end of a mirror's world forgives: a hedge that only an operator can settle, and no other."""

from types import SimpleNamespace
from typing import Any

import pytest

from simulation.mirror.recovery import waits_for_the_operator


def mirror(hedges: list[str | None], orders: dict[str, str | None]) -> Any:
    """
    :param hedges: the ids of those under way
    :param orders: the source connector's orders without a known end, and what looks like each
    """
    unended = [SimpleNamespace(client_order_id=key, look_alike=found) for key, found in orders.items()]
    connector = SimpleNamespace(unended_orders=lambda _pair: unended)
    journal = SimpleNamespace(pending=lambda: [SimpleNamespace(client_order_id=key) for key in hedges])
    controller, hedging = SimpleNamespace(journal=journal), SimpleNamespace(connector=connector)
    return SimpleNamespace(life=SimpleNamespace(controller=controller, hedging=hedging))


@pytest.mark.parametrize(
    ("hedges", "orders", "waits"),
    [
        (["a"], {"a": "7"}, True),
        (["a"], {"a": None}, False),
        (["a"], {"b": "7"}, False),  # of a hedge that was settled or is no more under way
        ([None], {"b": "7"}, False),  # one whose id was not written
        (["a"], {}, False),
    ],
)
def test_a_mirror_waits_for_its_operator_where_an_order_may_be_its_hedge(
    hedges: list[str | None], orders: dict[str, str | None], waits: bool
) -> None:
    assert waits_for_the_operator(mirror(hedges, orders)) is waits


def test_a_mirror_that_does_not_run_waits_for_nobody() -> None:
    assert not waits_for_the_operator(SimpleNamespace(life=None))  # type: ignore[arg-type]
