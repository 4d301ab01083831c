"""What a redirect says about the exchange's address."""

import pytest
from hummingbot.connector.exchange.peatio.http.redirects import RedirectError
from yarl import URL

HERE = URL("http://exchange.example/api/v2/peatio/market/orders?a=secret")


@pytest.mark.parametrize(
    ("location", "advice"),
    [
        (
            "https://exchange.example/api/v2/peatio/market/orders",
            "The exchange moved: write https://exchange.example as its address.",
        ),
        ("https://exchange.example:8443/", "The exchange moved: write https://exchange.example:8443 as its address."),
        (
            "https://new.example/x?token=secret",
            "The exchange moved: write https://new.example as its address. "
            "Ask the exchange first whether that is its own.",
        ),
        (
            "//new.example/x",
            "The exchange moved: write http://new.example as its address. "
            "Ask the exchange first whether that is its own.",
        ),
        (
            "/login?next=secret",
            "http://exchange.example redirects /api/v2/peatio/market/orders to /login: "
            "check the prefixes in conf/peatio.yml.",
        ),
        ("", "http://exchange.example redirects to an address that cannot be read: check the address of the exchange."),
        ("ftp://a.example", "http://exchange.example redirects to an address that cannot be read: check the address"),
        ("http://[::1", "http://exchange.example redirects to an address that cannot be read: check the address"),
        ("https://u:secret@exchange.example/", "The exchange moved: write https://exchange.example as its address."),
    ],
)
def test_the_advice_names_the_site_and_no_secret(location: str, advice: str) -> None:
    error = RedirectError(301, HERE, location)
    assert error.advice.startswith(advice)
    assert "secret" not in str(error)


def test_the_way_from_https_to_http_is_no_advice() -> None:
    error = RedirectError(301, URL("https://exchange.example/a"), "http://exchange.example/a")
    assert error.advice == (
        "https://exchange.example redirects to http://exchange.example, without TLS: report it to the exchange. "
        "Nothing is sent there."
    )


@pytest.mark.parametrize(
    ("status", "location", "is_unprocessed"),
    [
        (301, "https://exchange.example/other", True),
        (302, "https://exchange.example/api/v2/peatio/market/orders", True),
        (302, "https://exchange.example/login", False),
        (303, "https://exchange.example/api/v2/peatio/market/orders", False),
        (307, "/x", True),
        (308, "", True),
    ],
)
def test_which_redirect_shows_that_nothing_was_done(status: int, location: str, is_unprocessed: bool) -> None:
    assert RedirectError(status, HERE, location).is_unprocessed is is_unprocessed
