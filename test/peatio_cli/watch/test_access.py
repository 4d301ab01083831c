"""Whom the local server lets in."""

from pathlib import Path

import aiohttp
import pytest

from peatio_cli.watch.access import COOKIE, Access, Password
from test.peatio_cli.watch.support import LOOPBACK, ask, watching

PASSWORD = "a long enough password"


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
