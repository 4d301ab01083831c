"""The doctor on every dialect of the sandbox: all is well, a trial order included, with nothing set by hand."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hummingbot.connector.exchange.peatio.common.dialects import DIALECTS as SETTINGS
from hummingbot.connector.exchange.peatio.config import parse_domain
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, JwtLogin, Venue

from peatio_cli.doctor.command import CHECKS, ORDER_CHECK, examine
from peatio_cli.doctor.findings import Verdict
from peatio_cli.doctor.target import Credentials, Login, Target
from peatio_sandbox import Latencies, Sandbox, SandboxConfig
from peatio_sandbox.dialects.catalog import DIALECTS
from test.peatio_cli.doctor_support import PATIENCE, Report, short_waits

EVERYTHING = (*CHECKS, ORDER_CHECK)
WHOLE_BOOKS = ("peatio-2.3", "ruby-ranger-0.4")


def config(dialect: str, **more: object) -> SandboxConfig:
    """An exchange that answers at once and sends whole books, where it does, often."""
    latencies = Latencies().scaled(0.1)
    return SandboxConfig(dialect=dialect, latencies=latencies, ticker_period_s=0.1, **more)  # type: ignore[arg-type]


def named(
    sandbox: Sandbox,
    name: str,
    dialect: str = "auto",
    login: Login | None = None,
) -> Target:
    """The sandbox as an exchange of conf/peatio.yml, with the key of its bot."""
    bot = sandbox.members["bot"]
    jwt = login if isinstance(login, JwtLogin) else None
    named_exchange = Venue(
        name=f"peatio_{name}",
        domain=sandbox.url,
        dialect=SETTINGS[dialect],
        login="api_key" if jwt is None else "jwt",
        jwt=jwt,
    )
    return Target(
        named_exchange.name,
        named_exchange.address,
        login or Credentials(bot.api_key, bot.secret, "a test"),
        named_exchange,
    )


@pytest.fixture(autouse=True)
def own_profiles(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("peatio_spoken", "peatio_signed"):
        monkeypatch.delitem(NAMED_EXCHANGES, name, raising=False)
    short_waits(monkeypatch)


async def report_of(target: Target) -> Report:
    rows = await examine(target, EVERYTHING, PATIENCE, "btcusd")
    return Report({row.key: row for row in rows})


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_all_is_well_and_nothing_has_to_be_set(dialect: str) -> None:
    async with Sandbox(config(dialect)) as sandbox:
        bot = sandbox.members["bot"]
        login = Credentials(bot.api_key, bot.secret, "a test")
        report = await report_of(Target("peatio", parse_domain(sandbox.url), login))
        states = [order.state for order in sandbox.orders("bot")]

    assert report.of(Verdict.OK) == {check.key for check in EVERYTHING}, report.rows
    assert states == ["cancel"]
    assert f"Peatio {DIALECTS[dialect].version}" in report.detail("version")
    assert report.detail("public_stream").startswith("btcusd: ")
    assert ("whole books" in report.detail("public_stream")) is (dialect in WHOLE_BOOKS)
    assert ("as openfinex does" in report.detail("permissions")) is (dialect == "openfinex")
    assert sandbox.handler_errors == []


@pytest.mark.parametrize("setting", ["openfinex", "zsmartex", "ranger-0.4"])
async def test_what_is_set_by_hand_is_said_and_works(setting: str) -> None:
    dialect = {"ranger-0.4": "ruby-ranger-0.4"}.get(setting, setting)
    async with Sandbox(config(dialect)) as sandbox:
        report = await report_of(named(sandbox, "spoken", setting))

    assert report.of(Verdict.OK) == {check.key for check in EVERYTHING}, report.rows
    assert report.detail("version").endswith(f"; set to {setting} in conf/peatio.yml")
    assert "finds out by itself" not in report.detail("permissions")


@pytest.mark.parametrize("dialect", ["peatio-3.1", "ruby-ranger", "ruby-ranger-0.4"])
async def test_a_token_logs_in_wherever_the_websocket_wants_it(dialect: str, tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    path = tmp_path / "key.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    async with Sandbox(config(dialect, operator_keys=(public,))) as sandbox:
        bot = sandbox.members["bot"]
        login = JwtLogin(key_file=path, uid=bot.uid, email=bot.email)
        report = await report_of(named(sandbox, "signed", login=login))

    assert report.of(Verdict.OK) == {check.key for check in EVERYTHING}, report.rows
    assert report.detail("key") == f"the token for {bot.uid} is taken"
