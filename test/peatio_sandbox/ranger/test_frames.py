"""Websocket frames on the wire."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peatio_sandbox.ranger.frames import (
    BINARY,
    CLOSE,
    CLOSE_PROTOCOL_ERROR,
    CLOSE_TOO_BIG,
    CONTINUATION,
    PING,
    TEXT,
    Frame,
    FrameError,
    FrameReader,
    encode_close,
    encode_frame,
    encode_text,
)

_MASK = b"\x01\x02\x03\x04"


def _frames(data: bytes, *, masked: bool = False) -> list[Frame]:
    reader = FrameReader(masked=masked)
    reader.feed(data)
    frames = []
    while (frame := reader.next_frame()) is not None:
        frames.append(frame)
    return frames


# 368, 1008 and 1024+304 bytes are recorded in 06_many_streams.jsonl, 4848 and an empty rest as well.
@pytest.mark.parametrize(
    ("size", "parts"),
    [
        (0, [0]),
        (1008, [1008]),
        (1024, [1024]),
        (1025, [1024, 1]),
        (1328, [1024, 304]),
        (2048, [1024, 1024]),
        (2076, [1024, 1024, 28]),
        (2077, [2077, 0]),
        (4848, [4848, 0]),
        (70_000, [70_000, 0]),
    ],
)
def test_long_texts_leave_in_parts(size: int, parts: list[int]) -> None:
    frames = _frames(encode_text(b"x" * size))
    assert [len(frame.payload) for frame in frames] == parts
    assert [frame.opcode for frame in frames] == [TEXT] + [CONTINUATION] * (len(parts) - 1)
    assert [frame.final for frame in frames] == [False] * (len(parts) - 1) + [True]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=5), st.integers(min_value=1, max_value=50))
def test_frames_come_back_however_the_bytes_are_cut(payloads: list[bytes], chunk: int) -> None:
    data = b"".join(encode_frame(BINARY, payload, mask=_MASK) for payload in payloads)
    reader = FrameReader(masked=True)
    got = []
    for at in range(0, len(data), chunk):
        reader.feed(data[at : at + chunk])
        while (frame := reader.next_frame()) is not None:
            got.append(frame.payload)
    assert got == payloads


def test_a_close_frame_may_be_empty() -> None:
    assert _frames(encode_close(1005)) == [Frame(CLOSE, b"")]
    assert _frames(encode_close(1009)) == [Frame(CLOSE, b"\x03\xf1")]


def test_the_limit_counts_the_whole_message_and_is_checked_on_the_header() -> None:
    reader = FrameReader(masked=True, message_limit_bytes=512)
    reader.feed(encode_frame(TEXT, b"x" * 300, final=False, mask=_MASK))
    assert reader.next_frame() is not None
    reader.feed(encode_frame(PING, b"y" * 100, mask=_MASK))
    assert reader.next_frame() is not None
    reader.feed(encode_frame(CONTINUATION, b"x" * 213, mask=_MASK)[:4])
    with pytest.raises(FrameError) as caught:
        reader.next_frame()
    assert (caught.value.code, caught.value.reason) == (CLOSE_TOO_BIG, "")


def test_a_message_of_exactly_the_limit_passes_and_the_count_begins_anew() -> None:
    reader = FrameReader(masked=True, message_limit_bytes=512)
    for _ in range(2):
        reader.feed(encode_frame(TEXT, b"x" * 512, mask=_MASK))
        assert reader.next_frame() is not None


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xc1\x80", "unexpected reserved bits 0x40"),
        (b"\x89\xfe\x01\x00", "control frame length > 125"),
        (b"\x09\x80", "control frame not final"),
        (b"\x80\x80", "continuation after final message frame"),
        (b"\x83\x80", "unknown opcode 3"),
        (b"\x81\x00", "incorrect mask flag"),
        (encode_frame(TEXT, final=False, mask=_MASK) * 2, "message start before final message frame"),
    ],
)
def test_broken_rules(data: bytes, reason: str) -> None:
    with pytest.raises(FrameError) as caught:
        _frames(data, masked=True)
    assert (caught.value.code, caught.value.reason) == (CLOSE_PROTOCOL_ERROR, reason)
