"""The local server shows the exchange and the bot's own record."""

import asyncio
from pathlib import Path

import aiohttp
import pytest
from hummingbot.connector.exchange.peatio.settings.exchanges import load_named_exchanges

from peatio_cli.watch import server as server_module
from peatio_cli.watch.answer_shapes import shaped
from peatio_cli.watch.exchange_reader import ExchangeReader
from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.dialects.catalog import DIALECTS
from test.compatibility.columns import AUDIENCE, OperatorKey
from test.end_to_end.support import person
from test.end_to_end.venue import insider
from test.patience import eventually
from test.peatio_cli.guard_support import DeadBot
from test.peatio_cli.watch.support import (
    CONNECTOR,
    ask,
    make_instance,
    make_signed_instance,
    note_account,
    read_key,
    watching,
)


async def test_public_answers_are_the_exchanges_and_one_for_all_pages(
    sandbox: Sandbox, session: aiohttp.ClientSession, directory: Path
) -> None:
    async with watching(directory) as server:
        url = f"{server.url}/exchanges/x0/rest/public/markets"
        answers = await asyncio.gather(*(ask(session, url) for _ in range(20)))
        theirs = await ask(session, f"{sandbox.url}/api/v2/peatio/public/markets")
        assert all(answer == theirs for answer in answers)
        (reader,) = server._exchanges.values()
        assert reader.throttler.calls == 1


async def test_the_bots_record_is_shown_as_peatio_shows_orders(
    sandbox: Sandbox, session: aiohttp.ClientSession, directory: Path
) -> None:
    async with person(sandbox, "bot") as hand, watching(directory) as server:
        bot = DeadBot(sandbox, directory / "data", hand, CONNECTOR)
        order_id = await bot.placed("c1", "sell", "0.5", "40000")
        note_account(directory, bot.pulse.account, sandbox.url)
        url = f"{server.url}/views/v0/journal/rest/market/orders?market=btcusd&state[]=wait"

        async def has_it() -> bool:
            _, rows = await ask(session, url)
            return [row["id"] for row in rows] == [order_id]

        await eventually(has_it, "the order")
        _, (row,) = await ask(session, url)
        assert (row["side"], row["price"], row["remaining_volume"]) == ("sell", "40000", "0.5")
        assert (await ask(session, f"{server.url}/views/v0/journal/rest/market/orders?market=ethusd"))[1] == []
        assert (await ask(session, f"{server.url}/watch/bots"))[1][0]["activity"] == "running"
        bot.journal.close("c1")
        bot.journal.close_file()


async def test_the_account_is_read_with_the_key_and_its_stream_reports_fills(
    sandbox: Sandbox, session: aiohttp.ClientSession, directory: Path
) -> None:
    async with person(sandbox, "maker") as maker, person(sandbox, "bot") as hand:
        await maker.place("btcusd", "sell", "1", "30000")
        await sandbox.settle()
        async with watching(directory, keys=read_key(sandbox)) as server:
            status, rows = await ask(session, f"{server.url}/views/v0/account/rest/account/balances")
            assert status == 200
            assert {row["currency"] for row in rows} >= {"usd", "btc"}

            async def is_up() -> bool:
                (view,) = server._views.values()
                return view.account is not None and view.account.stream.is_up

            await eventually(is_up, "the private stream")
            async with session.ws_connect(f"{server.url}/views/v0/account/stream") as socket:
                assert "success" in await socket.receive_json()
                await hand.place("btcusd", "buy", "0.1", "30000")
                names = set()
                while "trade" not in names:
                    names |= set(await socket.receive_json(timeout=20))


@pytest.mark.parametrize("dialect", list(DIALECTS))
async def test_every_version_and_fork_is_read(
    session: aiohttp.ClientSession, tmp_path: Path, dialect: str
) -> None:
    async with Sandbox(SandboxConfig(seed=5, dialect=dialect)) as exchange:
        folder = make_instance(tmp_path / "my-bot", exchange)
        async with insider(exchange, "maker") as maker, insider(exchange, "bot") as hand:
            for person_, side, price in ((maker, "sell", "30000"), (hand, "buy", "30000"), (hand, "buy", "20000")):
                await person_.place("btcusd", side, "0.1", price)
        await exchange.settle()
        async with watching(folder, keys=read_key(exchange)) as server:
            rest = f"{server.url}/exchanges/x0/rest/public"
            public = ("markets", "markets/btcusd/trades", "markets/btcusd/k-line?period=1", "markets/btcusd/depth")
            for path in public:
                status, body = await ask(session, f"{rest}/{path}")
                assert status == 200, path
                assert body, path
                assert body == shaped(f"public/{path.partition('?')[0]}", body)
            for path, rows in (("account/balances", 2), ("market/trades", 1), ("market/orders?state[]=wait", 1)):
                status, body = await ask(session, f"{server.url}/views/v0/account/rest/{path}")
                assert status == 200, path
                assert len(body) >= rows, "none is left out"
            (view,) = server._views.values()
            await eventually(lambda: view.account is not None and view.account.stream.is_up, "the private stream")
            async with session.ws_connect(f"{server.url}/exchanges/x0/ranger") as socket:
                await socket.send_str('{"event":"subscribe","streams":["btcusd.trades"]}')
                assert "success" in await socket.receive_json(timeout=20)


@pytest.mark.parametrize("dialect", list(DIALECTS))
async def test_an_account_whose_login_is_signed_tokens_is_read_on_every_version_and_fork(
    session: aiohttp.ClientSession, tmp_path: Path, dialect: str
) -> None:
    """By GET, and its stream reports what becomes of its orders. No key is asked for but one that may only read."""
    key = OperatorKey(tmp_path)
    config = SandboxConfig(seed=5, dialect=dialect, operator_keys=(key.public,), jwt_audience=(AUDIENCE,))
    async with Sandbox(config) as exchange:
        folder = make_signed_instance(tmp_path / "my-bot", exchange, key)
        async with watching(folder, keys={}) as server:
            (view,) = server._views.values()
            assert view.account is not None
            assert view.account.key_source == "conf/peatio.yml"
            status, rows = await ask(session, f"{server.url}/views/v0/account/rest/account/balances")
            assert status == 200, rows
            assert {row["currency"] for row in rows} >= {"usd", "btc"}
            for path in ("market/trades", "market/orders?state[]=wait&state[]=pending"):
                assert (await ask(session, f"{server.url}/views/v0/account/rest/{path}"))[0] == 200, path
            await eventually(lambda: view.account is not None and view.account.stream.is_up, "the private stream")
            async with session.ws_connect(f"{server.url}/views/v0/account/stream") as socket:
                assert "success" in await socket.receive_json()
                async with insider(exchange, "bot") as hand:
                    await hand.place("btcusd", "buy", "0.1", "20000")
                assert set(await socket.receive_json(timeout=20)) == {"order"}


async def test_no_more_pages_than_a_few_have_a_connection_to_the_exchange(
    session: aiohttp.ClientSession, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "MOST_RELAYS", 2)
    async with watching(directory) as server:
        url = f"{server.url}/exchanges/x0/ranger"
        async with session.ws_connect(url) as first, session.ws_connect(url) as second:
            for socket in (first, second):
                assert "success" in await socket.receive_json()
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(url)
            assert refused.value.status == 503
        await eventually(lambda: server._relays == 0, "both have ended")
        async with session.ws_connect(url) as socket:
            assert "success" in await socket.receive_json()


async def test_the_share_of_the_request_limit_is_kept(sandbox: Sandbox, tmp_path: Path) -> None:
    """Of a limit of 40 requests in 60 s a tenth is 4; the fifth is answered here, not there."""
    folder = make_instance(tmp_path / "my-bot", sandbox)
    text = (folder / "conf" / "peatio.yml").read_text("utf-8")
    (folder / "conf" / "peatio.yml").write_text(f"{text}    requests: 40\n    interval_s: 60\n")
    venue = load_named_exchanges(folder / "conf")[0][CONNECTOR]
    reader = ExchangeReader(venue, share_pct=10)
    assert reader.throttler.budget("rest") == (4, 4)
    await asyncio.gather(*(reader.read("public/markets/btcusd/trades", [("limit", str(each))]) for each in range(1, 4)))
    assert reader.throttler.calls == 3
    await reader.close()
