"""Whose key the account is read with."""

from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.settings.exchanges import JwtLogin, load_named_exchanges

from peatio_cli.doctor.target import Credentials, TargetError
from peatio_cli.watch.account_feed import AccountFeed
from peatio_cli.watch.command import WatchError, make_views
from peatio_cli.watch.exchange_reader import ExchangeReader
from peatio_cli.watch.keys import Prompt, account_login
from peatio_cli.watch.own_stream import OwnStream
from peatio_cli.watch.request import Request
from peatio_sandbox import Sandbox, SandboxConfig
from test.compatibility.columns import OperatorKey
from test.peatio_cli.watch.support import CONNECTOR, make_instance, make_signed_instance, read_key


def test_a_read_only_key_comes_first_then_the_instances_own(sandbox: Sandbox, directory: Path) -> None:
    asked: list[str] = []

    def typed(*answers: str) -> Prompt:
        rest = list(answers)

        def answer(text: str) -> str:
            asked.append(text)
            return rest.pop(0)

        return Prompt(answer)

    environment = {"WATCH_PEATIO_SAND_API_KEY": "a", "WATCH_PEATIO_SAND_SECRET": "b"}
    login = account_login(CONNECTOR, directory, environment, typed())
    assert isinstance(login, Credentials)
    assert (login.api_key, login.secret, asked) == ("a", "b", [])
    login = account_login(CONNECTOR, directory, {}, typed("typed-key", "typed-secret"))
    assert isinstance(login, Credentials)
    assert (login.api_key, login.source) == ("typed-key", "typed at the start")
    assert "may only read" in asked[0]
    with pytest.raises(TargetError, match=r"there is no API key.*; remedy: .*WATCH_PEATIO_SAND_API_KEY"):
        account_login(CONNECTOR, directory, {}, typed(""))
    # A bot's own variables are not taken for a key that may only read.
    with pytest.raises(TargetError):
        account_login(CONNECTOR, directory, {"PEATIO_SAND_API_KEY": "a", "PEATIO_SAND_SECRET": "b"}, typed(""))


def test_the_password_of_an_instance_is_asked_for_once(tmp_path: Path) -> None:
    asked: list[str] = []
    prompt = Prompt(lambda text: f"answer {len(asked)}{asked.append(text) or ''}")  # type: ignore[func-returns-value]
    one, other = tmp_path / "one", tmp_path / "other"
    assert [prompt.password(one), prompt.password(one), prompt.password(other)] == ["answer 0", "answer 0", "answer 1"]
    assert asked == ["Password of the instance one: ", "Password of the instance other: "]


async def test_a_key_is_sent_to_one_exchange_only(sandbox: Sandbox, directory: Path, tmp_path: Path) -> None:
    async with Sandbox(SandboxConfig(seed=6)) as other:
        second = make_instance(tmp_path / "second", other)
        with pytest.raises(WatchError, match="another exchange in each of these instances"):
            make_views(Request((directory, second), shows_account=True), read_key(sandbox), Prompt())
        assert len(make_views(Request((directory, second)), {}, Prompt())) == 2


async def test_the_feed_does_not_start_without_a_login(sandbox: Sandbox, directory: Path) -> None:
    venue = load_named_exchanges(directory / "conf")[0][CONNECTOR]
    with pytest.raises(AssertionError):
        AccountFeed(ExchangeReader(venue), OwnStream())
    assert Decimal(ExchangeReader(venue).throttler.budget("rest")[0]) == 300


def test_signed_tokens_are_the_instances_own_login_and_a_key_that_may_only_read_comes_first(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    key = OperatorKey(tmp_path)
    folder = make_signed_instance(tmp_path / "my-bot", sandbox, key)
    assert isinstance(account_login(CONNECTOR, folder, {}, Prompt(lambda _text: "")), JwtLogin)
    assert isinstance(account_login(CONNECTOR, folder, read_key(sandbox), Prompt()), Credentials)
    key.path.chmod(0o644)
    with pytest.raises(TargetError, match="Other users can read the signing key") as refused:
        account_login(CONNECTOR, folder, {}, Prompt(lambda _text: ""))
    assert "WATCH_PEATIO_SAND_API_KEY" in str(refused.value), "what to do instead"
