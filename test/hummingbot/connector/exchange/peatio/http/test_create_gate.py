"""The last check before a create is sent."""

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import FencedError
from hummingbot.connector.exchange.peatio.http.create_gate import CreateGate
from hummingbot.core.web_assistant.connections.data_types import RESTMethod, RESTRequest

from test.hummingbot.connector.exchange.peatio.fixtures import rest_url


def request(method: RESTMethod, path: str, limit_id: str) -> RESTRequest:
    return RESTRequest(method=method, url=rest_url(path), throttler_limit_id=limit_id)


async def test_the_gate_stops_creates_and_nothing_else() -> None:
    is_fenced = False

    def check() -> None:
        if is_fenced:
            raise FencedError

    gate = CreateGate(check)
    creates = [
        request(RESTMethod.POST, path, CONSTANTS.CREATE_LIMIT_ID)
        for path in ("market/orders", "market/orders/bulk", "orders/under/another/path")
    ]
    for create in creates:
        assert await gate.pre_process(create) is create
    is_fenced = True
    for create in creates:
        with pytest.raises(FencedError):
            await gate.pre_process(create)
    for other in (
        request(RESTMethod.GET, "market/orders", CONSTANTS.REST_LIMIT_ID),
        request(RESTMethod.POST, "market/orders/17/cancel", CONSTANTS.CANCEL_LIMIT_ID),
        request(RESTMethod.POST, "market/orders/cancel", CONSTANTS.CANCEL_LIMIT_ID),
        request(RESTMethod.GET, "account/balances", CONSTANTS.REST_LIMIT_ID),
    ):
        assert await gate.pre_process(other) is other
