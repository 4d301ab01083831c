"""The local server: it reads, shows the bot's own record, and keeps secrets and strangers out."""

import asyncio
import json
import logging
import re
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME
from hummingbot.connector.exchange.peatio.execution.journal_lock import acquire
from hummingbot.connector.exchange.peatio.guard.fence import FenceFile
from hummingbot.connector.exchange.peatio.settings.exchanges import Venue, load_named_exchanges
from yarl import URL

from peatio_cli.doctor.target import Credentials, TargetError
from peatio_cli.watch import server as server_module
from peatio_cli.watch.access import COOKIE, Access, Password
from peatio_cli.watch.account_feed import AccountFeed
from peatio_cli.watch.command import WatchError, make_views
from peatio_cli.watch.exchange_reader import ExchangeReader, PathRefusedError
from peatio_cli.watch.keys import Prompt, account_login
from peatio_cli.watch.own_stream import OwnStream
from peatio_cli.watch.relay import allowed_frame
from peatio_cli.watch.request import Request
from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.dialects.catalog import DIALECTS
from test.end_to_end.support import person
from test.patience import eventually
from test.peatio_cli.guard_support import DeadBot
from test.peatio_cli.watch.support import CONNECTOR, LOOPBACK, make_instance, note_account, read_key, watching

PASSWORD = "a long enough password"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(seed=5)) as exchange:
        yield exchange
    assert exchange.handler_errors == []


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        yield client


@pytest.fixture
def directory(sandbox: Sandbox, tmp_path: Path) -> Path:
    return make_instance(tmp_path / "my-bot", sandbox)


async def ask(session: aiohttp.ClientSession, url: str, **options: Any) -> tuple[int, Any]:
    async with session.get(url, **options) as response:
        return response.status, await response.json(content_type=None)


# --- what it shows ---


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
        async with watching(folder, keys=read_key(exchange)) as server:
            assert (await ask(session, f"{server.url}/exchanges/x0/rest/public/markets"))[0] == 200
            for path in ("account/balances", "market/trades", "market/orders?state[]=wait&state[]=pending"):
                assert (await ask(session, f"{server.url}/views/v0/account/rest/{path}"))[0] == 200, path
            (view,) = server._views.values()
            await eventually(lambda: view.account is not None and view.account.stream.is_up, "the private stream")
            async with session.ws_connect(f"{server.url}/exchanges/x0/ranger") as socket:
                await socket.send_str('{"event":"subscribe","streams":["btcusd.trades"]}')
                assert "success" in await socket.receive_json(timeout=20)


# --- what it does not do ---


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

    async with _site(elsewhere) as other, _site(redirect) as exchange:
        venue = Venue(name=CONNECTOR, domain=f"http://127.0.0.1:{exchange.port}")
        reader = ExchangeReader(venue, Credentials("key-of-the-test", "secret-of-the-test", "a test"))
        answer = await reader.read("account/balances")
        assert (answer.status, json.loads(answer.text)) == (502, {"errors": ["watch.redirect_refused"]})
        assert asked == []
        await reader.close()


class _Site:
    def __init__(self, port: int) -> None:
        self.port = port


def _site(handler: Any) -> Any:
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def serving() -> AsyncIterator[_Site]:
        app = web.Application()
        app.router.add_get("/{path:.*}", handler)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield _Site(runner.addresses[0][1])
        await runner.cleanup()

    return serving()


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


# --- whom it lets in ---


async def test_a_page_of_another_name_or_site_gets_nothing(
    session: aiohttp.ClientSession, directory: Path
) -> None:
    async with watching(directory) as server:
        url = f"{server.url}/watch/bots"
        assert (await ask(session, url))[0] == 200
        assert (await ask(session, url, headers={"Host": f"localhost:{server.port}"}))[0] == 200
        for host in ("evil.example", f"evil.example:{server.port}", "127.0.0.1.evil.example", "", "[::1"):
            assert (await ask(session, url, headers={"Host": host}))[0] in (400, 421), host
        assert (await ask(session, url, headers={"Origin": "http://evil.example"}))[0] == 403
        assert (await ask(session, url, headers={"Origin": "null"}))[0] == 403
        assert (await ask(session, url, headers={"Origin": "http://[no-address"}))[0] == 403
        assert (await ask(session, url, headers={"Origin": server.url}))[0] == 200
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{server.url}/exchanges/x0/ranger", headers={"Origin": "http://evil.example"})
        assert refused.value.status == 403


async def test_a_password_opens_a_session_by_a_cookie_that_scripts_and_other_sites_do_not_get(
    session: aiohttp.ClientSession, directory: Path
) -> None:
    async def no_pause(_seconds: float) -> None:
        """As long as it takes."""

    async with watching(directory, access=Access(LOOPBACK, Password(PASSWORD), sleep=no_pause)) as server:
        for path in ("/watch/bots", "/watch/page", "/views/v0/journal/rest/market/orders", "/web/js/main.js"):
            assert (await ask(session, server.url + path))[0] == 401
        async with session.get(server.url) as response:
            assert 'type="password"' in await response.text()
        for wrong in ('{"password": "wrong"}', '{"password": 1}', "{}", "", '"x"'):
            async with session.post(f"{server.url}/login", data=wrong) as response:
                assert response.status in (401, 422)
                assert "Set-Cookie" not in response.headers
        async with session.post(f"{server.url}/login", json={"password": PASSWORD}) as response:
            assert response.status == 204
            cookie = response.headers["Set-Cookie"]
        assert cookie.startswith(f"{COOKIE}=")
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert (await ask(session, f"{server.url}/watch/bots"))[0] == 200
        async with session.post(f"{server.url}/watch/bots") as response:
            assert response.status == 405
        forged = {"Cookie": f"{COOKIE}={'x' * 43}"}
        async with aiohttp.ClientSession() as stranger:
            assert (await ask(stranger, f"{server.url}/watch/bots", headers=forged))[0] == 401


async def test_a_session_ends(session: aiohttp.ClientSession, directory: Path) -> None:
    now_s = [0.0]
    async with watching(directory, access=Access(LOOPBACK, Password(PASSWORD), now_s=lambda: now_s[0])) as server:
        async with session.post(f"{server.url}/login", json={"password": PASSWORD}) as response:
            assert response.status == 204
        assert (await ask(session, f"{server.url}/watch/bots"))[0] == 200
        now_s[0] = 13 * 3600
        assert (await ask(session, f"{server.url}/watch/bots"))[0] == 401


async def test_every_answer_has_the_headers_that_keep_foreign_code_out(
    session: aiohttp.ClientSession, directory: Path
) -> None:
    async with watching(directory) as server:
        for path in ("/", "/web/js/main.js", "/watch/bots", "/watch/nothing", "/exchanges/x0/rest/public/markets"):
            async with session.get(server.url + path) as response:
                policy = response.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "unsafe" not in policy
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                assert "Access-Control-Allow-Origin" not in response.headers


# --- secrets ---


async def test_no_secret_reaches_any_answer_or_log(
    sandbox: Sandbox, session: aiohttp.ClientSession, tmp_path: Path, caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Every route is asked, right and wrong, with planted secrets: of the account, the proxy, the login, the file."""
    caplog.set_level(logging.DEBUG)
    folder = make_instance(tmp_path / "my-bot", sandbox)
    planted = {
        "stored": "STORED-SECRET-IN-THE-INSTANCE",
        "password": "the password of the page",
        "alerts": "SECRET-OF-AN-ALERT-ADDRESS",
        **read_key(sandbox),
    }
    (folder / "conf" / "connectors" / f"{CONNECTOR}.yml").write_text(
        "\n".join(f"{CONNECTOR}_{field}: {planted['stored']}" for field in ("api_key", "secret_key")), encoding="utf-8"
    )
    addresses = folder / "conf" / "peatio_alert_addresses"
    addresses.write_text(f"json://me:{planted['alerts']}@127.0.0.1/x\n", encoding="utf-8")
    addresses.chmod(0o600)
    async with (
        person(sandbox, "bot") as hand,
        watching(folder, keys=read_key(sandbox), access=Access(LOOPBACK, Password(planted["password"]))) as server,
    ):
        bot = DeadBot(sandbox, folder / "data", hand, CONNECTOR)
        note_account(folder, bot.pulse.account, sandbox.url)
        await bot.placed("c1", "sell", "0.5", "40000")
        async with session.post(f"{server.url}/login", json={"password": planted["password"]}) as response:
            token = response.cookies[COOKIE].value
        seen = [await _everything(session, server.url)]
        async with session.ws_connect(f"{server.url}/views/v0/journal/stream") as socket:
            seen.append(str(await socket.receive()))
        (view,) = server._views.values()
        seen += [repr(view), repr(view.account), repr(server), repr(server._access), str(view.about())]
        bot.journal.close("c1")
        bot.journal.close_file()
    printed = capsys.readouterr()
    everything = "\n".join([*seen, caplog.text, printed.out, printed.err])
    for name, secret in {**planted, "token": token}.items():
        assert secret not in everything, name
    assert "abcd…" not in everything  # what the journal notes of the key


async def _everything(session: aiohttp.ClientSession, url: str) -> str:
    paths = ["/", "/watch/page", "/watch/bots", "/nothing", "/login", "/web/js/main.js", "/web/nothing"]
    for prefix in ("/views/v0/journal/rest/", "/views/v0/account/rest/", "/exchanges/x0/rest/", "/views/v9/rest/"):
        for path in ("market/orders", "market/trades", "account/balances", "public/markets", "public/markets/tickers",
                     "market/orders?limit=-1", "market/orders?state[]=none", "market/orders?page=0", "x"):  # fmt: skip
            paths.append(prefix + path)
    texts = []
    for path in paths:
        for method in ("GET", "POST", "HEAD", "OPTIONS"):
            async with session.request(method, url + path) as response:
                headers = {name: value for name, value in response.headers.items() if name != "Set-Cookie"}
                texts.append(f"{path} {response.status} {headers} {await response.text()}")
    return "\n".join(texts)


async def test_an_exchange_that_repeats_the_key_is_not_believed_to_be_right(tmp_path: Path) -> None:
    async def parrot(request: web.Request) -> web.Response:
        if request.path.endswith("timestamp"):
            return web.json_response(time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()))
        status = 422 if "limit" in request.query else 200
        return web.json_response({"errors": [str(dict(request.headers))]}, status=status)

    async with _site(parrot) as exchange:
        venue = Venue(name=CONNECTOR, domain=f"http://127.0.0.1:{exchange.port}")
        reader = ExchangeReader(venue, Credentials("key-of-the-test", "secret-of-the-test", "a test"))
        for query in ([], [("limit", "1")]):
            answer = await reader.read("account/balances", query)
            assert "key-of-the-test" not in answer.text
            assert "(hidden)" in answer.text
        assert "key-of-the-test" not in repr(reader)
        await reader.close()


# --- keys ---


def test_a_read_only_key_comes_first_then_the_instances_own(sandbox: Sandbox, directory: Path) -> None:
    asked: list[str] = []

    def typed(*answers: str) -> Prompt:
        rest = list(answers)

        def answer(text: str) -> str:
            asked.append(text)
            return rest.pop(0)

        return Prompt(answer)

    environment = {"WATCH_PEATIO_SAND_API_KEY": "a", "WATCH_PEATIO_SAND_SECRET": "b"}
    login = account_login(CONNECTOR, directory, environment, typed())
    assert isinstance(login, Credentials)
    assert (login.api_key, login.secret, asked) == ("a", "b", [])
    login = account_login(CONNECTOR, directory, {}, typed("typed-key", "typed-secret"))
    assert isinstance(login, Credentials)
    assert (login.api_key, login.source) == ("typed-key", "typed at the start")
    assert "may only read" in asked[0]
    with pytest.raises(TargetError, match="there is no API key"):
        account_login(CONNECTOR, directory, {}, typed(""))
    # A bot's own variables are not taken for a key that may only read.
    with pytest.raises(TargetError):
        account_login(CONNECTOR, directory, {"PEATIO_SAND_API_KEY": "a", "PEATIO_SAND_SECRET": "b"}, typed(""))


def test_the_password_of_an_instance_is_asked_for_once(tmp_path: Path) -> None:
    asked: list[str] = []
    prompt = Prompt(lambda text: f"answer {len(asked)}{asked.append(text) or ''}")  # type: ignore[func-returns-value]
    one, other = tmp_path / "one", tmp_path / "other"
    assert [prompt.password(one), prompt.password(one), prompt.password(other)] == ["answer 0", "answer 0", "answer 1"]
    assert asked == ["Password of the instance one: ", "Password of the instance other: "]


async def test_a_key_is_sent_to_one_exchange_only(sandbox: Sandbox, directory: Path, tmp_path: Path) -> None:
    async with Sandbox(SandboxConfig(seed=6)) as other:
        second = make_instance(tmp_path / "second", other)
        with pytest.raises(WatchError, match="another exchange in each of these instances"):
            make_views(Request((directory, second), shows_account=True), read_key(sandbox), Prompt())
        assert len(make_views(Request((directory, second)), {}, Prompt())) == 2


async def test_the_feed_does_not_start_without_a_login(sandbox: Sandbox, directory: Path) -> None:
    venue = load_named_exchanges(directory / "conf")[0][CONNECTOR]
    with pytest.raises(AssertionError):
        AccountFeed(ExchangeReader(venue), OwnStream())
    assert Decimal(ExchangeReader(venue).throttler.budget("rest")[0]) == 300
