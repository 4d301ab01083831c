"""Keys and clocks, over real sockets."""

import logging

import pytest
from hummingbot.connector.exchange.peatio.common.errors import AuthError
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.core.data_type.common import TradeType

from peatio_sandbox import Sandbox
from test.end_to_end.scenarios import scenario
from test.end_to_end.support import Bot, running_bot
from test.end_to_end.venue import Venue
from test.patience import eventually


async def test_a_wrong_secret_is_told_with_its_remedy_and_never_shown(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "not-the-secret-0123456789"
    with caplog.at_level(logging.DEBUG):
        async with running_bot(
            sandbox.url, sandbox.members["bot"], ["BTC-USD"], wait_ready=False, secret=secret
        ) as bot:
            await eventually(lambda: "authz.invalid_signature" in caplog.text, "the reason is logged")
            assert "Check the API secret" in caplog.text
            assert not bot.exchange.ready
            with pytest.raises(AuthError, match="Check the API secret"):
                await bot.exchange._update_balances()
    assert secret not in caplog.text


async def test_an_unknown_key_is_told_with_its_remedy(sandbox: Sandbox) -> None:
    exchange = PeatioExchange("0123456789abcdef", "x", sandbox.url, trading_pairs=["BTC-USD"])
    with pytest.raises(AuthError, match=r"authz\.unexistent_apikey.*belongs to this exchange"):
        await exchange._update_balances()
    await exchange._web_assistants_factory.close()


@scenario("Connecting", "The server's clock is used, and followed when it jumps")
async def test_the_servers_clock_is_used_and_followed_when_it_jumps(sandbox: Sandbox, venue: Venue) -> None:
    sandbox.clock.offset_s = -3600
    async with venue.running_bot() as bot:
        await bot.exchange._update_balances()
        sandbox.clock.offset_s = 20
        await bot.exchange._update_balances()
        order_id = bot.place("BTC-USD", TradeType.BUY, "0.1", "29000")
        await bot.live(order_id)


@scenario("Connecting", "A private stream refused because of the clock is opened again")
async def test_the_private_stream_mends_its_clock_too(sandbox: Sandbox, venue: Venue) -> None:
    async with venue.running_bot() as bot:
        sandbox.clock.offset_s = 60
        sandbox.ranger.restart()
        sandbox.exchange.start_engines()
        await eventually(lambda: not bot.exchange._user_stream_tracker.is_live, "the loss is noticed")
        await eventually(lambda: bot.exchange._user_stream_tracker.is_live, "subscribed again", timeout_s=30)


async def test_the_servers_version_is_logged(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        async with running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD"]):
            await eventually(lambda: f"{sandbox.url} runs Peatio 3.1.0." in caplog.text, "the version")


@scenario("Connecting", "Balances, markets and their rules")
async def test_balances_and_rules_are_the_exchanges(bot: Bot) -> None:
    assert {c: str(bot.exchange.get_balance(c).normalize()) for c in ("BTC", "USD")} == {"BTC": "1E+3", "USD": "1E+7"}
    rule = bot.exchange.trading_rules["DOGE-BTC"]
    assert str(rule.min_price_increment) == str(rule.min_base_amount_increment) == "1E-8"
    assert sorted(await bot.exchange.all_trading_pairs()) == ["BTC-USD", "DOGE-BTC", "ETH-BTC", "ETH-USD"]
