"""`hummingbot-peatio watch [INSTANCE ...]`: a page that shows bots on their exchanges (docs/operate/watch.md)."""

import asyncio
import logging
import os
import signal
import ssl
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.settings.exchanges import JwtLogin, Venue
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory

from peatio_cli.alerts.opening import AlertsError
from peatio_cli.doctor.target import TargetError
from peatio_cli.install.secret_files import SecretError, secret_from
from peatio_cli.watch.access import Access, Password, PasswordMissingError, is_loopback
from peatio_cli.watch.alerting import make_alerts, sending
from peatio_cli.watch.exchange_reader import ExchangeReader
from peatio_cli.watch.exchanges import venues_of
from peatio_cli.watch.keys import Prompt, account_login
from peatio_cli.watch.request import WRONG_USE, Request
from peatio_cli.watch.server import WatchServer
from peatio_cli.watch.views import Account, View
from peatio_cli.watch.watched_bot import WatchedBot

PASSWORD_VARIABLE = "WATCH_PASSWORD"
SHORTEST_PASSWORD = 12
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
#: No name of a machine.
EVERYWHERE = ("0.0.0.0", "::")


class WatchError(Exception):
    """The page cannot be shown; the text says why and what to do."""


@dataclass
class _Exchanges:
    """The exchanges that were found so far; one reader each, whichever bots trade there."""

    share_pct: int
    readers: dict[str, tuple[str, ExchangeReader]] = field(default_factory=dict)

    def reader(self, venue: Venue) -> tuple[str, ExchangeReader]:
        """The id of an exchange in addresses, and its reader."""
        key = venue.address.rest
        if key not in self.readers:
            self.readers[key] = f"x{len(self.readers)}", ExchangeReader(venue, share_pct=self.share_pct)
        return self.readers[key]


def run(request: Request, environment: Mapping[str, str] = os.environ) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code."""
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        access, tls = _access(request, environment)
        return asyncio.run(_serve(request, environment, access, tls))
    except (WatchError, AlertsError, TargetError, ConfigError, PasswordMissingError) as error:
        print(f"watch: {error}", file=sys.stderr)
        return WRONG_USE
    except (KeyboardInterrupt, EOFError):  # at a prompt
        print("watch: interrupted", file=sys.stderr)
        return 130


async def _serve(
    request: Request, environment: Mapping[str, str], access: Access, tls: ssl.SSLContext | None
) -> int:
    stop = asyncio.Event()
    views = make_views(request, environment, Prompt())
    bots = list(dict.fromkeys(view.bot for view in views))
    alerts = make_alerts(bots, environment) if request.sends_alerts else []
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        async with WatchServer(views, access, request.host, request.port, tls) as server:
            print(f"Watching on {server.url}")
            for view in views:
                account = f"account with the key of {view.account.key_source}" if view.account else "no account"
                print(f"  {view.bot.name}: {view.connector} at {view.site}, {account}")
            for line in shares(views, request.share):
                print(f"  {line}")
            print("It only reads. Ctrl-C ends it.", flush=True)
            async with sending(alerts):
                await stop.wait()
        # Clocks and private streams use Hummingbot's connections.
        await ConnectionsFactory().close()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise WatchError(f"cannot listen on {request.host}:{request.port}: {reason}; remedy: another --port") from None
    return 0


def make_views(request: Request, environment: Mapping[str, str], prompt: Prompt) -> list[View]:
    """Each bot on each of its exchanges.

    :raises TargetError, ConfigError: when an exchange or a key cannot be used
    :raises WatchError: when there is nothing to show
    """
    exchanges = _Exchanges(request.share)
    found = [
        (directory, name, venue)
        for directory in (each.expanduser().absolute() for each in request.instances)
        for name, venue in _venues(directory)
    ]
    sites: dict[str, set[str]] = {}
    for _, name, venue in found:
        sites.setdefault(name, set()).add(venue.address.site)
    bots: dict[Path, WatchedBot] = {}
    views: list[View] = []
    for directory, name, venue in found:
        bot = bots.setdefault(directory, WatchedBot(directory))
        bot.sites[name] = venue.address.site
        exchange_id, reader = exchanges.reader(venue)
        is_only = sum(other == directory for other, _, _ in found) == 1
        view = View(f"v{len(views)}", bot, name, exchange_id, reader, is_only)
        if request.shows_account:
            if len(sites[name]) > 1:
                raise WatchError(
                    f"{name} is another exchange in each of these instances, and a key is for one of them; remedy: "
                    "name the exchanges in conf/peatio.yml, or watch each bot by itself"
                )
            login = account_login(name, directory, environment, prompt)
            source = "conf/peatio.yml" if isinstance(login, JwtLogin) else login.source
            view.account = Account(ExchangeReader(venue, login, reader.throttler), source)
        views.append(view)
    if not views:
        raise WatchError("there is no exchange to show; remedy: name the directory of an instance that is connected")
    return views


def shares(views: Iterable[View], share_pct: int) -> Iterator[str]:
    """What is taken of each exchange's request limit, in words."""
    exchanges = {view.exchange_id: view.exchange for view in views}
    for exchange in exchanges.values():
        requests = exchange.throttler.budget(CONSTANTS.REST_LIMIT_ID)[0]
        limit = "the request limit" if len(exchanges) == 1 else f"the request limit of {exchange.venue.address.site}"
        yield f"at most {share_pct} % of {limit}: {requests} requests in {exchange.venue.interval_s:g} s"


def _venues(directory: Path) -> Iterator[tuple[str, Venue]]:
    venues, problems = venues_of(directory)
    for problem in problems:
        print(f"watch: {problem}", file=sys.stderr)
    yield from venues.items()


def _access(request: Request, environment: Mapping[str, str]) -> tuple[Access, ssl.SSLContext | None]:
    """
    :raises WatchError: when others could see the page without a password
    """
    password = _password(environment)
    tls = _tls(request.certificate)
    is_everywhere = request.host in EVERYWHERE
    hosts = set(LOOPBACK_NAMES) if is_loopback(request.host) or is_everywhere else {request.host}
    if not is_loopback(request.host):
        if password is None:
            raise WatchError(
                f"--host {request.host} can be reached by others, so a password is needed; remedy: set "
                f"{PASSWORD_VARIABLE}_FILE to a file with mode 0600, or listen on 127.0.0.1"
            )
        if tls is None:
            print(
                "watch: WITHOUT TLS: who can listen on the network reads the password and all that the page shows; "
                "remedy: --certificate FILE, or a tunnel (ssh -L) to 127.0.0.1",
                file=sys.stderr,
            )
    if is_everywhere and not request.names:
        print(
            f"watch: --host {request.host} listens on every address, and the page is refused under each but localhost; "
            "remedy: --name with the name or address that stands in the browser",
            file=sys.stderr,
        )
    return Access({*hosts, *request.names}, Password(password) if password else None, tls is not None), tls


def _password(environment: Mapping[str, str]) -> str | None:
    path = environment.get(f"{PASSWORD_VARIABLE}_FILE")
    try:
        if path and not environment.get(PASSWORD_VARIABLE):
            mode = Path(path).stat().st_mode
            if stat.S_IMODE(mode) & (stat.S_IRWXG | stat.S_IRWXO):
                raise WatchError(f"other users can read {path}; remedy: chmod 600 {path}")
        password = secret_from(environment, PASSWORD_VARIABLE)
    except SecretError as error:
        raise WatchError(str(error)) from None
    except OSError:
        raise WatchError(f"{PASSWORD_VARIABLE}_FILE names no file that can be read; remedy: correct it") from None
    if password is not None and len(password) < SHORTEST_PASSWORD:
        raise WatchError(f"the password is too short; remedy: {SHORTEST_PASSWORD} characters or more")
    return password


def _tls(certificate: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate)
    except (OSError, ssl.SSLError) as error:
        raise WatchError(
            f"{certificate} cannot be used ({type(error).__name__}); remedy: a PEM file with the certificate and its "
            "private key"
        ) from None
    return context


