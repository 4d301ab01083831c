"""The address that a sandbox listens on, without what it answers with: that takes a second to import."""

from __future__ import annotations

import socket

BACKLOG = 128


def bare_host(host: str) -> str:
    """Return a host as sockets want it: an IPv6 address without the brackets that it has in a URL."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def authority(host: str, number: int) -> str:
    """Return host and port as a URL has them: an IPv6 address in brackets (RFC 3986 section 3.2.2)."""
    host = bare_host(host)
    return f"[{host}]:{number}" if ":" in host else f"{host}:{number}"


def bound(family: int, address: tuple[str, int]) -> socket.socket:
    """Return a socket with that address, which does not listen yet.

    Raises:
        OSError: the address is taken, or is none of this machine.
    """
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setblocking(False)
        sock.bind(address)
    except OSError:
        sock.close()
        raise
    return sock


def listening(host: str, number: int) -> socket.socket | None:
    """Return a socket that listens: who connects is answered once a sandbox has taken it.

    None for a host name, which may have several addresses.

    Raises:
        OSError: the address is taken, or is none of this machine.
    """
    host = bare_host(host)
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, ValueError):
            continue
        sock = bound(family, (host, number))
        sock.listen(BACKLOG)
        return sock
    return None


def url_of(sock: socket.socket) -> str:
    """Return the root address of the sandbox that listens there."""
    host, number = sock.getsockname()[:2]
    return f"http://{authority(host, number)}"


def headline(url: str) -> str:
    """Return the first line of a sandbox that runs in a terminal."""
    return f"Sandbox exchange on {url}"
