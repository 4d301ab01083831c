"""What the local server does not do: it changes nothing, on the exchange or of the bot."""

import json
import re
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME
from hummingbot.connector.exchange.peatio.execution.journal_lock import acquire
from hummingbot.connector.exchange.peatio.guard.fence import FenceFile
from hummingbot.connector.exchange.peatio.settings.exchanges import Venue
from yarl import URL

from peatio_cli.doctor.target import Credentials
from peatio_cli.watch.exchange_reader import ExchangeReader, PathRefusedError
from peatio_cli.watch.relay import allowed_frame
from peatio_sandbox import Sandbox, SandboxConfig
from test.end_to_end.support import person
from test.patience import eventually
from test.peatio_cli.guard_support import DeadBot
from test.peatio_cli.watch.support import CONNECTOR, ask, make_instance, note_account, read_key, serving, watching


@pytest.mark.parametrize(
    "path",
    [
        "account/members/me", "market/orders/1", "market/orders/cancel", "account/withdraws", "public/markets/../../x",
        "public/markets/%2e%2e/%2e%2e/account/balances", "admin/orders", "public/markets/btcusd/depth/x",
    ],
)  # fmt: skip
async def test_other_paths_are_not_asked_for(
    sandbox: Sandbox, session: aiohttp.ClientSession, directory: Path, path: str
) -> None:
    async with watching(directory, keys=read_key(sandbox)) as server:
        for prefix in ("exchanges/x0/rest", "views/v0/account/rest", "views/v0/journal/rest"):
            async with session.get(URL(f"{server.url}/{prefix}/{path}", encoded=True)) as response:
                assert response.status in (404, 405)
        for view in server._views.values():
            assert view.account is not None
            with pytest.raises(PathRefusedError):
                await view.account.reader.read("public/markets")
            with pytest.raises(PathRefusedError):
                await view.exchange.read("account/balances")


async def test_a_redirect_is_not_followed_and_the_key_goes_to_no_other_host(tmp_path: Path) -> None:
    asked: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        asked.append(request.headers.get("X-Auth-Apikey", ""))
        return web.json_response([])

    async def redirect(request: web.Request) -> web.Response:
        if request.path.endswith("timestamp"):
            return web.json_response("2026-11-20T19:36:09+00:00")
        raise web.HTTPTemporaryRedirect(f"http://127.0.0.1:{other.port}{request.path}")

    async with serving(elsewhere) as other, serving(redirect) as exchange:
        venue = Venue(name=CONNECTOR, domain=f"http://127.0.0.1:{exchange.port}")
        reader = ExchangeReader(venue, Credentials("key-of-the-test", "secret-of-the-test", "a test"))
        answer = await reader.read("account/balances")
        assert (answer.status, json.loads(answer.text)) == (502, {"errors": ["watch.redirect_refused"]})
        assert asked == []
        await reader.close()


@pytest.mark.parametrize("settings", [(), ("exclusive_account: true", "cancel_on_close: true")])
async def test_the_private_stream_never_asks_for_orders_to_be_cancelled(
    tmp_path: Path, settings: tuple[str, ...]
) -> None:
    """On the fork that does it, the orders are there after the page was watched and closed."""
    async with Sandbox(SandboxConfig(seed=5, dialect="bitzlato")) as bitzlato:
        folder = make_instance(tmp_path / "my-bot", bitzlato, *settings)
        async with person(bitzlato, "bot") as hand:
            await hand.place("btcusd", "buy", "0.1", "20000")
            await bitzlato.settle()
            async with watching(folder, keys=read_key(bitzlato)) as server:
                (view,) = server._views.values()
                assert view.account is not None
                assert "cancel" not in view.account.feed.url
                await eventually(lambda: view.account is not None and view.account.stream.is_up, "the private stream")
            await eventually(lambda: not bitzlato.ranger._connections, "the stream has ended")
            await bitzlato.settle()
        assert [order.state for order in bitzlato.orders("bot")] == ["wait"]


def test_the_signing_client_has_no_way_to_send_anything_but_a_get() -> None:
    source = Path(__file__).parents[3] / "peatio_cli" / "watch"
    for path in source.glob("*.py"):
        text = path.read_text("utf-8")
        for word in ("client.post", "client.put", "client.delete", "client.request", "RESTMethod", ".patch("):
            assert word not in text, path


async def test_a_watched_bot_keeps_its_lock_its_heartbeat_and_its_fence(
    sandbox: Sandbox, session: aiohttp.ClientSession, directory: Path
) -> None:
    """Its files are as before, a bot that starts gets its rows, and none has to wait for the page."""
    async with person(sandbox, "bot") as hand:
        bot = DeadBot(sandbox, directory / "data", hand, CONNECTOR)
        note_account(directory, bot.pulse.account, sandbox.url)
        await bot.placed("c1", "sell", "0.5", "40000")
        fence = FenceFile(directory / "data", bot.pulse.owner).put_up("a test")
        made_by_sqlite = {f"{JOURNAL_NAME}{end}" for end in ("-wal", "-shm")}

        def files() -> dict[str, tuple[int, bytes]]:
            paths = [path for path in directory.rglob("*") if path.is_file() and path.name not in made_by_sqlite]
            return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in paths}

        before = files()
        async with watching(directory, keys=read_key(sandbox)) as server:
            looks = 0
            while looks < 3:
                _, (row,) = await ask(session, f"{server.url}/watch/bots")
                looks += row["open_orders"] == 1 if "open_orders" in row else 0
            assert files() == before
            lock = acquire(directory / "data", "an instance", bot.pulse.account)
            assert lock is not None
            assert lock.owner.endswith("-1")  # the first rows: nobody has them
            bot.journal.close("c1")  # and may be written
        bot.journal.close_file()
        assert FenceFile(directory / "data", bot.pulse.owner).seen() == fence


def test_what_an_exchange_sends_enters_a_page_as_text_only() -> None:
    root = Path(__file__).parents[3]
    pages = [root / "peatio_page", root / "peatio_cli" / "watch", root / "peatio_sandbox" / "web"]
    scripts = [path for page in pages for path in page.rglob("*.js")]
    assert len(scripts) > 30
    markup = re.compile(r"(inner|outer|Adjacent)HTML|document\.write|createContextualFragment|eval\(|srcdoc")
    assert [path.name for path in scripts if markup.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("ping", "ping"),
        ('{"event":"subscribe","streams":["btcusd.ob-inc"]}', '{"event": "subscribe", "streams": ["btcusd.ob-inc"]}'),
        ('{"event":"unsubscribe","streams":["a-b.trades","global.tickers"],"x":1}',
         '{"event": "unsubscribe", "streams": ["a-b.trades", "global.tickers"]}'),
        ('{"event":"subscribe","streams":"btcusd.ob-inc"}', None),
        ('{"event":"subscribe","streams":[]}', None),
        ('{"event":"subscribe","streams":["order"]}', None),
        ('{"event":"subscribe","streams":[1]}', None),
        ('{"event":"subscribe","streams":["a.b\\"}"]}', None),
        ('{"jwt":"Bearer x"}', None),
        ("[]", None),
        ("x", None),
        (json.dumps({"event": "subscribe", "streams": ["a." + "b" * 600]}), None),
    ],
)  # fmt: skip
def test_of_a_pages_words_only_subscriptions_reach_the_exchange(text: str, sent: str | None) -> None:
    assert allowed_frame(text) == sent


