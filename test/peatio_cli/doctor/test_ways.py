"""The doctor and the way to the exchange: names, ports, TLS, proxies, and parts of it that lie elsewhere."""

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hummingbot.connector.exchange.peatio.http import assistants
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, Venue

from peatio_cli.doctor.command import CHECKS
from peatio_cli.doctor.findings import Verdict
from peatio_cli.doctor.target import Credentials, Target
from peatio_sandbox import Latencies, Sandbox, SandboxConfig
from test.end_to_end.proxy import HOST, PASSWORD, running_proxy, self_signed, tls_end
from test.peatio_cli.doctor_support import PATIENCE, Fake, Report, examined, only, report_on, serving, short_waits

ALL = {check.key for check in CHECKS}
NAME = "peatio_far"
HASTE = replace(PATIENCE, connect_s=0.3, request_s=0.3)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(latencies=Latencies().scaled(0.1))) as running:
        yield running
    assert running.handler_errors == []


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture(autouse=True)
def named_exchanges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of a test alone."""
    monkeypatch.setattr(assistants, "_CONNECTIONS", {})
    monkeypatch.setitem(NAMED_EXCHANGES, NAME, Venue(name=NAME, domain=""))


def port_of(url: str) -> int:
    return urlsplit(url).port or 0


def named(sandbox: Sandbox, domain: str, **settings: Any) -> Target:
    """The sandbox as an exchange of conf/peatio.yml, with the key of its bot."""
    bot = sandbox.members["bot"]
    named_exchange = Venue(name=NAME, domain=domain, **settings)
    return Target(NAME, named_exchange.address, Credentials(bot.api_key, bot.secret, "a test"), named_exchange)


# Names and ports.


async def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        report = await examined(f"http://127.0.0.1:{port}")
    assert report.failed == {"address"}
    assert report.skipped == ALL - {"address", "settings"}
    assert report.detail("address") == f"no connection to http://127.0.0.1:{port}: Connection refused"
    assert "whether the exchange (or the sandbox) is running" in report.remedy("address")


async def test_no_such_host() -> None:
    report = await examined(f"https://{HOST}")
    assert report.detail("address") == f"there is no such host: https://{HOST}"
    assert report.remedy("address") == "Check the spelling of the address, and your network."


@pytest.mark.parametrize(
    ("scheme", "said", "remedy"),
    [
        ("http", "no answer in time", "The exchange or the network does not respond"),
        ("https", "no connection to https://127.0.0.1", "your network, and firewalls"),
    ],
)
async def test_somebody_listens_and_says_nothing(
    scheme: str, said: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_waits(monkeypatch)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        report = await examined(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}", timeouts=HASTE)
    assert report.failed == {"address"}
    assert said in report.detail("address")
    assert remedy in report.remedy("address")


# TLS.


async def test_tls_where_there_is_none(sandbox: Sandbox) -> None:
    report = await examined(sandbox.url.replace("http://", "https://"))
    assert report.failed == {"address"}
    assert "does not use TLS on that port" in report.detail("address")
    assert "write http:// before its address" in report.remedy("address")


async def test_a_certificate_of_nobodys(sandbox: Sandbox, stack: AsyncExitStack, tmp_path: Path) -> None:
    port = await stack.enter_async_context(tls_end(port_of(sandbox.url), self_signed(tmp_path)))
    report = await examined(f"https://localhost:{port}")
    assert report.failed == {"address"}
    assert report.detail("address").endswith("is not trusted: self-signed certificate")
    assert "Do not send keys there" in report.remedy("address")


@pytest.mark.parametrize(
    ("days", "verdict", "said"),
    [
        (60, Verdict.OK, "answers, with a valid certificate"),
        (5, Verdict.WARNING, "its certificate expires in 5 days"),
        (-1, Verdict.FAILED, "certificate has expired"),
    ],
)
async def test_a_certificate_in_its_time(
    days: int, verdict: Verdict, said: str, sandbox: Sandbox, stack: AsyncExitStack, tmp_path: Path
) -> None:
    path = self_signed(tmp_path, days)
    port = await stack.enter_async_context(tls_end(port_of(sandbox.url), path))
    report = await report_on(named(sandbox, f"https://localhost:{port}", ca_file=path), only("address"))
    assert (report.verdict("address"), said in report.detail("address")) == (verdict, True)


async def test_all_is_well_with_certificates_of_an_exchanges_own(
    sandbox: Sandbox, stack: AsyncExitStack, tmp_path: Path
) -> None:
    path = self_signed(tmp_path)
    port = await stack.enter_async_context(tls_end(port_of(sandbox.url), path))
    report = await report_on(named(sandbox, f"https://localhost:{port}", ca_file=path), trade="btcusd")
    assert report.of(Verdict.OK) == {*ALL, "order"}, report.rows


async def test_an_exchange_without_tls_is_worth_a_word(sandbox: Sandbox, stack: AsyncExitStack) -> None:
    proxy = await stack.enter_async_context(running_proxy(port_of(sandbox.url)))
    report = await report_on(named(sandbox, f"http://{HOST}", proxy=proxy.url))
    assert report.of(Verdict.WARNING) == {"address"}
    assert report.of(Verdict.OK) == ALL - {"address"}
    assert "without TLS: others on the network can read" in report.detail("address")
    assert report.remedy("address") == f"Use https://{HOST} if the exchange has it."


# Proxies.


async def test_all_is_well_through_a_proxy(sandbox: Sandbox, stack: AsyncExitStack, tmp_path: Path) -> None:
    path = self_signed(tmp_path)
    port = await stack.enter_async_context(tls_end(port_of(sandbox.url), path))
    proxy = await stack.enter_async_context(running_proxy(port))
    report = await report_on(named(sandbox, f"https://{HOST}", ca_file=path, proxy=proxy.url), trade="btcusd")
    assert report.of(Verdict.OK) == {*ALL, "order"}, report.rows
    assert set(proxy.asked) == {f"CONNECT {HOST}:443"}


def assert_proxy_named(report: Report, said: str) -> None:
    assert report.failed == {"address"}
    assert said in report.detail("address")
    assert report.remedy("address").startswith("Check `proxy` of this exchange in conf/peatio.yml")
    assert PASSWORD not in str(report)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_dead_proxy_is_named(scheme: str, sandbox: Sandbox, stack: AsyncExitStack) -> None:
    proxy = await stack.enter_async_context(running_proxy(port_of(sandbox.url)))
    await stack.aclose()
    report = await report_on(named(sandbox, f"{scheme}://{HOST}", proxy=proxy.url))
    assert_proxy_named(report, "no connection to the proxy")


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_refuses_is_named(scheme: str, sandbox: Sandbox, stack: AsyncExitStack) -> None:
    proxy = await stack.enter_async_context(running_proxy(port_of(sandbox.url), password="another"))
    report = await report_on(named(sandbox, f"{scheme}://{HOST}", proxy=proxy.url))
    assert_proxy_named(report, "the proxy refused with HTTP 407")


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_only_the_websocket_meets_is_named(
    scheme: str, sandbox: Sandbox, stack: AsyncExitStack
) -> None:
    proxy = await stack.enter_async_context(running_proxy(port_of(sandbox.url), password="another"))
    checks = only("private_stream")
    report = await report_on(named(sandbox, f"{scheme}://{HOST}", proxy=proxy.url), checks)
    assert report.remedy("private_stream").startswith("Check `proxy` of this exchange in conf/peatio.yml")
    assert PASSWORD not in str(report)


# Parts that lie elsewhere.


@pytest.mark.parametrize("prefix", ["/api/v2/trade", "/api/v2/backend", "/api/v2"])
async def test_rest_elsewhere_is_found(prefix: str) -> None:
    async with serving(Fake(rest_prefix=prefix)) as fake:
        report = await examined(fake.url, checks=only("address"))
    assert report.detail("address").endswith(f"A Peatio answers under {prefix}.")
    assert report.remedy("address").startswith(f"Write `rest_prefix: {prefix}` under this exchange in conf/peatio.yml")


async def test_rest_nowhere_says_where_it_was_looked_for() -> None:
    async with serving(Fake(rest_prefix="/somewhere")) as fake:
        report = await examined(fake.url, checks=only("address"))
    assert "HTTP 404" in report.detail("address")
    assert "None of /api/v2/peatio, /api/v2/trade, /api/v2/backend, /api/v2" in report.remedy("address")


@pytest.mark.parametrize(("prefix", "value"), [("/api/v2/stream", "/api/v2/stream"), ("", '""')])
async def test_a_websocket_elsewhere_is_found(prefix: str, value: str) -> None:
    async with serving(Fake(websocket_prefix=prefix)) as fake:
        report = await examined(fake.url, checks=only("markets", "public_stream"))
    assert report.failed == {"public_stream"}
    assert report.detail("public_stream") == f"the websocket was refused (HTTP 404); there is one under {prefix or '/'}"
    assert report.remedy("public_stream").startswith(f"Write `websocket_prefix: {value}` under this exchange")


async def test_orders_elsewhere_are_found(sandbox: Sandbox) -> None:
    """The gateway says of a path that it does not know that the key may not use it."""
    target = named(sandbox, sandbox.url)
    wrong = replace(target.address, orders=f"{sandbox.url}/api/v2/orders")
    report = await report_on(replace(target, address=wrong), only("permissions"))
    assert report.detail("permissions") == (
        f"orders are not taken under {sandbox.url}/api/v2/orders but under /api/v2/peatio"
    )
    assert report.remedy("permissions").startswith("Write `order_prefix: /api/v2/peatio` under this exchange")


async def test_orders_nowhere_are_the_exchanges_to_explain() -> None:
    def orders(request: Any) -> Any:
        return (404, "404 Not Found") if request.method == "POST" else []

    async with serving(Fake({"market/orders": orders})) as fake:
        report = await examined(fake.url, checks=only("permissions"))
    assert report.detail("permissions").startswith(f"no service takes orders under {fake.url}/api/v2/peatio: POST")
    assert report.remedy("permissions").startswith("Ask the exchange for the address where its API takes orders.")
