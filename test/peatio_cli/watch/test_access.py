"""Whom the local server lets in."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from peatio_cli.watch.access import COOKIE, LOGIN_PAUSE_S, TRIES_WAITING, Access, Password
from test.patience import eventually
from test.peatio_cli.watch.support import LOOPBACK, ask, watching

PASSWORD = "a long enough password"


async def test_a_page_of_another_name_or_site_gets_nothing(
    session: aiohttp.ClientSession, directory: Path
) -> None:
    async with watching(directory) as server:
        url = f"{server.url}/watch/bots"
        assert (await ask(session, url))[0] == 200
        assert (await ask(session, url, headers={"Host": f"localhost:{server.port}"}))[0] == 200
        odd = ("[::1", "x@127.0.0.1", "127.0.0.1/x", "127.0.0.1?x", "127.0.0.1:1:2", "evil.example#@127.0.0.1")
        for host in ("evil.example", f"evil.example:{server.port}", "127.0.0.1.evil.example", "", *odd):
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


async def test_logins_of_one_address_wait_for_each_other_and_hold_up_nobody_else(
    session: aiohttp.ClientSession, directory: Path
) -> None:
    """Who tries passwords gets one try a pause; a few wait, more are refused; another address gets in meanwhile."""
    pauses: list[float] = []
    go_on = asyncio.Event()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await go_on.wait()

    access = Access(LOOPBACK, Password(PASSWORD), sleep=pause)
    async with watching(directory, access=access) as server:

        async def log_in(password: str, client: aiohttp.ClientSession = session) -> int:
            async with client.post(f"{server.url}/login", json={"password": password}) as response:
                return response.status

        tries = [asyncio.create_task(log_in(f"wrong password {number}")) for number in range(TRIES_WAITING)]
        await eventually(lambda: pauses and access._tries["127.0.0.1"].waiting == TRIES_WAITING, "all wait")
        assert await log_in("one more") == 429
        assert pauses == [LOGIN_PAUSE_S], "one try, and the others wait for its pause"
        elsewhere = aiohttp.TCPConnector(local_addr=("127.0.0.2", 0))
        async with aiohttp.ClientSession(connector=elsewhere) as other:
            assert await log_in(PASSWORD, other) == 204
        go_on.set()
        assert await asyncio.gather(*tries) == [401] * TRIES_WAITING
        assert access._tries == {}
        assert await log_in(PASSWORD) == 204


@pytest.mark.parametrize(
    "body",
    [b'{"password": "\\ud800 and more of it"}', b"[" * 4000, b'{"password": ' + b"[" * 3000, b"\xff", b"\x00" * 9000],
)
async def test_a_login_that_is_no_password_is_refused(
    session: aiohttp.ClientSession, directory: Path, body: bytes
) -> None:
    async def no_pause(_seconds: float) -> None:
        """As long as it takes."""

    async with watching(directory, access=Access(LOOPBACK, Password(PASSWORD), sleep=no_pause)) as server:
        async with session.post(f"{server.url}/login", data=body) as response:
            assert response.status in (401, 413, 422)
        for cookie in (b"\xff\xfe", b"%s", b"a" * 5000):
            head = b"GET /watch/bots HTTP/1.1\r\nHost: localhost\r\nCookie: watch_session=" + cookie
            assert await _raw(server.port, head) == 401, cookie


async def _raw(port: int, head: bytes) -> int:
    """The status of the answer to a request that no library would send."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head + b"\r\nConnection: close\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"POST /views/v0/account/rest/market/orders", 405),
        (b"PUT /", 405),
        (b"DELETE /views/v0/journal/rest/market/orders", 405),
        (b"BREW /", 400),
        (b"CONNECT 127.0.0.1:1", 405),
        (b"GET http://evil.example/", 200),  # whatever the line says, the host is this one
        (b"GET /web/../../etc/passwd", 404),
        (b"GET /web/%2e%2e/%2e%2e/etc/passwd", 404),
        (b"GET /web//etc/passwd", 404),
        (b"GET /web/js/main.js%00.html", 404),
        (b"GET /exchanges/x0/rest/public/markets%2f..%2f..%2faccount/balances", 404),
        (b"GET /exchanges/x0/rest/public/markets/btcusd/depth%3fx", 404),
        (b"GET /exchanges/x0/rest/%68ttp://evil.example/", 404),
        (b"GET /exchanges/x9/rest/public/markets", 404),
        (b"GET /views/v0/journal/rest/market/orders?limit=" + b"9" * 5000, 200),
        (b"GET /views/v0/course?pair=BTC-USD&since=" + b"9" * 5000, 200),
        (b"GET /views/v0/journal/rest/market/orders?limit=%D9%A1", 200),
    ],
)
async def test_odd_requests_get_nothing_and_break_nothing(
    session: aiohttp.ClientSession, directory: Path, line: bytes, status: int
) -> None:
    async with watching(directory) as server:
        found = await _raw(server.port, line + b" HTTP/1.1\r\nHost: localhost")
        assert found == status
        assert (await ask(session, f"{server.url}/watch/bots"))[0] == 200


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
                assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
                assert "Access-Control-Allow-Origin" not in response.headers
