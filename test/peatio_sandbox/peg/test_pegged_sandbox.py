"""A pegged coin on a running sandbox: over REST, over Ranger, and by command."""

from typing import Any

import aiohttp
import pytest
from typer.testing import CliRunner

from peatio_cli.typer_app import app
from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.options import OptionError, with_pegged
from peatio_sandbox.peg.coin import TRADERS_COINS
from peatio_sandbox.traders import CROWD, HOUSE
from test.patience import eventually

MARKETS = ["bayusd", "bayrusd", "baybayr"]


async def test_a_cycle_by_command_changes_balances_over_rest() -> None:
    config = with_pegged(SandboxConfig(), "bay", "51,53", None, "origin")
    async with Sandbox(config) as sandbox, aiohttp.ClientSession(sandbox.url) as session:
        async with session.get("/api/v2/peatio/public/markets") as answer:
            assert [row["id"] for row in await answer.json() if row["id"] in MARKETS] == MARKETS
        before = sandbox.balances("bot")
        async with session.post("/sandbox/peg/cycle", json={"peg": 60}) as answer:
            assert answer.status == 202
            assert (await answer.json())["busy"] is True
        async with session.post("/sandbox/peg/cycle") as answer:
            assert (answer.status, await answer.json()) == (422, {"errors": ["a cycle is under way"]})
        await eventually(lambda: sandbox.pegged is not None and sandbox.pegged.cycles == 1)
        after = sandbox.balances("bot")
        assert after["bay"][0] < before["bay"][0]
        assert sum(after["bay"]) + sum(after["bayr"]) == sum(before["bay"]) + sum(before["bayr"])
        async with session.get("/sandbox/peg") as answer:
            state: Any = await answer.json()
        assert (state["peg"], state["cycle"], state["busy"], state["telling"]) == (60, 2, False, "origin")
        async with session.post("/sandbox/peg/cycle", json={"peg": "60"}) as answer:
            assert answer.status == 422


async def test_the_tracker_is_lost_and_found_by_command() -> None:
    config = with_pegged(SandboxConfig(), "bay", "51", None, "origin")
    async with Sandbox(config) as sandbox, aiohttp.ClientSession(sandbox.url) as session:
        for is_reachable in (False, True):
            async with session.post("/sandbox/peg/tracker", json={"reachable": is_reachable}) as answer:
                assert answer.status == 200
                assert (await answer.json())["reachable"] is is_reachable
            async with session.post("/sandbox/peg/cycle") as answer:
                assert answer.status == (202 if is_reachable else 422)
        for wrong in (b"", b"[]", b'{"reachable": 1}'):
            async with session.post("/sandbox/peg/tracker", data=wrong) as answer:
                assert answer.status == 422
                assert "reachable" in (await answer.json())["errors"][0]


async def test_the_clock_runs_cycles_and_traders_trade_the_coin() -> None:
    config = with_pegged(SandboxConfig(traders=True, seed=3), "bay", "51,53,56", 0.2, "origin")
    async with Sandbox(config) as sandbox:
        await eventually(lambda: sandbox.pegged is not None and sandbox.pegged.cycles >= 2, timeout_s=15)
        assert sandbox.mid_price("bayusd") is not None
        for member in (HOUSE, CROWD):
            free, locked = sandbox.balances(member)["bay"]
            assert free + locked < TRADERS_COINS
        assert sandbox.handler_errors == []


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("bay", "51,x", None, "origin"), "--peg 51,x: 'x' is no peg; remedy: numbers from 0 to 1198"),
        (("bay", "51", None, "loudly"), "there is no telling 'loudly'; remedy: one of origin, remaining, replace, sil"),
        (("BAY", "51", None, "origin"), "--pegged BAY: it is no currency's code"),
        (("btc", "51", None, "origin"), "--pegged btc: there is a currency 'btc' already; remedy: another code"),
    ],
)
def test_options_that_cannot_be_used_are_named(options: tuple[Any, ...], text: str) -> None:
    with pytest.raises(OptionError) as caught:
        with_pegged(SandboxConfig(), *options)
    assert str(caught.value).startswith(text)


def test_the_command_line_takes_them() -> None:
    result = CliRunner().invoke(app, ["sandbox", "--port", "0", "--pegged", "usd"])
    assert result.exit_code == 2
    assert result.stderr == (
        "sandbox: --pegged usd: there is a currency 'usd' already; remedy: another code, as in bay\n"
    )


async def test_the_exchange_knows_no_peg_without_such_a_coin() -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession(sandbox.url) as session:
        async with session.get("/sandbox/peg") as answer:
            assert answer.status == 404
        assert sandbox.pegged is None
