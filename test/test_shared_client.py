"""A test gets no HTTP client of an event loop of an earlier test, whether that loop was closed or not."""

import asyncio

from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory


def test_one_leaves_a_client_behind() -> None:
    async def leave() -> None:
        client = await ConnectionsFactory()._get_shared_client()
        await client.close()  # Hummingbot's factory still hands it out

    asyncio.run(leave())
    assert ConnectionsFactory()._shared_client is not None


def test_the_next_one_gets_another() -> None:
    assert ConnectionsFactory()._shared_client is None
