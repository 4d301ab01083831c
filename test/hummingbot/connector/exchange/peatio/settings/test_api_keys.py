"""Keys as they are pasted, for the connector itself: what an earlier version stored has the blanks still in it."""

from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange.peatio.settings.api_keys import usable_key

from test.hummingbot.connector.exchange.peatio.fixtures import exchange_arguments


def test_nothing_is_no_key_and_no_error() -> None:
    assert usable_key(" \n", "key", "peatio") == ""


async def test_the_connector_signs_without_what_stands_around_the_key(tmp_path: Path) -> None:
    arguments = exchange_arguments(tmp_path, ["BTC-USD"])
    pasted = {name: f" {arguments[name]}\r\n" for name in ("peatio_api_key", "peatio_secret_key")}
    plain, blank = PeatioExchange(**arguments), PeatioExchange(**{**arguments, **pasted})
    for exchange in (plain, blank):
        exchange._time_synchronizer.time = lambda: 1.0
    assert plain.authenticator.headers() == blank.authenticator.headers()


@pytest.mark.parametrize("key", ["61d0 25b8", "61d0\n25b8", "61d0\x0025b8", "61d0\u200b25b8"])
@pytest.mark.parametrize(("field", "what"), [("peatio_api_key", "key"), ("peatio_secret_key", "secret")])
async def test_a_key_with_a_break_inside_is_named_and_not_shown(
    tmp_path: Path, key: str, field: str, what: str
) -> None:
    with pytest.raises(ConfigError, match=f"The API {what} has a blank or a line break inside") as refusal:
        PeatioExchange(**{**exchange_arguments(tmp_path, ["BTC-USD"]), field: key})
    assert "./hbot connect peatio --replace" in str(refusal.value)
    assert "61d0" not in str(refusal.value)
