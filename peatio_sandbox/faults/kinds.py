"""What can be made to break: the kinds of faults, their parameters and what each can be limited to.

docs/reference/sandbox-faults.md describes every kind and names the recorded or documented fact it reproduces.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from peatio_sandbox.faults.parameters import DAY_S, FaultError, Parameter, check, choice, flag, integer, number
from peatio_sandbox.rest.common import ENGINE_PREFIX, REST_PREFIX


class FaultKind(StrEnum):
    """The kinds of faults."""

    #: Answers come ``delay_s`` later; with ``before`` the request itself is held up and takes effect late.
    LATENCY = "latency"
    #: The connection is cut before anything took effect.
    REQUEST_LOST = "request_lost"
    #: The request takes effect, then the connection is cut without an answer.
    ANSWER_LOST = "answer_lost"
    #: The request takes effect and the answer never comes.
    ANSWER_STALLED = "answer_stalled"
    #: A 5xx and nothing happened.
    SERVER_ERROR = "server_error"
    #: A 5xx although the request took effect.
    SERVER_ERROR_AFTER = "server_error_after"
    #: A 4xx and nothing happened: a gateway's page, or Peatio's answer with a ``code``.
    REFUSED = "refused"
    #: 422 ``market.order.create_error``, yet the order is stored and goes live ``delay_s`` later.
    CREATE_ERROR_STORED = "create_error_stored"
    #: 429 with ``Retry-After`` and nothing happened.
    RATE_LIMIT = "rate_limit"
    #: A redirect to the same path of another site, by default of https, and nothing happened.
    REDIRECT = "redirect"
    #: Websockets end without a close frame; for the fault's duration new ones are refused.
    WEBSOCKET_DROP = "websocket_drop"
    #: Websockets stay open and nothing passes in either direction.
    WEBSOCKET_SILENT = "websocket_silent"
    #: Ranger's link to RabbitMQ is down: sockets stay open, events meanwhile are gone.
    BROKER_LOST = "broker_lost"
    #: Private events are dropped.
    EVENTS_LOST = "events_lost"
    #: Private events come twice.
    EVENTS_DUPLICATED = "events_duplicated"
    #: The order processor's events (``wait``, ``cancel``, ``reject``) are late and so overtaken by trades' events.
    EVENTS_REORDERED = "events_reordered"
    #: Orders stay ``pending``, cancels are answered without effect; at the end the processor starts again.
    PROCESSOR_PAUSED = "processor_paused"
    #: The matching engines stand still.
    MATCHING_PAUSED = "matching_paused"
    #: The order processor rejects an order nothing is wrong with.
    SOUND_ORDER_REJECTED = "sound_order_rejected"
    #: The matching engines start again from the database, sequences at 1; messages on their way to them are gone.
    ENGINE_RESTART = "engine_restart"
    #: TCP is refused and every connection ended; Ranger has forgotten its books when it is back.
    SERVER_RESTART = "server_restart"
    #: The exchange's clock is off by ``offset_s``.
    CLOCK_SKEW = "clock_skew"


def _is_pattern(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("/", "*"))


def _is_method(value: object) -> bool:
    return isinstance(value, str) and value.isalpha() and value.isupper()


def _is_site(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"https?://[^/?#]+", value) is not None


def _is_redirect(value: object) -> bool:
    return value in (301, 302, 303, 307, 308)


def _is_code(value: object) -> bool:
    return isinstance(value, str) and all(part.isidentifier() for part in value.split("."))


_DURATION = number("duration_s", None, 0.001, DAY_S)
_PROBABILITY = number("probability", 1.0, 0.0, 1.0)
_COUNT = integer("count", None, 1, 1_000_000)
MEMBER = Parameter("member", None, "a member's name", lambda value: isinstance(value, str))
_PATH = Parameter("path", None, "a pattern such as /market/orders/*/cancel", _is_pattern)
_METHOD = Parameter("method", None, "a word in capitals such as POST", _is_method)

_REQUEST = (_PATH, _METHOD, MEMBER, _PROBABILITY, _COUNT)
_OF_MEMBER = (MEMBER, _PROBABILITY, _COUNT)
_SERVER_ERROR = (integer("status", 503, 500, 599), flag("html"))
_CODE = Parameter("code", None, "one of Peatio's codes such as market.order.cancel_error", _is_code)
_SITE = Parameter("site", None, "a site such as https://exchange.example", _is_site)
_REDIRECT = Parameter("status", 301, "301, 302, 303, 307 or 308", _is_redirect)
_STREAM = choice("stream", "order", "trade")
_CHANNEL = choice("channel", "private", "public")

#: The parameters of each kind. Every kind has ``duration_s`` as well; without it a fault lasts until it is stopped.
PARAMETERS: Mapping[FaultKind, tuple[Parameter, ...]] = {
    FaultKind.LATENCY: (*_REQUEST, number("delay_s", 1.0, 0.0, DAY_S), flag("before")),
    FaultKind.REQUEST_LOST: _REQUEST,
    FaultKind.ANSWER_LOST: _REQUEST,
    FaultKind.ANSWER_STALLED: _REQUEST,
    FaultKind.SERVER_ERROR: (*_REQUEST, *_SERVER_ERROR),
    FaultKind.SERVER_ERROR_AFTER: (*_REQUEST, *_SERVER_ERROR),
    FaultKind.REFUSED: (*_REQUEST, integer("status", 403, 400, 499), _CODE),
    FaultKind.CREATE_ERROR_STORED: (*_OF_MEMBER, number("delay_s", 2.0, 0.0, DAY_S)),
    FaultKind.RATE_LIMIT: (*_REQUEST, integer("retry_after_s", 1, 0, 86_400)),
    FaultKind.REDIRECT: (*_REQUEST, _REDIRECT, _SITE),
    FaultKind.WEBSOCKET_DROP: (MEMBER, _CHANNEL),
    FaultKind.WEBSOCKET_SILENT: (MEMBER, _CHANNEL),
    FaultKind.BROKER_LOST: (),
    FaultKind.EVENTS_LOST: (*_OF_MEMBER, _STREAM),
    FaultKind.EVENTS_DUPLICATED: (*_OF_MEMBER, _STREAM, number("delay_s", 0.05, 0.0, DAY_S)),
    FaultKind.EVENTS_REORDERED: (*_OF_MEMBER, number("delay_s", 0.3, 0.0, DAY_S)),
    FaultKind.PROCESSOR_PAUSED: (flag("resume"),),
    FaultKind.MATCHING_PAUSED: (),
    FaultKind.SOUND_ORDER_REJECTED: _OF_MEMBER,
    FaultKind.ENGINE_RESTART: (),
    FaultKind.SERVER_RESTART: (flag("engines"),),
    FaultKind.CLOCK_SKEW: (number("offset_s", 10.0, -DAY_S, DAY_S),),
}

#: Over in the moment they begin, unless they are given a duration.
MOMENTARY = frozenset({FaultKind.WEBSOCKET_DROP, FaultKind.ENGINE_RESTART})


@dataclass(slots=True)
class Fault:
    """A fault in force. ``hits`` counts how often it has struck; ``parameters`` are those of its kind alone."""

    id: int
    kind: FaultKind
    duration_s: float | None = None
    probability: float = 1.0
    path: str | None = None
    method: str | None = None
    member: str | None = None
    count: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    hits: int = 0

    def concerns_member(self, name: str | None) -> bool:
        """Return whether the fault is about a member; ``name`` None is nobody known."""
        return self.member in (None, name)

    def concerns_request(self, method: str, path: str) -> bool:
        """Return whether the fault is about a request; without ``path`` it is about every REST request."""
        if self.method not in (None, method):
            return False
        prefix = next((prefix for prefix in (REST_PREFIX, ENGINE_PREFIX) if path.startswith(f"{prefix}/")), None)
        if self.path is None:
            return prefix is not None
        return fnmatchcase(path, self.path) or fnmatchcase(path.removeprefix(prefix or ""), self.path)

    def describe(self) -> dict[str, Any]:
        """Return the fault as a JSON object, leaving out what it is not limited to."""
        names = ("duration_s", "probability", "path", "method", "member", "count", "hits")
        own = {name: value for name in names if (value := getattr(self, name)) is not None}
        return {"id": self.id, "kind": str(self.kind), **own, **self.parameters}


def make_fault(fault_id: int, kind: str, members: Collection[str], given: Mapping[str, object]) -> Fault:
    """Make a fault of what is asked for; what is not given, or None, takes its default.

    Raises:
        FaultError: what is asked for makes no sense.
    """
    if kind not in list(FaultKind):
        raise FaultError(f"unknown kind {kind!r}; there are {', '.join(FaultKind)}")
    known = FaultKind(kind)
    values = check(kind, given, (_DURATION, *PARAMETERS[known]), members)
    own = {name: values.pop(name) for name in list(values) if name not in Fault.__dataclass_fields__}
    return Fault(fault_id, known, parameters=own, **values)
