"""The orders that show, after the last fault, that each bot of a world trades."""

from types import SimpleNamespace
from typing import Any

from simulation.monitors.watch import Watch


class Trading:
    """A connector under watch that places whatever it is asked for, and whose orders are live at once."""

    def __init__(self) -> None:
        self.asked_for: list[int] = []

    def place(self, smallest: int) -> str:
        self.asked_for.append(smallest)
        return "c1"

    def live(self) -> set[str]:
        return {"c1"}

    def has_room(self) -> bool:
        return True

    def has_books(self) -> bool:
        return True


async def test_no_two_bots_place_orders_that_look_alike() -> None:
    """Seed 120101: both traded on one account, and one died before it was answered; nobody can say then whose of the
    two orders is its own."""
    loop: Any = SimpleNamespace(true_s=1.0, network=SimpleNamespace(), run_on=lambda _host, action: action())
    watch = Watch(loop, lambda _bot, _order_id: False)
    trading = {name: Trading() for name in ("bot", "bot2")}
    watch.monitors.watched.update(trading)  # type: ignore[arg-type]
    bots: Any = [SimpleNamespace(choice=SimpleNamespace(name=name), host=name, is_away=False) for name in trading]
    assert await watch.trades_again(bots) == []
    (first,), (second,) = (each.asked_for for each in trading.values())
    assert first != second
