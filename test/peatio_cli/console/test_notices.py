"""What `status` adds to Hummingbot's answer."""

from types import SimpleNamespace
from typing import Any

from peatio_cli.console.notices import show_notices


class Application:
    """Of Hummingbot's application what `status` uses."""

    def __init__(self, markets: dict[str, Any]) -> None:
        self.markets = markets

    async def strategy_status(self, live: bool = False) -> str:
        return f"No active maker orders. {live}"


async def test_status_ends_with_what_the_user_has_to_change() -> None:
    small = "BTC-USD: set the order amount to 0.001 or more."
    application: Any = Application({"binance": object(), "peatio": SimpleNamespace(notices=[small])})
    show_notices(application)
    assert await application.strategy_status(live=True) == (
        f"No active maker orders. True\n\n*** WARNINGS ***\n  peatio: {small}"
    )


async def test_it_is_hummingbots_own_answer_where_nothing_is_wrong() -> None:
    application: Any = Application({"binance": object(), "peatio": SimpleNamespace(notices=[])})
    show_notices(application)
    assert await application.strategy_status() == "No active maker orders. False"
