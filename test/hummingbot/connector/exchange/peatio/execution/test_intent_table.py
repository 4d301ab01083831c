"""The table of open intents answers as a plain search through a dictionary does."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState
from hummingbot.connector.exchange.peatio.execution.intent_table import IntentTable
from hypothesis import given
from hypothesis import strategies as st

IDS = st.sampled_from(["a", "b", "c", "d"])
STEPS = st.lists(st.one_of(
    st.tuples(st.just("put"), IDS, st.sampled_from(IntentState)),
    st.tuples(st.just("remove"), IDS, st.none()),
    st.tuples(st.just("clear"), st.none(), st.none()),
), max_size=30)


def intent(client_order_id: str, state: IntentState = IntentState.RECORDED) -> Intent:
    return Intent(client_order_id, "BTC-USD", "btcusd", True, Decimal(1), Decimal(30000), 0.0, state)


@given(STEPS)
def test_every_reading_is_that_of_a_plain_search(steps: list[tuple[str, str, IntentState]]) -> None:
    table = IntentTable()
    plain: dict[str, Intent] = {}
    for step, client_order_id, state in steps:
        if step == "put":
            plain[client_order_id] = intent(client_order_id, state)
            table.put(plain[client_order_id])
        elif step == "clear":
            plain.clear()
            table.clear()
        elif plain.pop(client_order_id, None) is None:
            with pytest.raises(KeyError):
                table.remove(client_order_id)
        else:
            table.remove(client_order_id)
        assert list(table) == list(plain.values())
        assert all(table.get(each) == plain.get(each) for each in "abcd")
        for each in IntentState:
            assert table.in_state(each) == [known for known in plain.values() if known.state is each]
