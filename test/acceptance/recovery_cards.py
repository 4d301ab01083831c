"""Cards of what a connector has to make up for: lost streams, a start after a crash."""

from hummingbot.core.event.events import MarketEvent

from test.acceptance.cards import card, expect
from test.acceptance.evidence import fills_agree, state_agrees
from test.acceptance.fill_cards import filled_while, resting_order
from test.acceptance.stage import BUY, SELL, Stage
from test.acceptance.streams import book_follows, cut, private_connection, public_connection
from test.patience import eventually

BACK_S = 40.0


@card("A19", "The private stream is lost; what was filled meanwhile is recorded once")
async def private_stream_lost(stage: Stage) -> None:
    bot = await stage.bot()
    await filled_while(stage, bot, cut(private_connection(bot)))
    await eventually(lambda: bot.exchange._user_stream_tracker.is_live, "the private stream is back", BACK_S)


@card("A20", "The public stream is lost; no price meanwhile, then the book is whole again")
async def public_stream_lost(stage: Stage) -> None:
    bot, pair = await stage.bot(), stage.rules.pair
    tracker = bot.exchange.order_book_tracker
    async with cut(public_connection(bot)):
        assert pair in tracker.invalid_reasons, "the book is trusted without a connection"
        for is_buy in (True, False):
            assert bot.exchange.get_price(pair, is_buy).is_nan(), "there is a price without a connection"
        assert not bot.exchange.ready, "the connector is ready without a connection"
    await eventually(lambda: tracker.invalid_reasons == {}, "the book is back", BACK_S)
    await book_follows(stage, bot)


@card("A21", "A bot is killed; the next one cancels the orders it left")
async def leftovers(stage: Stage) -> None:
    async with stage.another_bot("leftovers") as bot:
        order = await stage.far_order(bot, BUY)
    exchange_order_id = str(order.exchange_order_id)
    expect("the order that was left", await stage.maker.state(exchange_order_id), "wait")
    async with stage.another_bot("leftovers") as bot:
        assert await stage.maker.state(exchange_order_id) == "cancel", "ready before its leftovers were settled"
        expect("cancelled events", len(bot.of(MarketEvent.OrderCancelled, order.client_order_id)), 1)


@card("A22", "What was filled between two starts is recorded once")
async def filled_between_starts(stage: Stage) -> None:
    async with stage.another_bot("fills") as bot:
        order = await resting_order(stage, bot, SELL, stage.rules.smallest)
    await stage.hit(order, stage.rules.smallest)
    async with stage.another_bot("fills") as bot:
        await state_agrees(stage, bot, order.client_order_id, "done")
        expect("fills", len(await fills_agree(stage, bot, order.client_order_id)), 1)
    async with stage.another_bot("fills") as bot:
        expect("what the third start tells", bot.events, [])
