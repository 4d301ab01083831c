"""A websocket that picows reads: it costs a fraction of aiohttp's, and hands on what arrives together at once."""

import asyncio
import logging
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.http.redirects import RedirectError
from hummingbot.connector.exchange.peatio.websocket.sockets import OnTexts, UpgradeError
from picows import (
    WSAutoPingStrategy,
    WSCloseCode,
    WSFrame,
    WSHandshakeError,
    WSListener,
    WSMsgType,
    WSProtocolError,
    WSTransport,
    ws_connect,
)
from yarl import URL

# picows logs handshakes, and errors that reach us as exceptions as well.
_silent = logging.Logger("picows")
_silent.setLevel(logging.CRITICAL + 1)

_TEXT = WSMsgType.TEXT


async def open_fast_socket(
    url: str, tls: ssl.SSLContext | None, login: Mapping[str, str] | None = None
) -> "FastSocket":
    """A connection without a proxy, whose server has to answer pings.

    :param tls: for a `wss` URL
    :param login: headers
    :raises RedirectError: for an answer with a redirect, which is not followed
    :raises UpgradeError: for another answer that opens no websocket
    :raises OSError: when there is no connection, or it ends before the answer; `TimeoutError` when none comes
    """
    opening = _Opening()
    try:
        _, socket = await ws_connect(
            opening.listener,
            url,
            ssl_context=tls,
            extra_headers=dict(login or {}),
            # It also ends the connection of a caller that was cancelled and that the server never answers.
            websocket_handshake_timeout=CONSTANTS.UPGRADE_TIMEOUT_S,
            logger_name=_silent,
            enable_auto_ping=True,
            auto_ping_strategy=WSAutoPingStrategy.PING_PERIODICALLY,
            # From a pong to the next ping, so that a frozen server goes unnoticed for three halves of the time.
            auto_ping_idle_timeout=CONSTANTS.HEARTBEAT_S / 2,
            auto_ping_reply_timeout=CONSTANTS.HEARTBEAT_S / 2,
            max_frame_size=CONSTANTS.MAX_MESSAGE_BYTES,
            max_redirects=0,
            # asyncio's own transports: of any loop, the simulation's too.
            use_aiofastnet=False,
            happy_eyeballs_delay=CONSTANTS.HAPPY_EYEBALLS_DELAY_S,
        )
    except WSHandshakeError as error:
        if error.response is None:
            raise ConnectionError(f"the answer to the upgrade cannot be read: {error}") from error
        status, headers = int(error.response.status), error.response.headers
        if 300 <= status < 400 and status != HTTPStatus.NOT_MODIFIED:
            address = URL(url.replace("ws", "http", 1))
            raise RedirectError(status, address, headers.get("Location", "")) from error
        raise UpgradeError(status, headers) from error
    except asyncio.CancelledError:
        opening.abandon()
        raise
    except TimeoutError:
        raise
    except OSError as error:
        raise ConnectionError(f"Cannot connect to {URL(url).origin()}: {error}") from error
    # So picows reports a connection that ended before the answer.
    if not isinstance(socket, FastSocket):
        raise ConnectionError("the server ended the connection before it answered the upgrade")
    return socket


class _Opening:
    """An upgrade that waits for its answer. picows goes on with it when its caller was cancelled, pings included."""

    def __init__(self) -> None:
        self._is_abandoned = False
        self._socket: FastSocket | None = None

    def listener(self, _request: object, _response: object) -> WSListener:
        """What gets the frames, now that the server has answered."""
        if self._is_abandoned:
            return _Unwanted()
        self._socket = FastSocket()
        return self._socket

    def abandon(self) -> None:
        """Nobody waits any more."""
        self._is_abandoned = True
        if self._socket is not None:
            self._socket.end()


class _Unwanted(WSListener):
    """Ends the connection at once."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.disconnect(graceful=False)


class FastSocket(WSListener):
    """Collects the texts of one read of the transport, and hands them on together.

    Texts that arrive before `read` are kept for it; those that arrive after its end are dropped.

    :ivar last_recv_time: epoch seconds of the last message
    """

    def __init__(self) -> None:
        super().__init__()
        self.last_recv_time = 0.0
        self._loop = asyncio.get_running_loop()
        self._transport: WSTransport
        self._texts: list[str] = []
        self._on_texts: OnTexts | None = None
        self._is_over = False
        # Hands on the texts if the last frame of the read is none that picows shows us.
        self._late: asyncio.Handle | None = None
        # Of a message that has not ended: its type and what has come of it.
        self._fragments: list[bytes] = []
        self._fragmented: WSMsgType | None = None
        self._close_code: int | None = None

    async def send_text(self, text: str) -> None:
        if self._transport.is_disconnected or self._transport.is_close_frame_sent:
            raise ConnectionResetError("the websocket is closed")
        self._transport.send(WSMsgType.TEXT, text)

    async def read(self, on_texts: OnTexts) -> None:
        self._on_texts = on_texts
        try:
            self._hand_on()
            await self._transport.wait_disconnected()
        except WSProtocolError as error:
            raise ConnectionError(f"the connection was given up: {error}") from error
        finally:
            self._is_over = True
        raise ConnectionError(
            "the connection was closed unexpectedly"
            + ("" if self._close_code is None else f" with code {self._close_code}")
        )

    async def close(self) -> None:
        self._is_over = True
        try:
            self._transport.send_close(WSCloseCode.OK)
            with suppress(WSProtocolError):  # `read` has raised it
                await self._transport.wait_disconnected()
        finally:
            self._transport.disconnect(graceful=False)

    def end(self) -> None:
        """Without a goodbye, for a socket that nobody reads."""
        self._is_over = True
        self._transport.disconnect(graceful=False)

    # What picows calls.

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        # The reserved bits belong to extensions, of which none was agreed on.
        if (
            frame.msg_type is _TEXT
            and frame.fin
            and self._fragmented is None
            and not (frame.rsv1 or frame.rsv2 or frame.rsv3)
        ):
            try:
                self._texts.append(frame.get_payload_as_utf8_text())
            except UnicodeDecodeError as error:
                raise WSProtocolError(WSCloseCode.INVALID_TEXT, "a text is not UTF-8") from error
        else:
            self._on_other_frame(frame)
        if frame.last_in_buffer:
            self._hand_on()
        elif self._late is None:
            self._late = self._loop.call_soon(self._hand_on)

    def _hand_on(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
        # picows may hand over a frame that it has closed the connection for, once more bytes come.
        if self._is_over or self._transport.is_close_frame_sent:
            self._texts.clear()
        elif self._texts and self._on_texts is not None:
            texts, self._texts = self._texts, []
            self.last_recv_time = time.time()
            # What arrives shows that the server lives: its pong may stand behind much data.
            self._transport.notify_user_specific_pong_received()
            self._on_texts(texts)

    def _on_other_frame(self, frame: WSFrame) -> None:
        """A part of a message, a control frame, or bytes, which Ranger does not send and nobody reads."""
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            raise WSProtocolError(WSCloseCode.PROTOCOL_ERROR, "a frame has reserved bits, no extension was agreed on")
        kind = frame.msg_type
        if kind is WSMsgType.CLOSE:
            self._on_close(frame)
        elif kind in (WSMsgType.TEXT, WSMsgType.BINARY):
            if self._fragmented is not None:
                raise WSProtocolError(WSCloseCode.PROTOCOL_ERROR, "a message began before the last one ended")
            if not frame.fin:
                self._fragmented, self._fragments = kind, [frame.get_payload_as_bytes()]
        elif kind is WSMsgType.CONTINUATION:
            self._on_continuation(frame)

    def _on_continuation(self, frame: WSFrame) -> None:
        if self._fragmented is None:
            raise WSProtocolError(WSCloseCode.PROTOCOL_ERROR, "a message goes on that did not begin")
        self._fragments.append(frame.get_payload_as_bytes())
        if sum(map(len, self._fragments)) > CONSTANTS.MAX_MESSAGE_BYTES:
            raise WSProtocolError(WSCloseCode.MESSAGE_TOO_BIG, "a message in parts is too long")
        if frame.fin:
            kind, whole = self._fragmented, b"".join(self._fragments)
            self._fragmented, self._fragments = None, []
            if kind is WSMsgType.TEXT:
                try:
                    self._texts.append(whole.decode())
                except UnicodeDecodeError as error:
                    raise WSProtocolError(WSCloseCode.INVALID_TEXT, "a text is not UTF-8") from error

    def _on_close(self, frame: WSFrame) -> None:
        self._hand_on()
        self._close_code = frame.get_close_code().value
        self._transport.send_close(WSCloseCode.OK)
        self._transport.disconnect()
