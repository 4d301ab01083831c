"""What the doctor says about each kind of failure. Pure: what makes them happen is in the tests beside this."""

import aiohttp
import pytest
from hummingbot.connector.exchange.peatio.common.errors import (
    REMEDIES,
    MessageError,
    NoAnswerError,
    NotSentError,
    ProxyError,
    StreamError,
    error_from_answer,
)
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from peatio_cli.doctor.explain import NOT_PEATIO, failure_of, not_peatio
from peatio_cli.doctor.findings import Verdict


def answered(status: int, body: str = "") -> Exception:
    return error_from_answer("GET somewhere", status, {}, body)


def handshake(status: int) -> Exception:
    url = URL("ws://exchange.example")
    info = aiohttp.RequestInfo(url, "GET", CIMultiDictProxy(CIMultiDict()), url)
    return aiohttp.WSServerHandshakeError(info, (), status=status, message="no")


@pytest.mark.parametrize("code", REMEDIES)
def test_each_code_has_its_remedy_and_says_it_once(code: str) -> None:
    finding = failure_of(answered(422, f'{{"errors":["{code}"]}}'))
    assert finding.remedy == REMEDIES[code]
    assert REMEDIES[code] not in finding.detail
    assert code in finding.detail


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (answered(401, '{"errors":["authz.restrict.blacklist"]}'), "has closed this part to your network or account"),
        (answered(401, '{"errors":["jwt.decode_and_verify"]}'), "does not take the token"),
        (answered(429), "Too many requests from here"),
        (answered(502, "<html>"), "trouble of its own: try again later"),
        (answered(403, "Forbidden"), "does not let this key do that"),
        (answered(415), "did not understand the request"),
        (NoAnswerError("no answer"), "hangs: try again"),
        (ProxyError("no proxy"), "Check `proxy` of this exchange"),
        (NotSentError("no connection"), "Check your network, and the address."),
        (MessageError("odd"), "differ from those of Peatio 2.3 to 3.1"),
        (StreamError("silent"), "its websocket (Ranger) does not answer"),
        (TimeoutError(), "hangs: try again"),
        (aiohttp.ClientPayloadError("cut"), "whether a proxy or firewall stands between"),
        (OSError("odd"), "Check your network, and the address."),
        (KeyError("ours"), "Report this line: the mistake is here."),
        (handshake(401), "The key works over REST but not on the websocket"),
        (handshake(403), "The key works over REST but not on the websocket"),
        (handshake(407), "Check `proxy` of this exchange"),
        (handshake(503), "trouble of its own: try again later"),
        (handshake(404), "lies elsewhere than under /api/v2/ranger"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else type(value).__name__,
)
def test_each_kind_of_failure_has_a_remedy(error: Exception, remedy: str) -> None:
    finding = failure_of(error)
    assert finding.verdict is Verdict.FAILED
    assert remedy in finding.remedy
    assert finding.detail


@pytest.mark.parametrize(
    ("error", "is_somebody_else"),
    [
        (answered(404), True),
        (answered(403, "Forbidden"), True),
        (MessageError("odd"), True),
        (answered(503), False),
        (NoAnswerError("no answer"), False),
        (ProxyError("no proxy"), False),
    ],
    ids=lambda value: str(value)[:40],
)
def test_only_an_answer_can_be_somebody_elses(error: Exception, is_somebody_else: bool) -> None:
    assert (not_peatio(error).remedy == NOT_PEATIO) is is_somebody_else
