"""The local server of `hummingbot-peatio watch`: the page, and what it reads. It answers GET and nothing else."""

import asyncio
import ssl
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import aiohttp
from aiohttp import web

from peatio_cli.watch.access import LOGIN_PATH, Access
from peatio_cli.watch.exchange_reader import ExchangeReader, PathRefusedError
from peatio_cli.watch.journal_rows import whole_number
from peatio_cli.watch.relay import relay_public
from peatio_cli.watch.state_json import bot_row, course_rows
from peatio_cli.watch.views import Account, View, answered
from peatio_cli.watch.watched_bot import WatchedBot, last_prices
from peatio_page.files import PageFiles

#: How often an exchange is asked for the last prices, for profits and losses that are not realised.
PRICES_S = 15.0
SHUTDOWN_S = 1.0
#: Each page has a connection to the exchange's public stream; more at a time are refused.
MOST_RELAYS = 16


@cache
def _page() -> PageFiles:
    return PageFiles(files("peatio_cli") / "watch" / "static")


class WatchServer:
    """An asynchronous context manager.

    :param views: each bot on each of its exchanges, in the order of the page
    :param tls: with the certificate; None without TLS
    """

    def __init__(
        self,
        views: Sequence[View],
        access: Access,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._views = {view.id: view for view in views}
        self._exchanges: dict[str, ExchangeReader] = {view.exchange_id: view.exchange for view in views}
        self.bots: list[WatchedBot] = list(dict.fromkeys(view.bot for view in views))
        self._access = access
        self._host, self._port, self._tls = host, port, tls
        self._tasks: list[asyncio.Task[None]] = []
        self._client: aiohttp.ClientSession | None = None
        self._relays = 0
        app = web.Application(middlewares=[access.middleware], client_max_size=4096)
        self._add_routes(app.router)
        app.on_shutdown.append(self._end_streams)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S, handler_cancellation=True)

    async def __aenter__(self) -> "WatchServer":
        self._client = aiohttp.ClientSession()
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port, ssl_context=self._tls).start()
        except OSError:
            await self.__aexit__()
            raise
        self._tasks += [asyncio.create_task(bot.run(self._client)) for bot in self.bots]
        self._tasks += [asyncio.create_task(self._keep_prices(reader)) for reader in self._exchanges.values()]
        self._tasks += [
            asyncio.create_task(view.account.feed.run()) for view in self._views.values() if view.account is not None
        ]
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._runner.cleanup()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        accounts = [view.account.reader for view in self._views.values() if view.account is not None]
        for reader in (*accounts, *self._exchanges.values()):
            await reader.close()
        if self._client is not None:
            await self._client.close()

    @property
    def port(self) -> int:
        """The one it listens on."""
        return int(self._runner.addresses[0][1])

    @property
    def url(self) -> str:
        """The page's address."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http{'s' if self._tls else ''}://{host}:{self.port}"

    def _add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/", self._index)
        _page().add_files_to(router)
        if self._access.needs_login:
            router.add_post(LOGIN_PATH, self._access.login)
        router.add_get("/watch/page", self._about)
        router.add_get("/watch/bots", self._bots)
        router.add_get("/exchanges/{id}/rest/{path:.+}", self._public)
        router.add_get("/exchanges/{id}/ranger", self._public_stream)
        router.add_get("/views/{id}/course", self._course)
        router.add_get("/views/{id}/{whose:journal|account}/rest/{path:.+}", self._own)
        router.add_get("/views/{id}/{whose:journal|account}/stream", self._own_stream)

    async def _index(self, request: web.Request) -> web.Response:
        return _page().response("index.html" if self._access.is_known(request) else "login.html")

    async def _about(self, _request: web.Request) -> web.Response:
        return _json({"views": [view.about() for view in self._views.values()]})

    async def _bots(self, _request: web.Request) -> web.Response:
        return _json([bot_row(bot) for bot in self.bots])

    async def _public(self, request: web.Request) -> web.Response:
        return await self._read(self._exchange(request), request)

    async def _public_stream(self, request: web.Request) -> web.StreamResponse:
        reader = self._exchange(request)
        if self._relays >= MOST_RELAYS:
            raise web.HTTPServiceUnavailable(text=f"{MOST_RELAYS} pages are open already")
        self._relays += 1
        try:
            return await relay_public(reader, request)
        finally:
            self._relays -= 1

    async def _own(self, request: web.Request) -> web.Response:
        view = self._view(request)
        if request.match_info["whose"] == "account":
            return await self._read(_account(view).reader, request)
        try:
            return _json(view.journal(request.match_info["path"], list(request.query.items())))
        except PathRefusedError:
            raise web.HTTPNotFound from None

    async def _course(self, request: web.Request) -> web.Response:
        """Profit and inventory over time of one market, by `pair`, with the hedges of the `controller` if one is named.

        With `since` the points of that epoch second and later.
        """
        view = self._view(request)
        since = whole_number(request.query.get("since", "")) or 0
        key = view.site, request.query.get("pair", ""), request.query.get("controller", "")
        course = view.bot.courses.get(key) or (view.bot.courses.get(("", *key[1:])) if view.is_only else None)
        return _json(course_rows(course, since))

    async def _own_stream(self, request: web.Request) -> web.StreamResponse:
        view = self._view(request)
        is_account = request.match_info["whose"] == "account"
        stream = _account(view).stream if is_account else view.journal_stream()
        return await stream.serve(request)

    async def _read(self, reader: ExchangeReader, request: web.Request) -> web.Response:
        try:
            return answered(await reader.read(request.match_info["path"], list(request.query.items())))
        except PathRefusedError:
            raise web.HTTPNotFound from None

    def _view(self, request: web.Request) -> View:
        view = self._views.get(request.match_info["id"])
        if view is None:
            raise web.HTTPNotFound
        return view

    def _exchange(self, request: web.Request) -> ExchangeReader:
        reader = self._exchanges.get(request.match_info["id"])
        if reader is None:
            raise web.HTTPNotFound
        return reader

    async def _keep_prices(self, reader: ExchangeReader) -> None:
        """Has the bots' positions valued at the last prices."""
        site = reader.venue.address.site
        while True:
            bots = [bot for bot in self.bots if bot.state is not None and bot.reader.journal.symbols]
            if bots:
                answer = await reader.read("public/markets/tickers")
                for bot in bots:
                    if answer.status == 200:
                        bot.take_prices(site, last_prices(answer.text, bot.reader.journal.symbols))
            await asyncio.sleep(PRICES_S if bots else 1.0)

    async def _end_streams(self, _app: web.Application) -> None:
        for bot in self.bots:
            for stream in bot.streams.values():
                stream.end_all()
        for view in self._views.values():
            if view.account is not None:
                view.account.stream.end_all()


def _account(view: View) -> Account:
    if view.account is None:
        raise web.HTTPNotFound
    return view.account


def _json(body: object) -> web.Response:
    return web.json_response(body, headers={"Cache-Control": "no-store"})
