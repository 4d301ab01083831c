"""What a seed is made of where a mirror stands between two exchanges. Pure."""

import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

from simulation.plan import (
    GUARD_AFTER_S,
    GUARDED,
    MEMBERS,
    BotChoice,
    ExchangeChoice,
    MirrorChoice,
    Plan,
    faults_of,
)

OWN, OUTER = "own", "outer"
#: The accounts: a fault of a link or of a key says which by them, and a fault of the process means the same by either.
QUOTES, HEDGES = "bot", "hedges"
PAIR, MARKET = "BTC-USD", "btcusd"
SOURCE_CONNECTOR = "peatio_outer"
CONTROLLER = "mirror"
#: The pauses of the outer exchange's traders are that many times as long: its book changes about twice a second.
TRADER_SLOWNESS = 3.0
TRADING_S = 240.0


def mirror_plan_of(seed: int) -> Plan:
    """The plan of a seed; the same for ever, as long as the kinds of faults are the same."""
    rng = random.Random(f"mirror {seed}")
    quotes = BotChoice(
        name=QUOTES,
        exchange=0,
        member=MEMBERS[0],
        leftovers=rng.choice(("cancel", "adopt")),
        refuses_self_trades=rng.random() < 0.5,
        is_exclusive=rng.random() < 0.5,
        restores_state=rng.random() < 0.5,
        orders=0,
        guard_after_s=rng.choice(GUARD_AFTER_S) if rng.random() < GUARDED else None,
    )
    hedges = replace(quotes, name=HEDGES, exchange=1, guard_after_s=None)
    world = Plan(
        seed,
        (ExchangeChoice(OWN), ExchangeChoice(OUTER)),
        (quotes, hedges),
        (),
        TRADING_S,
        trader_slowness=TRADER_SLOWNESS,
        mirror=MirrorChoice(_settings(rng)),
    )
    return replace(world, faults=tuple(faults_of(f"mirror {seed}", world)))


def _settings(rng: random.Random) -> tuple[tuple[str, Any], ...]:
    """Of the controller. Where the bound is small it limits the quotes; where it is large the budgets do."""
    bound = Decimal(rng.choice(("0.05", "0.2", "1")))
    settings: dict[str, Any] = {
        "id": CONTROLLER,
        "connector_name": "peatio",
        "trading_pair": PAIR,
        "source_connector": SOURCE_CONNECTOR,
        "source_pair": PAIR,
        "bid_budget_quote": "20000",
        "ask_budget_base": "0.7",
        "max_exposure_base": str(bound),
        "levels": rng.choice((2, 4)),
        "spread": rng.choice(("0.001", "0.003")),
        "depth_scale": rng.choice(("0.5", "1", "3")),
        "price_tolerance": rng.choice(("0.0002", "0.001")),
        "amount_tolerance": rng.choice(("0.2", "0.5")),
        "requests_per_minute": rng.choice((60, 300)),
        "hedge_timeout_s": rng.choice((2.0, 5.0)),
        "max_source_age_s": rng.choice((5.0, 10.0)),
        "hedge_order_type": "market" if rng.random() < 0.2 else "limit",
        "max_slippage": rng.choice(("0.001", "0.003")),
    }
    return tuple(settings.items())
