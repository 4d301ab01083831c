"""The HTTP side of a websocket: which requests are upgraded, and what answers the others get (recorded)."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import urlsplit

from aiohttp import hdrs, web

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class UpgradeResponse(web.StreamResponse):
    """Answer 101; what follows on the socket is no longer HTTP and none of this object's business."""

    def __init__(self, key: str) -> None:
        digest = hashlib.sha1(key.encode() + _GUID).digest()
        headers = {
            hdrs.UPGRADE: "websocket",
            hdrs.CONNECTION: "Upgrade",
            hdrs.SEC_WEBSOCKET_ACCEPT: base64.b64encode(digest).decode(),
        }
        super().__init__(status=101, headers=headers)
        self.force_close()

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing: the connection has ended by itself."""


def check_upgrade(request: web.BaseRequest) -> web.Response | None:
    """The refusal of a request that is no acceptable websocket handshake, None for one that is.

    Rango takes foreign origins for an attack: without an ``Origin`` header, or with its own host in it, the
    request passes.
    """
    asks_upgrade = _has_token(request, hdrs.CONNECTION, "upgrade")
    if not asks_upgrade or not _has_token(request, hdrs.UPGRADE, "websocket"):
        return _refusal(400, "Bad Request")
    if request.method != hdrs.METH_GET:
        return _refusal(405, "Method Not Allowed")
    if not _has_token(request, hdrs.SEC_WEBSOCKET_VERSION, "13"):
        return _refusal(400, "Bad Request")
    if not is_own_origin(request):
        return _refusal(403, "Forbidden")
    if not request.headers.get(hdrs.SEC_WEBSOCKET_KEY):
        return _refusal(400, "Bad Request")
    return None


def _has_token(request: web.BaseRequest, header: str, token: str) -> bool:
    values = ",".join(request.headers.getall(header, [])).lower()
    return token in (value.strip() for value in values.split(","))


def is_own_origin(request: web.BaseRequest) -> bool:
    """Return whether a request comes from no web page at all or from one of this server's."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == request.headers.get(hdrs.HOST, "").lower()
    except ValueError:
        return False


def _refusal(status: int, text: str) -> web.Response:
    headers = {"Sec-Websocket-Version": "13", "X-Content-Type-Options": "nosniff"}
    return web.Response(status=status, text=f"{text}\n", headers=headers)
