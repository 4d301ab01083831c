"""Every recorded refusal, and every shape a gateway puts in its place, as the type it must have."""

import json
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.common import errors as peatio_errors
from hummingbot.connector.exchange.peatio.common.errors import (
    REMEDIES,
    AnswerError,
    AuthError,
    ConfigError,
    JournalError,
    MessageError,
    NoAnswerError,
    NonceError,
    NoRouteError,
    NotFoundError,
    NotSentError,
    Outcome,
    PeatioError,
    PlacementError,
    RateLimitError,
    RefusedError,
    RequestError,
    ServerError,
    StreamError,
    TokenError,
    error_from_answer,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from test.hummingbot.connector.exchange.peatio.recorded import RACES, REST, lines

# (status, first code) of every refusal in the recordings, and the type it must become.
RECORDED = {
    (400, "server.method.invalid_message_body"): RefusedError,
    (401, "authz.apikey_not_active"): AuthError,
    (401, "authz.invalid_permission"): AuthError,
    (401, "authz.invalid_session"): AuthError,
    (401, "authz.invalid_signature"): AuthError,
    (401, "authz.missing_csrf_token"): AuthError,
    (401, "authz.nonce_expired"): NonceError,
    (401, "authz.nonce_not_valid_timestamp"): NonceError,
    (401, "authz.permission_denied"): AuthError,
    (401, "authz.unexistent_apikey"): AuthError,
    (403, "market.trade.not_permitted"): AuthError,
    (404, None): NoRouteError,
    (404, "record.not_found"): NotFoundError,
    (405, "server.method_not_allowed"): RefusedError,
    (415, "The provided content-type 'text/plain' is not supported."): RefusedError,
    (422, "authz.invalid_api_key_headers"): AuthError,
    (500, "server.internal_error"): ServerError,
}


def refusals() -> list[Any]:
    """The recorded steps that ended with an error."""
    steps = [step for step in lines(REST) + lines(RACES) if "response" in step]
    return [step for step in steps if step["response"]["status"] >= 400]


def recorded_codes(body: Any) -> list[str]:
    """The codes in a decoded body: a list, or a single text, under `errors` or `error`."""
    if not isinstance(body, dict):
        return []
    codes = body.get("errors") or body["error"]
    return codes if isinstance(codes, list) else [codes]


def error_of(status: int, body: str, headers: dict[str, str] | None = None) -> AnswerError:
    return error_from_answer("GET market/orders", status, headers or {}, body)


@pytest.mark.parametrize("step", refusals(), ids=lambda step: str(step["name"]))
def test_a_recorded_refusal_has_its_type_and_all_its_codes(step: Any) -> None:
    response = step["response"]
    body, status = response["body"], response["status"]
    codes = recorded_codes(body)

    error = error_of(status, body if isinstance(body, str) else json.dumps(body), response["headers"])

    # Any other code of a 422 is a plain refusal.
    first = codes[0] if codes else None
    assert type(error) is RECORDED.get((status, first), RefusedError if status == 422 else None)
    assert list(error.codes) == codes
    assert error.status == status
    assert error.request == "GET market/orders"
    assert f"HTTP {status}" in str(error)
    assert all(code in str(error) for code in codes)


def test_the_recordings_hold_every_refusal_of_the_table() -> None:
    answers = [step["response"] for step in refusals()]
    seen = {(answer["status"], next(iter(recorded_codes(answer["body"])), None)) for answer in answers}

    assert set(RECORDED) <= seen


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (502, "<html>\r\n<head><title>502 Bad\r\nGateway</title></head>nginx</html>", "server", "502 Bad Gateway"),
        (503, "<TITLE>\n503 Service\n Unavailable</TITLE>", "server", "503 Service Unavailable"),
        (503, "no healthy upstream", "server", "no healthy upstream"),
        (504, "", "server", "no readable body"),
        (500, '{"errors":', "server", '{"errors":'),
        (599, "[]", "server", "[]"),
        (403, "<html><body><h1>Forbidden</h1><p>by the gateway</p></body></html>", "auth", "Forbidden by the gateway"),
        (401, "", "auth", "no readable body"),
        (423, '{"errors":["authz.restrict.maintenance"]}', "auth", "authz.restrict.maintenance"),
        (471, '{"errors":["authz.restrict.blacklist"]}', "auth", "authz.restrict.blacklist"),
        (423, "", "auth", "no readable body"),
        (404, "<html>Not Found</html>", "no route", "Not Found"),
        (404, "", "no route", "no readable body"),
        (400, "Bad Request\n", "refused", "Bad Request"),
        (405, "Method Not Allowed\n", "refused", "Method Not Allowed"),
        (415, "", "refused", "no readable body"),
        (409, '{"errors":["some.code"]}', "refused", "some.code"),
        (404, '{"errors":["public.nothing"]}', "refused", "public.nothing"),
        (422, "<html>what?</html>", "server", "what?"),
        (408, "", "server", "no readable body"),
        (302, "moved", "server", "moved"),
    ],
)
def test_an_answer_without_peatios_json_has_a_type_and_a_readable_line(
    status: int, body: str, kind: str, says: str
) -> None:
    error = error_of(status, body)

    kinds = {
        "server": ServerError,
        "auth": AuthError,
        "no route": NoRouteError,
        "refused": RefusedError,
    }
    assert type(error) is kinds[kind]
    assert str(error) == f"GET market/orders was answered with HTTP {status}: {says}."


def test_a_long_page_is_shortened_to_one_line() -> None:
    error = error_of(503, "<p>1234567\n\t89</p>" * 1000)

    assert str(error) == f"GET market/orders was answered with HTTP 503: {'1234567 89 ' * 10}1234567 89."


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ('{"errors":["a","b"]}', ("a", "b")),
        ('{"errors":"a"}', ("a",)),
        ('{"error":"a sentence"}', ("a sentence",)),
        ('{"errors":[{"code":1}]}', ("{'code': 1}",)),
        ('{"errors":{"a":1}}', ()),
        ('{"errors":null}', ()),
        ("{}", ()),
        ('["a"]', ()),
        ("500", ()),
        ("null", ()),
        ("{bad", ()),
        ("", ()),
    ],
)
def test_codes_come_as_a_list_or_a_text_or_not_at_all(body: str, codes: tuple[str, ...]) -> None:
    assert error_of(422, body).codes == codes


@pytest.mark.parametrize("status", [422, 500])
def test_an_order_refused_with_create_error_may_be_alive(status: int) -> None:
    error = error_of(status, '{"errors":["market.order.create_error"]}')

    assert type(error) is ServerError
    assert error.outcome is Outcome.AMBIGUOUS


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": " 120 "}, 120.0),
        ({"RETRY-AFTER": "0"}, 0.0),
        ({"Retry-After": "Fri, 20 Nov 2026 20:00:00 GMT", "date": "Fri, 20 Nov 2026 19:59:30 GMT"}, 30.0),
        ({"Retry-After": "Fri, 20 Nov 2026 20:00:00 GMT", "Date": "Fri, 20 Nov 2026 20:00:30 GMT"}, 0.0),
        ({"Retry-After": "Fri, 20 Nov 2026 20:00:00 GMT"}, None),
        ({"Retry-After": "Fri, 20 Nov 2026 20:00:00 GMT", "Date": "now"}, None),
        ({"Retry-After": "soon", "Date": "Fri, 20 Nov 2026 19:59:30 GMT"}, None),
        ({"Retry-After": "Fri, 99 Nov 99999 20:00:00 GMT", "Date": "Fri, 20 Nov 2026 19:59:30 GMT"}, None),
        ({"Retry-After": "9" * 400}, float("inf")),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "\u00b2"}, None),
        ({"Server": "nginx"}, None),
    ],
)
@pytest.mark.parametrize("body", ["Retry later\n", '{"errors":["authz.nonce_expired"]}', ""])
def test_too_many_requests_say_when_to_come_back(headers: dict[str, str], seconds: float | None, body: str) -> None:
    error = error_of(429, body, headers)

    assert isinstance(error, RateLimitError)
    assert error.retry_after_s == seconds
    assert error.outcome is Outcome.NOT_PROCESSED


def test_no_answer_fills_the_log() -> None:
    assert len(str(error_of(422, json.dumps({"errors": ["x" * 100_000]})))) < 600


def test_a_server_that_is_down_for_a_while_says_so_too() -> None:
    assert error_of(503, "", {"Retry-After": "7"}).retry_after_s == 7
    assert error_of(502, "", {}).retry_after_s is None
    assert error_of(422, '{"errors":["authz.x"]}', {"Retry-After": "7"}).retry_after_s is None


def test_what_had_an_effect_is_told_by_the_outcome() -> None:
    assert NotSentError().outcome is Outcome.NOT_PROCESSED
    assert NoAnswerError().outcome is Outcome.AMBIGUOUS
    assert error_of(503, "").outcome is Outcome.AMBIGUOUS
    assert error_of(422, '{"errors":["market.account.insufficient_balance"]}').outcome is Outcome.REFUSED
    assert error_of(404, '{"errors":["record.not_found"]}').outcome is Outcome.REFUSED
    assert error_of(401, '{"errors":["authz.nonce_expired"]}').outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("kind", "parents"),
    [
        (ConfigError, (PeatioError, ValueError)),
        (MessageError, (PeatioError,)),
        (StreamError, (PeatioError,)),
        (JournalError, (PeatioError,)),
        (PlacementError, (PeatioError,)),
        (NotSentError, (RequestError,)),
        (NoAnswerError, (RequestError,)),
        (ServerError, (AnswerError,)),
        (RateLimitError, (AnswerError,)),
        (NonceError, (AuthError,)),
        (TokenError, (AuthError,)),
        (AuthError, (RefusedError,)),
        (NotFoundError, (RefusedError,)),
        (RefusedError, (AnswerError,)),
        (AnswerError, (RequestError,)),
        (RequestError, (PeatioError, OSError)),
    ],
)
def test_the_tree_is_the_one_drawn(kind: type[Exception], parents: tuple[type[Exception], ...]) -> None:
    assert all(issubclass(kind, parent) for parent in parents)
    assert kind.__name__ in str(peatio_errors.__doc__)


def test_message_and_stream_errors_are_no_failed_requests() -> None:
    assert not issubclass(MessageError, OSError)
    assert not issubclass(StreamError, OSError)


@pytest.mark.parametrize("code", REMEDIES)
def test_a_remedy_is_told_with_its_code(code: str) -> None:
    error = error_of(401, json.dumps({"errors": ["something.else", code]}))

    assert str(error) == f"GET market/orders was answered with HTTP 401: something.else, {code}. {REMEDIES[code]}"
    assert REMEDIES[code].endswith(".")


def test_every_recorded_login_error_has_a_remedy() -> None:
    codes = {code for step in refusals() for code in recorded_codes(step["response"]["body"])}

    assert "market.trade.not_permitted" in codes & set(REMEDIES)
    assert {code for code in codes if code.startswith("authz.")} <= set(REMEDIES)


@settings(deadline=None, derandomize=True)
@given(st.integers(300, 599), st.text(), st.dictionaries(st.sampled_from(["Retry-After", "X"]), st.text()))
def test_any_answer_becomes_an_error(status: int, body: str, headers: dict[str, str]) -> None:
    error = error_of(status, body, headers)

    assert f"HTTP {status}" in str(error)
    assert isinstance(error, RequestError)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["errors", "error"]), inner),
    )
)
def test_any_json_becomes_an_error(body: Any) -> None:
    assert isinstance(error_of(422, json.dumps(body)), AnswerError)
