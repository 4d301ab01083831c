"""A pegged coin on the exchange: trades are settled with the tracker, and cycles resize open orders."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import Any

import pytest

from peatio_sandbox import OrderRecord, SandboxConfig
from peatio_sandbox.exchange.market import Side
from peatio_sandbox.exchange.order_request import OrderRefusedError
from peatio_sandbox.exchange.resize import Telling
from peatio_sandbox.peg.balances import Style
from peatio_sandbox.peg.coin import FIRST_COINS, PeggedCoin, with_pegged_coin
from peatio_sandbox.peg.columns import COIN, level_of, liquid_of, minted
from peatio_sandbox.peg.market import FEES, PeggedMarket
from test.peatio_sandbox.support import Clockwork

D = Decimal
CYCLE_S = 5.0


class PeggedWorks(Clockwork):
    """An exchange with a pegged coin, by hand."""

    def __init__(self, telling: Telling = Telling.ORIGIN) -> None:
        coin = PeggedCoin(telling=telling)
        super().__init__(with_pegged_coin(SandboxConfig(), coin))
        self.pegged = PeggedMarket(self.exchange, coin, self.scheduler, seed=1)

    def cycle(self, peg: int) -> None:
        """Run a cycle to its end and let everything happen that follows."""
        self.pegged.begin_cycle(peg)
        self.scheduler.advance(CYCLE_S)
        self.run()

    def money(self, member: str, currency: str) -> tuple[Decimal, Decimal]:
        return self.exchange.ledger.holdings(self.exchange.members[member].uid)[currency]

    def check_ledger(self) -> None:
        """What the ledger holds is what the tracker has, to the satoshi."""
        for member in self.exchange.members.values():
            balance: Any = self.pegged.tracker.balance(member.uid)
            for currency, style in (("bay", "liquid"), ("bayr", "reserve")):
                free, locked = self.exchange.ledger.holdings(member.uid)[currency]
                assert (free + locked) * COIN == balance[style], (member.name, currency)

    def book(self, market: str) -> list[tuple[Decimal, Decimal]]:
        return list(self.exchange._engines[market].asks.levels())


@pytest.fixture
def works() -> PeggedWorks:
    return PeggedWorks()


def all_of(works: PeggedWorks, part: str) -> Decimal:
    """A part of the maker's liquid coins, in the market's steps."""
    return (works.money("maker", "bay")[0] * D(part)).quantize(D("0.001"), rounding=ROUND_DOWN)


def shown(order: OrderRecord) -> tuple[str, Decimal, Decimal]:
    return order.state, order.origin_volume, order.remaining_volume


def test_members_hold_what_the_tracker_says(works: PeggedWorks) -> None:
    new = minted(FIRST_COINS * COIN)
    assert works.money("bot", "bay")[0] * COIN == liquid_of(new, level_of(51))
    works.check_ledger()


def test_trades_and_their_fees_are_settled_with_the_tracker(works: PeggedWorks) -> None:
    works.placed("maker", "sell", "100", "1.2", market="bayusd")
    works.placed("taker", "buy", "40.5", "1.2", market="bayusd")
    works.check_ledger()
    works.placed("maker", "sell", "10", "2.5", market="baybayr")
    works.placed("taker", "buy", "10", "2.5", market="baybayr")
    works.check_ledger()
    fees: Any = works.pegged.tracker.balance(FEES)
    assert fees["liquid"] == int((D("40.5") + 10) * D("0.002") * COIN)
    assert fees["reserve"] == int(D("25") * D("0.001") * COIN)


def test_free_coins_absorb_a_cycle(works: PeggedWorks) -> None:
    order = works.placed("maker", "sell", str(all_of(works, "0.5")), "1.2", market="bayusd")
    before = shown(order)
    works.kinds()
    works.cycle(56)
    assert shown(order) == before
    assert works.kinds() == []
    works.check_ledger()


def test_orders_shrink_with_the_balance_and_grow_back(works: PeggedWorks) -> None:
    volumes = [all_of(works, part) for part in ("0.2", "0.4", "0.4")]
    orders = [works.placed("maker", "sell", str(volume), "1.2", market="bayusd") for volume in volumes]
    works.cycle(150)
    free, locked = works.money("maker", "bay")
    assert 0 <= free < D("0.003")
    assert locked == sum(order.remaining_volume for order in orders)
    for order, volume in zip(orders, volumes, strict=True):
        assert order.origin_volume == order.remaining_volume < volume
        assert abs(order.remaining_volume / volume - locked / sum(volumes)) < D("0.0001")
    assert works.book("bayusd") == [(D("1.2"), locked)]
    works.check_ledger()
    works.cycle(51)
    assert [order.remaining_volume for order in orders] == volumes
    assert works.book("bayusd") == [(D("1.2"), sum(volumes))]
    works.check_ledger()


def test_an_order_at_zero_leaves_the_book_and_stays_in_its_owners_list(works: PeggedWorks) -> None:
    order = works.placed("maker", "sell", str(all_of(works, "1") - D("0.001")), "1.2", market="bayusd")
    balance: Any = works.pegged.tracker.balance(order.member.uid)
    works.pegged.tracker.trade(order.member.uid, balance["liquid"], FEES, "liquid")
    works.cycle(51)
    assert shown(order) == ("wait", D(0), D(0))
    assert works.book("bayusd") == []


def test_what_was_filled_stays_filled(works: PeggedWorks) -> None:
    volume = all_of(works, "0.9")
    order = works.placed("maker", "sell", str(volume), "1.2", market="bayusd")
    works.placed("taker", "buy", "1000", "1.2", market="bayusd")
    works.cycle(200)
    assert order.executed_volume == 1000
    assert order.remaining_volume < volume - 1000
    rest = order.remaining_volume
    works.placed("taker", "buy", str(rest), "1.2", market="bayusd")
    assert shown(order) == ("done", rest + 1000, D(0))
    works.check_ledger()


@pytest.mark.parametrize(
    ("telling", "kinds"),
    [
        (Telling.ORIGIN, ["bayusd.ob-inc 3", "bayusd.ob-inc 4", "order wait"]),
        (Telling.REMAINING, ["bayusd.ob-inc 3", "bayusd.ob-inc 4", "order wait"]),
        (Telling.REPLACE, ["order pending", "bayusd.ob-inc 3", "order cancel", "bayusd.ob-inc 4", "order wait"]),
        (Telling.SILENT, ["bayusd.ob-inc 3", "bayusd.ob-inc 4"]),
    ],
)
def test_four_ways_of_telling(telling: Telling, kinds: list[str]) -> None:
    works = PeggedWorks(telling)
    volume = all_of(works, "1") - D("0.001")
    order = works.placed("maker", "sell", str(volume), "1.2", market="bayusd")
    works.kinds()
    works.cycle(100)
    events = works.kinds()
    assert sorted(events) == sorted(kinds)
    assert "trade" not in events
    waiting = [each for each in works.exchange.store.member_orders(order.member) if each.state == "wait"]
    (left,) = waiting
    assert left.remaining_volume < volume
    assert works.book("bayusd") == [(D("1.2"), left.remaining_volume)]
    match telling:
        case Telling.REMAINING:
            assert (left, left.origin_volume, left.trades) == (order, volume, [])
            assert left.executed_volume == volume - left.remaining_volume
        case Telling.REPLACE:
            assert order.state == "cancel"
            assert left.id != order.id
            assert left.executed_volume == 0
        case _:
            assert left is order
            assert left.executed_volume == 0
    works.check_ledger()
    works.cycle(51)
    (grown,) = [each for each in works.exchange.store.member_orders(order.member) if each.state == "wait"]
    assert grown.remaining_volume == volume
    works.check_ledger()


def test_creates_are_refused_while_it_is_busy_and_cancels_work(works: PeggedWorks) -> None:
    order = works.placed("maker", "sell", "100", "1.2", market="bayusd")
    works.pegged.begin_cycle(53)
    with pytest.raises(OrderRefusedError) as caught:
        works.submit("maker", "sell", "100", "1.3", market="bayusd")
    assert (caught.value.status, caught.value.code) == (503, "server.busy")
    works.placed("maker", "sell", "0.1", "40000")
    works.exchange.cancel(order)
    works.run()
    assert order.state == "cancel"
    works.scheduler.advance(CYCLE_S)
    works.run()
    works.placed("maker", "sell", "100", "1.3", market="bayusd")
    works.check_ledger()


def test_a_trade_in_the_middle_of_a_cycle_is_settled_once(works: PeggedWorks) -> None:
    sell = works.placed("maker", "sell", "100", "1.2", market="bayusd")
    buy = works.submit("taker", "buy", "100", "1.2", market="bayusd")
    works.pegged.begin_cycle(60)
    works.scheduler.advance(CYCLE_S)
    works.run()
    assert (sell.state, buy.state) == ("done", "done")
    works.check_ledger()


def test_ten_cycles_in_a_row_leave_the_sum_as_it_was(works: PeggedWorks) -> None:
    works.placed("maker", "sell", str(all_of(works, "0.8")), "1.2", market="bayusd")
    works.placed("maker", "buy", "1000", "2", market="baybayr")
    before: Any = works.pegged.tracker.balance("exchange")
    for peg in (60, 120, 300, 700, 1198, 900, 400, 52, 0, 51):
        works.cycle(peg)
        works.check_ledger()
    after: Any = works.pegged.tracker.balance("exchange")
    assert sum(after.values()) == sum(before.values())
    assert works.pegged.cycles == 10


def test_a_coin_cannot_take_a_code_that_there_is() -> None:
    with pytest.raises(ValueError, match="there is a currency 'btc' already"):
        with_pegged_coin(SandboxConfig(), PeggedCoin(code="btc"))


@pytest.mark.parametrize("telling", Telling)
def test_orders_that_a_cycle_made_smaller_are_described_until_they_end_or_grow_back(telling: Telling) -> None:
    works = PeggedWorks(telling)
    volume = all_of(works, "0.5")
    for price in ("1.2", "1.3"):
        works.placed("maker", "sell", str(volume), price, market="bayusd")
    assert works.pegged.described()["reduced"] == []
    works.cycle(100)
    state = works.pegged.described()
    waiting = works.exchange.store.member_orders(works.exchange.members["maker"])
    standing = {order.id: order for order in waiting if order.state == "wait"}
    assert {row["id"] for row in state["reduced"]} == set(standing)
    row = state["reduced"][0]
    assert (row["member"], row["market"], row["side"], row["price"]) == ("maker", "bayusd", "sell", "1.2")
    assert D(row["remaining_volume"]) == standing[row["id"]].remaining_volume < volume
    assert D(row["full_volume"]) == volume
    assert state["last_cycles"] == [{"cycle": 2, "peg": 100, "resized": 2}]
    works.exchange.cancel(standing[row["id"]])
    works.run()
    assert row["id"] not in {each["id"] for each in works.pegged.described()["reduced"]}
    works.cycle(51)
    assert works.pegged.described()["reduced"] == []


def test_the_next_cycle_of_the_clock_is_described() -> None:
    works = PeggedWorks()
    assert works.pegged.described()["next_cycle_in_s"] is None
    pegged = PeggedMarket(works.exchange, PeggedCoin(every_s=30.0), works.scheduler, seed=1)
    pegged.start()
    assert pegged.described()["next_cycle_in_s"] == 30
    works.scheduler.advance(28.0)
    assert pegged.described()["next_cycle_in_s"] == 2
    works.scheduler.advance(4.0)
    state = pegged.described()
    assert (state["next_cycle_in_s"], len(state["last_cycles"])) == (28, 1)


def test_a_match_that_waits_through_a_cycle_is_settled_at_what_the_order_has_left() -> None:
    """The maker's order becomes smaller than what the engine has matched: the trade fails, the rest stays orders."""
    works = PeggedWorks()
    volume = all_of(works, "1") - D("0.001")
    sell = works.placed("maker", "sell", str(volume), "1.2", market="bayusd")
    works.exchange.trade_executor.pause()
    buy = works.placed("taker", "buy", str(volume), "1.2", market="bayusd")
    works.cycle(200)
    works.exchange.trade_executor.resume()
    works.run()
    works.check_ledger()
    traded = sum(trade.amount for trade in sell.trades)
    assert [trade.amount for trade in buy.trades] == [trade.amount for trade in sell.trades]
    assert traded <= volume
    assert sell.executed_volume == buy.executed_volume == traded
    assert sell.state in ("done", "wait")


def test_a_cancel_that_is_on_its_way_when_a_cycle_ends_ends_the_order() -> None:
    works = PeggedWorks()
    volume = all_of(works, "1") - D("0.001")
    order = works.placed("maker", "sell", str(volume), "1.2", market="bayusd")
    works.pegged.begin_cycle(200)
    works.scheduler.advance(1.45)
    works.exchange.cancel(order)
    works.scheduler.advance(CYCLE_S)
    works.run()
    assert order.state == "cancel"
    assert works.money("maker", "bay")[1] == 0
    assert works.book("bayusd") == []
    works.check_ledger()


def test_an_order_that_is_pending_when_a_cycle_ends_is_taken_or_rejected_whole() -> None:
    works = PeggedWorks()
    volume = all_of(works, "1") - D("0.001")
    works.exchange.order_processor.pause()
    order = works.submit("maker", "sell", str(volume), "1.2", market="bayusd")
    works.cycle(200)
    works.exchange.order_processor.resume()
    works.run()
    assert order.state == "reject"
    assert works.money("maker", "bay")[1] == 0
    works.check_ledger()


def test_ten_cycles_at_once_are_one_after_the_other() -> None:
    works = PeggedWorks()
    works.placed("maker", "sell", str(all_of(works, "0.8")), "1.2", market="bayusd")
    works.pegged.begin_cycle(60)
    for peg in range(61, 70):
        with pytest.raises(ValueError, match="a cycle is under way"):
            works.pegged.begin_cycle(peg)
    works.scheduler.advance(CYCLE_S)
    works.run()
    assert (works.pegged.cycles, works.pegged.tracker.peg) == (1, 60)
    works.check_ledger()


def test_without_its_tracker_the_exchange_takes_no_orders_and_settles_no_trades(works: PeggedWorks) -> None:
    sell = works.placed("maker", "sell", "100", "1.2", market="bayusd")
    other = works.placed("maker", "sell", "50", "1.3", market="bayusd")
    buy = works.submit("taker", "buy", "100", "1.2", market="bayusd")
    works.pegged.set_reachable(False)
    works.run()
    with pytest.raises(OrderRefusedError) as caught:
        works.submit("maker", "sell", "100", "1.3", market="bayusd")
    assert (caught.value.status, caught.value.code) == (503, "server.busy")
    with pytest.raises(ValueError, match="the tracker cannot be reached"):
        works.pegged.begin_cycle(60)
    assert (sell.state, buy.state) == ("wait", "wait")
    works.exchange.cancel(other)
    works.pegged.set_reachable(True)
    works.run()
    assert (sell.state, buy.state, other.state) == ("done", "done", "cancel")
    works.check_ledger()
    works.cycle(60)
    works.check_ledger()


@pytest.mark.parametrize("lost_after_s", [0.5, 1.2])
def test_a_tracker_that_is_lost_in_the_middle_of_a_cycle(works: PeggedWorks, lost_after_s: float) -> None:
    """Its balances are read when it is back; until then nobody can place an order for coins that are gone."""
    order = works.placed("maker", "sell", str(all_of(works, "1") - D("0.001")), "1.2", market="bayusd")
    before = order.remaining_volume
    works.pegged.begin_cycle(200)
    works.scheduler.advance(lost_after_s)
    works.pegged.set_reachable(False)
    works.scheduler.advance(CYCLE_S)
    works.run()
    assert (works.pegged.cycles, order.remaining_volume) == (0, before)
    with pytest.raises(OrderRefusedError):
        works.submit("maker", "sell", "100", "1.3", market="bayusd")
    works.pegged.set_reachable(True)
    works.run()
    assert works.pegged.cycles == 1
    assert order.remaining_volume < before
    works.check_ledger()
    works.placed("maker", "buy", "100", "1.1", market="bayusd")


def test_the_clock_goes_on_when_the_tracker_is_back() -> None:
    works = PeggedWorks()
    pegged = PeggedMarket(works.exchange, PeggedCoin(every_s=30.0), works.scheduler, seed=1)
    pegged.start()
    pegged.set_reachable(False)
    works.scheduler.advance(65.0)
    assert pegged.cycles == 0
    pegged.set_reachable(True)
    works.scheduler.advance(30.0)
    assert pegged.cycles == 1


def test_what_a_better_price_has_saved_a_buy_stays_locked_and_breaks_no_cycle(works: PeggedWorks) -> None:
    reserve = works.money("maker", "bayr")[0]
    works.placed("taker", "sell", "1000", "2", market="baybayr")
    volume = (reserve / 3).quantize(D("0.001"), rounding=ROUND_DOWN)
    order = works.placed("maker", "buy", str(volume), "3", market="baybayr")
    assert order.executed_volume == 1000
    works.cycle(40)
    works.check_ledger()
    assert order.remaining_volume < volume - 1000


def leave(works: PeggedWorks, member: str, currency: str, coins: str) -> None:
    """Let the tracker hold so much more or less of a member's coins, as a cycle to another peg does."""
    uid = works.exchange.members[member].uid
    style: Style = "liquid" if currency == "bay" else "reserve"
    balance: Any = works.pegged.tracker.balance(uid)
    works.pegged.tracker.trade(uid, balance[style] - int(D(coins) * COIN), FEES, style)


@pytest.mark.parametrize("telling", Telling)
def test_a_cycle_that_leaves_less_than_better_prices_have_saved_a_buy(telling: Telling) -> None:
    """What they have saved is locked until the order's end, and no order needs it."""
    works = PeggedWorks(telling)
    works.placed("taker", "sell", "1000", "2", market="baybayr")
    order = works.placed("maker", "buy", "2000", "3", market="baybayr")
    assert (order.remaining_volume, order.locked, order.avg_price) == (D(1000), D(4000), D(2))
    leave(works, "maker", "bayr", "600")
    works.cycle(51)
    works.check_ledger()
    (standing,) = [each for each in works.exchange.store.member_orders(order.member) if each.state == "wait"]
    assert (standing.remaining_volume, standing.locked) == (D(200), D(600))
    assert works.money("maker", "bayr") == (D(0), D(600))
    assert telling is Telling.REMAINING or order.avg_price == 2
    leave(works, "maker", "bayr", "0")
    works.cycle(51)
    works.check_ledger()
    assert works.money("maker", "bayr") == (D(0), D(0))


def test_what_a_better_price_has_saved_a_buy_absorbs_a_cycle_first(works: PeggedWorks) -> None:
    works.placed("taker", "sell", "1000", "2", market="baybayr")
    order = works.placed("maker", "buy", "2000", "3", market="baybayr")
    leave(works, "maker", "bayr", "3200")
    works.cycle(51)
    works.check_ledger()
    assert (order.remaining_volume, order.locked, order.avg_price) == (D(1000), D(3200), D(2))
    assert works.money("maker", "bayr") == (D(0), D(3200))
    works.placed("taker", "sell", "1000", "2.5", market="baybayr")
    assert (order.state, order.locked) == ("done", D(200))
    assert works.money("maker", "bayr") == (D(200), D(0))
    works.check_ledger()


@pytest.mark.parametrize(("side", "currency"), [("sell", "bay"), ("buy", "bayr")])
def test_a_market_order_whose_trade_waits_while_a_cycle_takes_its_money(side: Side, currency: str) -> None:
    """It ends without a trade, and who stood in the book stands there again."""
    works = PeggedWorks()
    other = works.placed("taker", "buy" if side == "sell" else "sell", "1000", "2", market="baybayr")
    works.exchange.trade_executor.pause()
    kept = works.placed("maker", side, "100", None, market="baybayr")
    lost = works.placed("maker", side, "900", None, market="baybayr")
    leave(works, "maker", currency, "300")
    works.pegged.begin_cycle(51)
    works.scheduler.advance(CYCLE_S)
    works.run()
    works.check_ledger()
    assert (kept.state, kept.executed_volume) == ("done", D(100))
    assert (lost.state, lost.trades, works.money("maker", currency)[1]) == ("cancel", [], D(0))
    assert (other.state, other.remaining_volume) == ("wait", D(900))
    engine = works.exchange._engines["baybayr"]
    assert list((engine.bids if side == "sell" else engine.asks).levels()) == [(D(2), D(900))]
