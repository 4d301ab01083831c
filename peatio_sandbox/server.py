"""The sandbox as a whole: one exchange on one port, started and stopped in one place."""

from __future__ import annotations

import asyncio
import logging
import random
import socket
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from types import TracebackType
from typing import Self

from aiohttp import web
from aiohttp.typedefs import Middleware

from peatio_sandbox.config import MANUAL_TRADER, MemberAccount, MemberSpec, SandboxConfig, make_credentials
from peatio_sandbox.dialects.catalog import Dialect, dialect_named
from peatio_sandbox.dialects.rest import DialectEndpoints
from peatio_sandbox.exchange.clock import Clock
from peatio_sandbox.exchange.exchange import EventSink, Exchange
from peatio_sandbox.exchange.market_data import PERIODS, Statistics
from peatio_sandbox.exchange.past import remember_trades, worth_after
from peatio_sandbox.exchange.records import FillRecord, OrderRecord
from peatio_sandbox.exchange.scheduler import LoopScheduler, Scheduler
from peatio_sandbox.exchange.walk import pasts
from peatio_sandbox.faults.control import FaultEndpoints
from peatio_sandbox.faults.events import EventFaults
from peatio_sandbox.faults.faults import Faults
from peatio_sandbox.faults.machinery import Machinery
from peatio_sandbox.faults.requests import RequestFaults
from peatio_sandbox.faults.strikes import Strikes
from peatio_sandbox.peg.control import PegEndpoints
from peatio_sandbox.peg.market import PeggedMarket
from peatio_sandbox.player import MarketPlayer
from peatio_sandbox.port import Port, open_port
from peatio_sandbox.rest.account import AccountEndpoints
from peatio_sandbox.rest.common import Handler, Routes, errors_as_peatio
from peatio_sandbox.rest.gateway import RANGER_PREFIX, ApiKey, Gateway, GatewayRules
from peatio_sandbox.rest.gateway_tokens import OperatorTokens
from peatio_sandbox.rest.market import MarketEndpoints
from peatio_sandbox.rest.public import PublicEndpoints
from peatio_sandbox.traders import Traders, middle_price, trader_members
from peatio_sandbox.web.page import add_page
from peatio_sandbox.web.recording import Recorder
from peatio_sandbox.web.sessions import PageControl, PageSessions

_logger = logging.getLogger(__name__)

#: Long subscription URLs (hundreds of ``?stream=``) must fit into one request line.
MAX_REQUEST_LINE = 65_536


class Sandbox:
    """A local Peatio exchange.

    Use it as an async context manager, or with :meth:`start` and :meth:`stop`::

        async with Sandbox(SandboxConfig(seed=7)) as sandbox:
            print(sandbox.url, sandbox.members["bot"].api_key)

    ``extra_sinks`` get every published event beside Ranger; ``clock`` and ``scheduler`` replace the machine's time;
    ``recorder`` writes down what clients see and is closed with the sandbox; ``sock`` listens already, on the host and
    port of the configuration (:func:`peatio_sandbox.listening.listening`); aiohttp's ``middlewares`` get every request
    first, and every answer last.

    Attributes:
        members: name -> credentials, from the start on.
        exchange: the engine room, for tests that need more than the methods below.
        ranger: the websocket server.
        clock: the exchange's clock.
        faults: makes things break.
        request_counts: how many requests came, by method and route (``/…/orders/{id}/cancel``).
        handler_errors: exceptions that escaped a request handler or a worker; empty in a healthy run.
    """

    def __init__(
        self,
        config: SandboxConfig | None = None,
        *,
        extra_sinks: tuple[EventSink, ...] = (),
        clock: Clock | None = None,
        scheduler: Scheduler | None = None,
        recorder: Recorder | None = None,
        sock: socket.socket | None = None,
        middlewares: Sequence[Middleware] = (),
    ) -> None:
        config = config or SandboxConfig()
        if config.past:
            config = replace(config, currencies=worth_after(config.currencies, config.past))
        if config.traders or config.played:
            newcomers = trader_members(tuple(currency.code for currency in config.currencies))
            config = replace(config, members=config.members + newcomers)
        self.config = config
        self.handler_errors: list[Exception] = []
        self.request_counts: Counter[tuple[str, str]] = Counter()
        self.clock = clock or Clock(offset_s=config.clock_skew_s)
        self.members: Mapping[str, MemberAccount] = {
            spec.name: MemberAccount(spec.name, spec.uid, spec.email, *make_credentials(config.seed, spec.name))
            for spec in config.members
        }
        self._scheduler: Scheduler = scheduler or LoopScheduler(self._note_error)
        sinks = _Fan()
        dialect = dialect_named(config.dialect)
        self.exchange = Exchange(config, self.clock, self._scheduler, sinks, dialect.active_states)
        self._tokens = self._make_tokens()
        self._manual_trader = MANUAL_TRADER if MANUAL_TRADER in self.members else None
        self._sessions = PageSessions(self.exchange.members, self._manual_trader)
        #: The pegged coin's tracker and its effect on orders; None without such a coin.
        self.pegged: PeggedMarket | None = None
        if config.pegged is not None:
            self.pegged = PeggedMarket(self.exchange, config.pegged, self._scheduler, config.seed)
        self._dialect = dialect(self.exchange)
        self._dialect.watch_balances()
        self.ranger = self._dialect.make_ranger(self._uid_of_token)
        uids = {member.uid: member.name for member in self.members.values()}
        strikes = Strikes(config.seed)
        self._recorder = recorder
        self._sock = sock
        ranger = self.ranger if recorder is None else recorder.tap(self.ranger)
        events = EventFaults(strikes, self._scheduler, self._dialect.sink(ranger), uids)
        sinks.add(events, *extra_sinks)
        self.exchange.delay_processor_events(events.extra_delay_s)
        self._requests = RequestFaults(strikes, self.exchange)
        machinery = Machinery(strikes, self.exchange, self.ranger, self.clock, self, uids)
        self.faults = Faults(strikes, self._scheduler, machinery, tuple(self.members))
        # Chance of its own: what the others draw must not depend on who asks for candles.
        self._statistics = Statistics(self.exchange.markets, config.latencies.candles, random.Random(config.seed))
        self.exchange.on_trade(self._statistics.add)
        self._public = PublicEndpoints(self.exchange, self._statistics)
        self._traders: Traders | None = None
        self._players: list[MarketPlayer] = []
        self._middlewares = tuple(middlewares)
        self._runner: web.AppRunner | None = None
        self._port: Port | None = None
        self._gateway: Gateway | None = None
        self._started = False
        self._url = ""

    @property
    def url(self) -> str:
        """Return the root address, ``http://127.0.0.1:PORT``; empty before the start."""
        return self._url

    async def start(self) -> None:
        """Listen, start the engines and, if asked for, the traders.

        Raises:
            OSError: the port is taken.
            RuntimeError: the sandbox was started before; make a new one.
        """
        if self._started:
            raise RuntimeError("a sandbox starts only once")
        self._started = True
        self._runner = web.AppRunner(
            self._make_app(), access_log=None, max_line_size=MAX_REQUEST_LINE, shutdown_timeout=1.0
        )
        await self._runner.setup()
        try:
            self._port = await open_port(self._runner, self.config.host, self.config.port, self._note_error, self._sock)
        except OSError:
            await self.stop()
            raise
        self._url = f"http://{self._port.authority}"
        self._load_past()
        if self._recorder is not None:
            self._recorder.begin(self.exchange, self.config.dialect, self._scheduler.time_s, self._statistics)
        self.exchange.start_engines()
        if self.pegged is not None:
            self.pegged.start()
        self._publish_market_data()
        if self.config.traders:
            self._traders = Traders(self.exchange, self.config.seed, self.config.trader_slowness)
            self._traders.start()
        for symbol, path in self.config.played.items():
            self._players.append(MarketPlayer(self.exchange, self.exchange.markets[symbol], path))
            self._players[-1].start()

    async def stop(self) -> None:
        """Stop the traders, end every connection and stop listening. A second call does nothing."""
        for player in self._players:
            self.handler_errors += player.failures()
            await player.stop()
        self._players.clear()
        if self._traders is not None:
            self.handler_errors += self._traders.failures()
            await self._traders.stop()
            self._traders = None
        self._scheduler.close()
        self._requests.server_died()
        if self._port is not None:
            self._port.close()
            self._port = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self._recorder is not None:
            self._recorder.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def settle(self) -> None:
        """Wait until no asynchronous work is under way, except what waits for a paused worker.

        With traders on the market that may take for ever.
        """
        # Many things may end the work and none of them tells.
        while not self.exchange.is_quiet():  # noqa: ASYNC110
            await asyncio.sleep(0.002)

    def go_down(self) -> None:
        """Refuse TCP and cut every connection; the exchange behind goes on. Nothing to do before the start."""
        self._requests.server_died()
        if self._port is not None:
            self._port.shut()

    def come_back(self) -> None:
        """Listen again on the same port."""
        if self._port is not None:
            self._port.reopen()

    def orders(self, member: str) -> list[OrderRecord]:
        """Return every order of a member by ascending id, as they are now."""
        return self.exchange.store.member_orders(self.exchange.members[member])

    def fills(self, member: str) -> list[FillRecord]:
        """Return every fill of a member, order by order."""
        return self.exchange.fills(self.exchange.members[member])

    def balances(self, member: str) -> dict[str, tuple[Decimal, Decimal]]:
        """Return currency -> (free, locked) of a member."""
        return self.exchange.ledger.holdings(self.exchange.members[member].uid)

    def mid_price(self, market: str) -> Decimal | None:
        """Return the middle of the book, the last price when a side is empty, None when nothing was traded."""
        return middle_price(self.exchange, market)

    def _make_app(self) -> web.Application:
        self._gateway = self._make_gateway()
        middlewares = [self._noting_errors, self._gateway.middleware, self._requests.middleware]
        if self._recorder is not None:
            middlewares.insert(1, self._recorder.middleware)
        if type(self._dialect) is not Dialect:
            middlewares.append(DialectEndpoints(self._dialect).middleware)
        app = web.Application(middlewares=[*self._middlewares, *middlewares, errors_as_peatio])
        routes = Routes(app)
        self._public.add_to(routes)
        AccountEndpoints(self.exchange).add_to(routes)
        market = MarketEndpoints(self.exchange, self._requests.hand_on)
        market.add_to(routes)
        if self._dialect.order_prefix is not None:
            engine_routes = Routes(app, self._dialect.order_prefix)
            market.add_to(engine_routes)
            market.add_engine_cancel_to(engine_routes)
        FaultEndpoints(self.faults).add_to(app.router)
        if self.pegged is not None:
            PegEndpoints(self.pegged).add_to(app.router)
        self._page_control().add_to(app.router)
        add_page(app.router)
        for end in ("", "/"):
            app.router.add_route("*", f"{RANGER_PREFIX}/public{end}", self.ranger.handle_public)
            app.router.add_route("*", f"{RANGER_PREFIX}/private{end}", self.ranger.handle_private)
        app.on_shutdown.append(self._close_ranger)
        return app

    def _page_control(self) -> PageControl:
        about = {"dialect": self.config.dialect, "pegged": self.pegged is not None}
        if self._manual_trader is None:
            return PageControl(self._sessions, self.members, about)
        trading = {"member": self._manual_trader, **self._dialect.order_routes()}
        return PageControl(self._sessions, self.members, about, trading)

    def _make_gateway(self) -> Gateway:
        rules = GatewayRules(
            nonce_window_ms=self._dialect.nonce_window_ms,
            order_prefix=self._dialect.order_prefix,
            opens_private_stream=self._dialect.takes_jwt_messages,
            stream_tokens=self._dialect.stream_tokens,
        )
        keys = [key for spec in self.config.members for key in self._keys_of(spec)]
        level = self.config.minimum_level_for_trading
        return Gateway(keys, self.clock, rules, self._tokens, level, self._sessions.member)

    def _make_tokens(self) -> OperatorTokens | None:
        config = self.config
        if not config.operator_keys:
            return None
        members = self.exchange.members.values()
        return OperatorTokens(config.operator_keys, members, self.clock, config.jwt_audience, config.jwt_issuer)

    def add_key(self, name: str) -> MemberAccount:
        """Make a member's second API key, as members do in their profile; the first one goes on working.

        Raises:
            RuntimeError: the sandbox does not run.
        """
        if self._gateway is None:
            raise RuntimeError("keys are made while the sandbox runs")
        kid, secret = make_credentials(self.config.seed, f"second key of {name}")
        self._gateway.add_key(ApiKey(kid, secret, self.exchange.members[name]))
        return replace(self.members[name], api_key=kid, secret=secret)

    def deactivate_key(self, account: MemberAccount) -> None:
        """Refuse the API key of an account from now on, as members switch keys off in their profile.

        Raises:
            RuntimeError: the sandbox does not run.
        """
        if self._gateway is None:
            raise RuntimeError("keys are switched off while the sandbox runs")
        self._gateway.deactivate_key(account.api_key)

    def _uid_of_token(self, authorization: str) -> str | None:
        return None if self._tokens is None else self._tokens.uid(authorization)

    def _keys_of(self, spec: MemberSpec) -> list[ApiKey]:
        member = self.exchange.members[spec.name]
        account = self.members[spec.name]
        keys = [ApiKey(account.api_key, account.secret, member, otp=spec.otp)]
        if spec.inactive_key is not None:
            kid, secret = make_credentials(self.config.seed, spec.inactive_key)
            keys.append(ApiKey(kid, secret, member, is_active=False))
        return keys

    async def _close_ranger(self, _app: web.Application) -> None:
        await self.ranger.close()

    @web.middleware
    async def _noting_errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        self.request_counts[request.method, "" if resource is None else resource.canonical] += 1
        try:
            return await handler(request)
        except (web.HTTPException, ConnectionError):
            raise  # an answer, or a client that has gone
        except Exception as error:
            self._note_error(error)
            return web.json_response({"errors": ["server.internal_error"]}, status=500)

    def _note_error(self, error: Exception) -> None:
        _logger.error("the sandbox failed", exc_info=error)
        self.handler_errors.append(error)

    def _load_past(self) -> None:
        for pieces in pasts(self.config, self.clock.now_s()):
            self._statistics.load(pieces)
            remember_trades(self.exchange.store, pieces)

    def _publish_market_data(self) -> None:
        """Publish all tickers and every market's current candles, now and every few seconds."""
        at = str(int(self.clock.now_s()))
        tickers = {symbol: {"at": at, **figures} for symbol, figures in self._public.all_tickers().items()}
        self.exchange.publish("public.global.tickers", tickers)
        for symbol in tickers:
            for period, name in PERIODS.items():
                row = self._statistics.current(symbol, period)
                if row is not None:
                    self.exchange.publish(f"public.{symbol}.kline-{name}", row)
        for key, payload in self._dialect.periodic_events():
            self.exchange.publish(key, payload)
        self._scheduler.call_later(self.config.ticker_period_s, self._publish_market_data)


class _Fan:
    """Hands every event to several sinks."""

    def __init__(self) -> None:
        self._sinks: tuple[EventSink, ...] = ()

    def add(self, *sinks: EventSink) -> None:
        """Let these have every event from now on."""
        self._sinks += sinks

    def publish(self, routing_key: str, payload: object) -> None:
        """Publish to each sink in turn."""
        for sink in self._sinks:
            sink.publish(routing_key, payload)
