"""The exchange's clock: when it is measured, which samples count, and what an expired nonce changes."""

import asyncio
import json
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from aioresponses import CallbackResult
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import NonceError
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.event.events import MarketEvent

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, balance_rows, rest_url, settle
from test.hummingbot.connector.exchange.peatio.recorded import answer
from test.hummingbot.connector.exchange.peatio.rig import (
    BALANCES,
    PAIR,
    TIMESTAMP,
    Rig,
    timestamp_in,
)
from test.patience import eventually

BUY = WireOrder(4)


def refuse_nonce(rig: Rig, times: int) -> None:
    for _ in range(times):
        rig.http.get(BALANCES, status=401, payload=answer("auth nonce -6s"))


def nonces_s(rig: Rig) -> list[float]:
    return [
        int(call.kwargs["headers"]["X-Auth-Nonce"]) / 1000 for _, call in rig.requests("GET", "account/balances")
    ]


async def test_an_expired_nonce_drops_the_old_samples_measures_anew_and_asks_once_more(rig: Rig) -> None:
    """Averaged with the old samples the new one would mend little (the server's clock was set on by an hour)."""
    for _ in range(5):
        rig.exchange._time_synchronizer.add_time_offset_ms_sample((time.time() - time.perf_counter()) * 1e3)
    refuse_nonce(rig, 1)
    rig.http.get(TIMESTAMP, payload=timestamp_in(3600))
    rig.http.get(BALANCES, payload=balance_rows(usd=("1", "0")))
    await rig.exchange._update_balances()
    assert rig.exchange.available_balances.keys() == {"USD"}
    refused_s, taken_s = nonces_s(rig)
    assert abs(refused_s - time.time()) < 3
    assert abs(taken_s - time.time() - 3600) < 3
    assert rig.count("GET", "public/timestamp") == 1


async def test_a_second_expired_nonce_is_an_error(rig: Rig) -> None:
    refuse_nonce(rig, 2)
    rig.http.get(TIMESTAMP, payload=timestamp_in(0))
    with pytest.raises(NonceError, match="Set this machine's clock"):
        await rig.exchange._update_balances()
    assert rig.count("GET", "account/balances") == 2


async def test_a_create_with_an_expired_nonce_is_sent_once_more(rig: Rig) -> None:
    """The gateway turned it away, so it cannot be placed twice."""
    rig.http.post(rest_url("market/orders"), status=401, payload=answer("auth nonce +6s"))
    rig.http.get(TIMESTAMP, payload=timestamp_in(0))
    rig.http.post(rest_url("market/orders"), status=201, payload=BUY.now("pending").row())
    rig.exchange.buy(PAIR, Decimal(1), OrderType.LIMIT, Decimal(30000))
    await eventually(lambda: rig.events)
    assert rig.kinds == [MarketEvent.BuyOrderCreated]


async def test_requests_that_fail_together_share_one_measurement(rig: Rig) -> None:
    async def take_a_while(*args: Any, **kwargs: Any) -> None:
        await settle()

    rig.http.get(TIMESTAMP, payload=timestamp_in(100), callback=take_a_while)
    await asyncio.gather(*(rig.exchange.exchange_clock.remeasure() for _ in range(5)))
    assert rig.count("GET", "public/timestamp") == 1
    assert abs(rig.exchange._time_synchronizer.time() - time.time() - 100) < 3


async def test_the_clock_is_measured_before_the_first_signature_and_then_known(rig: Rig) -> None:
    rig.exchange._time_synchronizer.clear_time_offset_ms_samples()
    rig.http.get(TIMESTAMP, payload=timestamp_in(100))
    await rig.exchange.exchange_clock.ensure()
    await rig.exchange.exchange_clock.ensure()
    assert rig.count("GET", "public/timestamp") == 1
    assert abs(rig.exchange._time_synchronizer.time() - time.time() - 100) < 3


async def test_its_time_is_the_synchronizers_after_each_change_of_the_samples(rig: Rig) -> None:
    clock, synchronizer = rig.exchange.exchange_clock, rig.exchange._time_synchronizer
    synchronizer.clear_time_offset_ms_samples()
    assert clock.time_s() == pytest.approx(time.time(), abs=1)
    for offset_ms in (5e6, 7e6, 9e6, -3e6, 4e6, 1e6, 2e6):
        synchronizer.add_time_offset_ms_sample(offset_ms)
        assert clock.time_s() == pytest.approx(synchronizer.time(), abs=1)
        assert clock.time_s() == pytest.approx(synchronizer.time(), abs=1)


class SteppedTime:
    """This machine's clocks; the tests move them on by what a wait took."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.passed_s = 0.0
        for name in ("time", "monotonic", "perf_counter"):
            monkeypatch.setattr(time, name, self._stepped(getattr(time, name)))

    def _stepped(self, clock: Callable[[], float]) -> Callable[[], float]:
        return lambda: clock() + self.passed_s

    async def sleep(self, seconds: float) -> None:
        self.passed_s += seconds


@pytest.fixture
def stepped(monkeypatch: pytest.MonkeyPatch) -> SteppedTime:
    return SteppedTime(monkeypatch)


def know_clock(rig: Rig, offset_s: float) -> None:
    """Five samples say that the server's clock is `offset_s` ahead of this machine's."""
    rig.exchange._time_synchronizer.clear_time_offset_ms_samples()
    for _ in range(5):
        rig.exchange._time_synchronizer.add_time_offset_ms_sample((time.time() - time.perf_counter() + offset_s) * 1e3)


def clock_error_s(rig: Rig, offset_s: float) -> float:
    """By how much the connector's idea of the server's clock is wrong."""
    return abs(float(rig.exchange._time_synchronizer.time()) - time.time() - offset_s)


def answer_time(rig: Rig, offset_s: float, takes_s: float = 0.0, stepped: SteppedTime | None = None) -> None:
    """The server's clock is `offset_s` ahead; its answer needs `takes_s` for its way back."""

    def tell(url: object, **_: object) -> CallbackResult:
        said = timestamp_in(offset_s)
        if stepped is not None:
            stepped.passed_s += takes_s
        return CallbackResult(body=json.dumps(said))

    rig.http.get(TIMESTAMP, callback=tell)


async def test_waiting_for_the_request_limit_is_no_travel_time(rig: Rig, stepped: SteppedTime) -> None:
    throttler = rig.exchange._throttler
    throttler._now_s, throttler._sleep = time.monotonic, stepped.sleep
    budget, _ = throttler.budget(CONSTANTS.REST_LIMIT_ID)
    clock = rig.exchange.exchange_clock
    for measure in (rig.exchange._update_time_synchronizer, clock.remeasure, clock.ensure):
        rig.exchange._time_synchronizer.clear_time_offset_ms_samples()
        calls = throttler._called_at_s[CONSTANTS.REST_LIMIT_ID]
        calls.clear()
        calls.extend([time.monotonic() - 315 + 6.2] * budget)
        answer_time(rig, 100)
        before_s = stepped.passed_s
        await measure()
        assert stepped.passed_s - before_s >= 6, "it waited"
        assert clock_error_s(rig, 100) < 1, measure.__name__


async def test_a_failed_measurement_keeps_the_samples(rig: Rig) -> None:
    """This machine's own clock, which the nonces were not made with, would be worse than any of them."""
    know_clock(rig, 100)
    rig.http.get(TIMESTAMP, status=503)
    await rig.exchange.exchange_clock.remeasure()
    assert clock_error_s(rig, 100) < 0.1
    assert rig.exchange.exchange_clock.is_known


@pytest.mark.parametrize(("real_offset_s", "most_s"), [(100.0, 1.0), (3700.0, 5.0)])
async def test_a_slow_answer_counts_only_where_it_contradicts_the_samples(
    rig: Rig, stepped: SteppedTime, real_offset_s: float, most_s: float
) -> None:
    """Nine seconds of travel leave nine seconds of doubt: more than the server allows a nonce."""
    know_clock(rig, 100)
    answer_time(rig, real_offset_s, 9.0, stepped)
    await rig.exchange.exchange_clock.remeasure()
    assert clock_error_s(rig, real_offset_s) < most_s


async def test_hummingbots_own_retry_knows_the_nonce_error(rig: Rig) -> None:
    nonce_error = NonceError("GET account/balances", 401, ["authz.nonce_expired"])
    assert rig.exchange._is_request_exception_related_to_time_synchronizer(nonce_error)
    assert not rig.exchange._is_request_exception_related_to_time_synchronizer(OSError())
