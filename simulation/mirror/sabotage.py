"""Breaks the mirror on purpose, to see that a run finds it: `python -m simulation --mirror --self-check`."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from peatio_liquidity import controller as controller_module
from peatio_liquidity import hedge_desk as desk_module
from peatio_liquidity.exposure import Exposure
from peatio_liquidity.fills import Venue
from peatio_liquidity.hedge_desk import HedgeDesk
from peatio_liquidity.hedge_journal import HedgeJournal
from peatio_liquidity.levels import Book
from peatio_liquidity.own_market import OwnMarket
from peatio_liquidity.safety import Limits, Situation, Verdict, verdict
from peatio_liquidity.source_market import HedgeOutcome, SourceMarket
from simulation.monitors.violation import Property
from test.chaos.judge import Fault

#: Every so many fills are forgotten.
EVERY = 10
#: How late the journal has a hedge that was sent before it was written.
LATE_S = 1.0


def _write_after_send() -> None:
    """A hedge is in the journal a second after it was sent."""
    write, sent = HedgeJournal.write, HedgeJournal.sent
    late: dict[int, Any] = {}

    def write_late(self: HedgeJournal, *arguments: Any, **options: Any) -> int:
        number = -1 - len(late)
        late[number] = lambda: write(self, *arguments, **options)
        return number

    def sent_late(self: HedgeJournal, number: int, client_order_id: str) -> None:
        later = late[number]
        asyncio.get_running_loop().call_later(LATE_S, lambda: sent(self, later(), client_order_id))

    _replace(HedgeJournal, "write", write_late)
    _replace(HedgeJournal, "sent", sent_late)


def _retry_an_unknown_hedge() -> None:
    """A hedge whose create is not answered is given up at once and sent again."""

    async def look_up(self: SourceMarket, hedge: Any) -> HedgeOutcome:
        return HedgeOutcome.ABSENT

    def is_under_way(self: SourceMarket, hedge: Any) -> bool:
        order = self.connector.in_flight_orders.get(hedge.client_order_id or "")
        return order is not None and order.exchange_order_id is not None and not order.is_done

    desk_module.UNFOLLOWED_AFTER_S = LATE_S
    _replace(SourceMarket, "look_up", look_up)
    _replace(SourceMarket, "is_under_way", is_under_way)
    _replace(HedgeDesk, "_may_have_ended", lambda self, hedge, now_s: now_s - self._sent_s.get(hedge.number, 0) > 1)


def _forget_a_fill() -> None:
    """One own fill in ten is not recorded."""
    add_fill = HedgeJournal.add_fill

    def add_most(self: HedgeJournal, venue: Venue, fill: Any) -> bool:
        if venue is Venue.OWN and int(fill.trade_id) % EVERY == 0:
            return False
        return add_fill(self, venue, fill)

    _replace(HedgeJournal, "add_fill", add_most)


def _ignore_the_bound() -> None:
    """Quotes may be as much as the bound, whatever is not hedged."""
    _replace(Exposure, "room", lambda self, is_bid, bound: bound)


def _quote_on_a_stale_source() -> None:
    """The age of the source's book is not looked at."""

    def judge(now: Situation, limits: Limits) -> Verdict:
        return verdict(replace(now, source_age_s=0.0), limits)

    vars(controller_module)["verdict"] = judge


def _cross_the_book() -> None:
    """Others on the own market are not looked at."""
    _replace(OwnMarket, "others", staticmethod(lambda book, quotes: Book()))


def _replace(owner: type, name: str, function: Any) -> None:
    assert hasattr(owner, name), f"{owner.__name__} has no {name} to break any more"
    setattr(owner, name, function)


#: What to break, and what a run has to complain of then: one of these.
SABOTAGES: Mapping[str, tuple[Callable[[], None], Collection[Property | Fault]]] = {
    "write_after_send": (_write_after_send, [Property.HEDGES]),
    "retry_an_unknown_hedge": (_retry_an_unknown_hedge, [Property.HEDGES]),
    "forget_a_fill": (_forget_a_fill, [Fault.LOST]),
    "ignore_the_bound": (_ignore_the_bound, [Property.EXPOSURE]),
    "quote_on_a_stale_source": (_quote_on_a_stale_source, [Property.PULLED]),
    "cross_the_book": (_cross_the_book, [Property.CROSSED]),
}
