"""`simulation.plan`: what seeds are made of."""

from collections import Counter

from peatio_sandbox.dialects import DEFAULT_DIALECT
from peatio_sandbox.dialects.catalog import DIALECTS as KNOWN
from simulation.plan import DIALECTS, OTHER_DIALECT, plan_of

PLANS = [plan_of(seed) for seed in range(600)]


def test_a_seed_has_one_plan() -> None:
    assert plan_of(7) == PLANS[7]
    assert plan_of(7) != plan_of(8)


def test_every_dialect_of_the_sandbox_is_drawn_and_the_default_most() -> None:
    assert {DEFAULT_DIALECT, *DIALECTS} == set(KNOWN)
    drawn = Counter(exchange.dialect for plan in PLANS for exchange in plan.exchanges)
    assert set(drawn) == set(KNOWN)
    assert abs(1 - drawn[DEFAULT_DIALECT] / drawn.total() - OTHER_DIALECT) < 0.05


def test_a_key_is_changed_only_where_the_bot_is_alone_on_its_account() -> None:
    rotations = 0
    for plan in PLANS:
        accounts = Counter((bot.exchange, bot.member) for bot in plan.bots)
        accounts_of = {bot.name: (bot.exchange, bot.member) for bot in plan.bots}
        for fault in plan.faults:
            if fault.kind == "key rotation":
                rotations += 1
                assert accounts[accounts_of[fault.given["bot"]]] == 1
    assert rotations > 50


def test_faults_come_in_time_and_are_named_by_kind_and_number() -> None:
    for plan in PLANS[:50]:
        times = [fault.at_s for fault in plan.faults]
        assert times == sorted(times)
        assert len({fault.name for fault in plan.faults}) == len(plan.faults)
        assert all(fault.at_s <= plan.trading_s for fault in plan.faults)
