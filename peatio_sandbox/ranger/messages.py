"""What clients of Rango say and what it answers (docs/protocol.md section 5)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from peatio_sandbox.ranger.go_json import GoSyntaxError, check_syntax, encode

Method = Literal["subscribe", "unsubscribe"]

_GO_KINDS: dict[type, str] = {list: "array", str: "string", bool: "bool", int: "number", float: "number"}


class RequestError(ValueError):
    """A message Rango answers with ``{"error": …}``; the text is the error."""


@dataclass(frozen=True, slots=True)
class Request:
    """A client's wish to get streams or to get them no more."""

    method: Method
    streams: tuple[str, ...]


def parse_request(message: bytes) -> Request:
    """Read one message other than ``ping``.

    Raises:
        RequestError: what Rango reports to the client.
    """
    try:
        check_syntax(message)
    except GoSyntaxError as error:
        raise RequestError(f"Could not parse message: {error}") from error
    # Go puts U+FFFD for bytes that are no UTF-8 and for halves of surrogate pairs.
    body = json.loads(message.decode("utf-8", "replace"))
    if body is None:
        body = {}
    if not isinstance(body, dict):
        kind = _GO_KINDS[type(body)]
        raise RequestError(
            f"Could not parse message: json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
        )
    method = body.get("event")
    if method not in ("subscribe", "unsubscribe"):
        raise RequestError("Could not parse Type: Invalid event")
    if "streams" not in body:
        raise RequestError("No streams provided")
    return Request(method, _parse_streams(body["streams"]))


def _parse_streams(streams: object) -> tuple[str, ...]:
    """The wanted streams: the texts in a list. Anything that is not a list counts as no streams (recorded)."""
    if not isinstance(streams, list):
        return ()
    return tuple(_without_surrogates(stream) for stream in streams if isinstance(stream, str))


def _without_surrogates(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def streams_of_uri(raw_path: str) -> tuple[str, ...]:
    """The streams asked for in a request's path as it stands on the wire.

    Rango cuts the text itself: no percent-decoding, ``a,b`` is two streams, a second ``?`` or another name
    than ``stream`` gives none (recorded).
    """
    _, question_mark, query = raw_path.partition("?")
    if not question_mark or "?" in query:
        return ()
    streams: list[str] = []
    for parameter in query.split("&"):
        name_and_value = parameter.split("=")
        if len(name_and_value) == 2 and name_and_value[0] == "stream":
            streams += name_and_value[1].split(",")
    return tuple(streams)


def acknowledgement(method: Method, streams: list[str]) -> str:
    """The answer to a subscribe or unsubscribe: all streams the connection has now."""
    return encode({"success": {"message": f"{method}d", "streams": streams}})


def refusal(stream: str) -> str:
    """The answer to a subscription to a stream of another role's prefix; Rango files it under success."""
    return encode({"success": {"message": f"cannot subscribe to {stream}"}})


def error(text: str) -> str:
    """The answer to a message that could not be read."""
    return encode({"error": text})
