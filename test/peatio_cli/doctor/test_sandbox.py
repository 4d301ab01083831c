"""The doctor on the sandbox: all is well, and each failure that the sandbox can make."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio.common.errors import REMEDIES
from hummingbot.connector.exchange.peatio.config import ExchangeAddress, parse_domain

from peatio_cli.doctor.check_runner import Row
from peatio_cli.doctor.command import CHECKS, examine
from peatio_cli.doctor.findings import Verdict
from peatio_cli.doctor.report import is_healthy
from peatio_cli.doctor.target import Credentials, NoCredentials, Target
from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.config import DEFAULT_MARKETS, DEFAULT_MEMBERS, Latencies, MemberSpec, make_credentials
from peatio_sandbox.exchange.market import TradingFee
from test.end_to_end.support import person
from test.peatio_cli.doctor_support import PATIENCE, examined, of_member, short_waits

D = Decimal
MEMBERS = (
    *DEFAULT_MEMBERS,
    MemberSpec("no_2fa", "IDNOOTP0001", "otp@example.com", {"usd": D(100)}, otp=False),
    MemberSpec("broke", "IDBROKE0001", "broke@example.com"),
)
PRIVATE = {"two_factor", "permissions", "private_stream", "balances", "fee_group"}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(members=MEMBERS, latencies=Latencies().scaled(0.1))) as running:
        yield running
    assert running.handler_errors == []


def rows_of(report: object) -> list[Row]:
    return list(report.rows.values())  # type: ignore[attr-defined]


async def test_all_is_well(sandbox: Sandbox) -> None:
    report = await of_member(sandbox, "bot")

    assert report.of(Verdict.OK) == {check.key for check in CHECKS}
    assert is_healthy(rows_of(report))
    assert report.detail("address") == f"{sandbox.url} answers"
    assert report.detail("version") == "Peatio 3.1.0, dialect of 3.0 and 3.1"
    assert "4 of 4 open: btcusd, ethusd, ethbtc, dogebtc" in report.detail("markets")
    assert "btcusd: amounts from 0.0001 in steps of 0.000001, prices in steps of 0.01" in report.detail("markets")
    assert report.detail("permissions") == "may read balances, read orders, place orders"
    assert report.detail("private_stream") == "order and trade granted"
    assert report.detail("balances") == "6 currencies read, available: btc, doge, eth, usd, usdt"
    assert report.detail("fee_group") == "group vip-0: 0.1 % maker, 0.2 % taker on btcusd"


async def test_without_trade_nothing_is_placed(sandbox: Sandbox) -> None:
    await of_member(sandbox, "bot")
    assert sandbox.orders("bot") == []


async def test_the_book_is_followed_while_others_trade() -> None:
    async with Sandbox(SandboxConfig(traders=True)) as sandbox:
        report = await of_member(sandbox, "bot")
    assert "changes followed without a gap" in report.detail("public_stream")
    assert is_healthy(rows_of(report))


@pytest.mark.parametrize(("skew_s", "said"), [(10.0, "behind the exchange's"), (-10.0, "ahead of the exchange's")])
async def test_the_clock_is_off(skew_s: float, said: str) -> None:
    async with Sandbox(SandboxConfig(clock_skew_s=skew_s)) as sandbox:
        report = await of_member(sandbox, "bot")

    assert report.failed == {"clock"}
    assert said in report.detail("clock")
    assert "Switch on time synchronisation" in report.remedy("clock")
    # The connector signs with the exchange's time: everything else works.
    assert report.skipped == set()


@pytest.mark.parametrize(
    ("key_of", "secret_of", "code"),
    [
        ("bot", "maker", "authz.invalid_signature"),
        ("nobody", "nobody", "authz.unexistent_apikey"),
        ("inactive", "inactive", "authz.apikey_not_active"),
    ],
)
async def test_a_key_that_does_not_work(sandbox: Sandbox, key_of: str, secret_of: str, code: str) -> None:
    key, _ = make_credentials(sandbox.config.seed, key_of)
    _, secret = make_credentials(sandbox.config.seed, secret_of)
    report = await examined(sandbox.url, key, secret)

    assert report.failed == {"key"}
    assert code in report.detail("key")
    assert report.remedy("key") == REMEDIES[code]
    assert REMEDIES[code] not in report.detail("key")
    assert report.skipped == PRIVATE
    assert {report.detail(check) for check in PRIVATE} == {"cannot be checked while 'API key or token' fails"}


async def test_no_key(sandbox: Sandbox) -> None:
    report = await examined(sandbox.url, credentials=NoCredentials("there is no key", "Get one."))
    assert (report.detail("key"), report.remedy("key")) == ("there is no key", "Get one.")
    assert report.failed == {"key"}
    assert report.skipped == PRIVATE
    assert not any("account" in path or "market/orders" in path for _, path in sandbox.request_counts)


async def test_two_factor_authentication_is_off(sandbox: Sandbox) -> None:
    report = await of_member(sandbox, "no_2fa")
    assert report.verdict("key") is Verdict.OK
    assert report.failed == {"two_factor"}
    assert report.remedy("two_factor") == REMEDIES["authz.disabled_2fa"]
    assert report.skipped == PRIVATE - {"two_factor"}


async def test_the_account_may_not_trade(sandbox: Sandbox) -> None:
    report = await of_member(sandbox, "low", trade="btcusd")
    assert report.failed == {"permissions"}
    assert report.detail("permissions").startswith("may not read orders, place orders: ")
    assert report.remedy("permissions") == REMEDIES["market.trade.not_permitted"]
    assert report.detail("order") == "cannot be checked while 'permissions' fails"
    assert report.skipped == {"order"}


async def test_an_empty_account(sandbox: Sandbox) -> None:
    report = await of_member(sandbox, "broke")
    assert report.of(Verdict.WARNING) == {"balances"}
    assert report.remedy("balances") == "Deposit the funds to trade with."
    assert is_healthy(rows_of(report))


@pytest.mark.parametrize("channel", ["public", "private"])
async def test_a_silent_websocket(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, channel: str) -> None:
    short_waits(monkeypatch)
    sandbox.faults.start("websocket_silent", channel=channel)
    report = await of_member(sandbox, "bot", trade="btcusd")
    assert report.failed == {f"{channel}_stream"}
    assert "did not acknowledge" in report.detail(f"{channel}_stream")
    assert "websocket" in report.remedy(f"{channel}_stream")
    assert report.skipped == ({"order"} if channel == "private" else set())


@pytest.mark.parametrize("channel", ["public", "private"])
async def test_websockets_are_cut(sandbox: Sandbox, channel: str) -> None:
    sandbox.faults.start("websocket_drop", channel=channel, duration_s=60.0)
    report = await of_member(sandbox, "bot")
    assert report.failed == {f"{channel}_stream"}


@dataclass(frozen=True)
class _PublicOnly(ExchangeAddress):
    """An exchange whose private websocket does not know who one is."""

    def websocket_url(self, channel: str) -> str:
        return super().websocket_url("public")


async def test_private_streams_are_not_granted(sandbox: Sandbox) -> None:
    address = parse_domain(sandbox.url)
    bot = sandbox.members["bot"]
    target = Target(
        "peatio",
        _PublicOnly(**vars(address)),
        Credentials(bot.api_key, bot.secret, "a test"),
    )
    rows = {row.key: row.finding for row in await examine(target, CHECKS, PATIENCE)}
    failed = {key for key, finding in rows.items() if finding.verdict is Verdict.FAILED}
    assert failed == {"private_stream"}
    assert "did not grant order, trade" in rows["private_stream"].detail


async def test_a_request_that_never_ends_is_one_failure(sandbox: Sandbox) -> None:
    sandbox.faults.start("answer_stalled", path="/public/trading_fees")
    report = await of_member(sandbox, "bot")
    assert report.failed == {"fee_group"}
    assert "no answer in time" in report.detail("fee_group")


async def test_the_exchange_stumbles(sandbox: Sandbox) -> None:
    sandbox.faults.start("server_error", path="/account/balances", html=True)
    report = await of_member(sandbox, "bot")
    assert report.failed == {"key"}
    assert "try again later" in report.remedy("key")


async def test_too_many_requests(sandbox: Sandbox) -> None:
    sandbox.faults.start("rate_limit", path="/market/orders")
    report = await of_member(sandbox, "bot")
    assert "Too many requests from here" in report.remedy("permissions")


# What a Peatio is set up to, and what its websocket may come to.


def sandbox_of(**settings: object) -> Sandbox:
    return Sandbox(SandboxConfig(members=MEMBERS, latencies=Latencies().scaled(0.1), **settings))  # type: ignore[arg-type]


async def test_no_market_is_open() -> None:
    closed = tuple(replace(market, state="disabled") for market in DEFAULT_MARKETS)
    async with sandbox_of(markets=closed) as sandbox:
        report = await of_member(sandbox, "bot", trade="btcusd")
    assert report.failed == {"markets"}
    assert report.detail("markets") == "none of 0 markets can be traded"
    assert report.remedy("markets") == "Ask the exchange whether it is closed."
    assert report.skipped == {"public_stream", "fee_group", "order"}


async def test_no_fees_are_set() -> None:
    fees = (TradingFee("vip-9", "any", D("0.001"), D("0.002")),)
    async with sandbox_of(trading_fees=fees, dialect="peatio-2.6") as sandbox:
        report = await of_member(sandbox, "bot")
    assert report.of(Verdict.WARNING) == {"fee_group"}
    assert report.detail("fee_group").endswith("no fee for btcusd in the exchange's 1 rows")
    assert "uses its default fees" in report.remedy("fee_group")


async def test_limits_that_leave_no_room_for_a_trial() -> None:
    narrow = tuple(replace(market, min_price=D(29000), max_price=D(31000)) for market in DEFAULT_MARKETS[:1])
    async with sandbox_of(markets=narrow) as sandbox:
        async with person(sandbox, "maker") as maker:
            await maker.place("btcusd", "buy", "0.1", "29990")
            await maker.place("btcusd", "sell", "0.1", "30010")
        await sandbox.settle()
        report = await of_member(sandbox, "bot", trade="btcusd")
    assert report.failed == {"order"}
    assert report.detail("order") == "the limits of btcusd allow no price far from the market"
    assert report.remedy("order") == "Choose another market for the trial order."


async def test_an_empty_key_is_no_key(sandbox: Sandbox) -> None:
    report = await examined(sandbox.url, "", "")
    assert "authz.invalid_api_key_headers" in report.detail("key")
    assert report.remedy("key") == REMEDIES["authz.invalid_api_key_headers"]


async def test_the_version_is_not_told(sandbox: Sandbox) -> None:
    sandbox.faults.start("server_error", path="/public/version", html=True)
    report = await of_member(sandbox, "bot")
    assert report.of(Verdict.WARNING) == {"version"}
    assert "ask which Peatio it runs" in report.remedy("version")


async def test_a_websocket_without_books(sandbox: Sandbox) -> None:
    sandbox.ranger.restart()
    report = await of_member(sandbox, "bot")
    assert report.failed == {"public_stream"}
    assert report.detail("public_stream").startswith("no book of btcusd within")
    assert "after a restart the websocket has no book" in report.remedy("public_stream")


async def test_a_change_of_the_book_is_lost(sandbox: Sandbox) -> None:
    """On its way to the websocket: the next one has a number too high."""

    async def skip_one() -> None:
        while True:
            for sequence in (100, 102):
                level = {"asks": ["30010.0", "0.5"], "sequence": sequence}
                sandbox.ranger.publish("public.btcusd.ob-inc", level)
            await asyncio.sleep(0.02)

    skipping = asyncio.create_task(skip_one())
    try:
        report = await of_member(sandbox, "bot")
    finally:
        skipping.cancel()
    assert report.failed == {"public_stream"}
    assert re.fullmatch(r"btcusd: the sequence went from \d+ to \d+", report.detail("public_stream"))
    assert "Messages are lost between the exchange and this machine" in report.remedy("public_stream")


@pytest.mark.parametrize("status", [301, 302, 308])
async def test_an_address_that_redirects_to_https_is_no_address(sandbox: Sandbox, status: int) -> None:
    sandbox.faults.start("redirect", path="*", status=status)
    report = await of_member(sandbox, "bot")
    assert report.failed == {"address"}
    assert report.detail("address") == f"answered with a redirect (HTTP {status}), which is not followed"
    there = sandbox.url.replace("http", "https", 1)
    assert report.remedy("address") == f"The exchange moved: write {there} as its address."


@pytest.mark.parametrize(
    ("check", "path"), [("permissions", "/market/orders"), ("private_stream", "/api/v2/ranger/private")]
)
async def test_a_part_that_redirects_is_found(sandbox: Sandbox, check: str, path: str) -> None:
    """Otherwise every read works, and no order is ever placed."""
    sandbox.faults.start("redirect", path=path, site="https://moved.example")
    report = await of_member(sandbox, "bot")
    assert report.failed == {check}
    assert "answered with a redirect (HTTP 301), which is not followed" in report.detail(check)
    assert "The exchange moved: write https://moved.example as its address." in report.remedy(check)
