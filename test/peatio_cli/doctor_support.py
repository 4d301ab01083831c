"""What the tests of the doctor share: an examination with little patience, and an exchange made of canned answers."""

import datetime
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from aiohttp import WSMsgType, web
from hummingbot.client.config import config_crypt
from hummingbot.client.config.config_crypt import ETHKeyFileSecretManger
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.config import parse_domain

from peatio_cli.doctor.check_runner import Check, Row, Timeouts
from peatio_cli.doctor.command import CHECKS, ORDER_CHECK, examine
from peatio_cli.doctor.findings import Verdict
from peatio_cli.doctor.target import Credentials, Login, Target
from peatio_sandbox import Sandbox

# Enough for a busy machine; only what is meant to be sat out is short.
PATIENCE = Timeouts(connect_s=5.0, request_s=3.0, snapshot_s=0.6, listen_s=0.2, order_s=5.0)
PASSWORD = "the password of a test"
KEY, SECRET = "key-of-a-test", "secret-of-a-test"


def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connector's own waiting times, short enough to be sat out."""
    monkeypatch.setattr(CONSTANTS, "ACK_TIMEOUT_S", 0.4)
    monkeypatch.setattr(CONSTANTS, "REQUEST_TIMEOUT_S", 1.0)


@dataclass(frozen=True)
class Report:
    """The rows of an examination, by check."""

    rows: Mapping[str, Row]

    def verdict(self, check: str) -> Verdict:
        return self.rows[check].finding.verdict

    def detail(self, check: str) -> str:
        return self.rows[check].finding.detail

    def remedy(self, check: str) -> str:
        return self.rows[check].finding.remedy

    def of(self, verdict: Verdict) -> set[str]:
        return {key for key, row in self.rows.items() if row.finding.verdict is verdict}

    @property
    def failed(self) -> set[str]:
        return self.of(Verdict.FAILED)

    @property
    def skipped(self) -> set[str]:
        return self.of(Verdict.SKIPPED)


async def examined(
    url: str,
    key: str = KEY,
    secret: str = SECRET,
    trade: str | None = None,
    checks: Sequence[Check] | None = None,
    credentials: Login | None = None,
    timeouts: Timeouts = PATIENCE,
) -> Report:
    """An examination of an exchange without a name."""
    target = Target("peatio", parse_domain(url), credentials or Credentials(key, secret, "a test"))
    return await report_on(target, checks, trade, timeouts)


async def report_on(
    target: Target, checks: Sequence[Check] | None = None, trade: str | None = None, timeouts: Timeouts = PATIENCE
) -> Report:
    """An examination, and what holds for each: failures and warnings have remedies, nothing tells a secret."""
    if checks is None:
        checks = (*CHECKS, ORDER_CHECK) if trade else CHECKS
    rows = await examine(target, checks, timeouts, trade)
    for row in rows:
        assert bool(row.finding.remedy) is (row.finding.verdict in (Verdict.FAILED, Verdict.WARNING)), row
        for text in (row.finding.detail, row.finding.remedy):
            assert text == text.strip()
            if isinstance(target.login, Credentials):
                assert not any(secret in text for secret in (target.login.api_key, target.login.secret) if secret)
    return Report({row.key: row for row in rows})


async def of_member(
    sandbox: Sandbox, name: str, trade: str | None = None, timeouts: Timeouts = PATIENCE
) -> Report:
    """An examination with the key of a member of the sandbox."""
    member = sandbox.members[name]
    return await examined(sandbox.url, member.api_key, member.secret, trade, timeouts=timeouts)


def only(*keys: str) -> list[Check]:
    """The named checks, without the others that they would wait for."""
    return [
        Check(check.key, check.title, check.examine, tuple(need for need in check.needs if need in keys), check.limit_s)
        for check in (*CHECKS, ORDER_CHECK)
        if check.key in keys
    ]


MARKET = {
    "id": "btcusd",
    "base_unit": "btc",
    "quote_unit": "usd",
    "min_price": "0.01",
    "max_price": "0.0",
    "min_amount": "0.0001",
    "amount_precision": 6,
    "price_precision": 2,
    "state": "enabled",
}


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


@dataclass
class Fake:
    """An exchange that answers by path; `frames` are what its websocket sends after each subscription.

    An answer is a JSON value, or (status, text). A callable is asked with the request. `rest_prefix` and
    `websocket_prefix` are where it serves.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    frames: Sequence[Any] = ()
    grants: Callable[[list[str]], list[str]] = lambda streams: streams
    websocket_status: int = 101
    rest_prefix: str = "/api/v2/peatio"
    websocket_prefix: str = "/api/v2/ranger"
    url: str = ""

    def __post_init__(self) -> None:
        self.answers = {
            "public/timestamp": _now,
            "public/version": {"version": "2.6.0"},
            "public/markets": [MARKET],
            "public/markets/tickers": {},
            "public/trading_fees": [],
            "account/balances": [],
            **self.answers,
        }

    async def rest(self, request: web.Request) -> web.Response:
        answer = self.answers.get(request.match_info["path"], (404, "404 Not Found"))
        if callable(answer):
            answer = answer(request) if answer is not _now else _now()
        if isinstance(answer, tuple):
            status, text = answer
            return web.Response(status=status, text=text, content_type="text/html")
        return web.json_response(answer)

    async def websocket(self, request: web.Request) -> web.StreamResponse:
        if self.websocket_status != 101:
            return web.Response(status=self.websocket_status)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"success": {"message": "subscribed", "streams": []}})
        async for message in socket:
            if message.type is WSMsgType.TEXT and message.data != "ping":
                streams = self.grants(json.loads(message.data)["streams"])
                for frame in self.frames:
                    await socket.send_json(frame)
                await socket.send_json({"success": {"message": "subscribed", "streams": streams}})
        return socket


@asynccontextmanager
async def serving(fake: Fake, **site_options: Any) -> AsyncIterator[Fake]:
    """The fake on a free port of this machine."""
    app = web.Application()
    app.router.add_route("*", f"{fake.rest_prefix}/{{path:.*}}", fake.rest)
    app.router.add_get(f"{fake.websocket_prefix}/{{channel}}", fake.websocket)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, **site_options).start()
        fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield fake
    finally:
        await runner.cleanup()


def store(folder: Path, url: str, key: str, secret: str, name: str = "peatio") -> None:
    """What `hbot connect` leaves in an instance, but for how long its password takes to try: a second each."""
    manager = ETHKeyFileSecretManger(PASSWORD)
    (folder / "conf" / "connectors").mkdir(parents=True, exist_ok=True)
    with patch.object(config_crypt, "get_default_work_factor_for_kdf", return_value=1000):
        content = {
            "connector": name,
            f"{name}_api_key": manager.encrypt_secret_value("api_key", key),
            f"{name}_secret_key": manager.encrypt_secret_value("secret_key", secret),
        }
    if name == "peatio":
        content["peatio_exchange_domain"] = url
    (folder / "conf" / "connectors" / f"{name}.yml").write_text(yaml.safe_dump(content))
