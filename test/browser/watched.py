"""A bot for the page of `watch`: a real connector that trades on the sandbox, with its files in an instance."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, load_named_exchanges

from peatio_sandbox import Sandbox
from test.end_to_end.support import Bot, running_bot
from test.peatio_cli.watch.support import CONNECTOR


@asynccontextmanager
async def bot_of(
    sandbox: Sandbox, directory: Path, settings: ConnectorSettings | None = None
) -> AsyncIterator[Bot]:
    """A bot of the member `bot` on BTC-USD."""
    NAMED_EXCHANGES[CONNECTOR] = load_named_exchanges(directory / "conf")[0][CONNECTOR]
    try:
        async with running_bot(
            sandbox.url,
            sandbox.members["bot"],
            ["BTC-USD"],
            journal_folder=directory / "data",
            instance=str(directory),
            domain=CONNECTOR,
            settings=settings,
        ) as bot:
            yield bot
    finally:
        del NAMED_EXCHANGES[CONNECTOR]
