"""What a dialect cannot do like the others, why, and what is tested there instead."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import Sandbox
from test.end_to_end import test_orders, test_reliability, test_streams
from test.end_to_end.support import Bot, engine_levels
from test.end_to_end.venue import Trader
from test.patience import eventually

BUY = TradeType.BUY


@dataclass(frozen=True)
class Difference:
    """:param reason: what the page says, with the section of docs/protocol.md that has the fact
    :param play: shows that it is as the reason says
    """

    reason: str
    play: Callable[..., Awaitable[None]]


async def three_open_orders_and_no_more(bot: Bot, sandbox: Sandbox) -> None:
    """The fourth is refused and placing pauses; once an order has ended there is room again; cancel-all ends all."""
    ids = [bot.place("BTC-USD", BUY, "0.01", str(29000 + i)) for i in range(3)]
    for order_id in ids:
        await bot.live(order_id)
    for _ in range(2):
        fourth = bot.place("BTC-USD", BUY, "0.01", "28000")
        failure = await bot.event(MarketEvent.OrderFailure, fourth)
        assert "market.order.open_orders_limit" in failure.error_message
    assert len(sandbox.orders("bot")) == 3
    bot.exchange.cancel("BTC-USD", ids[0])
    await bot.event(MarketEvent.OrderCancelled, ids[0])
    await bot.live(bot.place("BTC-USD", BUY, "0.01", "28000"))
    results = await bot.exchange.cancel_all(10)
    assert len(results) == 3
    assert all(result.success for result in results)
    assert {order.state for order in sandbox.orders("bot")} == {"cancel"}


async def a_ghost_is_not_noticed(sandbox: Sandbox, bot: Bot) -> None:
    """A cancel that crosses an engine restart leaves its order in the engine's book; REST and `update` show none."""
    order_id = bot.place("BTC-USD", BUY, "0.1", "29000")
    await bot.live(order_id)
    sandbox.exchange.order_processor.pause()
    bot.exchange.cancel("BTC-USD", order_id)
    await eventually(lambda: engine_levels(sandbox, "btcusd") == ([], []), "the engine has cancelled")
    sandbox.exchange.restart_engines()
    sandbox.exchange.order_processor.resume()
    await bot.event(MarketEvent.OrderCancelled, order_id)
    assert engine_levels(sandbox, "btcusd")[1] == [(29000.0, 0.1)]
    await eventually(lambda: bot.exchange.get_price("BTC-USD", False).is_nan(), "the bot's book has no such bid")
    assert bot.available("USD") == Decimal(10_000_000)
    (order,) = sandbox.orders("bot")
    sandbox.exchange.cancel(order)  # what an operator would have to do


async def whole_books_follow(sandbox: Sandbox, bot: Bot, taker: Trader) -> None:
    await test_streams.test_the_book_follows_the_engine(sandbox, bot, taker)
    assert bot.exchange.order_book_tracker.markets["BTC-USD"].whole_book_s is not None


WHOLE_BOOKS = (
    "the whole book comes every five seconds, up to 300 levels a side, instead of increments (section 5): prices may "
    "be five seconds old"
)
NO_FEE_TOLD = (
    "orders have no fee rates (section 3), and the list of trades has a self-trade once (section 4.9): the taking "
    "side's fee is computed from `public/trading_fees`"
)
FEW_ORDERS = "few open orders on a market (3 by default, section 3), so fewer are placed at once"
UNSEEN_RESTART = (
    "whole books have no sequence that would show an engine restart (section 5): an order whose cancel crosses one "
    "stays in the engine's book"
)

_OLDEST = ("peatio-2.3", "ruby-ranger-0.4")

# By scenario and dialect.
DIFFERENCES: dict[tuple[str, str], Difference] = {
    ("a_burst_creates_each_order_once", "bitzlato"): Difference(
        FEW_ORDERS + "; one more is refused, and placing on that market continues when an order has ended",
        three_open_orders_and_no_more,
    ),
    ("stop_leaves_nothing_open_through_faults", "bitzlato"): Difference(
        FEW_ORDERS, partial(test_reliability.stop_through_faults, count=3)
    ),
    ("available_funds_are_never_negative_or_nan", "bitzlato"): Difference(
        FEW_ORDERS, partial(test_reliability.watch_funds_of_orders, count=1)
    ),
    **{("the_book_follows_the_engine", dialect): Difference(WHOLE_BOOKS, whole_books_follow) for dialect in _OLDEST},
    **{
        ("a_trade_with_oneself_is_recorded_on_both_orders", dialect): Difference(
            NO_FEE_TOLD, test_orders.test_a_trade_with_oneself_is_recorded_on_both_orders
        )
        for dialect in ("peatio-2.4", *_OLDEST)
    },
    **{
        ("an_engine_restart_during_a_cancel_leaves_no_ghost", dialect): Difference(
            UNSEEN_RESTART, a_ghost_is_not_noticed
        )
        for dialect in _OLDEST
    },
}
