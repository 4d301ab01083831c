"""No secret leaves the local server."""

import logging
import time
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from hummingbot.connector.exchange.peatio.settings.exchanges import JwtLogin, Venue

from peatio_cli.doctor.target import Credentials
from peatio_cli.watch.access import COOKIE, Access, Password
from peatio_cli.watch.exchange_reader import ExchangeReader
from peatio_sandbox import Sandbox
from test.compatibility.columns import OperatorKey
from test.end_to_end.support import person
from test.peatio_cli.guard_support import DeadBot
from test.peatio_cli.watch.support import CONNECTOR, LOOPBACK, make_instance, note_account, read_key, serving, watching


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


def repeating(request: web.Request, text: str) -> web.Response:
    """An answer with a text in it, or a refusal with it."""
    if "limit" in request.query:
        return web.json_response({"errors": [text]}, status=422)
    return web.json_response([{"currency": text, "balance": "1", "locked": "0"}])


async def test_an_exchange_that_repeats_the_key_is_not_believed_to_be_right(tmp_path: Path) -> None:
    async def parrot(request: web.Request) -> web.Response:
        if request.path.endswith("timestamp"):
            return web.json_response(time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()))
        return repeating(request, str(dict(request.headers)))

    async with serving(parrot) as exchange:
        venue = Venue(name=CONNECTOR, domain=f"http://127.0.0.1:{exchange.port}")
        reader = ExchangeReader(venue, Credentials("key-of-the-test", "secret-of-the-test", "a test"))
        for query in ([], [("limit", "1")]):
            answer = await reader.read("account/balances", query)
            assert "key-of-the-test" not in answer.text
            assert "(hidden)" in answer.text
        assert "key-of-the-test" not in repr(reader)
        await reader.close()


async def test_a_token_that_an_exchange_repeats_does_not_reach_the_page(tmp_path: Path) -> None:
    given: list[str] = []

    async def parrot(request: web.Request) -> web.Response:
        given.append(request.headers.get("Authorization", ""))
        if request.path.endswith("timestamp"):
            return web.json_response(time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()))
        return repeating(request, given[-1])

    async with serving(parrot) as exchange:
        login = JwtLogin(key_file=OperatorKey(tmp_path).path, uid="IDBOT0000001", email="bot@example.com")
        venue = Venue(name=CONNECTOR, domain=f"http://127.0.0.1:{exchange.port}", login="jwt", jwt=login)
        reader = ExchangeReader(venue, login)
        for query in ([], [("limit", "1")]):
            answer = await reader.read("account/balances", query)
            token = given[-1].removeprefix("Bearer ")
            assert token.count(".") == 2, "it was sent"
            assert token not in answer.text
            assert "(hidden)" in answer.text
        await reader.close()
