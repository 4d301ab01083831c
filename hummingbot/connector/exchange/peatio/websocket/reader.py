"""Reads Hummingbot's websocket without the eleven coroutines that Hummingbot runs for each message."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import aiohttp
from hummingbot.connector.exchange.peatio.common.fields import exact_number
from hummingbot.core.web_assistant.ws_assistant import WSAssistant

_DECODER = json.JSONDecoder()
_EXACT_DECODER = json.JSONDecoder(parse_float=exact_number)


async def read_texts(assistant: WSAssistant, on_text: Callable[[str], None]) -> None:
    """Passes every text message to `on_text` until the connection ends.

    All other messages (pings, close) go to Hummingbot's own connection. Its coroutines take longer for an increment
    than all other steps up to the book. Hummingbot's post-processors are not called; this connector has none.

    :raises ConnectionError: when the connection ended
    """
    connection = assistant._connection
    websocket: aiohttp.ClientWebSocketResponse = connection._connection
    # Private attributes of aiohttp: without them every message is awaited separately.
    reader: Any = getattr(websocket, "_reader", None)
    arrived: Sequence[Any] = getattr(reader, "_buffer", ())
    while True:
        message = await websocket.receive()
        if message.type is aiohttp.WSMsgType.TEXT:
            connection._update_last_recv_time(message)
            on_text(message.data)
            # Messages that are already buffered skip aiohttp's work for each message (mostly its heartbeat), which
            # takes as long as reading the message.
            while arrived and arrived[0][0].type is aiohttp.WSMsgType.TEXT:
                on_text((await reader.read()).data)
        else:
            await connection._process_message(message)
            if not connection.connected:
                raise ConnectionError("closed")


def decoded(text: str, is_exact: bool = False) -> Any:
    """The message's JSON, or the text where it is none ("pong").

    :param is_exact: whether a fraction becomes a Decimal with all its digits instead of a float
    """
    decoder = _EXACT_DECODER if is_exact else _DECODER
    try:
        # The other work of json.loads (blanks at both ends, options) takes longer than decoding a message.
        data, end = decoder.raw_decode(text)
        if end == len(text):
            return data
    except ValueError:
        pass  # the whole decoder decides
    try:
        return decoder.decode(text)
    except ValueError:
        return text
