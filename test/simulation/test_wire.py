"""What packets of a connection say."""

import json

from simulation.wire import Conversation

ORDER = {"order": {"id": 414, "state": "wait"}}


def frame(text: str, mask: bytes = b"", opcode: int = 1) -> bytes:
    """A websocket frame, RFC 6455 section 5.2."""
    data = text.encode()
    assert len(data) < 2**16
    length = bytes([len(data)]) if len(data) < 126 else bytes([126]) + len(data).to_bytes(2, "big")
    if mask:
        data = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
    return bytes([0x80 | opcode, length[0] | (0x80 if mask else 0)]) + length[1:] + mask + data


def upgraded() -> Conversation:
    conversation = Conversation()
    list(conversation.read(True, b"GET /api/v2/ranger/private HTTP/1.1\r\nHost: exchange\r\n\r\n"))
    list(conversation.read(False, b"HTTP/1.1 101 Switching Protocols\r\n\r\n"))
    assert conversation.is_websocket
    return conversation


def test_a_request_and_its_answer() -> None:
    conversation = Conversation()
    request = b'POST /api/v2/peatio/market/orders HTTP/1.1\r\nX-Auth-Apikey: 61d025b8\r\n\r\n{"side": "sell"}'
    assert list(conversation.read(True, request)) == ['POST /api/v2/peatio/market/orders {"side": "sell"}']
    assert list(conversation.read(False, b'HTTP/1.1 201 Created\r\n\r\n{"id":414}')) == [
        '201 to POST /api/v2/peatio/market/orders {"id":414}'
    ]


def test_a_body_that_comes_in_a_packet_of_its_own() -> None:
    conversation = Conversation()
    list(conversation.read(True, b"GET /api/v2/peatio/market/orders HTTP/1.1\r\n\r\n"))
    list(conversation.read(False, b"HTTP/1.1 200 OK\r\n\r\n["))
    assert list(conversation.read(False, b'{"id":1}]')) == [
        'answer of GET /api/v2/peatio/market/orders goes on: {"id":1}]'
    ]


def test_no_login_is_shown() -> None:
    conversation = Conversation()
    request = b'POST /api/v2/barong/identity/sessions HTTP/1.1\r\n\r\n{"password":"tT1!abcdef"}'
    assert list(conversation.read(True, request)) == ["POST /api/v2/barong/identity/sessions (25 bytes)"]
    (upgrade,) = conversation.read(True, b"GET /api/v2/ranger/private?jwt=abc.def&x=1 HTTP/1.1\r\n\r\n")
    assert upgrade == "GET /api/v2/ranger/private?jwt=…&x=1"


def test_websocket_messages_are_named_by_their_event() -> None:
    conversation = upgraded()
    text = json.dumps(ORDER)
    assert list(conversation.read(False, frame(text) + frame("x" * 300) + frame("", opcode=9))) == [
        f"websocket order {text}", f"websocket {'x' * 300}", "websocket ping"
    ]
    subscribe = json.dumps({"event": "subscribe", "streams": ["order"]})
    assert list(conversation.read(True, frame(subscribe, b"\x01\x02\x03\x04"))) == [f"websocket subscribe {subscribe}"]


def test_a_frame_in_two_packets_is_one_message() -> None:
    conversation = upgraded()
    data = frame(json.dumps(ORDER))
    for cut in (1, 2, 10):
        assert list(conversation.read(False, data[:cut])) == []
        assert list(conversation.read(False, data[cut:])) == [f"websocket order {json.dumps(ORDER)}"]
