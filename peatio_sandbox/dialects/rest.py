"""Carries a dialect into HTTP: in front of the endpoints, behind the gateway."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from aiohttp import web

from peatio_sandbox.dialects.base import CANCEL, CREATE, ENGINE_CANCEL, Dialect, Route
from peatio_sandbox.dialects.limits import TooManyRequestsError
from peatio_sandbox.rest.common import MEMBER, POST_ONLY, REST_PREFIX, Handler, answer
from peatio_sandbox.rest.validation import PARAMS_READER, ApiError, read_params

_NOT_FOUND = "404 Not Found"
_TOO_MANY = "Retry later\n"
#: Routes that the engine's own prefix takes over where there is one.
_MOVED: frozenset[Route] = frozenset(
    {CREATE, CANCEL, ENGINE_CANCEL, ("POST", "/market/orders/cancel")}
)


class DialectEndpoints:
    """Makes requests those of the core and answers those of the dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Translate a request, or refuse it, and translate its answer."""
        prefix, route = self._route(request)
        if route is None:
            return await handler(request)
        if not self._exists(prefix, route):
            return web.Response(status=404, text=_NOT_FOUND)
        try:
            await self._translate_request(request, route)
        except TooManyRequestsError as error:
            return web.Response(status=429, text=_TOO_MANY, headers={"Retry-After": str(error.retry_after_s)})
        except ApiError as error:
            return answer(error.body(), error.status)
        response = await handler(request)
        return self._translated(response, route, request.match_info)

    def _route(self, request: web.Request) -> tuple[str, Route | None]:
        """Return the prefix and route of a REST request; no route for anything else."""
        resource = request.match_info.route.resource
        path = "" if resource is None else resource.canonical.rstrip("/")
        for prefix in (REST_PREFIX, self._dialect.order_prefix):
            if prefix is not None and path.startswith(prefix + "/"):
                return prefix, (request.method, path.removeprefix(prefix))
        return "", None

    def _exists(self, prefix: str, route: Route) -> bool:
        if route in self._dialect.missing_routes:
            return False
        return self._dialect.order_prefix in (None, prefix) or route not in _MOVED

    async def _translate_request(self, request: web.Request, route: Route) -> None:
        as_sent = await read_params(request)
        self._dialect.check(route, as_sent, request.get(MEMBER))
        request[POST_ONLY] = route == CREATE and self._dialect.is_post_only(as_sent)
        request[PARAMS_READER] = partial(self._dialect.read_params, route)

    def _translated(self, response: web.StreamResponse, route: Route, path: Mapping[str, str]) -> web.StreamResponse:
        if not isinstance(response, web.Response) or response.content_type != "application/json":
            return response
        assert isinstance(response.body, bytes)
        body = json.loads(response.body)
        if response.status < 400:
            body = self._dialect.answer(route, path, body)
        else:
            body = self._with_own_codes(body)
        response.body = json.dumps(body, separators=(",", ":")).encode()
        return response

    def _with_own_codes(self, body: Any) -> Any:
        codes = body.get("errors")
        if not isinstance(codes, list):
            return body
        return {"errors": [self._dialect.error_codes.get(code, code) for code in codes]}
