"""What a connection to Ranger needs of a websocket, and Hummingbot's as one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import aiohttp
from hummingbot.core.web_assistant.connections.data_types import WSPlainTextRequest
from hummingbot.core.web_assistant.ws_assistant import WSAssistant

#: Gets the texts that arrived together, in their order.
OnTexts = Callable[[Sequence[str]], None]


class UpgradeError(Exception):
    """The server answered the request for a websocket with something else.

    :ivar status: the HTTP status
    :ivar headers: of the answer
    """

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.headers = headers


class Socket(Protocol):
    """An open websocket."""

    @property
    def last_recv_time(self) -> float:
        """Epoch seconds of the last message."""

    async def send_text(self, text: str) -> None:
        """:raises RuntimeError | OSError: when the socket is closed"""

    async def read(self, on_texts: OnTexts) -> None:
        """Hands every text message on until the connection ends.

        :raises ConnectionError: when it ended; nothing else ends it but a cancellation
        """

    async def close(self) -> None:
        """Says goodbye and waits for the other side's."""


class AssistantSocket:
    """The websocket of a Hummingbot assistant that is connected: one with headers of a login, or behind a proxy.

    :ivar assistant: Hummingbot's; its post-processors are not called, this connector has none
    """

    def __init__(self, assistant: WSAssistant) -> None:
        self.assistant = assistant

    @property
    def last_recv_time(self) -> float:
        return float(self.assistant.last_recv_time)

    async def send_text(self, text: str) -> None:
        await self.assistant.send(WSPlainTextRequest(payload=text))

    async def read(self, on_texts: OnTexts) -> None:
        """Texts skip Hummingbot's coroutines; pings and closing frames are left to its connection."""
        connection = self.assistant._connection
        websocket: aiohttp.ClientWebSocketResponse = connection._connection
        while True:
            message = await websocket.receive()
            if message.type is aiohttp.WSMsgType.TEXT:
                connection._update_last_recv_time(message)
                on_texts((message.data,))
                continue
            await connection._process_message(message)
            if not connection.connected:
                raise ConnectionError("closed")

    async def close(self) -> None:
        await self.assistant.disconnect()
