"""How the page looks at a member's account: a session that may read, and nothing else.

A browser cannot set headers on a websocket, and a page should hold no API keys. On a real exchange a web page has a
session of Barong's instead, by a cookie. Here the sandbox itself gives sessions away, without a password:
``POST /sandbox/sessions {"member": "bot"}``. The token goes into a header of REST requests and into the query of the
private websocket's address, so that two tabs may look at two members. No recorded Peatio knows it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web

from peatio_sandbox.exchange.records import Member
from peatio_sandbox.rest.common import answer

HEADER = "X-Sandbox-Session"
#: Name of the query parameter in the address of the private websocket.
PARAMETER = "session"


class PageSessions:
    """Gives sessions away and knows them again.

    Args:
        members: name -> member.
    """

    def __init__(self, members: Mapping[str, Member]) -> None:
        self._members = members
        self._tokens: dict[str, str] = {}

    def open(self, name: str) -> str:
        """Return the token of a member's session, the same one each time.

        Raises:
            KeyError: there is no such member.
        """
        member = self._members[name]
        known = next((token for token, owner in self._tokens.items() if owner == name), None)
        if known is None:
            known = secrets.token_urlsafe(16)
            self._tokens[known] = member.name
        return known

    def member(self, request: web.Request) -> Member | None:
        """Return whose session a request belongs to; None without one, and for what would change anything."""
        if request.method != "GET":
            return None
        token = request.headers.get(HEADER) or request.query.get(PARAMETER, "")
        name = self._tokens.get(token)
        return None if name is None else self._members[name]


class PageControl:
    """Handlers of ``/sandbox/page`` and ``/sandbox/sessions``.

    Args:
        sessions: gives them away.
        members: names of those whose account may be looked at.
        about: what else the page is to know of this sandbox.
    """

    def __init__(self, sessions: PageSessions, members: Iterable[str], about: Mapping[str, Any]) -> None:
        self._sessions = sessions
        self._members = tuple(members)
        self._about = about

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register both."""
        router.add_get("/sandbox/page", self.page)
        router.add_post("/sandbox/sessions", self.open_session)

    async def page(self, _request: web.Request) -> web.Response:
        """Return what the page begins with: whether it shows an exchange or a recording, and whose account it may."""
        return answer({"mode": "live", "members": self._members, **self._about})

    async def open_session(self, request: web.Request) -> web.Response:
        """Give a session away; return its token."""
        try:
            name = json.loads(await request.text())["member"]
        except (ValueError, TypeError, KeyError):
            return answer({"errors": ['the body must be an object such as {"member": "bot"}']}, 422)
        if name not in self._members:
            return answer({"errors": [f"there is no member {name!r}; there are {', '.join(self._members)}"]}, 422)
        return answer({"token": self._sessions.open(name)}, 201)
