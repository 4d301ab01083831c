"""Reading a websocket of Hummingbot without the dozen of calls that it makes for each message."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import aiohttp
from hummingbot.core.web_assistant.ws_assistant import WSAssistant

_DECODER = json.JSONDecoder()


async def read_texts(assistant: WSAssistant, on_text: Callable[[str], None]) -> None:
    """Hands every text message to `on_text` until the connection ends.

    Everything else (pings, the end) is left to Hummingbot's own connection, whose way through eleven coroutines takes
    an increment longer than all the rest of its way into the book. Hummingbot's post-processors are passed by; this
    connector has none.

    :raises ConnectionError: when the connection ended
    """
    connection = assistant._connection
    websocket: aiohttp.ClientWebSocketResponse = connection._connection
    # Not aiohttp's public ones: where there are none, every message is waited for.
    reader: Any = getattr(websocket, "_reader", None)
    arrived: Sequence[Any] = getattr(reader, "_buffer", ())
    while True:
        message = await websocket.receive()
        if message.type is aiohttp.WSMsgType.TEXT:
            connection._update_last_recv_time(message)
            on_text(message.data)
            # What came in the same moment was not waited for: aiohttp's care for each (its heartbeat above all) takes
            # as long as reading it.
            while arrived and arrived[0][0].type is aiohttp.WSMsgType.TEXT:
                on_text((await reader.read()).data)
        else:
            await connection._process_message(message)
            if not connection.connected:
                raise ConnectionError("closed")


def decoded(text: str) -> Any:
    """The message's JSON, or the text where it is none ("pong")."""
    try:
        # What json.loads does besides (blanks at both ends, options) takes longer than a message.
        data, end = _DECODER.raw_decode(text)
        if end == len(text):
            return data
    except ValueError:
        pass  # json.loads has the last word
    try:
        return json.loads(text)
    except ValueError:
        return text
