"""The doctor at addresses where something is wrong: nobody there, somebody else there, an odd exchange there."""

import socket
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS

from peatio_cli.doctor.check_runner import Check, ExchangeSession
from peatio_cli.doctor.command import CHECKS
from peatio_cli.doctor.findings import Finding, Verdict, passed
from test.peatio_cli.doctor_support import (
    MARKET,
    Fake,
    examined,
    only,
    serving,
)

ALL = {check.key for check in CHECKS}


# An address where somebody else is.


async def test_a_page_that_is_no_peatio() -> None:
    page = (200, "<html><head><title>Welcome to nginx!</title></head></html>")
    async with serving(Fake({"public/timestamp": page})) as fake:
        report = await examined(fake.url)
    assert report.failed == {"address"}
    assert "not as a Peatio" in report.remedy("address")


@pytest.mark.parametrize("answer", [(404, "<h1>Not Found</h1>"), {"now": 1}, "once upon a time", (403, "Forbidden")])
async def test_other_answers_that_are_no_peatios(answer: Any) -> None:
    async with serving(Fake({"public/timestamp": answer})) as fake:
        report = await examined(fake.url)
    assert report.failed == {"address"}
    assert "not as a Peatio" in report.remedy("address")


async def test_an_exchange_under_repair() -> None:
    async with serving(Fake({"public/timestamp": (503, "<title>Maintenance</title>")})) as fake:
        report = await examined(fake.url)
    assert "HTTP 503: Maintenance" in report.detail("address")
    assert "try again later" in report.remedy("address")


# What the exchange says of itself.


@pytest.mark.parametrize(
    ("version", "verdict", "said"),
    [
        ("2.3.10", Verdict.OK, "dialect of 2.3"),
        ("2.6.0", Verdict.OK, "dialect of 2.4 to 2.6"),
        ("v3.0.1", Verdict.OK, "dialect of 3.0 and 3.1"),
        ("4.0.0", Verdict.WARNING, "the connector knows 2.3 to 3.1"),
        ("2.1.0", Verdict.WARNING, "the connector knows 2.3 to 3.1"),
        ("main", Verdict.WARNING, "calls its version 'main'"),
    ],
)
async def test_versions(version: str, verdict: Verdict, said: str) -> None:
    async with serving(Fake({"public/version": {"version": version}})) as fake:
        report = await examined(fake.url, checks=only("version"))
    assert (report.verdict("version"), said in report.detail("version")) == (verdict, True)


async def test_no_version_is_told() -> None:
    async with serving(Fake({"public/version": (404, "")})) as fake:
        report = await examined(fake.url, checks=only("version"))
    assert report.verdict("version") is Verdict.WARNING


async def test_no_market_is_open() -> None:
    async with serving(Fake({"public/markets": [{**MARKET, "state": "disabled"}]})) as fake:
        report = await examined(fake.url, checks=only("markets", "public_stream"))
    assert report.detail("markets") == "none of 1 markets can be traded"
    assert report.detail("public_stream") == "cannot be checked while 'markets and rules' fails"


async def test_a_market_whose_rules_cannot_be_read() -> None:
    rows = [MARKET, {**MARKET, "id": "ethusd", "base_unit": "eth", "amount_precision": None}]
    async with serving(Fake({"public/markets": rows})) as fake:
        report = await examined(fake.url, checks=only("markets"))
    assert report.verdict("markets") is Verdict.WARNING
    assert "1 of 2 open: btcusd" in report.detail("markets")
    assert "amount_precision" in report.detail("markets")


# Its public stream.


def snapshot(sequence: int) -> dict[str, Any]:
    return {"btcusd.ob-snap": {"asks": [["30010.0", "1"]], "bids": [["29990.0", "1"]], "sequence": sequence}}


def increment(sequence: int) -> dict[str, Any]:
    return {"btcusd.ob-inc": {"asks": ["30010.0", "2"], "sequence": sequence}}


async def stream_of(fake: Fake) -> Finding:
    async with serving(fake):
        report = await examined(fake.url, checks=only("markets", "public_stream"))
    return report.rows["public_stream"].finding


async def test_a_book_in_order() -> None:
    finding = await stream_of(Fake(frames=[snapshot(4), increment(5), increment(6)]))
    assert finding == passed("btcusd: a snapshot of 2 levels, 2 changes followed without a gap")


@pytest.mark.parametrize("sequence", [7, 4, 5])
async def test_a_gap_in_the_sequence(sequence: int) -> None:
    finding = await stream_of(Fake(frames=[snapshot(4), increment(5), increment(sequence), increment(sequence + 1)]))
    assert finding.verdict is Verdict.FAILED
    assert finding.detail == f"btcusd: the sequence went from 5 to {sequence}"


async def test_increments_before_a_snapshot_are_no_book() -> None:
    finding = await stream_of(Fake(frames=[increment(5), increment(9)]))
    assert finding.detail.startswith("no book of btcusd within")
    assert "matching engine" in finding.remedy


async def test_a_snapshot_that_comes_when_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONSTANTS, "SNAPSHOT_TIMEOUT_S", 0.1)
    fake = Fake()
    asked: list[list[str]] = []

    def grants(streams: list[str]) -> list[str]:
        fake.frames = [snapshot(4)] if asked else []
        asked.append(streams)
        return streams

    fake.grants = grants
    assert (await stream_of(fake)).verdict is Verdict.OK
    assert asked == [["btcusd.ob-inc"]] * 2


async def test_a_stream_that_is_not_granted() -> None:
    finding = await stream_of(Fake(grants=lambda streams: []))
    assert finding.detail == "the websocket did not grant btcusd.ob-inc"


async def test_a_book_that_cannot_be_read() -> None:
    finding = await stream_of(Fake(frames=[{"btcusd.ob-snap": {"asks": 7, "bids": [], "sequence": 1}}]))
    assert finding.verdict is Verdict.FAILED
    assert "A book side must be a list" in finding.detail


@pytest.mark.parametrize(("status", "said"), [(404, "lies elsewhere"), (503, "try again later")])
async def test_a_websocket_that_is_not_there(status: int, said: str) -> None:
    finding = await stream_of(Fake(websocket_status=status))
    assert finding.detail == f"the websocket was refused (HTTP {status})"
    assert said in finding.remedy


# Checks among themselves.


async def test_a_check_that_breaks_or_hangs_takes_no_other_down() -> None:
    async def breaks(exchange: ExchangeSession) -> Finding:
        raise KeyError(exchange.target.login.secret)  # type: ignore[union-attr]

    async def hangs(exchange: ExchangeSession) -> Finding:
        await exchange.rest.get("hangs")
        raise AssertionError

    async def works(exchange: ExchangeSession) -> Finding:
        return passed("works")

    checks = [
        Check("breaks", "one that breaks", breaks),
        Check("hangs", "one that hangs", hangs, limit_s=0.2),
        Check("needy", "one that needs", works, ("hangs",)),
        Check("needier", "one that needs that", works, ("needy", "breaks")),
        Check("works", "one that works", works),
    ]
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        report = await examined(f"http://127.0.0.1:{silent.getsockname()[1]}", checks=checks)
    assert report.detail("breaks") == "error in the check itself: KeyError: '(hidden)'"
    assert report.detail("hangs") == "no end within 0 s"
    # Skipped with the first cause.
    assert report.detail("needy") == report.detail("needier") == "cannot be checked while 'one that hangs' fails"
    assert report.of(Verdict.OK) == {"works"}
