"""Sends one REST request and turns whatever becomes of it into a value or a `RequestError`."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from hummingbot.connector.exchange.peatio.common.errors import (
    AnswerError,
    MovedError,
    NoAnswerError,
    NonceError,
    NotSentError,
    ProxyError,
    RequestError,
    ServerError,
    TokenError,
    error_from_answer,
)
from hummingbot.connector.exchange.peatio.common.messages import decode
from hummingbot.connector.exchange.peatio.config import ExchangeAddress
from hummingbot.connector.exchange.peatio.http.redirects import RedirectError
from hummingbot.connector.exchange.peatio.http.throttler import RequestThrottler
from hummingbot.core.web_assistant.connections.data_types import RESTMethod
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory

Query = Mapping[str, str] | Sequence[tuple[str, str]]

# The answer of an HTTP proxy that did not forward the request.
PROXY_LOGIN_REQUIRED = 407


@dataclass(frozen=True)
class Request:
    """One call of the API.

    :param limit_id: the request limit that it counts in; `CREATE_LIMIT_ID` marks it as a create for `CreateGate`
    """

    method: RESTMethod
    path: str
    limit_id: str
    is_private: bool
    query: Query = ()
    body: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method.name} {self.path}"


class RequestSender:
    """
    :param factory, remeasure_clock: as for `RestClient`
    :param timeout_s: how long an answer may take
    :ivar address: where requests go
    :ivar is_closed: while True no private request leaves; each raises `NotSentError`
    :ivar failures: how many calls ended in each kind of error
    """

    def __init__(
        self,
        factory: WebAssistantsFactory,
        address: ExchangeAddress,
        remeasure_clock: Callable[[], Awaitable[None]] | None,
        timeout_s: float,
    ) -> None:
        self.address = address
        self.failures: Counter[type[RequestError]] = Counter()
        self.is_closed = False
        self._factory = factory
        self._remeasure_clock = remeasure_clock
        self._timeout_s = timeout_s

    async def call(self, request: Request) -> Any:
        """The decoded answer.

        :raises RequestError: when there is no successful one
        """
        try:
            return await self._counted_call(request)
        except (NonceError, TokenError):
            if self._remeasure_clock is None:
                raise
            # The login was refused, so nothing was processed and the call can be repeated, creates included.
            await self._remeasure_clock()
            return await self._counted_call(request)

    async def _counted_call(self, request: Request) -> Any:
        try:
            return await self._call_once(request)
        except RequestError as error:
            self.failures[type(error)] += 1
            if isinstance(error, AnswerError) and isinstance(self._factory.throttler, RequestThrottler):
                self._factory.throttler.hold(request.limit_id, error)
            raise

    async def _call_once(self, request: Request) -> Any:
        if request.is_private and self.is_closed:
            raise NotSentError(f"{request}: not sent, the connector was stopped")
        try:
            status, headers, text = await self._send(request)
        except NotSentError:
            raise  # the throttler did not let it through
        except RedirectError as error:
            raise MovedError(str(request), error.status, error.advice, error.is_unprocessed) from error
        except aiohttp.ClientProxyConnectionError as error:
            raise ProxyError(f"{request}: no connection to the proxy ({error.os_error})") from error
        except aiohttp.ClientHttpProxyError as error:
            raise ProxyError(f"{request}: the proxy refused with HTTP {error.status}") from error
        except aiohttp.ClientConnectorError as error:
            raise NotSentError(f"{request}: no connection to {self.address.site} ({error.os_error})") from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            what = "no answer in time" if isinstance(error, asyncio.TimeoutError) else type(error).__name__
            raise NoAnswerError(f"{request}: {what} from {self.address.site}") from error
        if status == PROXY_LOGIN_REQUIRED:
            raise ProxyError(f"{request}: the proxy refused with HTTP {status}")
        if status >= 400:
            raise error_from_answer(str(request), status, headers, text)
        try:
            return decode(text)
        except ValueError as error:
            raise ServerError(str(request), status, detail=f"not JSON: {text[:80]!r}") from error

    async def _send(self, request: Request) -> tuple[int, Mapping[str, str], str]:
        """Status, headers and text of the answer; "" for a body that is not text."""
        assistant = await self._factory.get_rest_assistant()
        response = await assistant.execute_request_and_get_response(
            url=self.address.rest_url(request.path),
            throttler_limit_id=request.limit_id,
            params=request.query or None,
            data=request.body if request.method is RESTMethod.POST else None,
            method=request.method,
            is_auth_required=request.is_private,
            return_err=True,
            timeout=self._timeout_s,
        )
        try:
            text = await asyncio.wait_for(response.text(), self._timeout_s)
        except UnicodeDecodeError:
            text = ""
        return response.status, response.headers or {}, text
