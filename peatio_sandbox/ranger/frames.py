"""Websocket frames (RFC 6455) as gorilla/websocket, the library under Rango, writes and reads them.

Below aiohttp's own websocket, because the recorded behaviour asks for what that hides: a text message over
1024 bytes leaves in several frames, invalid UTF-8 is accepted, close 1009 carries no reason, and a connection
can end without a close frame.
"""

from __future__ import annotations

from dataclasses import dataclass

CONTINUATION = 0x0
TEXT = 0x1
BINARY = 0x2
CLOSE = 0x8
PING = 0x9
PONG = 0xA

CLOSE_PROTOCOL_ERROR = 1002
CLOSE_NO_STATUS = 1005
CLOSE_TOO_BIG = 1009

_FIN = 0x80
_MASKED = 0x80
_RESERVED = 0x70
_MAX_CONTROL_BYTES = 125
# gorilla's write buffer as Rango sets it, and the 14 bytes it adds to it for the longest frame header.
_BUFFER_BYTES = 1024
_UNBUFFERED_BYTES = 2 * (_BUFFER_BYTES + 14)


class FrameError(Exception):
    """The peer broke the framing rules: the connection is to be closed with `code` and `reason`."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"close {code} {reason}".rstrip())
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame off the wire, unmasked."""

    opcode: int
    payload: bytes
    final: bool = True


def encode_frame(opcode: int, payload: bytes = b"", *, final: bool = True, mask: bytes = b"") -> bytes:
    """One frame; a client gives the 4 bytes of `mask`, a server none."""
    first = opcode | (_FIN if final else 0)
    masked = _MASKED if mask else 0
    size = len(payload)
    if size <= _MAX_CONTROL_BYTES:
        header = bytes((first, masked | size))
    elif size < 1 << 16:
        header = bytes((first, masked | 126)) + size.to_bytes(2, "big")
    else:
        header = bytes((first, masked | 127)) + size.to_bytes(8, "big")
    return header + mask + (apply_mask(payload, mask) if mask else payload)


def encode_text(text: bytes) -> bytes:
    """A text message as the frames gorilla makes of it (recorded: "text" followed by "cont").

    Up to 1024 bytes: one frame. Up to twice the buffer: frames of 1024 bytes. Longer: the whole text in a
    frame that is not the last, and an empty last one.
    """
    if len(text) <= _BUFFER_BYTES:
        return encode_frame(TEXT, text)
    if len(text) > _UNBUFFERED_BYTES:
        return encode_frame(TEXT, text, final=False) + encode_frame(CONTINUATION)
    parts = [text[at : at + _BUFFER_BYTES] for at in range(0, len(text), _BUFFER_BYTES)]
    frames = [encode_frame(TEXT, parts[0], final=False)]
    frames += [encode_frame(CONTINUATION, part, final=False) for part in parts[1:-1]]
    return b"".join(frames) + encode_frame(CONTINUATION, parts[-1])


def encode_close(code: int, reason: str = "") -> bytes:
    """A close frame; `CLOSE_NO_STATUS` gives an empty one."""
    if code == CLOSE_NO_STATUS:
        return encode_frame(CLOSE)
    return encode_frame(CLOSE, code.to_bytes(2, "big") + reason.encode())


def apply_mask(payload: bytes, mask: bytes) -> bytes:
    """`payload` masked or, the same thing, unmasked."""
    repeated = mask * (len(payload) // 4 + 1)
    size = len(payload)
    combined = int.from_bytes(payload, "big") ^ int.from_bytes(repeated[:size], "big")
    return combined.to_bytes(size, "big")


class FrameReader:
    """Bytes in, frames out.

    Args:
        masked: whether the peer must mask its frames (clients must, servers must not).
        message_limit_bytes: most bytes of one message, over all its frames; None for no limit.
    """

    def __init__(self, *, masked: bool, message_limit_bytes: int | None = None) -> None:
        self._masked = masked
        self._limit_bytes = message_limit_bytes
        self._buffer = bytearray()
        self._message_bytes = 0
        self._in_message = False

    def feed(self, data: bytes) -> None:
        """Take in bytes from the wire."""
        self._buffer += data

    def next_frame(self) -> Frame | None:
        """The next whole frame, or None until more bytes come.

        Raises:
            FrameError: a rule was broken or the limit passed. The limit is checked on the header alone.
        """
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        first, second = buffer[0], buffer[1]
        size, header_bytes = second & 0x7F, 2
        if size >= 126:
            header_bytes += 2 if size == 126 else 8
            if len(buffer) < header_bytes:
                return None
            size = int.from_bytes(buffer[2:header_bytes], "big")
        self._check_header(first, second, size)
        mask_bytes = 4 if self._masked else 0
        end = header_bytes + mask_bytes + size
        if len(buffer) < end:
            return None
        mask = bytes(buffer[header_bytes : header_bytes + mask_bytes])
        payload = bytes(buffer[header_bytes + mask_bytes : end])
        del buffer[:end]
        frame = Frame(first & 0x0F, apply_mask(payload, mask) if mask else payload, bool(first & _FIN))
        self._account(frame)
        return frame

    def _check_header(self, first: int, second: int, size: int) -> None:
        opcode, final = first & 0x0F, bool(first & _FIN)
        if first & _RESERVED:
            raise FrameError(CLOSE_PROTOCOL_ERROR, f"unexpected reserved bits {hex(first & _RESERVED)}")
        if opcode in (CLOSE, PING, PONG):
            if size > _MAX_CONTROL_BYTES:
                raise FrameError(CLOSE_PROTOCOL_ERROR, "control frame length > 125")
            if not final:
                raise FrameError(CLOSE_PROTOCOL_ERROR, "control frame not final")
        elif opcode in (TEXT, BINARY):
            if self._in_message:
                raise FrameError(CLOSE_PROTOCOL_ERROR, "message start before final message frame")
        elif opcode == CONTINUATION:
            if not self._in_message:
                raise FrameError(CLOSE_PROTOCOL_ERROR, "continuation after final message frame")
        else:
            raise FrameError(CLOSE_PROTOCOL_ERROR, f"unknown opcode {opcode}")
        if bool(second & _MASKED) != self._masked:
            raise FrameError(CLOSE_PROTOCOL_ERROR, "incorrect mask flag")
        too_long = self._limit_bytes is not None and self._message_bytes + size > self._limit_bytes
        if opcode in (CONTINUATION, TEXT, BINARY) and too_long:
            raise FrameError(CLOSE_TOO_BIG)

    def _account(self, frame: Frame) -> None:
        if frame.opcode in (CONTINUATION, TEXT, BINARY):
            self._in_message = not frame.final
            self._message_bytes = 0 if frame.final else self._message_bytes + len(frame.payload)
