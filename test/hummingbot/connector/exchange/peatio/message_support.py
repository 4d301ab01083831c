"""The recorded payloads that the parsers of `peatio_messages` are tried on."""

from typing import Any

from hummingbot.connector.exchange.peatio.common.errors import MessageError
from hummingbot.connector.exchange.peatio.common.messages import OrderReport, TradeReport, private_events

from test.hummingbot.connector.exchange.peatio.recorded import RACES, REST, lines


def successes(path: str) -> list[Any]:
    """Bodies of the recorded answers below `path` that are no errors."""
    return [
        step["response"]["body"]
        for step in lines(REST) + lines(RACES)
        if "response" in step
        and step["response"]["status"] < 400
        and step["request"]["path"].startswith(f"/api/v2/peatio/{path}")
    ]


def rows(path: str) -> list[Any]:
    """The JSON objects in those answers, those of lists one by one."""
    found: list[Any] = []
    for body in successes(path):
        found.extend(body if isinstance(body, list) else [body])
    return found


def private_payloads(stream: str) -> list[Any]:
    """Every recorded private event of a stream, as published."""
    return [
        event["payload"]
        for step in lines(REST) + lines(RACES)
        for event in step.get("events", ())
        if event["key"].startswith("private.") and event["key"].endswith(f".{stream}")
    ]


def changed(row: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A copy with other values; a field set to `...` is taken out."""
    return {key: value for key, value in {**row, **fields}.items() if value is not ...}


def read_events(message: Any) -> list[OrderReport | TradeReport]:
    """The orders and trades in a private message.

    :raises MessageError: when one of them cannot be read
    """

    def refuse(error: MessageError) -> None:
        raise error

    return list(private_events(message, refuse))
