"""One websocket connection to Ranger: subscribing, acks, pings, reconnecting (docs/protocol.md section 5)."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import aiohttp
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import StreamError
from hummingbot.connector.exchange.peatio.common.retry import Backoff
from hummingbot.connector.exchange.peatio.websocket.reader import decoded, read_texts
from hummingbot.core.web_assistant.connections.data_types import WSJSONRequest, WSPlainTextRequest
from hummingbot.core.web_assistant.ws_assistant import WSAssistant

Message = Mapping[str, Any]


def frames(event: str, streams: Iterable[str]) -> list[dict[str, Any]]:
    """The messages that (un)subscribe `streams`: none longer than Rango reads, each `ob-inc` stream alone.

    A subscription to `ob-inc` is answered with the stored book and all its increments. Those of many markets at once
    overflow the connection's queue on the server, which then cuts it; one market a frame, the next after the ack,
    does not.
    """
    result: list[dict[str, Any]] = []
    group: list[str] = []
    for stream in streams:
        if stream.endswith(f".{CONSTANTS.INCREMENTS_STREAM}"):
            result.append({"event": event, "streams": [stream]})
        elif len(json.dumps({"event": event, "streams": [*group, stream]})) > CONSTANTS.MAX_FRAME_BYTES:
            result.append({"event": event, "streams": group})
            group = [stream]
        else:
            group.append(stream)
    if group:
        result.append({"event": event, "streams": group})
    return result


def _left_alone(text: str) -> bool:
    return False


class RangerConnection:
    """Keeps one connection up until cancelled, and hands every message on.

    :param connect: opens the socket; called anew for each connection
    :param on_message: gets every message that is no ack and no pong
    :param on_connected: runs beside the reading once a connection stands; subscribes. When it fails the connection
        is given up and made anew
    :param on_lost: called once for each connection that ends
    :ivar takes_subscriptions: False once the present server is known to take streams by its address only
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[WSAssistant]],
        on_message: Callable[[Message], None],
        on_connected: Callable[[], Awaitable[None]],
        on_lost: Callable[[], None],
        logger: logging.Logger,
        backoff: Backoff | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        on_plain_text: Callable[[str], bool] = _left_alone,
    ) -> None:
        self._connect = connect
        self._on_plain_text = on_plain_text
        self._on_message = on_message
        self._on_connected = on_connected
        self._on_lost = on_lost
        self._logger = logger
        self._backoff = backoff or Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        self._sleep = sleep
        self._socket: WSAssistant | None = None
        self._streams: frozenset[str] = frozenset()
        self._has_greeted = False
        self.takes_subscriptions = True
        self._ack: asyncio.Future[frozenset[str]] | None = None
        self._sending = asyncio.Lock()
        self._running = asyncio.Lock()

    @property
    def socket(self) -> WSAssistant | None:
        """The open socket once the server greeted on it, if any."""
        return self._socket

    @property
    def streams(self) -> frozenset[str]:
        """What the server acknowledged on this connection; empty while there is none."""
        return self._streams

    @property
    def has_greeted(self) -> bool:
        """Whether the server acknowledged the connection itself; Ruby Rangers up to 0.4.4 do not."""
        return self._has_greeted

    def grant(self, streams: Iterable[str]) -> None:
        """Takes streams for granted that a server gives without acknowledging them."""
        self._streams |= frozenset(streams)

    async def run(self) -> None:
        """Connects, reads, reconnects. Ends only by cancellation; a second run waits until the first has ended."""
        async with self._running:
            while True:
                try:
                    await self._run_once()
                except asyncio.CancelledError:
                    raise
                except StreamError as error:
                    self._logger.error(str(error))
                except (TimeoutError, aiohttp.ClientError, OSError) as error:
                    self._logger.warning(f"The websocket connection was lost ({str(error) or type(error).__name__}).")
                except Exception:
                    self._logger.exception("Unexpected error on the websocket connection.")
                await self._sleep(self._backoff.next_s())

    async def subscribe(self, streams: Sequence[str]) -> frozenset[str]:
        """Subscribes; the server's list of all current streams afterwards.

        :raises StreamError: when there is no connection or the server does not acknowledge in time
        """
        return await self._send_frames(frames("subscribe", streams))

    async def unsubscribe(self, streams: Sequence[str]) -> frozenset[str]:
        """As `subscribe`."""
        return await self._send_frames(frames("unsubscribe", streams))

    async def log_in(self, bearer: str) -> bool:
        """Sends the token as a message, which Ruby Rangers up to 0.4.4 want (docs/protocol.md section 2).

        :param bearer: `Bearer` and the token
        :return: whether the server answered; later Rangers pass the message over
        :raises StreamError: when there is no connection or the server refuses the token
        """
        async with self._sending:
            acknowledged = await self._send({"jwt": bearer})
            try:
                await asyncio.wait_for(acknowledged, CONSTANTS.ACK_TIMEOUT_S)
            except TimeoutError:
                return False
            return True

    async def _run_once(self) -> None:
        socket = await asyncio.wait_for(self._connect(), CONSTANTS.CONNECT_TIMEOUT_S)
        # One ack follows every connect, even without streams.
        self._ack = asyncio.get_running_loop().create_future()
        self._has_greeted, self.takes_subscriptions = False, True
        tasks = [
            asyncio.create_task(read_texts(socket, self._on_text)),
            asyncio.create_task(self._set_up(socket)),
            asyncio.create_task(self._ping(socket)),
        ]
        try:
            await _first_end(tasks)
        finally:
            await _cancel(tasks)
            self._socket = None
            self._streams = frozenset()
            self._fail_ack(StreamError("The connection to the exchange's websocket ended."))
            self._on_lost()
            # Last, because a dead server keeps us waiting for its goodbye.
            await self._close(socket)

    async def _close(self, socket: WSAssistant) -> None:
        try:
            await asyncio.wait_for(socket.disconnect(), CONSTANTS.CLOSE_TIMEOUT_S)
        except Exception as error:
            self._logger.debug(f"The websocket did not close in order ({str(error) or type(error).__name__}).")

    async def _set_up(self, socket: WSAssistant) -> None:
        clock = asyncio.get_running_loop().time
        try:
            assert self._ack is not None
            await asyncio.wait_for(asyncio.shield(self._ack), CONSTANTS.ACK_TIMEOUT_S)
            self._has_greeted = True
        except TimeoutError:
            # Old Rangers greet nobody; the acks of the subscriptions tell whether this one is alive.
            self._ack = None
        # Only now: the greeting would be taken for the ack of whoever subscribed before it.
        self._socket = socket
        await self._on_connected()
        standing_since_s = clock()
        try:
            # Staying here keeps `_first_end` waiting for the reader.
            await asyncio.Event().wait()
        finally:
            if clock() - standing_since_s > CONSTANTS.STABLE_AFTER_S:
                self._backoff.reset()

    def _on_text(self, text: str) -> None:
        try:
            if self._on_plain_text(text):
                return
            data = decoded(text)
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
            # One message that cannot be handled must not cost the connection and with it all the others.
            self._logger.exception("Unexpected error on a message of the exchange's websocket.")

    def _acknowledged(self, success: Any) -> None:
        streams = success.get("streams") if isinstance(success, dict) else None
        self._streams = frozenset(str(stream) for stream in streams or ())
        if self._ack is not None and not self._ack.done():
            self._ack.set_result(self._streams)

    def _refused(self, error: Any) -> None:
        reason = str(error.get("message", error) if isinstance(error, dict) else error).rstrip(".")
        if not self._fail_ack(StreamError(f"The exchange's websocket refused what was asked of it: {reason}.")):
            self._logger.warning(f"The exchange's websocket reported an error: {error}")

    def _fail_ack(self, error: StreamError) -> bool:
        """Whether somebody was waiting for an ack."""
        if self._ack is None or self._ack.done():
            return False
        self._ack.set_exception(error)
        self._ack.exception()  # marks it as seen: the waiter may have gone with the connection
        return True

    async def _send_frames(self, messages: Sequence[Mapping[str, Any]]) -> frozenset[str]:
        for message in messages:
            async with self._sending:
                await self._send_frame(message)
        return self._streams

    async def _send(self, message: Mapping[str, Any]) -> "asyncio.Future[frozenset[str]]":
        """Sends; what is done when the server has acknowledged or refused it."""
        if self._socket is None:
            raise StreamError("There is no connection to the exchange's websocket.")
        acknowledged = self._ack = asyncio.get_running_loop().create_future()
        try:
            await self._socket.send(WSJSONRequest(payload=message))
        except (RuntimeError, OSError) as error:
            # Closed already, and the reader about to notice. RuntimeError is what Hummingbot makes of it.
            raise StreamError("The connection to the exchange's websocket ended.") from error
        return acknowledged

    async def _send_frame(self, message: Mapping[str, Any]) -> None:
        acknowledged = await self._send(message)
        try:
            await asyncio.wait_for(acknowledged, CONSTANTS.ACK_TIMEOUT_S)
        except TimeoutError as error:
            raise StreamError(
                f"The exchange's websocket did not acknowledge {message['streams']} "
                f"within {CONSTANTS.ACK_TIMEOUT_S:.0f} s."
            ) from error

    async def _ping(self, socket: WSAssistant) -> None:
        while True:
            await self._sleep(CONSTANTS.PING_INTERVAL_S)
            # To the oldest Rangers it is a bad login. The protocol's own pings watch over their connections alone.
            if self._has_greeted:
                await socket.send(WSPlainTextRequest(payload="ping"))


async def _first_end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Waits for the first of the tasks to end and raises what ended it."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
