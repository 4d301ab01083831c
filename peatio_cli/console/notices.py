"""What connectors want the user to change, below the answer of Hummingbot's command `status`."""

from collections.abc import Iterable
from typing import Any

from hummingbot.client.hummingbot_application import HummingbotApplication


def show_notices(hummingbot: HummingbotApplication) -> None:
    """From now on `status`, given in the console or over MQTT, ends with the notices of the bot's connectors."""
    strategy_status = hummingbot.strategy_status

    async def status_and_notices(live: bool = False) -> str:
        return f"{await strategy_status(live)}{notices_of(hummingbot.markets)}"

    hummingbot.strategy_status = status_and_notices


def notices_of(connectors: dict[str, Any]) -> str:
    """In the form in which Hummingbot's strategies write warnings; "" where there is nothing to say."""
    notices = [f"  {name}: {text}" for name, connector in connectors.items() for text in _notices(connector)]
    return "\n".join(["", "", "*** WARNINGS ***", *notices]) if notices else ""


def _notices(connector: Any) -> Iterable[str]:
    return getattr(connector, "notices", ())  # no other connector of Hummingbot has any
