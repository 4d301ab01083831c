"""The cards, played against the sandbox: alone on a market, and among others who trade on it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory

from peatio_sandbox import Sandbox, SandboxConfig
from test.acceptance.all_cards import all_cards
from test.acceptance.cards import Card
from test.acceptance.people import Keys
from test.acceptance.stage import Stage, open_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="module",
    params=[("btcusd", False), ("btcusd", True), ("dogebtc", False)],
    ids=["quiet", "busy", "8 decimals"],
)
async def sandbox_and_market(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Sandbox, str]]:
    market, has_traders = request.param
    async with Sandbox(SandboxConfig(seed=23, traders=has_traders)) as sandbox:
        yield sandbox, market
    assert sandbox.handler_errors == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(
    sandbox_and_market: tuple[Sandbox, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    sandbox, market = sandbox_and_market
    # Hummingbot's HTTP client is one a process; what another test's event loop left of it is of no use here.
    ConnectionsFactory()._shared_client = None
    maker, taker = (Keys(sandbox.members[name].api_key, sandbox.members[name].secret) for name in ("maker", "taker"))
    folder: Path = tmp_path_factory.mktemp("journal")
    async with open_stage(sandbox.url, market, maker, taker, folder) as stage:
        await stage.prepare()
        yield stage
        assert await stage.left_open() == []
    for name in ("maker", "taker"):
        assert {order.state for order in sandbox.orders(name)} <= {"done", "cancel", "reject"}


@pytest.mark.parametrize("card", all_cards(), ids=lambda card: card.number)
async def test_card(stage: Stage, card: Card) -> None:
    await card.run(stage)
