"""Repeats recorded requests against a sandbox over a real socket, with new credentials."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientSession
from yarl import URL

from peatio_sandbox.config import make_credentials
from peatio_sandbox.server import Sandbox

_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_OFFSET = re.compile(r"now([+-]\d+)s")


class RecordedClient:
    """A client that sends recorded requests.

    Uuids in paths are those the sandbox gave to the same orders; nonces count from the sandbox's clock.
    """

    def __init__(self, sandbox: Sandbox, session: ClientSession) -> None:
        self._sandbox = sandbox
        self._session = session
        self._uuids: dict[str, str] = {}
        self._last_nonce = ""

    async def send(self, step: dict[str, Any]) -> tuple[int, Any, Any]:
        """Send a step's request; return status, headers and body (JSON where it is JSON, else text)."""
        request = step["request"]
        headers = self._credentials(step)
        if request["content_type"] is not None:
            headers["Content-Type"] = request["content_type"]
        url = URL(self._sandbox.url + self._translated(request["path"]), encoded=True)
        data = _body_bytes(request["content_type"], request["body"])
        async with self._session.request(
            request["method"], url, data=data, headers=headers, skip_auto_headers=("Content-Type",)
        ) as response:
            body = _parsed(await response.text())
            self._learn_uuids(step["response"]["body"], body)
            return response.status, response.headers, body

    async def post(self, member: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Send a request of our own as a member; return status and body."""
        step = {
            "name": "",
            "credentials": {"key": member, "nonce": "now+0s", "signature": "valid"},
            "request": {
                "method": "POST",
                "path": f"/api/v2/peatio{path}",
                "content_type": "application/json",
                "body": body,
            },
            "response": {"body": None},
        }
        status, _, answer = await self.send(step)
        return status, answer

    def _credentials(self, step: dict[str, Any]) -> dict[str, str]:
        wanted = step["credentials"]
        if wanted is None:
            return {}
        kid, secret = make_credentials(self._sandbox.config.seed, wanted["key"])
        headers = {"X-Auth-Apikey": kid}
        if wanted["nonce"] is None:
            return headers
        nonce = self._last_nonce if "same nonce" in step["name"] else self._nonce(wanted["nonce"])
        self._last_nonce = nonce
        signature = hmac.new(secret.encode(), (nonce + kid).encode(), hashlib.sha256).hexdigest()
        forms = {"valid": signature, "wrong": "0" * 64, "upper-case": signature.upper()}
        return {**headers, "X-Auth-Nonce": nonce, "X-Auth-Signature": forms[wanted["signature"]]}

    def _nonce(self, form: str) -> str:
        now_s = self._sandbox.clock.now_s()
        if form == "seconds":
            return str(int(now_s))
        offset = _OFFSET.fullmatch(form)
        return form if offset is None else str(int((now_s + int(offset[1])) * 1000))

    def _translated(self, path: str) -> str:
        def translate(match: re.Match[str]) -> str:
            plain = match[0].replace("-", "").lower()
            uuid = self._uuids.get(plain)
            if uuid is None:
                return match[0]
            uuid = uuid if "-" in match[0] else uuid.replace("-", "")
            return uuid.upper() if match[0].isupper() else uuid

        return _UUID.sub(translate, path)

    def _learn_uuids(self, recorded: Any, now: Any) -> None:
        if isinstance(recorded, dict) and isinstance(now, dict) and "uuid" in recorded and "uuid" in now:
            self._uuids[recorded["uuid"].replace("-", "")] = now["uuid"]


def _body_bytes(content_type: str | None, body: Any) -> bytes | None:
    if body is None:
        return None
    if isinstance(body, str):
        return body.encode()
    if content_type == "application/x-www-form-urlencoded":
        return urlencode(body).encode()
    return json.dumps(body).encode()


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
