"""The doctor's trial order on the sandbox: placed and gone, and everything that can go wrong with it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.common.messages import Instrument
from hypothesis import given
from hypothesis import strategies as st

from peatio_cli.doctor.findings import Verdict
from peatio_cli.doctor.order_plan import Prices, affordable, buy_plan, costs, sell_plan
from peatio_cli.doctor.public import is_called
from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.config import DEFAULT_MEMBERS, Latencies, MemberSpec
from test.end_to_end.support import person
from test.patience import eventually
from test.peatio_cli.doctor_support import PATIENCE, Report, of_member

D = Decimal
MEMBERS = (
    *DEFAULT_MEMBERS,
    MemberSpec("broke", "IDBROKE0001", "broke@example.com"),
    MemberSpec("seller", "IDSELLER001", "seller@example.com", {"btc": D("0.5")}),
)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(members=MEMBERS, latencies=Latencies().scaled(0.1))) as running:
        yield running
        assert running.handler_errors == []


async def quote(sandbox: Sandbox) -> None:
    """A market with a price: the maker's 29990 and 30010."""
    async with person(sandbox, "maker") as maker:
        await maker.place("btcusd", "buy", "0.1", "29990")
        await maker.place("btcusd", "sell", "0.1", "30010")
    await sandbox.settle()


@asynccontextmanager
async def meanwhile(what: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Something that happens during the examination; its failure is the test's."""
    task = asyncio.create_task(what())
    yield
    await asyncio.wait_for(task, 5.0)


async def tried(
    sandbox: Sandbox, member: str = "bot", market: str = "btcusd", order_s: float = PATIENCE.order_s
) -> Report:
    """:param order_s: short where it is to be sat out"""
    return await of_member(sandbox, member, market, replace(PATIENCE, order_s=order_s))


def states(sandbox: Sandbox, member: str = "bot") -> list[str]:
    return [order.state for order in sandbox.orders(member)]


@pytest.mark.parametrize("market", ["btcusd", "BTC-USD"])
async def test_placed_seen_cancelled_gone(sandbox: Sandbox, market: str) -> None:
    await quote(sandbox)
    before = sandbox.balances("bot")

    report = await tried(sandbox, market=market)

    (order,) = sandbox.orders("bot")
    assert report.failed == set()
    assert report.detail("order") == (
        f"buy 0.0001 at 14995 on btcusd: placed, seen by event and REST, cancelled (order {order.id})"
    )
    assert (order.state, order.price, order.origin_volume) == ("cancel", D(14995), D("0.0001"))
    assert sandbox.balances("bot") == before


async def test_who_has_no_quote_sells(sandbox: Sandbox) -> None:
    await quote(sandbox)
    report = await tried(sandbox, "seller")
    (order,) = sandbox.orders("seller")
    assert report.verdict("order") is Verdict.OK
    assert (order.side, order.state, order.price) == ("sell", "cancel", D(60020))


@pytest.mark.parametrize("market", ["btcusd", "ethbtc", "dogebtc"])
async def test_a_market_without_prices(sandbox: Sandbox, market: str) -> None:
    report = await tried(sandbox, market=market)
    assert report.verdict("order") is Verdict.OK
    assert states(sandbox) == ["cancel"]


async def test_no_such_market(sandbox: Sandbox) -> None:
    report = await tried(sandbox, market="XRP-USD")
    assert report.detail("order") == "there is no open market 'XRP-USD'"
    assert "btcusd" in report.remedy("order")
    assert states(sandbox) == []


async def test_too_little_money(sandbox: Sandbox) -> None:
    await quote(sandbox)
    report = await tried(sandbox, "broke")
    assert report.failed == {"order"}
    assert report.remedy("order") == "Deposit 1.4995 usd or 0.0001 btc or more."
    assert states(sandbox, "broke") == []


async def test_the_order_is_refused(sandbox: Sandbox) -> None:
    sandbox.faults.start("server_error", path="/market/orders", method="POST", status=503)
    # The permission check places an order as well and is the first to meet the fault.
    report = await tried(sandbox)
    assert report.failed == {"permissions"}
    assert report.skipped == {"order"}


async def test_the_order_is_rejected(sandbox: Sandbox) -> None:
    sandbox.faults.start("sound_order_rejected", member="bot")
    report = await tried(sandbox)
    assert report.failed == {"order"}
    assert "was rejected after the exchange had accepted the request" in report.detail("order")
    assert states(sandbox) == ["reject"]


async def test_the_order_stays_pending(sandbox: Sandbox) -> None:
    fault = sandbox.faults.start("processor_paused")
    report = await tried(sandbox, order_s=1.0)
    assert report.failed == {"order"}
    assert "is still pending after 1 s" in report.detail("order")
    assert "may still be open" in report.detail("order")
    assert report.remedy("order") == "Look at your open orders at the exchange and cancel it there."
    sandbox.faults.stop(fault)


async def test_an_order_cancelled_while_pending_leaves_no_ghost(sandbox: Sandbox) -> None:
    fault = sandbox.faults.start("processor_paused")

    async def resume() -> None:
        # The trial gives up after a second and starts cancelling.
        await eventually(
            lambda: any("cancel" in path and count for (_, path), count in sandbox.request_counts.items()), "a cancel"
        )
        sandbox.faults.stop(fault)

    async with meanwhile(resume):
        report = await tried(sandbox, order_s=1.0)
    await sandbox.settle()
    assert report.failed == {"order"}
    assert "may still be open" not in report.detail("order")
    assert states(sandbox) == ["cancel"]
    assert list(sandbox.exchange._engines["btcusd"].bids.levels()) == []


@pytest.mark.parametrize("stream", ["order", None])
async def test_no_event_tells_of_the_order(sandbox: Sandbox, stream: str | None) -> None:
    sandbox.faults.start("events_lost", member="bot", stream=stream)
    report = await tried(sandbox, order_s=0.5)
    assert report.failed == {"order"}
    assert "no event reported that order" in report.detail("order")
    assert "is open, only REST did; no event reported" in report.detail("order")
    assert "was cancelled, only REST did" in report.detail("order")
    assert "private stream loses events" in report.remedy("order")
    assert states(sandbox) == ["cancel"]


async def test_a_broker_that_is_lost_is_noticed(sandbox: Sandbox) -> None:
    sandbox.faults.start("broker_lost")
    report = await tried(sandbox, order_s=0.5)
    assert "no event reported that order" in report.detail("order")
    assert states(sandbox) == ["cancel"]


async def test_the_order_cannot_be_cancelled(sandbox: Sandbox) -> None:
    sandbox.faults.start("server_error", path="/market/orders/*/cancel", status=503)
    report = await tried(sandbox, order_s=0.5)
    assert "could not be cancelled" in report.detail("order")
    assert "may still be open" in report.detail("order")
    assert report.remedy("order") == "Look at your open orders at the exchange and cancel it there."
    assert states(sandbox) == ["wait"]


async def test_a_cancel_that_fails_once_is_repeated(sandbox: Sandbox) -> None:
    sandbox.faults.start("server_error", path="/market/orders/*/cancel", status=503, count=1)
    report = await tried(sandbox)
    assert "could not be cancelled" in report.detail("order")
    assert "may still be open" not in report.detail("order")
    assert states(sandbox) == ["cancel"]


async def test_a_cancel_without_effect(sandbox: Sandbox) -> None:
    async def stop_processor() -> None:
        await eventually(lambda: states(sandbox) == ["wait"], "the order waits")
        sandbox.exchange.order_processor.pause()

    sandbox.faults.start("latency", path="/market/orders/*/cancel", delay_s=0.3, before=True)
    async with meanwhile(stop_processor):
        report = await tried(sandbox, order_s=1.0)
    assert "is still open 1 s after its cancel" in report.detail("order")
    assert "may still be open" in report.detail("order")
    sandbox.exchange.order_processor.resume()
    await sandbox.settle()
    assert states(sandbox) == ["cancel"]


async def on_the_second_post(sandbox: Sandbox, fault: str, **parameters: Any) -> None:
    """A fault that lets the permission check's impossible order pass and strikes the trial's."""

    def posts() -> int:
        return sum(count for (method, _), count in sandbox.request_counts.items() if method == "POST")

    earlier = posts()
    # In every turn of the loop: the second post follows the first one's answer at once.
    await eventually(lambda: posts() > earlier, "a post", pause_s=0)
    sandbox.faults.start(fault, method="POST", path="/market/orders", count=1, **parameters)


@pytest.mark.parametrize("fault", ["answer_lost", "answer_stalled", "server_error_after"])
async def test_an_order_without_an_answer_is_found_and_cancelled(sandbox: Sandbox, fault: str) -> None:
    async with meanwhile(lambda: on_the_second_post(sandbox, fault)):
        report = await tried(sandbox)
    assert report.failed == {"order"}
    assert report.detail("order").endswith("the order was placed nevertheless")
    assert states(sandbox) == ["cancel"]


async def test_an_order_that_does_not_turn_up_is_told_of(sandbox: Sandbox) -> None:
    async with meanwhile(lambda: on_the_second_post(sandbox, "request_lost")):
        report = await tried(sandbox, order_s=0.5)
    assert "no such order was found" in report.detail("order")
    assert "may still appear at the exchange" in report.detail("order")
    assert states(sandbox) == []


async def test_an_earlier_order_like_it_is_not_touched(sandbox: Sandbox) -> None:
    await quote(sandbox)
    async with person(sandbox, "bot") as owner:
        await owner.place("btcusd", "buy", "0.0001", "14995")
    await sandbox.settle()
    async with meanwhile(lambda: on_the_second_post(sandbox, "answer_lost")):
        report = await tried(sandbox)
    assert report.detail("order").endswith("the order was placed nevertheless")
    assert states(sandbox) == ["wait", "cancel"]


async def test_an_order_that_somebody_takes_is_told_of(sandbox: Sandbox) -> None:
    async def take() -> None:
        await eventually(lambda: states(sandbox) == ["wait"], "the order waits")
        async with person(sandbox, "taker") as taker:
            await taker.place("btcusd", "sell", "0.0001", str(sandbox.orders("bot")[0].price))

    sandbox.faults.start("latency", path="/market/orders/*/cancel", delay_s=0.6, before=True)
    async with meanwhile(take):
        report = await tried(sandbox)
    assert "was filled: 0.0001" in report.detail("order")
    assert states(sandbox) == ["done"]


async def test_an_examination_that_is_broken_off_cancels_its_order(sandbox: Sandbox) -> None:
    sandbox.faults.start("events_lost", member="bot")
    task = asyncio.create_task(tried(sandbox))
    await eventually(lambda: states(sandbox) == ["wait"], "the order waits")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await sandbox.settle()
    assert states(sandbox) == ["cancel"]


# The plan.


def market(min_price: str = "0.01", max_price: str | None = None, min_amount: str = "0.0001") -> Instrument:
    return Instrument(
        "btcusd", "btc", "usd", 6, 2, D(min_amount), D(min_price), D(max_price) if max_price else None, True
    )


def test_limits_that_leave_no_room() -> None:
    prices = Prices(bid=D(29990), ask=D(30010), last=None)
    assert buy_plan(market(min_price="29000"), prices) is None
    assert sell_plan(market(max_price="31000"), prices) is None
    assert sell_plan(market(), Prices(None, None, None)) is None


def test_the_smallest_amount_is_never_nothing() -> None:
    plan = buy_plan(market(min_amount="0"), Prices(None, None, None))
    assert plan is not None
    assert (plan.amount, plan.price) == (D("0.000001"), D("0.01"))


def test_what_can_be_paid_for_is_chosen() -> None:
    prices = Prices(D(100), D(101), None)
    plans = [plan for plan in (buy_plan(market(), prices), sell_plan(market(), prices)) if plan]
    bought = affordable(plans, {"usd": D(1), "btc": D(1)})
    sold = affordable(plans, {"usd": D("0.001"), "btc": D(1)})
    assert (bought, sold) == (plans[0], plans[1])
    assert affordable(plans, {}) is None
    assert costs(plans) == "0.005 usd or 0.0001 btc"


amounts = st.decimals("0.01", "1000000", places=2)


@given(bid=st.none() | amounts, spread=st.none() | amounts, last=st.none() | amounts, low=amounts, room=amounts)
def test_a_plan_keeps_to_the_rules_and_away_from_the_market(
    bid: Decimal | None, spread: Decimal | None, last: Decimal | None, low: Decimal, room: Decimal
) -> None:
    ask = None if spread is None else (bid or D(0)) + spread
    rules = Instrument("btcusd", "btc", "usd", 6, 2, D("0.0001"), low, low + room, True)
    for plan in (buy_plan(rules, Prices(bid, ask, last)), sell_plan(rules, Prices(bid, ask, last))):
        if plan is None:
            continue
        assert plan.price % rules.price_increment == 0
        assert low <= plan.price <= low + room
        if plan.is_buy and ask is not None:
            assert plan.price < ask
        if not plan.is_buy and bid is not None:
            assert plan.price > bid


@pytest.mark.parametrize("name", ["BTC-USDT_ERC20", "btc-usdt_erc20", "btcusdt_erc20", "m17", "M17"])
def test_a_market_is_asked_for_by_its_symbol_or_by_hummingbots_pair(name: str) -> None:
    asked = replace(market(), symbol="m17", base="btc", quote="usdt-erc20")
    assert is_called(asked, name)
    assert not is_called(market(), name)
