"""Hummingbot's questions about the whole book have answers on the sandbox as it starts."""

from decimal import Decimal

import pytest

from peatio_sandbox import Sandbox, SandboxConfig
from test.end_to_end.support import running_bot
from test.patience import eventually


@pytest.mark.parametrize("pair", ["BTC-USD", "ETH-BTC"])
async def test_a_bot_learns_at_which_price_it_could_trade_all_it_has(pair: str) -> None:
    """Cross-exchange market making asks so before each ask; a book that is too thin answers NaN and there is no ask."""
    base, quote = pair.split("-")
    market = pair.replace("-", "").lower()
    async with Sandbox(SandboxConfig(traders=True)) as sandbox:
        await eventually(lambda: len(sandbox.exchange.store.waiting(market, "sell")) > 10, "the traders' book")
        async with running_bot(sandbox.url, sandbox.members["bot"], [pair]) as bot:
            has_base, has_quote = (bot.exchange.get_available_balance(currency) for currency in (base, quote))

            def answers() -> bool:
                buying = bot.exchange.get_price_for_quote_volume(pair, True, has_quote).result_price
                selling = bot.exchange.get_price_for_volume(pair, False, has_base).result_price
                return not buying.is_nan() and not selling.is_nan() and buying > selling > Decimal(0)

            await eventually(answers, "the price of all the bot has")
