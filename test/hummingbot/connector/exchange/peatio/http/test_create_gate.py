"""The last check of a create, right before the request is signed."""

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import FencedError, PlacementError
from hummingbot.connector.exchange.peatio.http.create_gate import CreateGate, admission_of_create
from hummingbot.core.web_assistant.connections.data_types import RESTMethod, RESTRequest

CREATE = RESTRequest(method=RESTMethod.POST, url="any", throttler_limit_id=CONSTANTS.CREATE_LIMIT_ID)


async def test_a_create_asks_its_admission() -> None:
    asked = []
    token = admission_of_create.set(lambda: asked.append(True))
    try:
        assert await CreateGate().pre_process(CREATE) is CREATE
    finally:
        admission_of_create.reset(token)
    assert asked == [True]


async def test_what_the_admission_refuses_does_not_leave() -> None:
    def refuse() -> None:
        raise FencedError("a guard acted")

    token = admission_of_create.set(refuse)
    try:
        with pytest.raises(FencedError):
            await CreateGate().pre_process(CREATE)
    finally:
        admission_of_create.reset(token)


async def test_a_create_that_nobody_admitted_is_refused() -> None:
    with pytest.raises(PlacementError, match="without an admission"):
        await CreateGate().pre_process(CREATE)


@pytest.mark.parametrize("limit_id", [CONSTANTS.CANCEL_LIMIT_ID, CONSTANTS.REST_LIMIT_ID])
async def test_other_requests_need_none(limit_id: str) -> None:
    other = RESTRequest(method=RESTMethod.POST, url="any/market/orders", throttler_limit_id=limit_id)
    assert await CreateGate().pre_process(other) is other
