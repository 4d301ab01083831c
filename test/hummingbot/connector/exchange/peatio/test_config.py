"""Every way a user writes an exchange's address, and what is said about the ways that cannot be used."""

import os
import subprocess
import sys

import pytest
from hummingbot.connector.exchange.peatio import config
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.config import parse_domain
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("domain", "site"),
    [
        ("exchange.example", "https://exchange.example"),
        ("exchange.example:8443", "https://exchange.example:8443"),
        ("  exchange.example\n", "https://exchange.example"),
        ("Exchange.Example", "https://exchange.example"),
        ("exchange.example.", "https://exchange.example."),
        ("exchange.example/", "https://exchange.example"),
        ("exchange.example:", "https://exchange.example"),
        ("http://exchange.example", "http://exchange.example"),
        ("https://exchange.example/", "https://exchange.example"),
        ("HTTPS://exchange.example:8443//", "https://exchange.example:8443"),
        ("peatio:8090", "https://peatio:8090"),
        ("http://peatio", "http://peatio"),
        ("my_exchange.example", "https://my_exchange.example"),
        ("börse.example", "https://börse.example"),
        ("10.0.0.5:3000", "https://10.0.0.5:3000"),
        ("[2001:db8::1]", "https://[2001:db8::1]"),
        ("[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://[2001:db8::1]:3000", "http://[2001:db8::1]:3000"),
    ],
)
def test_a_host_a_port_or_a_url_is_an_address(domain: str, site: str) -> None:
    assert parse_domain(domain).site == site


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8090", "127.0.0.1:8090", "127.9.9.9", "[::1]:8090", "LOCALHOST"]
)
def test_on_this_machine_http_is_meant(host: str) -> None:
    assert parse_domain(host).site == f"http://{host.lower()}"
    assert parse_domain(f"https://{host}").site == f"https://{host.lower()}"


def test_a_name_that_only_looks_local_is_not() -> None:
    assert parse_domain("localhost.example").site == "https://localhost.example"
    assert parse_domain("127.0.0.1.example").site == "https://127.0.0.1.example"


@pytest.mark.parametrize("domain", ["", "   ", "\n", None])
def test_an_empty_answer_is_the_default_exchange(domain: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "exchange_domain", "the-default.example")

    assert parse_domain(domain).site == "https://the-default.example"


def test_the_shipped_default_is_where_the_sandbox_listens() -> None:
    assert parse_domain("").site == "http://127.0.0.1:8090"


@pytest.mark.parametrize(
    ("domain", "rest", "websocket"),
    [
        (
            "exchange.example",
            "https://exchange.example/api/v2/peatio/public/markets",
            "wss://exchange.example/api/v2/ranger/private",
        ),
        (
            "http://127.0.0.1:8090/",
            "http://127.0.0.1:8090/api/v2/peatio/public/markets",
            "ws://127.0.0.1:8090/api/v2/ranger/private",
        ),
    ],
)
def test_rest_and_websocket_live_under_the_site(domain: str, rest: str, websocket: str) -> None:
    address = parse_domain(domain)

    assert address.rest_url("public/markets") == rest
    assert address.websocket_url("private") == websocket


@pytest.mark.parametrize(
    ("domain", "reason"),
    [
        ("ftp://exchange.example", "the scheme 'ftp' is not http or https"),
        ("wss://exchange.example", "the scheme 'wss' is not http or https"),
        ("://exchange.example", "the scheme '' is not http or https"),
        ("https://", "'' is neither a host name nor an IP address"),
        ("https://:8090", "'' is neither a host name nor an IP address"),
        ("an exchange", "'an exchange' is neither a host name nor an IP address"),
        ("exchange,example", "'exchange,example' is neither a host name nor an IP address"),
        ("-exchange.example", "is neither a host name nor an IP address"),
        ("exchange-.example", "is neither a host name nor an IP address"),
        ("exchange..example", "is neither a host name nor an IP address"),
        (".", "is neither a host name nor an IP address"),
        ("%65xchange.example", "is neither a host name nor an IP address"),
        ("x" * 64 + ".example", "is neither a host name nor an IP address"),
        (".".join(["x" * 60] * 5), "is neither a host name nor an IP address"),
        ("127.0.0.256", "'127.0.0.256' is neither a host name nor an IP address"),
        ("127.0.1", "'127.0.1' is neither a host name nor an IP address"),
        ("peatio", "'peatio' is a word without a dot; if that is a host, write http://peatio"),
        ("YES", "'yes' is a word without a dot"),
        ("8090", "'8090' is neither a host name nor an IP address"),
        ("exchange.example:https", "Port could not be cast"),
        ("exchange.example:99999", "Port out of range"),
        ("::1", "an IPv6 address is written in brackets, [::1] or [::1]:8090"),
        ("::1:8090", "an IPv6 address is written in brackets"),
        ("http://::1:8090/", "an IPv6 address is written in brackets"),
        ("2001:db8::1", "an IPv6 address is written in brackets"),
        ("[::1", "Invalid IPv6 URL"),
        ("https://exchange.example/api/v2", "it must be the address of the site, without a path"),
        ("exchange.example?market=btcusd", "it must be the address of the site, without a path"),
        ("exchange.example#top", "it must be the address of the site, without a path"),
    ],
)
def test_nonsense_is_named_and_the_remedy_told(domain: str, reason: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_domain(domain)

    text = str(raised.value)
    assert text.startswith(f"'{domain}' is not an exchange's address: ")
    assert reason in text
    assert text.endswith("Write a host (exchange.example), host:port (127.0.0.1:8090) or a URL (https://exchange.example).")


@pytest.mark.parametrize(
    "domain",
    [
        "https://bob:pa55word@exchange.example",
        "bob:pa55word@exchange.example",
        "pa55word@exchange.example",
        "bob:pa55word@exchange.example:port",
        "ftp://bob:pa55word@exchange.example",
        "bob:pa55word@[::1",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(domain: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_domain(domain)

    assert "an address carries no user name or password" in str(raised.value)
    assert "pa55word" not in str(raised.value)


@settings(deadline=None, derandomize=True)
@given(st.text())
def test_any_text_is_an_address_or_a_config_error(domain: str) -> None:
    try:
        address = parse_domain(domain)
    except ConfigError:
        return
    assert parse_domain(address.site) == address
    assert address.rest_url("x").startswith(address.site)


@pytest.mark.parametrize(
    ("variable", "expected"), [(config.SANDBOX_DOMAIN, "True"), ("own.example", "True"), (" ", "False")]
)
def test_an_address_in_the_environment_is_a_choice_also_where_it_is_the_sandboxs(variable: str, expected: str) -> None:
    """A bot with keys from the environment starts on the local sandbox then."""
    done = subprocess.run(
        [sys.executable, "-c", f"from {config.__name__} import is_preset; print(is_preset)"],
        capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), config.DOMAIN_VARIABLE: variable},
    )  # fmt: skip
    assert done.stdout.strip() == expected
