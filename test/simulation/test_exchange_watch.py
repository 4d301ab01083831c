"""`simulation.monitors.exchange_watch`: what it takes from the exchange's events."""

from types import SimpleNamespace
from typing import Any

from aiohttp import web

from peatio_sandbox import FaultKind, Sandbox
from simulation.monitors.exchange_watch import ExchangeWatch
from simulation.monitors.published_books import key_of

ASK, BID = ("asks", 101.0, 1.0), ("bids", 99.0, 2.0)
WHOLE = {"asks": [["101.0", "1.0"]], "bids": [["99.0", "2.0"]]}


def test_increments_change_the_book_that_the_engine_published() -> None:
    watch = ExchangeWatch(lambda: 10.0)
    watch.publish("public.btcusd.ob-snap", {**WHOLE, "sequence": 1})
    watch.publish("public.btcusd.ob-inc", {"bids": ["99.0", ""], "sequence": 2})
    assert watch.books["btcusd"].superseded_at_s(key_of([ASK])) == float("inf")


def test_where_whole_books_are_published_they_count_and_the_engines_do_not() -> None:
    """The database that they come from may lag behind the engine."""
    watch = ExchangeWatch(lambda: 10.0)
    watch.publish("public.btcusd.ob-snap", {"asks": [], "bids": [["98.0", "1.0"]], "sequence": 1})
    watch.publish("public.btcusd.update", WHOLE)
    watch.publish("public.btcusd.ob-inc", {"bids": ["99.0", ""], "sequence": 2})
    book = watch.books["btcusd"]
    assert book.superseded_at_s(key_of([ASK, BID])) == float("inf")
    assert book.superseded_at_s(key_of([ASK])) is None
    assert book.superseded_at_s(key_of([("bids", 98.0, 1.0)])) is None


def test_of_two_engines_it_knows_what_the_websocket_server_makes_of_their_messages() -> None:
    """Ranger misses what the second one opens with, and stores its first change behind that of the first."""
    watch = ExchangeWatch(lambda: 10.0)
    sandbox = Sandbox(extra_sinks=(watch,))
    watch.attach(sandbox)
    sandbox.exchange.start_engines()
    sandbox.exchange.publish("public.btcusd.ob-snap", {"asks": [["101.0", "1.0"]], "bids": [], "sequence": 1})
    lost = sandbox.faults.start(FaultKind.BROKER_LOST)
    sandbox.exchange.restart_engines()
    sandbox.exchange.publish("public.btcusd.ob-snap", {**WHOLE, "sequence": 1})
    sandbox.faults.stop(lost)
    sandbox.exchange.publish("public.btcusd.ob-inc", {"asks": ["102.0", "3.0"], "sequence": 2})

    change, stored = ("asks", 102.0, 3.0), watch.stored_books["btcusd"]
    assert watch.books["btcusd"].superseded_at_s(key_of([ASK, BID, change])) == float("inf")
    assert stored.superseded_at_s(key_of([ASK, change])) == float("inf")
    assert watch.books["btcusd"].superseded_at_s(key_of([ASK, change])) is None
    sandbox.ranger.restart()
    assert stored.superseded_at_s(key_of([ASK, change])) == 10.0


def test_where_nothing_was_missed_nothing_is_mixed() -> None:
    watch = ExchangeWatch(lambda: 10.0)
    sandbox = Sandbox(extra_sinks=(watch,))
    watch.attach(sandbox)
    sandbox.exchange.start_engines()
    sandbox.exchange.restart_engines()
    sandbox.exchange.publish("public.btcusd.ob-snap", {**WHOLE, "sequence": 1})
    sandbox.exchange.publish("public.btcusd.ob-inc", {"bids": ["99.0", ""], "sequence": 2})
    assert watch.books["btcusd"].superseded_at_s(key_of([ASK])) == float("inf")
    assert watch.stored_books["btcusd"].superseded_at_s(key_of([ASK])) is None


async def test_balances_are_read_once_they_have_arrived_and_not_when_they_were_answered() -> None:
    """Seed 150270: on a bad line the answer took three seconds, and the bot was blamed for not knowing it."""
    now_s = 1.0
    watch = ExchangeWatch(lambda: now_s, lambda _host: "bot")

    class Connection:
        def get_extra_info(self, _name: str) -> tuple[str, int]:
            return "bot.1", 1

    request: Any = SimpleNamespace(
        transport=Connection(), path="/api/v2/peatio/account/balances", method="GET", query={}
    )

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response()

    await watch.middleware(request, answer)
    now_s = 4.0
    assert watch.balances_read_at_s("bot", 4.0) == float("-inf")
    watch.on_balances_arrived("bot", 2.0)
    assert watch.balances_read_at_s("bot", 4.0) == float("-inf"), "it asked for others"
    watch.on_balances_arrived("bot", 0.9)
    assert watch.balances_read_at_s("bot", 3.9) == float("-inf")
    assert watch.balances_read_at_s("bot", 4.0) == 1.0
