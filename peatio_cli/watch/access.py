"""Who may see the page: the Host header, one password, sessions by cookie. Nobody may send anything else than a GET."""

import asyncio
import hmac
import json
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from peatio_page.files import HEADERS

COOKIE = "watch_session"
LOGIN_PATH = "/login"
SESSION_S = 12 * 3600.0
#: Of one address one try after the other, each so long after the last wrong one.
LOGIN_PAUSE_S = 1.0
#: So many of one address wait for their turn; more are refused at once.
TRIES_WAITING = 5
SESSIONS_KEPT = 50
LONGEST_LOGIN = 4096
#: What the page of the login needs; nothing of a bot is in it.
_OPEN_PATHS = frozenset(("/", LOGIN_PATH, "/web/login.css", "/web/js/login.js", "/web/style.css", "/web/icon.svg"))

#: A name or an address with a port: nothing that a browser does not send.
_HOST = re.compile(r"[A-Za-z0-9.\-_]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PasswordMissingError(Exception):
    """The library that checks passwords is missing; the text says what to do."""


class Password:
    """Knows the password only as its argon2 hash.

    :raises PasswordMissingError: when argon2-cffi is not installed
    """

    def __init__(self, password: str) -> None:
        try:
            from argon2 import PasswordHasher
        except ImportError as error:
            raise PasswordMissingError(
                "a password needs the library argon2-cffi; remedy: pip install 'hummingbot-peatio[watch]'"
            ) from error
        self._hasher = PasswordHasher()
        self._hash = self._hasher.hash(password)

    def is_right(self, password: str) -> bool:
        """Takes a tenth of a second, on purpose."""
        from argon2.exceptions import Argon2Error, InvalidHashError

        try:
            return self._hasher.verify(self._hash, password)
        except (Argon2Error, InvalidHashError, UnicodeError):
            return False


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ip_address(host.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass
class _Tries:
    """Of one address: how many logins are under way, and whose turn it is."""

    waiting: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Access:
    """
    :param hosts: the names that the page may be reached by, without a port
    :param password: None lets everybody in who reaches the port: for loopback only
    :param is_tls: whether cookies may travel over TLS only
    """

    def __init__(
        self,
        hosts: Collection[str],
        password: Password | None = None,
        is_tls: bool = False,
        now_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._hosts = frozenset(host.strip("[]").lower() for host in hosts)
        self._password = password
        self._is_tls = is_tls
        self._now_s = now_s
        self._sleep = sleep
        self._sessions: dict[str, float] = {}
        self._tries: dict[str, _Tries] = {}
        #: A check takes 64 MB and all of a core.
        self._checking = asyncio.Lock()

    @property
    def needs_login(self) -> bool:
        return self._password is not None

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuses what may not be, and adds the page's headers to every answer."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(HEADERS)
            raise
        if not response.prepared:
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    def _refusal(self, request: web.Request) -> web.Response | None:
        if not self._is_own_host(request.headers.get(hdrs.HOST, "")):
            # Another site's name may lead to this machine: its page must not read this one.
            return _refused(421, "watch.foreign_host: start watch with --name and the name in the address")
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and not self._is_own_origin(origin, request):
            return _refused(403, "watch.foreign_origin")
        is_login = request.path == LOGIN_PATH and self.needs_login
        if request.method != "GET" and not (is_login and request.method == "POST"):
            return _refused(405, "watch.reads_only")
        if self.needs_login and request.path not in _OPEN_PATHS and not self.is_known(request):
            return _refused(401, "watch.login_needed")
        return None

    def _is_own_host(self, host: str) -> bool:
        if not _HOST.fullmatch(host):
            return False
        try:
            return (urlsplit(f"//{host}").hostname or "") in self._hosts
        except ValueError:
            return False

    def _is_own_origin(self, origin: str, request: web.Request) -> bool:
        """A page of this server, under the name and port that it was asked by."""
        try:
            return urlsplit(origin).netloc.lower() == request.headers.get(hdrs.HOST, "").lower()
        except ValueError:
            return False

    def is_known(self, request: web.Request) -> bool:
        """Whether the request has the cookie of a session, or none is needed."""
        if not self.needs_login:
            return True
        given = request.cookies.get(COOKIE, "")
        now_s = self._now_s()
        return any(
            hmac.compare_digest(given.encode(errors="surrogateescape"), token.encode()) and now_s < until_s
            for token, until_s in self._sessions.items()
        )

    async def login(self, request: web.Request) -> web.Response:
        """POST {"password": …}; the answer has the cookie of a session."""
        assert self._password is not None
        try:
            body = await request.content.read(LONGEST_LOGIN)
            password = json.loads(body)["password"]
        except (ValueError, TypeError, KeyError, RecursionError):
            password = None
        if not isinstance(password, str):
            return _refused(422, "watch.no_password")
        remote = request.remote or ""
        tries = self._tries.setdefault(remote, _Tries())
        if tries.waiting >= TRIES_WAITING:
            return _refused(429, "watch.too_many_tries")
        tries.waiting += 1
        try:
            async with tries.turn:
                async with self._checking:
                    is_right = await asyncio.to_thread(self._password.is_right, password)
                if not is_right:
                    await self._sleep(LOGIN_PAUSE_S)
                    return _refused(401, "watch.wrong_password")
        finally:
            tries.waiting -= 1
            if not tries.waiting:
                self._tries.pop(remote, None)
        response = web.Response(status=204)
        response.set_cookie(
            COOKIE,
            self._new_session(),
            max_age=int(SESSION_S),
            httponly=True,
            samesite="Strict",
            secure=self._is_tls,
            path="/",
        )
        return response

    def _new_session(self) -> str:
        now_s = self._now_s()
        self._sessions = {token: until_s for token, until_s in self._sessions.items() if until_s > now_s}
        while len(self._sessions) >= SESSIONS_KEPT:
            del self._sessions[next(iter(self._sessions))]
        token = secrets.token_urlsafe(32)
        self._sessions[token] = now_s + SESSION_S
        return token


def _refused(status: int, code: str) -> web.Response:
    return web.json_response({"errors": [code]}, status=status, headers=HEADERS)
