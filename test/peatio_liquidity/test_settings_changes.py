"""Changes of the controller's file while it runs: in effect as a whole, or not at all and with the reason."""

import logging
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, Venue

from peatio_liquidity.config import LiquidityConfig
from peatio_liquidity.settings_changes import live_settings, need_a_start
from test.patience import eventually
from test.peatio_liquidity.stage import Stage
from test.peatio_liquidity.test_config import GOOD
from test.peatio_liquidity.test_controller import MIRRORED

pytestmark = pytest.mark.usefixtures("short_waits")

#: Of each setting that needs a start, another value.
OTHERS: dict[str, Any] = {
    "id": "n", "connector_name": "peatio_other", "trading_pair": "ETH-USD", "source_connector": "gate_io",
    "source_pair": "ETH-USD", "move_window_s": 5.0, "quote_rate": "1.01", "rate_connector": "binance",
    "rate_pair": "USDT-USD", "hedge_order_type": "market", "paper_hedge": True,
}  # fmt: skip
#: Hummingbot finds the controller by the first two; this one does not use the third.
NEVER_CHANGED = {"controller_name", "controller_type", "initial_positions"}
PAGE = Path(__file__).parents[2] / "docs" / "operate" / "liquidity.md"


@pytest.mark.parametrize("name", OTHERS)
def test_a_setting_that_needs_a_start_is_named_with_both_values(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NAMED_EXCHANGES, "peatio_other", Venue(name="peatio_other", domain="other.example"))
    present, new = LiquidityConfig(**GOOD), LiquidityConfig(**{**GOOD, name: OTHERS[name]})
    assert need_a_start(present, new) == f"{name} is {OTHERS[name]} there and {getattr(present, name)} here"
    assert need_a_start(present, present) == ""


def test_every_setting_is_live_or_tried_above_and_the_page_names_those_that_are_not_live() -> None:
    assert set(LiquidityConfig.model_fields) == live_settings() | OTHERS.keys() | NEVER_CHANGED
    (sentence,) = [line for line in PAGE.read_text(encoding="utf-8").split("\n\n") if 'id="mirror-restart"' in line]
    assert [name for name in OTHERS if f"`{name}`" not in sentence] == []
    assert [name for name in live_settings() - {"manual_kill_switch"} if f"`{name}`" in sentence] == []


async def test_what_takes_effect_is_logged_once_with_both_values(
    world: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with world.bots() as bots, world.controller(*bots) as controller:
        new = controller.config.model_copy(update={"max_loss_quote": Decimal(20), "levels": 1})
        caplog.set_level(logging.INFO)
        was = controller.config.levels
        for _ in range(2):  # the file is read every ten seconds
            controller.update_config(new)
        assert caplog.text.count("The controller's file changed, and is in effect: ") == 1
        assert f"levels is 1 (was {was}), max_loss_quote is 20 (was None)." in caplog.text


async def test_a_file_that_needs_a_restart_changes_nothing_but_the_kill_switch(
    world: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with world.bots() as bots, world.controller(*bots) as controller:
        await eventually(lambda: world.quotes() == MIRRORED, f"the mirror; {world.quotes()}")
        present = controller.config
        new = present.model_copy(update={"levels": 1, "source_pair": "ETH-USD", "bid_budget_quote": 7})
        caplog.set_level(logging.INFO)
        for _ in range(2):  # the file is read every ten seconds
            controller.update_config(new)
        assert controller.config == present
        text = "source_pair is ETH-USD there and BTC-USD here"
        assert caplog.text.count(f"The controller's file needs a restart: {text}. Until then nothing of it") == 1
        assert any(text in line for line in controller.to_format_status())
        controller.update_config(new.model_copy(update={"manual_kill_switch": True}))
        assert controller.config == present.model_copy(update={"manual_kill_switch": True})
        controller.update_config(new.model_copy(update={"source_pair": "BTC-USD"}))
        assert "needs no restart any more" in caplog.text
        assert not any(text in line for line in controller.to_format_status())
        await eventually(lambda: len(world.quotes()) == 2, f"one level; {world.quotes()}")
