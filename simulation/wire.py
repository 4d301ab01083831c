"""What a packet of a simulated connection says, for a timeline: requests, answers and websocket messages. No I/O.

Only what the project's own client and server send is read: HTTP/1.1 without compression, one request at a time on a
connection, and websocket frames without extensions.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_REQUEST = re.compile(rb"(GET|POST|PUT|DELETE|HEAD|PATCH|OPTIONS) (\S+) HTTP/1\.[01]\r\n")
_ANSWER = re.compile(rb"HTTP/1\.[01] (\d{3})")
#: Bodies of these are not shown: they hold logins.
_SECRET_PATH = re.compile(r"identity|sessions|jwt|token", re.I)
_TOKEN = re.compile(r"((?:jwt|token|apikey|signature)=)[^&]+", re.I)
_CONTROL = {8: "close", 9: "ping", 10: "pong"}
_DATA = (0, 1, 2)
_UPGRADED = "101"


@dataclass
class Conversation:
    """One connection, read packet by packet in the order in which its bytes are sent.

    :ivar request: the last request, which the next answer answers
    :ivar requests: how many there were
    """

    request: str = ""
    requests: int = 0
    is_websocket: bool = False
    # By direction the beginning of a frame whose end has not come yet.
    _rests: dict[bool, bytes] = field(default_factory=lambda: {False: b"", True: b""})

    def read(self, is_from_client: bool, payload: bytes) -> Iterator[str]:
        """What the bytes of one packet say: a sentence for each message in them."""
        if self.is_websocket:
            yield from self._frames(is_from_client, payload)
            return
        request, answer = _REQUEST.match(payload), _ANSWER.match(payload)
        if is_from_client and request:
            path = _TOKEN.sub(r"\1…", request[2].decode())
            self.request = f"{request[1].decode()} {path}"
            self.requests += 1
            yield f"{self.request} {self._body(payload)}".rstrip()
        elif answer:
            status = answer[1].decode()
            yield f"{status} to {self.request} {self._body(payload)}".rstrip()
            if status == _UPGRADED:
                self.is_websocket = True
                _, _, rest = payload.partition(b"\r\n\r\n")
                yield from self._frames(is_from_client, rest)
        else:
            what = "request" if is_from_client else "answer"
            yield f"{what} of {self.request} goes on: {self._shown(payload)}"

    def _body(self, payload: bytes) -> str:
        return self._shown(payload.partition(b"\r\n\r\n")[2])

    def _shown(self, body: bytes) -> str:
        if not body:
            return ""
        if _SECRET_PATH.search(self.request):
            return f"({len(body)} bytes)"
        return body.decode(errors="replace").strip()

    def _frames(self, is_from_client: bool, payload: bytes) -> Iterator[str]:
        rest = self._rests[is_from_client] + payload
        while (frame := _frame(rest)) is not None:
            opcode, data, size = frame
            rest = rest[size:]
            yield f"websocket {_message(data) if opcode in _DATA else _CONTROL.get(opcode, str(opcode))}"
        self._rests[is_from_client] = rest


def _frame(data: bytes) -> tuple[int, bytes, int] | None:
    """The first frame (RFC 6455 section 5.2): opcode, payload, length with its head; None where it is not whole."""
    if len(data) < 2:
        return None
    opcode, is_masked, length, head = data[0] & 0x0F, bool(data[1] & 0x80), data[1] & 0x7F, 2
    if length >= 126:
        head = 4 if length == 126 else 10
        if len(data) < head:
            return None
        length = int.from_bytes(data[2:head], "big")
    end = head + 4 * is_masked + length
    if len(data) < end:
        return None
    payload = data[head + 4 * is_masked : end]
    if is_masked:
        mask = data[head : head + 4]
        payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return opcode, payload, end


def _message(data: bytes) -> str:
    """The event's name and its text: Ranger's messages are objects whose first key is it, a client's have `event`."""
    text = data.decode(errors="replace")
    try:
        message = json.loads(text)
    except ValueError:
        return text
    name = str(message.get("event") or next(iter(message), "")) if isinstance(message, dict) else ""
    return f"{name} {text}".strip()
