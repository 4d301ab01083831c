"""The columns of the tables: a dialect and a login, and how a user sets the connector up for them.

A pegged market has columns of its own: the ways in which an exchange shows a resized order.
"""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, load_named_exchanges

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.dialects.catalog import DEFAULT_DIALECT, DIALECTS
from peatio_sandbox.exchange.resize import Telling
from test.end_to_end.pegged import pegged_config
from test.end_to_end.venue import Venue, insider

API_KEY, JWT = "API key", "JWT"
# The `dialect` of an exchange in `conf/peatio.yml` that a user had better set, by dialect and login. OpenFinex is found
# out as well, but only with its first answered order.
SET_BY_HAND = {("openfinex", API_KEY): "openfinex", ("openfinex", JWT): "openfinex"}
AUDIENCE = "peatio"
# How long a cycle of the pegged coin is busy: long enough that requests meet it.
BUSY_S = 0.3
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Column:
    """:param telling: how orders that a peg resizes are shown; None without a pegged coin"""

    dialect: str
    login: str
    telling: Telling | None = None

    @property
    def name(self) -> str:
        return f"{self.dialect} {self.login}" if self.telling is None else f"pegged {self.telling}"

    @property
    def set_by_hand(self) -> str:
        """The setting `dialect` that a user must write; "" where the connector finds out."""
        return SET_BY_HAND.get((self.dialect, self.login), "")


COLUMNS = tuple(Column(dialect, login) for login in (API_KEY, JWT) for dialect in DIALECTS)
PEGGED_COLUMNS = tuple(Column(DEFAULT_DIALECT, API_KEY, telling) for telling in Telling)


class OperatorKey:
    """An exchange operator's signing key, in a file as the connector wants it."""

    def __init__(self, folder: Path) -> None:
        key = generate_private_key(public_exponent=65537, key_size=2048)
        self.path = folder / "operator.pem"
        self.path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.path.chmod(0o600)
        self.public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@asynccontextmanager
async def open_venue(column: Column, folder: Path, key: OperatorKey) -> AsyncIterator[Venue]:
    """A new exchange of the column's dialect, and the connector set up for it as by a user.

    Where nothing needs to be set by hand and one logs in with an API key, it is the plain connector `peatio`.
    """
    config = SandboxConfig(
        seed=11,
        dialect=column.dialect,
        # As often as a whole-book server's scenarios can be played in a moment, and no price older than that.
        ticker_period_s=0.2,
        tickers_cached_s=0.1,
        operator_keys=(key.public,) if column.login == JWT else (),
        jwt_audience=(AUDIENCE,) if column.login == JWT else (),
    )
    if column.telling is not None:
        config = pegged_config(config, column.telling, busy_s=BUSY_S)
    async with Sandbox(config) as sandbox:
        names = {} if column.login == API_KEY and not column.set_by_hand else _name(column, sandbox, folder, key)
        try:
            yield Venue(
                sandbox,
                folder,
                connector_of=lambda member: names.get(member, "peatio"),
                login_of=lambda member: _login(column, sandbox, member),
                trader=lambda name: insider(sandbox, name),
                closes_client=False,
            )
        finally:
            for name in names.values():
                del NAMED_EXCHANGES[name]
    assert sandbox.handler_errors == []


def _name(column: Column, sandbox: Sandbox, folder: Path, key: OperatorKey) -> dict[str, str]:
    """Names the exchange in `folder`/peatio.yml, once for each member; member -> its connector."""
    number = next(_numbers)
    lines = ["exchanges:"]
    for member, account in sandbox.members.items():
        lines += [f"  {member}{number}:", f"    domain: {sandbox.url}"]
        if column.set_by_hand:
            lines.append(f"    dialect: {column.set_by_hand}")
        if column.login == JWT:
            lines += ["    login: jwt", "    jwt:", f"      key_file: {key.path}", f"      audience: [{AUDIENCE}]"]
            lines += [f"      uid: {account.uid}", f"      email: {account.email}"]
    (folder / "peatio.yml").write_text("\n".join(lines))
    named_exchanges, problems = load_named_exchanges(folder)
    assert problems == []
    NAMED_EXCHANGES.update(named_exchanges)
    return {member: f"peatio_{member}{number}" for member in sandbox.members}


def _login(column: Column, sandbox: Sandbox, member: str) -> str:
    account = sandbox.members[member]
    return account.uid if column.login == JWT else account.api_key
