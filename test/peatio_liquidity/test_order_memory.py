"""Which order a hedge was, of a source whose order journal is made up."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio.execution.intent import OrderEnd
from hummingbot.connector.exchange.peatio.execution.order_recall import OrdersLike

from peatio_liquidity.hedge_journal import Hedge, HedgeState
from peatio_liquidity.order_memory import OVERLAP_S, UncertainError, check_end, lost_id

D = Decimal
PAIR = "BTC-USD"
WRITTEN = Hedge(3, None, False, D(1), D(99), D(0), HedgeState.WRITTEN, 1000.0)
SENT = replace(WRITTEN, client_order_id="hbot-3", state=HedgeState.SENT)


@dataclass
class Memory:
    end: OrderEnd | None = None
    own: tuple[str, ...] = ()
    unclaimed: tuple[str, ...] = ()
    asked: list[tuple[object, ...]] = field(default_factory=list)

    def order_end(self, _client_order_id: str) -> OrderEnd | None:
        return self.end

    async def orders_like(self, *wanted: object) -> OrdersLike:
        self.asked.append(wanted)
        return OrdersLike(self.own, self.unclaimed)


def is_taken(client_order_id: str) -> bool:
    return client_order_id in ("hbot-1", "hbot-2")


@pytest.mark.parametrize(
    ("memory", "found"),
    [
        (Memory(own=("hbot-1", "hbot-3", "hbot-2")), "hbot-3"),
        # What the order journal has left; what somebody else placed meanwhile is not it.
        (Memory(own=("hbot-3",), unclaimed=("77",)), "hbot-3"),
        (Memory(own=("hbot-1",)), None),
    ],
)
async def test_a_hedge_without_an_id_is_the_one_order_that_is_no_other_hedge_s(
    memory: Memory, found: str | None
) -> None:
    assert await lost_id(memory, PAIR, WRITTEN, is_taken) == found
    assert memory.asked == [(PAIR, False, D(1), D(99), 1000.0 - OVERLAP_S)]


async def test_a_market_order_is_looked_for_without_a_price() -> None:
    memory = Memory()
    await lost_id(memory, PAIR, replace(WRITTEN, is_market=True), is_taken)
    assert memory.asked == [(PAIR, False, D(1), None, 1000.0 - OVERLAP_S)]


@pytest.mark.parametrize(
    ("memory", "reason"),
    [
        (Memory(own=("hbot-3", "hbot-4")), "it may be each of hbot-3, hbot-4"),
        (Memory(unclaimed=("77", "78")), "order 77, 78 may be it, or somebody else's"),
    ],
)
async def test_where_it_may_be_several_or_somebody_else_s_only_the_operator_can_say(
    memory: Memory, reason: str
) -> None:
    with pytest.raises(UncertainError, match=reason):
        await lost_id(memory, PAIR, WRITTEN, is_taken)


@pytest.mark.parametrize("end", [OrderEnd.FILLED, OrderEnd.CANCELLED, OrderEnd.FAILED, OrderEnd.UNSENT])
async def test_an_end_that_the_exchange_reported_is_one(end: OrderEnd) -> None:
    memory = Memory(end, unclaimed=("77",))
    await check_end(memory, PAIR, SENT, "hbot-3")
    assert memory.asked == []


@pytest.mark.parametrize("end", [None, OrderEnd.ABSENT])
async def test_that_the_order_journal_gave_up_or_knows_nothing_is_none_where_an_order_may_be_it(
    end: OrderEnd | None,
) -> None:
    await check_end(Memory(end), PAIR, SENT, "hbot-3")
    with pytest.raises(UncertainError, match="order 77 may be it, or somebody else's"):
        await check_end(Memory(end, unclaimed=("77",)), PAIR, SENT, "hbot-3")
