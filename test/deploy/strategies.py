"""The strategy of the bots that are deployed in tests."""

import yaml
from hummingbot.cli.strategy_configs import describe_strategy, fill_template

STRATEGY = {
    "exchange": "peatio",
    "bid_spread": "0.5",
    "ask_spread": "0.5",
    "order_amount": "0.02",
    "order_levels": "2",
    # Renew quotes whose price stayed the same, too.
    "order_refresh_tolerance_pct": "-1",
}


def strategy_configuration(**settings: str) -> str:
    """What `hbot create` would write."""
    data, required, _ = describe_strategy("v1-strategy", "pure_market_making")
    assert fill_template(data, required, "v1-strategy", {**STRATEGY, **settings}) == []
    return yaml.safe_dump(data)
