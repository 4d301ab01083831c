"""Cards of the exchange itself: its address, market, balances and streams."""

import logging
import time
from contextlib import suppress
from decimal import Decimal

from hummingbot.connector.exchange.peatio.common.errors import REMEDIES, AuthError, PeatioError

from test.acceptance.cards import SkippedError, card, expect
from test.acceptance.evidence import balances_agree
from test.acceptance.stage import Stage
from test.acceptance.streams import book_follows, granted, private_connection, public_connection
from test.end_to_end.support import Bot, running_bot
from test.patience import eventually

# Both clocks are known to about half a second.
CLOCK_TOLERANCE_S = 1.5


@card("A01", "Address, version and clock", is_basic=True)
async def address(stage: Stage) -> None:
    offset_s = await stage.measure_clock()
    exchange = stage.connector()
    await exchange.exchange_clock.ensure()
    known_s = exchange._time_synchronizer.time() - time.time()
    is_right = abs(known_s - offset_s) < CLOCK_TOLERANCE_S
    assert is_right, f"the exchange's clock is {offset_s:.1f} s from ours, the connector takes it for {known_s:.1f} s"
    with suppress(PeatioError):
        await exchange.rest.version()


@card("A02", "The market and its rules", is_basic=True)
async def market(stage: Stage) -> None:
    await stage.market_row()
    rules = stage.rules
    exchange = stage.connector()
    await exchange._update_trading_rules()
    assert rules.pair in exchange.trading_rules, f"the connector knows no {rules.pair}"
    known = exchange.trading_rules[rules.pair]
    expect("the price step", known.min_price_increment, rules.price_step)
    expect("the amount step", known.min_base_amount_increment, rules.amount_step)
    expect("the smallest amount", known.min_order_size, rules.min_amount)
    expect("the symbol", await exchange.exchange_symbol_associated_to_pair(rules.pair), rules.symbol)
    expect("the pair", await exchange.trading_pair_associated_to_exchange_symbol(rules.symbol), rules.pair)
    expect("pairs with a last price", set(await exchange.get_last_traded_prices([rules.pair])), {rules.pair})


@card("A03", "Login and balances", is_basic=True)
async def login(stage: Stage) -> None:
    exchange = stage.connector()
    await exchange._update_balances()
    await balances_agree(stage, Bot(exchange))
    with suppress(SkippedError):
        await stage.taker.funds()


@card("A04", "The connector becomes ready; its private streams are granted", is_basic=True)
async def ready(stage: Stage) -> None:
    bot = await stage.bot()
    granted(private_connection(bot), {"order", "trade"})


@card("A05", "The book: subscribed, a snapshot, then an unbroken sequence", is_basic=True)
async def book(stage: Stage) -> None:
    bot = await stage.bot()
    granted(public_connection(bot), {f"{stage.market}.ob-inc", f"{stage.market}.trades"})
    assert bot.exchange.order_book_tracker.metrics.total_snapshots_processed > 0, "no snapshot came"
    await book_follows(stage, bot)


@card("A23", "A second pair is added and removed while running")
async def second_pair(stage: Stage) -> None:
    bot = await stage.bot()
    symbol, pair = await _another_pair(stage, bot)
    streams = {f"{symbol}.ob-inc", f"{symbol}.trades"}
    assert await bot.exchange.add_trading_pair(pair), f"{pair} was not added"
    try:
        tracker = bot.exchange.order_book_tracker
        await eventually(lambda: pair not in tracker.invalid_reasons, f"the book of {pair} came", 40)
        granted(public_connection(bot), streams)
    finally:
        await bot.exchange.remove_trading_pair(pair)
    expect("streams of the removed pair", public_connection(bot).streams & streams, set())
    assert pair not in bot.exchange.order_books, f"the book of {pair} is still there"
    assert bot.exchange.ready, "the connector is not ready any more"


@card("A24", "A wrong secret is reported with its remedy, and never shown")
async def wrong_secret(stage: Stage) -> None:
    secret = "0123456789abcdef-not-the-secret"
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    try:
        async with running_bot(
            stage.url,
            stage.maker_keys,
            [stage.rules.pair],
            wait_ready=False,
            secret=secret,
            journal_folder=stage.folder,
            instance="wrong secret",
            closes_client=False,
        ) as bot:
            reason = await _refusal(bot)
            await eventually(lambda: any(reason in line for line in lines), "the reason is logged")
            assert not bot.exchange.ready, "the connector is ready without a login"
    finally:
        logging.getLogger().removeHandler(handler)
    assert not any(secret in line or stage.maker_keys.secret in line for line in lines), "a secret is in the log"


async def _refusal(bot: Bot) -> str:
    """What the connector says of its login, with the remedy."""
    try:
        await bot.exchange._update_balances()
    except AuthError as error:
        refusal = error
    else:
        raise AssertionError("the exchange accepted a wrong secret")
    remedies = [REMEDIES[code] for code in refusal.codes if code in REMEDIES]
    assert any(remedy in str(refusal) for remedy in remedies), f"no remedy in: {refusal}"
    return str(refusal)


async def _another_pair(stage: Stage, bot: Bot) -> tuple[str, str]:
    """An open market beside the run's, one that was traded if there is one."""
    open_pairs = await bot.exchange.trading_pair_symbol_map()
    tickers = await stage.get("public/markets/tickers")
    others = [symbol for symbol in open_pairs if symbol != stage.market]
    if not others:
        raise SkippedError("the exchange has one open market only")

    def was_traded(symbol: str) -> bool:
        return Decimal(str(tickers.get(symbol, {}).get("ticker", {}).get("last") or 0)) > 0

    symbol = max(others, key=was_traded)
    return symbol, open_pairs[symbol]
