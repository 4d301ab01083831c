"""A `RestClient` on aioresponses, and what was asked through it."""

import json
from typing import Any

from aioresponses import aioresponses
from hummingbot.connector.exchange.peatio.config import parse_domain
from hummingbot.connector.exchange.peatio.http.assistants import make_factory
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.connector.exchange.peatio.peatio_auth import PeatioAuth
from hummingbot.connector.exchange.peatio.settings.exchanges import venue_of
from hummingbot.connector.time_synchronizer import TimeSynchronizer
from yarl import URL

from test.hummingbot.connector.exchange.peatio.fixtures import API_KEY, SECRET, SITE, rest_url


class Remeasured:
    """Counts how often the clock was measured anew."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> None:
        self.count += 1


def rest_of(remeasure: Remeasured, site: str = SITE, **changes: Any) -> RestClient:
    """Signs with `API_KEY` by a clock that needs no measuring."""
    synchronizer = TimeSynchronizer()
    synchronizer.add_time_offset_ms_sample(0.0)
    factory = make_factory(venue_of(site), auth=PeatioAuth(API_KEY, SECRET, synchronizer))
    return RestClient(factory, parse_domain(site), remeasure, **changes)


def is_signed(kwargs: dict[str, Any]) -> bool:
    return bool(kwargs["headers"].get("X-Auth-Apikey") == API_KEY)


class Http:
    """Answers to come, and what was asked, in order."""

    def __init__(self, mock: aioresponses) -> None:
        self.mock = mock

    def answer(self, path: str, status: int = 200, body: object = None, method: str = "GET", **kwargs: Any) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.mock.add(rest_url(path), method=method, status=status, body=text, **kwargs)

    def fail(self, path: str, error: Exception, method: str = "GET") -> None:
        self.mock.add(rest_url(path), method=method, exception=error)

    @property
    def requests(self) -> list[tuple[str, URL, dict[str, Any]]]:
        return [(method, url, call.kwargs) for (method, url), calls in self.mock.requests.items() for call in calls]

    @property
    def request(self) -> tuple[str, str, dict[str, Any]]:
        """Method, path with query, and keyword arguments of the only request."""
        ((method, url, kwargs),) = self.requests
        return method, str(url).removeprefix(rest_url("")), kwargs
