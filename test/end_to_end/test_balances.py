"""What a strategy reads as available at the moment of an event, over real sockets."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, load_named_exchanges
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import FaultKind, Sandbox, SandboxConfig
from test.end_to_end.paces import POLL_INTERVAL_S
from test.end_to_end.support import Bot, Person, person, running_bot
from test.end_to_end.venue import Insider, Trader, Venue
from test.patience import eventually

BUY, SELL = TradeType.BUY, TradeType.SELL
USD = Decimal("10000000")
BTC = Decimal("1000")
MAKER_FEE = Decimal("0.001")

Reading = tuple[MarketEvent, Decimal, Decimal]


@contextmanager
def read_at_events(exchange: PeatioExchange) -> Iterator[list[Reading]]:
    """What is available, USD and BTC, when a strategy learns of an event."""
    readings: list[Reading] = []

    def read(kind: MarketEvent) -> None:
        usd, btc = (Decimal(exchange.get_available_balance(currency)) for currency in ("USD", "BTC"))
        assert (usd, btc) == tuple(exchange.available_balances[currency] for currency in ("USD", "BTC"))
        readings.append((kind, usd, btc))

    forwarders = [(kind, EventForwarder(lambda _event, kind=kind: read(kind))) for kind in MarketEvent]
    for kind, forwarder in forwarders:
        exchange.add_listener(kind, forwarder)
    yield readings
    for kind, forwarder in forwarders:
        exchange.remove_listener(kind, forwarder)


@pytest.fixture
async def by_hand(sandbox: Sandbox) -> AsyncIterator[Person]:
    """The owner of the bot's account, who trades by hand as well."""
    async with person(sandbox, "bot") as owner:
        yield owner


async def test_a_fill_and_an_end_that_only_a_poll_tells_are_booked_once(
    sandbox: Sandbox, bot: Bot, taker: Trader
) -> None:
    sold, bought = bot.place("BTC-USD", SELL, "100", "30000"), bot.place("BTC-USD", BUY, "100", "29000")
    cancelled = bot.place("BTC-USD", BUY, "1", "28000")
    for order_id in (sold, bought, cancelled):
        await bot.live(order_id)
    lost = sandbox.faults.start(FaultKind.EVENTS_LOST, member="bot")
    await taker.place("btcusd", "buy", "100", "30000")
    await taker.place("btcusd", "sell", "40", "29000")
    await eventually(lambda: sandbox.orders("bot")[0].state == "done" and len(sandbox.fills("bot")) == 2, "fills")
    sandbox.faults.stop(lost)
    with read_at_events(bot.exchange) as readings:
        for _ in range(3):
            await bot.exchange._update_balances()
        await bot.exchange._update_order_status()
        await bot.event(MarketEvent.SellOrderCompleted, sold)
    received = 3_000_000 * (1 - MAKER_FEE)
    expected = (USD + received - 2_900_000 - 28_000, BTC - 100 + 40 * (1 - MAKER_FEE))
    assert {kind: funds for kind, *funds in readings}[MarketEvent.SellOrderCompleted] == list(expected)


async def test_orders_reserve_funds_from_their_creation_on_although_the_exchange_locks_nothing_yet(
    sandbox: Sandbox, bot: Bot
) -> None:
    sandbox.exchange.order_processor.pause()
    with read_at_events(bot.exchange) as readings:
        for _ in range(4):
            order_id = bot.place("BTC-USD", BUY, "100", "30000")
            await bot.event(MarketEvent.BuyOrderCreated, order_id)
            await bot.exchange._update_balances()
    assert [usd for _, usd, _ in readings] == [7_000_000, 4_000_000, 1_000_000, 0]
    sandbox.exchange.order_processor.resume()
    await eventually(lambda: bot.of(MarketEvent.OrderFailure), "one is rejected")
    assert bot.available("USD") == 1_000_000


async def test_an_order_placed_by_hand_takes_its_funds_at_its_event(bot: Bot, by_hand: Person) -> None:
    order_id = await by_hand.place("btcusd", "buy", "300", "30000")
    await eventually(lambda: bot.available("USD") == 1_000_000, "its funds are taken", timeout_s=3.0)
    await by_hand.cancel(order_id)
    await eventually(lambda: bot.available("USD") == USD, "they are free again", timeout_s=3.0)


async def test_a_deposit_counts_once_our_orders_were_asked_for(
    sandbox: Sandbox, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "END_EVENT_LATE_S", 0.5)
    sandbox.exchange.ledger.deposit(sandbox.members["bot"].uid, "usd", Decimal(500))
    await bot.exchange._update_all_balances()
    assert bot.available("USD") == USD
    await eventually(lambda: bot.available("USD") == USD + 500, "the deposit counts")
    assert bot.exchange._balances.corrections == 1


async def test_lost_events_are_found_by_the_balances(
    sandbox: Sandbox, bot: Bot, taker: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without waiting for a poll of orders, which is up to 120 s away."""
    monkeypatch.setattr(CONSTANTS, "END_EVENT_LATE_S", 0.5)
    interval_of = bot.exchange._get_poll_interval
    assert interval_of(0.0) == 120
    intervals: list[float] = []  # that Hummingbot's clock read: the short one lasts until the next poll

    def noting_interval(timestamp: float) -> float:
        intervals.append(interval_of(timestamp))
        return intervals[-1]

    monkeypatch.setattr(bot.exchange, "_get_poll_interval", noting_interval)
    sold = bot.place("BTC-USD", SELL, "1", "30000")
    await bot.live(sold)
    await eventually(lambda: not bot.exchange._balances.needs_snapshot, "the balances are confirmed")
    lost = sandbox.faults.start(FaultKind.EVENTS_LOST, member="bot")
    await taker.place("btcusd", "buy", "1", "30000")
    await eventually(lambda: sandbox.orders("bot")[0].state == "done", "it is filled")
    sandbox.faults.stop(lost)
    other = bot.place("BTC-USD", BUY, "1", "20000")
    await bot.live(other)
    await bot.event(MarketEvent.SellOrderCompleted, sold)
    await eventually(lambda: POLL_INTERVAL_S in intervals, "the private stream is not relied on")
    await eventually(lambda: not bot.exchange._balances.needs_snapshot, "the balances are confirmed")
    assert bot.available("USD") == USD + 30_000 * (1 - MAKER_FEE) - 20_000
    assert bot.exchange._balances.corrections == 0


async def test_a_fill_between_two_runs_is_not_booked_again(
    sandbox: Sandbox, venue: Venue, taker: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with venue.running_bot() as bot:
        ids = [bot.place("BTC-USD", SELL, "1", price) for price in ("30000", "30100")]
        for order_id in ids:
            await bot.live(order_id)
    await taker.place("btcusd", "buy", "1.5", "30100")
    await eventually(lambda: len(sandbox.fills("bot")) == 2, "both are hit")
    received = (30_000 + 15_050) * (1 - MAKER_FEE)
    readings: list[list[Reading]] = []
    listen = Bot.listen

    def listen_and_read(bot: Bot) -> None:
        listen(bot)
        readings.append(stack.enter_context(read_at_events(bot.exchange)))

    monkeypatch.setattr(Bot, "listen", listen_and_read)
    with ExitStack() as stack:
        async with venue.running_bot() as bot:
            await bot.event(MarketEvent.OrderCancelled, ids[1])
            after = USD + received, BTC - Decimal("1.5")
            await eventually(lambda: (bot.available("USD"), bot.available("BTC")) == after, "the balances have its end")
            assert bot.exchange._balances.corrections == 0
    event, usd, btc = readings[0][-1]
    assert (event, usd) == (MarketEvent.OrderCancelled, USD + received)
    # The balances that were copied before it may have its end already, and then it frees nothing.
    assert btc in (BTC - Decimal("1.5"), BTC - 2)


async def test_pushed_balances_and_events_in_any_order_count_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Sandbox(SandboxConfig(seed=11, dialect="openfinex")) as sandbox:
        entry = f"exchanges:\n  finex:\n    domain: {sandbox.url}\n    dialect: openfinex\n"
        (tmp_path / "peatio.yml").write_text(entry)
        named_exchanges, _ = load_named_exchanges(tmp_path)
        monkeypatch.setitem(NAMED_EXCHANGES, "peatio_finex", named_exchanges["peatio_finex"])
        account, taker = sandbox.members["bot"], Insider(sandbox, "taker")
        async with running_bot(sandbox.url, account, ["BTC-USD"], domain="peatio_finex") as bot:
            sandbox.faults.start(FaultKind.EVENTS_REORDERED, member="bot")
            with read_at_events(bot.exchange) as readings:
                sold = bot.place("BTC-USD", SELL, "1", "30000")
                await bot.live(sold)
                await taker.place("btcusd", "buy", "1", "30000")
                await bot.event(MarketEvent.SellOrderCompleted, sold)
            assert readings[0] == (MarketEvent.SellOrderCreated, USD, BTC - 1)
            assert readings[-1] == (MarketEvent.SellOrderCompleted, USD + 30_000 * (1 - MAKER_FEE), BTC - 1)
            await eventually(lambda: not bot.exchange._balances.needs_snapshot, "the balances are confirmed")
            assert bot.exchange._balances.corrections == 0


async def test_a_market_order_reserves_its_estimate_and_frees_the_rest_with_its_end(
    sandbox: Sandbox, bot: Bot, taker: Trader
) -> None:
    await taker.place("btcusd", "sell", "1", "30000")
    await eventually(lambda: bot.exchange.get_price("BTC-USD", True) == 30000, "an ask")
    await eventually(lambda: not bot.exchange._balances.needs_snapshot, "the balances are confirmed")
    # By the reports alone: after balances that were asked for in between, what its end frees counts with the next ones.
    unanswered = sandbox.faults.start(FaultKind.SERVER_ERROR, path="/account/balances", member="bot")
    with read_at_events(bot.exchange) as readings:
        bought = bot.place("BTC-USD", BUY, "1", None, OrderType.MARKET)
        await bot.event(MarketEvent.BuyOrderCompleted, bought)
    assert readings[0] == (MarketEvent.BuyOrderCreated, USD - 33_000, BTC)
    assert readings[-1] == (MarketEvent.BuyOrderCompleted, USD - 30_000, BTC + Decimal("0.998"))
    sandbox.faults.stop(unanswered)
    await eventually(lambda: not bot.exchange._balances.needs_snapshot, "the balances are confirmed")
    assert bot.available("USD") == USD - 30_000
