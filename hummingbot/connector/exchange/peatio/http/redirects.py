"""Redirects are not followed: aiohttp would send the login's headers to another host, and a GET instead of a POST."""

from collections.abc import Mapping
from types import SimpleNamespace

import aiohttp
from yarl import URL

_LOGIN_HEADERS = frozenset({"x-auth-apikey", "authorization"})
_LENGTH = 100


class RedirectError(aiohttp.ClientError):
    """The exchange answered with a redirect, which was not followed.

    :ivar status: the HTTP status
    :ivar advice: where the exchange says it is, and what to do
    :ivar is_unprocessed: whether the request certainly had no effect. A 303, and a 302 to another path, may be the
        answer to a request that was processed
    """

    def __init__(self, status: int, url: URL, location: str) -> None:
        target = _target(url, location)
        self.status = status
        self.advice = _advice(url, target)
        self.is_unprocessed = status in (301, 307, 308) or (
            status == 302 and target is not None and target.path == url.path
        )
        super().__init__(f"{self.advice} (HTTP {status})")


def refused_redirects() -> aiohttp.TraceConfig:
    """For a client session: its requests raise `RedirectError` for a redirect.

    Only a public GET is redirected, and only to another path of the same scheme, host and port.
    """
    tracing = aiohttp.TraceConfig()
    tracing.on_request_redirect.append(_refuse)
    return tracing


async def _refuse(
    session: aiohttp.ClientSession, context: SimpleNamespace, redirect: aiohttp.TraceRequestRedirectParams
) -> None:
    response = redirect.response
    location = response.headers.get("Location", "")
    # Of the request that was answered: `redirect.url` has its query twice.
    url = response.url
    target = _target(url, location)
    is_public = redirect.method == "GET" and not _LOGIN_HEADERS.intersection(map(str.lower, redirect.headers))
    if is_public and not _is_upgrade(redirect.headers) and target is not None and target.origin() == url.origin():
        return
    response.close()
    raise RedirectError(response.status, url, location)


def _is_upgrade(headers: Mapping[str, str]) -> bool:
    return any(name.lower() == "upgrade" for name in headers)


def _target(url: URL, location: str) -> URL | None:
    """Where a redirect leads; None where that cannot be read."""
    try:
        target = url.join(URL(location)) if location else None
        return target if target is not None and target.scheme in ("http", "https") and target.host else None
    except ValueError:
        return None


def _advice(url: URL, target: URL | None) -> str:
    here = _site(url)
    if target is None:
        return f"{here} redirects to an address that cannot be read: check the address of the exchange."
    there = _site(target)
    if there == here:
        return f"{here} redirects {url.path} to {target.path[:_LENGTH]}: check the prefixes in conf/peatio.yml."
    if url.scheme == "https" and target.scheme == "http":
        return f"{here} redirects to {there}, without TLS: report it to the exchange. Nothing is sent there."
    moved = f"The exchange moved: write {there} as its address."
    # On the way to http:// anybody may have answered, and a foreign host may be anybody's.
    return moved if target.host == url.host else f"{moved} Ask the exchange first whether that is its own."


def _site(url: URL) -> str:
    return str(url.origin())[:_LENGTH]
