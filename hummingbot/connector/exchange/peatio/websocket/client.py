"""One websocket connection to Ranger: subscribing, acks, pings, reconnecting (docs/protocol.md section 5)."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import aiohttp
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import StreamError, StreamNameError
from hummingbot.connector.exchange.peatio.common.retry import Backoff
from hummingbot.connector.exchange.peatio.websocket.reader import decoded
from hummingbot.connector.exchange.peatio.websocket.sockets import Socket

Message = Mapping[str, Any]


def frames(event: Literal["subscribe", "unsubscribe"], streams: Iterable[str]) -> list[dict[str, Any]]:
    """The messages that (un)subscribe `streams`: none is longer than Rango reads, each `ob-inc` stream has its own.

    Every subscription goes through here: a malformed one can end the server for all its users (docs/protocol.md
    section 5), so a frame holds a non-empty list of plain strings or is not made.

    Rango answers a subscription to `ob-inc` with the stored book and all its increments. Those of many markets at
    once overflow the connection's queue on the server, which then closes the connection. One market a frame, the next
    one after the ack, avoids that.

    :raises StreamNameError: for a stream that is not a string, is empty, or does not fit into a frame
    """
    if isinstance(streams, str):
        raise StreamNameError(f"Streams are a list of names, not the text {streams!r:.80}.")
    result: list[dict[str, Any]] = []
    group: list[str] = []
    for stream in streams:
        if not isinstance(stream, str) or not stream:
            raise StreamNameError(f"A stream's name is a text that is not empty, not {stream!r:.80}.")
        if _frame_bytes(event, [stream]) > CONSTANTS.MAX_FRAME_BYTES:
            raise StreamNameError(f"The stream {stream!r:.80} does not fit into {CONSTANTS.MAX_FRAME_BYTES} bytes.")
        if stream.endswith(f".{CONSTANTS.INCREMENTS_STREAM}"):
            result.append({"event": event, "streams": [stream]})
        elif group and _frame_bytes(event, [*group, stream]) > CONSTANTS.MAX_FRAME_BYTES:
            result.append({"event": event, "streams": group})
            group = [stream]
        else:
            group.append(stream)
    if group:
        result.append({"event": event, "streams": group})
    return result


def _frame_bytes(event: str, streams: Sequence[str]) -> int:
    return len(json.dumps({"event": event, "streams": streams}))


class RangerConnection:
    """Keeps one connection open until it is cancelled, and passes every message on.

    :param connect: opens the socket; called for each connection
    :param on_message: gets every message that is neither an ack nor a pong
    :param on_connected: runs once a connection is established, while messages are read; subscribes. When it fails, the
        connection is closed and opened again
    :param on_lost: called once for each connection that ends
    :param on_plain_text: sees the text of each message first; True means that it handled the message
    :param on_read: called after the last of the messages that arrived together, whatever became of them
    :param is_exact: as `decoded`: for messages with our money
    :param on_acknowledged: called with each acknowledgement, between the messages before and after it, with the streams
        whose subscription it answers
    :ivar socket: the open socket after the server's first ack on it (or the time-out for it); None without a connection
    :ivar streams: the streams that the server acknowledged on this connection; empty without a connection
    :ivar has_greeted: whether the server acknowledged the connection itself, which Ruby Rangers up to 0.4.4 do not
    :ivar takes_subscriptions: False once the current server is known to take streams in its URL only
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Socket]],
        on_message: Callable[[Message], None],
        on_connected: Callable[[], Awaitable[None]],
        on_lost: Callable[[], None],
        logger: logging.Logger,
        backoff: Backoff | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        on_plain_text: Callable[[str], bool] | None = None,
        on_read: Callable[[], None] | None = None,
        is_exact: bool = False,
        on_acknowledged: Callable[[Iterable[str]], None] = lambda _streams: None,
    ) -> None:
        self._is_exact = is_exact
        self._connect = connect
        self._on_plain_text = on_plain_text
        self._on_read = on_read
        self._on_message = on_message
        self._on_connected = on_connected
        self._on_lost = on_lost
        self._on_acknowledged = on_acknowledged
        self._logger = logger
        self._backoff = backoff or Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        self._sleep = sleep
        self.socket: Socket | None = None
        self.streams: frozenset[str] = frozenset()
        self._was_open = False
        self.has_greeted = False
        self.takes_subscriptions = True
        self._ack: asyncio.Future[frozenset[str]] | None = None
        self._asked_for: Sequence[str] = ()
        self._sending = asyncio.Lock()
        self._running = asyncio.Lock()

    def grant(self, streams: Iterable[str]) -> None:
        """Counts `streams` as acknowledged: some servers send them without an acknowledgement."""
        self.streams |= frozenset(streams)

    async def run(self) -> None:
        """Connects, reads, reconnects. Ends only when cancelled; a second run waits until the first has ended."""
        async with self._running:
            while True:
                self._was_open = False
                asked_s = 0.0
                try:
                    await self._run_once()
                except StreamError as error:
                    self._logger.error(str(error))
                    asked_s = min(error.retry_after_s or 0.0, CONSTANTS.RETRY_AFTER_MAXIMUM_S)
                except (TimeoutError, aiohttp.ClientError, OSError) as error:
                    what = "connection was lost" if self._was_open else "cannot be opened; it is tried again"
                    self._logger.warning(f"The websocket {what} ({str(error) or type(error).__name__}).")
                except Exception:
                    self._logger.exception("Unexpected error on the websocket connection.")
                await self._sleep(max(self._backoff.next_s(), asked_s))

    async def subscribe(self, streams: Sequence[str]) -> frozenset[str]:
        """Subscribes and waits for the acks.

        :return: all streams that the server then lists for this connection
        :raises StreamError: when there is no connection, the server refuses, or it does not acknowledge in time
        :raises StreamNameError: as `frames`; nothing was sent then
        """
        return await self._send_frames(frames("subscribe", streams))

    async def unsubscribe(self, streams: Sequence[str]) -> frozenset[str]:
        """As `subscribe`."""
        return await self._send_frames(frames("unsubscribe", streams))

    async def log_in(self, bearer: str) -> bool:
        """Sends the token as a message, which Ruby Rangers up to 0.4.4 need (docs/protocol.md section 2).

        :param bearer: `Bearer` and the token
        :return: whether the server answered; later Rangers ignore the message
        :raises StreamError: when there is no connection or the server refuses the token
        """
        async with self._sending:
            return await self._is_acknowledged({"jwt": bearer})

    async def _run_once(self) -> None:
        socket = await asyncio.wait_for(self._connect(), CONSTANTS.CONNECT_TIMEOUT_S)
        self._was_open = True
        # One ack follows every connect, even without streams.
        self._ack, self._asked_for = asyncio.get_running_loop().create_future(), ()
        self.has_greeted, self.takes_subscriptions = False, True
        try:
            # None of the three ends without an error; the first error ends the other two. Reading is the group's body,
            # not its third task: Python 3.12 counts the parent as cancelled when a task fails after the body's end.
            async with asyncio.TaskGroup() as group:
                group.create_task(self._set_up(socket))
                group.create_task(self._ping(socket))
                await socket.read(self._on_texts)
        except BaseExceptionGroup as errors:
            _raise_if_cancelled()
            raise errors.exceptions[0] from None
        finally:
            self.socket = None
            self.streams = frozenset()
            self._fail_ack(StreamError("The websocket connection to the exchange ended."))
            self._on_lost()
            # Last, because closing a dead connection waits for a time-out.
            await self._close(socket)

    async def _close(self, socket: Socket) -> None:
        try:
            await asyncio.wait_for(socket.close(), CONSTANTS.CLOSE_TIMEOUT_S)
        except Exception as error:
            self._logger.debug(f"The websocket was not closed properly ({str(error) or type(error).__name__}).")

    async def _set_up(self, socket: Socket) -> None:
        clock = asyncio.get_running_loop().time
        try:
            assert self._ack is not None
            await asyncio.wait_for(asyncio.shield(self._ack), CONSTANTS.ACK_TIMEOUT_S)
            self.has_greeted = True
        except TimeoutError:
            # Old Rangers do not acknowledge a connection; the acks of the subscriptions show whether this one is alive.
            self._ack = None
        # Not earlier: the ack of the connection would be taken for that of an earlier subscription.
        self.socket = socket
        await self._on_connected()
        connected_at_s = clock()
        try:
            await asyncio.Event().wait()
        finally:
            if clock() - connected_at_s > CONSTANTS.STABLE_AFTER_S:
                self._backoff.reset()

    def _on_texts(self, texts: Sequence[str]) -> None:
        on_plain_text = self._on_plain_text
        try:
            for text in texts:
                if on_plain_text is None or not on_plain_text(text):
                    self._on_text(text)
        finally:
            if self._on_read is not None:
                self._on_read()

    def _on_text(self, text: str) -> None:
        try:
            data = decoded(text, self._is_exact)
            if not isinstance(data, dict):
                if not (isinstance(data, list) and len(data) == 2 and isinstance(data[0], str)):
                    return  # "pong" and other plain text
                data = {data[0]: data[1]}  # as the oldest Ruby Rangers send events
            success = data.get("success")
            if success is not None:
                self._acknowledged(success)
            elif "error" in data:
                self._refused(data["error"])
            else:
                self._on_message(data)
        except Exception:
            # One message that cannot be handled must not end the connection, and with it all other messages.
            self._logger.exception("Unexpected error while handling a message of the exchange's websocket.")

    def _acknowledged(self, success: Any) -> None:
        streams = success.get("streams") if isinstance(success, dict) else None
        self.streams = frozenset(str(stream) for stream in streams or ())
        if self._ack is not None and not self._ack.done():
            self._ack.set_result(self.streams)
            self._on_acknowledged(self._asked_for)

    def _refused(self, error: Any) -> None:
        reason = str(error.get("message", error) if isinstance(error, dict) else error)[:400].rstrip(".")
        if not self._fail_ack(StreamError(f"The exchange's websocket refused the request: {reason}.")):
            self._logger.warning(f"The exchange's websocket reported an error: {reason}")

    def _fail_ack(self, error: StreamError) -> bool:
        """Whether an ack was awaited."""
        if self._ack is None or self._ack.done():
            return False
        self._ack.set_exception(error)
        self._ack.exception()  # marks it as retrieved: whoever awaited it may have been cancelled
        return True

    async def _send_frames(self, messages: Sequence[Mapping[str, Any]]) -> frozenset[str]:
        for message in messages:
            async with self._sending:
                if not await self._is_acknowledged(message):
                    raise StreamError(
                        f"The exchange's websocket did not acknowledge {message['streams']} "
                        f"within {CONSTANTS.ACK_TIMEOUT_S:.0f} s."
                    )
        return self.streams

    async def _is_acknowledged(self, message: Mapping[str, Any]) -> bool:
        """Sends the message; whether the server acknowledges it in time.

        :raises StreamError: when there is no connection or the server refuses the message
        """
        if self.socket is None:
            raise StreamError("There is no connection to the exchange's websocket.")
        acknowledged = self._ack = asyncio.get_running_loop().create_future()
        self._asked_for = message["streams"] if message.get("event") == "subscribe" else ()
        try:
            await self.socket.send_text(json.dumps(message))
        except (RuntimeError, OSError) as error:
            # Closed, and the reader has not noticed yet. Hummingbot raises RuntimeError then.
            raise StreamError("The websocket connection to the exchange ended.") from error
        try:
            await asyncio.wait_for(acknowledged, CONSTANTS.ACK_TIMEOUT_S)
        except TimeoutError:
            return False
        return True

    async def _ping(self, socket: Socket) -> None:
        while True:
            await self._sleep(CONSTANTS.PING_INTERVAL_S)
            # The oldest Rangers take the text for a bad login; the websocket's own pings check their connections.
            if self.has_greeted:
                await socket.send_text("ping")


def _raise_if_cancelled() -> None:
    """Python 3.12's `TaskGroup` drops a cancellation that arrives together with an error of one of its tasks."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
