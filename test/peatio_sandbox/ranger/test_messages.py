"""What clients say to Rango. Most cases are recorded and covered by the replay; these are the rest."""

from __future__ import annotations

import pytest

from peatio_sandbox.ranger.messages import Request, RequestError, parse_request, streams_of_uri


@pytest.mark.parametrize(
    ("raw_path", "streams"),
    [
        ("/public", ()),
        ("/public?", ()),
        ("/public?stream=a.trades&stream=b.trades", ("a.trades", "b.trades")),
        ("/public?stream=a.trades,b.trades", ("a.trades", "b.trades")),
        ("/public?stream=a%2Cb", ("a%2Cb",)),
        ("/public?stream=", ("",)),
        ("/public?stream", ()),
        ("/public?stream=a=b", ()),
        ("/public?stream=a.trades?stream=b.trades", ()),
        ("/public?streams=a.trades&stream[]=b.trades", ()),
    ],
)
def test_streams_of_uri(raw_path: str, streams: tuple[str, ...]) -> None:
    assert streams_of_uri(raw_path) == streams


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (b"true", "Could not parse message: json: cannot unmarshal bool into Go value of type map[string]interface {}"),
        (b'{"event":["subscribe"]}', "Could not parse Type: Invalid event"),
        (b'{"event":"unsubscribe","stream":["a.b"]}', "No streams provided"),
    ],
)
def test_errors(message: bytes, error: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_request(message)
    assert str(caught.value) == error


def test_bytes_that_are_no_utf_8_become_replacement_characters() -> None:
    assert parse_request(b'{"event":"subscribe","streams":["\xff.x","\\ud800.y"]}') == Request(
        "subscribe", ("\ufffd.x", "\ufffd.y")
    )
