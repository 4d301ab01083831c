"""Login headers, and signing with a Barong API key (docs/protocol.md section 2). No I/O; the caller gives the clock."""

import hashlib
import hmac
from abc import abstractmethod
from typing import Protocol

from hummingbot.core.web_assistant.auth import AuthBase
from hummingbot.core.web_assistant.connections.data_types import RESTRequest, WSRequest


class PeatioLogin(AuthBase):
    """A login by headers on each private REST request and on the upgrade request of the private websocket."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    async def rest_authenticate(self, request: RESTRequest) -> RESTRequest:
        """The request with the headers added. Path and body are not signed."""
        request.headers = {**(request.headers or {}), **self.headers()}
        return request

    async def ws_authenticate(self, request: WSRequest) -> WSRequest:
        """Unchanged: the private websocket is authenticated by `headers` on its upgrade request."""
        return request

    @abstractmethod
    def headers(self) -> dict[str, str]:
        """The headers for a request that is sent now, REST or websocket upgrade."""


class TimeProvider(Protocol):
    """What tells the exchange's time: Hummingbot's `TimeSynchronizer`, say."""

    def time(self) -> float:
        """Epoch seconds by the exchange's clock."""


class PeatioAuth(PeatioLogin):
    """Adds `X-Auth-Apikey`, `X-Auth-Nonce` and `X-Auth-Signature` to requests.

    The server accepts a nonce only within five seconds of its own clock, so it is read from `time_provider` just before
    sending: Hummingbot's REST assistant authenticates after any wait for the rate limit.
    """

    def __init__(self, api_key: str, secret_key: str, time_provider: TimeProvider) -> None:
        self._api_key = api_key
        self._secret_key = secret_key
        self._time_provider = time_provider

    def headers(self) -> dict[str, str]:
        """The three headers for a request that is sent now, REST or websocket upgrade."""
        nonce_ms = str(int(self._time_provider.time() * 1e3))
        signature = hmac.new(
            self._secret_key.encode(), (nonce_ms + self._api_key).encode(), hashlib.sha256
        ).hexdigest()
        return {
            "X-Auth-Apikey": self._api_key,
            "X-Auth-Nonce": nonce_ms,
            "X-Auth-Signature": signature,
        }
