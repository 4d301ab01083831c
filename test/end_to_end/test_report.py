"""`hummingbot-peatio report` on what real bots traded, beside the sandbox's own ledger."""

import csv
import io
import json
import os
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import FaultKind, Sandbox, SandboxConfig
from test.end_to_end.support import Bot, person
from test.end_to_end.venue import Trader, Venue, insider, usual_venue
from test.patience import eventually
from test.peatio_cli.forked import forked

BUY, SELL = TradeType.BUY, TradeType.SELL
D = Decimal
PAIRS = ("BTC-USD", "DOGE-BTC")


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    (tmp_path / "instance" / "conf" / "connectors").mkdir(parents=True)
    return tmp_path / "instance"


@pytest.fixture
def venue(sandbox: Sandbox, instance: Path) -> Venue:
    """The bots' journal lies in an instance."""
    return usual_venue(sandbox, instance / "data")


async def report(
    instance: Path, *options: str, keys: Any = None, url: str = "", variables: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """Exit code, output and errors of the command."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PEATIO_", "HBOT_"))}
    environment |= {"PEATIO_URL": url} if url else {}
    environment |= variables or {}
    if keys is not None:
        environment |= {"PEATIO_API_KEY": keys.api_key, "PEATIO_SECRET": keys.secret}
    code, output, errors = await forked(["report", str(instance), *options], environment)
    assert "Traceback" not in errors, errors
    return code, output, errors


async def trade(bot: Bot, sandbox: Sandbox, taker: Trader) -> None:
    """Both sides, as maker, in two markets, with a partial fill and a trade with itself."""
    before = len(sandbox.fills("bot"))
    sell = bot.place("BTC-USD", SELL, "0.1", "30000.5")
    buy = bot.place("BTC-USD", BUY, "0.07", "29000.25")
    cheap = bot.place("DOGE-BTC", BUY, "1000", "0.00000745")
    for order_id in (sell, buy, cheap):
        await bot.live(order_id)
    await taker.place("btcusd", "buy", "0.03", "30000.5")
    await taker.place("btcusd", "sell", "0.07", "29000.25")
    await taker.place("dogebtc", "sell", "1000", "0.00000745")
    await bot.event(MarketEvent.BuyOrderCompleted, cheap)
    await bot.event(MarketEvent.BuyOrderCompleted, buy)
    own = bot.place("BTC-USD", BUY, "0.02", "30000.5")
    await bot.event(MarketEvent.BuyOrderCompleted, own)
    await eventually(lambda: len(bot.of(MarketEvent.OrderFilled)) >= 5, "both sides of the trade with itself")
    await eventually(lambda: len(sandbox.fills("bot")) == before + 5, "five fills")


def funds(sandbox: Sandbox) -> dict[str, Decimal]:
    return {name: free + locked for name, (free, locked) in sandbox.balances("bot").items()}


def changes(document: Mapping[str, Any]) -> dict[str, Decimal]:
    """By how much each currency changed by the report's figures."""
    found: dict[str, Decimal] = {}
    for market in document["markets"]:
        parts = {market["base"]: [market["bought"], f"-{market['sold']}"]}
        parts.setdefault(market["quote"], []).extend([market["earned"], f"-{market['spent']}"])
        for currency, fee in market["fees_charged"].items():
            parts[currency].append(f"-{fee}")
        for currency, amounts in parts.items():
            found[currency] = sum(map(D, amounts), found.get(currency, D(0)))
    return found


async def test_the_report_is_what_the_ledger_says_after_two_strategies_and_a_restart(
    sandbox: Sandbox, venue: Venue, taker: Trader, instance: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = ConnectorSettings(refuse_self_trades=False)
    before = funds(sandbox)
    for strategy in ("one", "two"):
        database = instance / f"{strategy}.sqlite"
        async with venue.running_bot(PAIRS, settings=settings, database=database) as bot:
            await trade(bot, sandbox, taker)
    cut = [text for text in caplog.messages if "becomes 0.000007 in Hummingbot's database" in text]
    assert [text.partition(":")[0] for text in cut] == ["DOGE-BTC"] * 2, "once a run, and of no other pair"
    await taker.place("btcusd", "buy", "1", "29500.25")
    await taker.place("btcusd", "sell", "1", "29900.75")
    await sandbox.settle()

    code, output, _ = await report(
        instance, "--json", "--verify", "--currency", "usd", keys=sandbox.members["bot"], url=sandbox.url
    )
    document = json.loads(output)
    assert document["verification"]["differences"] == []
    assert document["verification"]["not_verified"] == []
    assert document["verification"]["compared"] == len(sandbox.fills("bot")) == 10
    assert document["verification"]["remarks"] == [], "the fees of both sides of a trade with oneself are compared"
    assert code == 0
    with closing(sqlite3.connect(instance / "data" / JOURNAL_NAME)) as journal, journal:
        journal.execute("UPDATE fill_history SET fee = fee || '1' WHERE trade_id = '4'")  # that trade
    _, output, _ = await report(instance, "--verify", keys=sandbox.members["bot"], url=sandbox.url)
    assert len(re.findall(r"trade 4: fee \S+1 in the history", output)) == 2
    with closing(sqlite3.connect(instance / "data" / JOURNAL_NAME)) as journal, journal:
        journal.execute("UPDATE fill_history SET fee = substr(fee, 1, length(fee) - 1) WHERE trade_id = '4'")
        (lost,) = journal.execute("SELECT max(id) FROM fill_history WHERE trade_id = '4'").fetchone()
        journal.execute("DELETE FROM fill_history WHERE id = ?", (lost,))
        journal.commit()
        code, output, _ = await report(instance, "--verify", keys=sandbox.members["bot"], url=sandbox.url)
        assert "trade 4: buy of 0.02 at 30000.5 on btcusd is not in the history" in output, "the side not listed"
        assert code == 1

    bitcoin, doge = sorted(document["markets"], key=lambda market: str(market["market"]))
    assert [bitcoin["trades"], bitcoin["buys"], bitcoin["sells"]] == [8, 4, 4]
    ledger = [fill for fill in sandbox.fills("bot") if fill.market == "btcusd"]
    assert D(bitcoin["quote_volume"]) == sum(fill.total for fill in ledger)
    assert D(bitcoin["fees_charged"]["USD"]) == sum(f.fee_amount for f in ledger if f.fee_currency == "usd")
    moved = {name.upper(): funds(sandbox)[name] - before[name] for name in before}
    assert changes(document) == {name: moved[name] for name in ("BTC", "DOGE", "USD")}

    mid = D("29700.5")
    assert D(bitcoin["mid_price"]) == mid
    change, opening = D(bitcoin["net_change"]), D(bitcoin["opening"])
    cash = D(bitcoin["earned"]) - D(bitcoin["spent"]) - D(bitcoin["fees_charged"]["USD"])
    first = D(bitcoin["opening_price"])
    assert first == D("30000.5")
    assert D(bitcoin["net"]) == cash + change * mid + opening * (mid - first)
    assert D(bitcoin["realised"]) + D(bitcoin["unrealised"]) - D(bitcoin["fees"]) == D(bitcoin["net"])
    assert D(doge["quote_volume"]) == 2 * 1000 * D("0.00000745"), "no digit is cut off"
    assert doge["net"] is None, "nobody offers or asks for DOGE"
    assert any("DOGE-BTC: a side of its book is empty" in remark for remark in document["remarks"])
    assert document["totals"]["net"]["value"] is None
    assert D(document["totals"]["net"]["known"]) == D(bitcoin["net"])


async def test_what_hummingbots_database_cannot_store_is_in_the_report(
    sandbox: Sandbox, venue: Venue, taker: Trader, instance: Path, caplog: pytest.LogCaptureFixture
) -> None:
    amount, price = D(9_400_000_000_000), D("0.00000745")
    sandbox.exchange.ledger.deposit(sandbox.exchange.members["bot"].uid, "doge", amount)
    sandbox.exchange.ledger.deposit(sandbox.exchange.members["taker"].uid, "btc", amount * price)
    async with venue.running_bot(("DOGE-BTC",), database=instance / "conf_a.sqlite") as bot:
        order_id = bot.place("DOGE-BTC", SELL, str(amount), str(price))
        await bot.live(order_id)
        await taker.place("dogebtc", "buy", str(amount), str(price))
        await bot.event(MarketEvent.SellOrderCompleted, order_id)
    warned = [text for text in caplog.messages if "an amount of 9400000000000 cannot be stored" in text]
    assert len(warned) == 1
    with closing(sqlite3.connect(instance / "conf_a.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM TradeFill").fetchone() == (0,)
    _, output, _ = await report(instance, "--json", "--verify", keys=sandbox.members["bot"], url=sandbox.url)
    (market,) = json.loads(output)["markets"]
    assert [D(market["sold"]), D(market["earned"])] == [amount, amount * price]
    assert json.loads(output)["verification"]["agrees"]


async def test_a_difference_is_named_and_ends_with_an_error(
    sandbox: Sandbox, venue: Venue, taker: Trader, instance: Path
) -> None:
    async with venue.running_bot() as bot:
        for price in ("30000.5", "30001", "30002"):
            order_id = bot.place("BTC-USD", SELL, "0.1", price)
            await bot.live(order_id)
            await taker.place("btcusd", "buy", "0.1", price)
            await bot.event(MarketEvent.SellOrderCompleted, order_id)
        async with venue.trader("bot") as hand:
            await hand.place("btcusd", "sell", "0.01", "31000")
        await taker.place("btcusd", "buy", "0.01", "31000")
        await eventually(lambda: len(sandbox.fills("bot")) == 4, "a trade by hand")
    first, second, third = (str(fill.order_id) for fill in sandbox.fills("bot")[:3])
    with closing(sqlite3.connect(instance / "data" / JOURNAL_NAME)) as database, database:
        database.execute("UPDATE fill_history SET fee = '3.0001' WHERE exchange_order_id = ?", (first,))
        database.execute("DELETE FROM fill_history WHERE exchange_order_id = ?", (second,))
        database.execute("UPDATE fill_history SET trade_id = '77777' WHERE exchange_order_id = ?", (third,))
    code, output, _ = await report(instance, "--verify", keys=sandbox.members["bot"], url=sandbox.url)
    assert code == 1
    assert f"order {first}, trade 1: fee 3.0001 in the history, 3.00005 at the exchange" in output
    assert f"order {second}, trade 2: sell of 0.1 at 30001 on btcusd is not in the history" in output
    assert f"order {third}, trade 77777: the exchange has no such trade" in output
    assert f"order {third}, trade 3: sell of 0.1 at 30002 on btcusd is not in the history" in output
    assert "4 difference(s)" in output
    assert "did not place, not compared: 1 on btcusd" in output

    code, output, _ = await report(instance, "--verify", keys=sandbox.members["maker"], url=sandbox.url)
    assert code == 1
    assert "the key at hand is not known to be of the account of these fills" in output

    with closing(sqlite3.connect(instance / "data" / JOURNAL_NAME)) as database, database:
        database.execute("DELETE FROM fill_history")
    code, output, _ = await report(instance, "--verify", keys=sandbox.members["bot"], url=sandbox.url)
    assert code == 1, "a history that lost every fill does not agree"
    assert output.count("is not in the history") == 3


async def test_trades_of_an_engine_that_names_orders_by_uuid_are_found(instance: Path) -> None:
    """The history has the uuid of the create's answer, the exchange's list the number."""
    async with Sandbox(SandboxConfig(seed=11, dialect="openfinex")) as sandbox:
        venue = replace(usual_venue(sandbox, instance / "data"), trader=partial(insider, sandbox))
        async with venue.running_bot() as bot, venue.trader("taker") as taker:
            for price in ("30000.5", "30001"):
                order_id = bot.place("BTC-USD", SELL, "0.1", price)
                await bot.live(order_id)
                await taker.place("btcusd", "buy", "0.1", price)
                await bot.event(MarketEvent.SellOrderCompleted, order_id)
        keys = sandbox.members["bot"]
        code, output, _ = await report(instance, "--verify", keys=keys, url=sandbox.url)
        assert "Verification: 2 fill(s) compared; the exchange's own trades agree to the last digit." in output
        assert "did not place" not in output
        assert code == 0
        with closing(sqlite3.connect(instance / "data" / JOURNAL_NAME)) as database, database:
            database.execute("DELETE FROM fill_history WHERE trade_id = '2'")
        code, output, _ = await report(instance, "--verify", keys=keys, url=sandbox.url)
        assert "trade 2: sell of 0.1 at 30001 on btcusd is not in the history" in output
        assert code == 1


async def test_a_price_that_the_exchange_lacks_is_that_of_the_rate_source(
    sandbox: Sandbox, taker: Trader, instance: Path
) -> None:
    """Which is asked only then. An exchange that has a name is called by it, though plain `peatio` has its address."""
    async with Sandbox(SandboxConfig(seed=12, tickers_cached_s=0.0)) as other:
        venue = usual_venue(other, instance / "data")
        async with venue.running_bot(("DOGE-BTC",)) as bot, venue.trader("taker") as there:
            order_id = bot.place("DOGE-BTC", SELL, "1000", "0.00000745")
            await bot.live(order_id)
            await there.place("dogebtc", "buy", "1000", "0.00000745")
            await bot.event(MarketEvent.SellOrderCompleted, order_id)
        await taker.place("btcusd", "sell", "0.1", "30000")
        async with person(sandbox, "maker") as maker:
            await maker.place("btcusd", "buy", "0.1", "30000")
        await sandbox.settle()
        (instance / "conf" / "peatio.yml").write_text(
            f"rates: peatio_b\nexchanges:\n  a:\n    domain: {other.url}\n  b:\n    domain: {sandbox.url}\n"
        )
        _, output, _ = await report(instance, "--json", "--currency", "USD", url=other.url)
        document = json.loads(output)
        assert [market["exchange"] for market in document["markets"]] == ["peatio_a"]
        assert D(document["totals"]["quote_volume"]["value"]) == D("0.00745") * 30000
        asked = sum(sandbox.request_counts.values())
        _, output, _ = await report(instance, "--json", url=other.url)
        assert D(json.loads(output)["totals"]["quote_volume"]["value"]) == D("0.00745")
        assert sum(sandbox.request_counts.values()) == asked

        # It has an order of this instance now, and no fill: its prices were not fetched for a market.
        async with usual_venue(sandbox, instance / "data").running_bot() as bot:
            await bot.live(bot.place("BTC-USD", BUY, "0.1", "20000"))
        _, output, _ = await report(instance, "--json", "--currency", "USD", url=other.url)
        assert D(json.loads(output)["totals"]["quote_volume"]["value"]) == D("0.00745") * 30000


async def test_of_two_connectors_at_one_exchange_the_one_with_the_accounts_key_verifies(
    sandbox: Sandbox, venue: Venue, taker: Trader, instance: Path
) -> None:
    async with venue.running_bot() as bot:
        order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
        await bot.live(order_id)
        await taker.place("btcusd", "buy", "0.1", "30000")
        await bot.event(MarketEvent.SellOrderCompleted, order_id)
    (instance / "conf" / "peatio.yml").write_text(
        f"exchanges:\n  a:\n    domain: {sandbox.url}\n  b:\n    domain: {sandbox.url}\n"
    )
    variables = {
        f"PEATIO_{name}_{end}": key
        for name, member in (("A", sandbox.members["maker"]), ("B", sandbox.members["bot"]))
        for end, key in (("API_KEY", member.api_key), ("SECRET", member.secret))
    }
    code, output, _ = await report(instance, "--verify", variables=variables)
    assert "Verification: 1 fill(s) compared; the exchange's own trades agree to the last digit." in output
    assert code == 0


async def test_a_new_key_of_the_same_member_verifies_what_the_old_one_traded(
    sandbox: Sandbox, venue: Venue, taker: Trader, instance: Path
) -> None:
    async with venue.running_bot() as bot:
        order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
        await bot.live(order_id)
        await taker.place("btcusd", "buy", "0.1", "30000")
        await bot.event(MarketEvent.SellOrderCompleted, order_id)
    outage = sandbox.faults.start(FaultKind.SERVER_ERROR, status=503, html=True)
    code, output, _ = await report(instance, url=sandbox.url)
    assert code == 0
    assert "no prices: " in output
    assert "503" in output
    sandbox.faults.stop(outage)
    code, output, _ = await report(instance, "--verify", keys=sandbox.add_key("bot"), url=sandbox.url)
    assert code == 0
    assert "Verification: 1 fill(s) compared; the exchange's own trades agree to the last digit." in output


async def test_without_an_exchange_or_keys_what_is_missing_is_said(
    sandbox: Sandbox, venue: Venue, taker: Trader, instance: Path
) -> None:
    async with venue.running_bot() as bot:
        order_id = bot.place("BTC-USD", BUY, "0.1", "30000")
        await bot.live(order_id)
        await taker.place("btcusd", "sell", "0.1", "30000")
        await bot.event(MarketEvent.BuyOrderCompleted, order_id)
    code, output, errors = await report(instance, "--csv", "--verify", "--from", "2026-01-01")
    market, total = csv.DictReader(io.StringIO(output))
    assert [market["bought"], market["spent"], market["fees_charged"]] == ["0.1", "3000", "0.0001 BTC"]
    assert [market["mid_price"], market["unrealised"], market["net"], total["net"]] == [""] * 4
    assert total["realised"] == "0"
    assert "no exchange of this instance is at http://127.0.0.1" in errors
    assert "Verification: 0 fill(s) compared; not everything could be verified" in errors
    assert code == 1
    code, output, errors = await report(instance, "--verify", "--to", "2026-01-01", url=sandbox.url)
    assert (code, errors) == (0, "")
    assert "no fills here in this period; there is no API key" in output
    assert "there are no fills from the beginning of the history to 2026-01-02 00:00:00 UTC" in output
