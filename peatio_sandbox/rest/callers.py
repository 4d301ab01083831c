"""Who sends a request: a program of this machine, a page of this server, or the page of another site."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from aiohttp import hdrs, web

from peatio_sandbox.ranger.handshake import is_own_origin


def refusal_for(request: web.BaseRequest, what: str) -> str | None:
    """Return why a request may not use `what`, a plural noun; None if it may.

    What changes the sandbox is for this machine, and not for the pages of other sites that its browser shows.
    """
    if not is_loopback(request.remote):
        return f"{what} are for this machine only"
    if not is_own_origin(request):
        return f"{what} are not for the pages of other sites"
    # The name of another site may lead to this machine, and its page counts as one of this server then.
    if hdrs.ORIGIN in request.headers and not _is_own_name(request.url.host):
        return f"{what} are for pages at localhost or 127.0.0.1, not at {request.url.host}"
    return None


def _is_own_name(host: str | None) -> bool:
    try:
        return host == "localhost" or is_loopback(host)
    except ValueError:
        return False  # another name


def is_loopback(remote: str | None) -> bool:
    """Return whether an address is this machine's own."""
    if remote is None:
        return False
    address = ip_address(remote.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback
