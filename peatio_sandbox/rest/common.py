"""What all REST endpoints share: routes, JSON answers and how exceptions become answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from peatio_sandbox.exchange.records import Member
from peatio_sandbox.rest.validation import ApiError, PlainApiError

_encode = json.JSONEncoder(separators=(",", ":")).encode

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: Where Peatio is mounted behind its gateway.
REST_PREFIX = "/api/v2/peatio"
#: Where another engine takes orders, in the dialects that have one with a prefix of its own.
ENGINE_PREFIX = "/api/v2/finex"
#: Key of ``request`` under which the gateway leaves the :class:`Member` it has recognised.
MEMBER = "member"
#: Key of ``request`` under which a dialect says that an order is to be rejected rather than take.
POST_ONLY = "post_only"


class Routes:
    """Registers endpoints under a prefix, with and without a trailing slash."""

    def __init__(self, app: web.Application, prefix: str = REST_PREFIX) -> None:
        self._app = app
        self._prefix = prefix

    def get(self, path: str, handler: Handler) -> None:
        """Register a read."""
        self._add("GET", path, handler)

    def post(self, path: str, handler: Handler) -> None:
        """Register a create or cancel."""
        self._add("POST", path, handler)

    def _add(self, method: str, path: str, handler: Handler) -> None:
        for full_path in (self._prefix + path, f"{self._prefix}{path}/"):
            self._app.router.add_route(method, full_path, handler)


def member_of(request: web.Request) -> Member:
    """Return the member whom the gateway has recognised."""
    member = request[MEMBER]
    assert isinstance(member, Member)
    return member


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a JSON answer as Peatio labels it (without a charset)."""
    return web.Response(
        body=_encode(body).encode(),
        status=status,
        headers=headers,
        content_type="application/json",
    )


@web.middleware
async def errors_as_peatio(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn exceptions into Peatio's answers: JSON codes, a 405 with one string, a 404 in plain text."""
    try:
        return await handler(request)
    except ApiError as error:
        return answer(error.body(), error.status)
    except web.HTTPNotFound:
        return web.Response(status=404, text="404 Not Found")
    except web.HTTPMethodNotAllowed:
        return answer(PlainApiError(405, "server.method_not_allowed").body(), 405)
