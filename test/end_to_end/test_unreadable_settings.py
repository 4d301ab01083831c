"""A mistake in conf/peatio.yml: no order is placed until it is mended, and everything else goes on."""

from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.guard.heartbeat import heartbeat_records
from hummingbot.connector.exchange.peatio.metrics.collector import samples
from hummingbot.connector.exchange.peatio.settings import hummingbot_host
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent
from hummingbot.data_feed.market_data_provider import MarketDataProvider

from peatio_sandbox import Sandbox
from test.end_to_end.support import Bot, Person, person, running_bot
from test.end_to_end.test_orders import ledger_fills, reported_fills
from test.end_to_end.test_restart import leave_orders
from test.end_to_end.venue import Venue
from test.patience import eventually

SELL = TradeType.SELL
PAIR = "BTC-USD"


@pytest.fixture
def settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """conf/peatio.yml of the instance, read often."""
    monkeypatch.setattr(hummingbot_host, "CONF_DIR_PATH", tmp_path)
    monkeypatch.setattr(CONSTANTS, "SETTINGS_INTERVAL_S", 0.2, raising=False)
    return tmp_path / "peatio.yml"


def write(path: Path, text: str) -> None:
    path.write_text(text)


async def refused(bot: Bot, price: str) -> str:
    """Why an order is not sent."""
    failure = await bot.event(MarketEvent.OrderFailure, bot.place(PAIR, SELL, "0.1", price))
    return str(failure.error_message)


async def test_a_bot_that_starts_with_a_typo_follows_its_orders_and_places_none_until_it_is_mended(
    sandbox: Sandbox, venue: Venue, taker: Person, settings_file: Path, data_folder: Path
) -> None:
    filled, left = await leave_orders(venue, ["30000", "30100"])
    write(settings_file, "exclusive_account: true\nleftover: adopt\n")
    member = sandbox.members["bot"]
    async with running_bot(sandbox.url, member, [PAIR], reads_settings=True, wait_ready=False) as bot:
        await eventually(lambda: bot.exchange._engine.admission.is_reconciled, "the last run's orders are reconciled")
        assert [order.state for order in sandbox.orders("bot")] == ["wait", "wait"], "nobody said: cancel them"
        reason = await refused(bot, "30200")
        assert f"{settings_file}, line 2: there is no setting leftover (did you mean leftovers?)" in reason
        await taker.place("btcusd", "buy", "0.1", "30000")
        await bot.event(MarketEvent.SellOrderCompleted, filled)
        assert reported_fills(bot, sandbox) == ledger_fills(sandbox)
        bot.exchange.cancel(PAIR, left)
        await bot.event(MarketEvent.OrderCancelled, left)
        assert not bot.exchange.ready
        beats = list(heartbeat_records(data_folder))
        await eventually(lambda: list(heartbeat_records(data_folder)) != beats, "the guard sees a living bot")
        assert bot.exchange.status_dict["conf/peatio.yml can be read"] is False
        write(settings_file, "exclusive_account: true\nleftovers: adopt\n")
        await eventually(lambda: bot.exchange.ready, "the mended file is read")
        await bot.live(bot.place(PAIR, SELL, "0.1", "30200"))
    assert [order.state for order in sandbox.orders("bot")] == ["done", "cancel", "wait"]


async def test_a_file_that_breaks_while_the_bot_trades_stops_creates_only(
    sandbox: Sandbox, settings_file: Path
) -> None:
    write(settings_file, "exclusive_account: true\n")
    async with (
        person(sandbox, "bot") as owner,
        running_bot(sandbox.url, sandbox.members["bot"], [PAIR], reads_settings=True) as bot,
    ):
        await bot.live(bot.place(PAIR, SELL, "0.1", "30000"))
        write(settings_file, "exclusive_account: true\nexclusive_acount: true\n")
        await eventually(lambda: bot.exchange._settings.problem, "the file is read again")
        # Hummingbot's controllers do nothing while a connector is not ready, not even take their quotes back.
        assert MarketDataProvider({"peatio": bot.exchange}).ready
        assert ("peatio_ready", (), False) in samples(bot.exchange), "an operator's alert sees it"
        assert "(did you mean exclusive_account?)" in await refused(bot, "30100")
        by_hand = await owner.place("btcusd", "sell", "0.1", "31000")
        (result,) = await bot.exchange.cancel_all(10)
        assert result.success
        assert (await owner.order(by_hand))["state"] == "wait", "the account is not taken for this bot's alone"
        write(settings_file, "exclusive_account: true\n")
        await eventually(lambda: not bot.exchange._settings.problem, "the mended file is read")
        await bot.live(bot.place(PAIR, SELL, "0.1", "30200"))
