"""What a user has configured for pip counts for uv too."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def pip_settings(tool: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return tool("pip_settings")


FILE = """\
[global]
index-url = https://user:hunter2@mirror.example/simple
extra-index-url =
    https://one.example/simple
    https://two.example/simple
timeout = 90
[install]
trusted-host = one.example two.example
[download]
retries = 7
"""


def test_pip_says_what_is_configured(
    pip_settings: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Files and variables, as pip reads them: a variable overrides the files."""
    file = tmp_path / "pip.conf"
    file.write_text(FILE)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    monkeypatch.setenv("PIP_TIMEOUT", "120")
    settings = pip_settings.pip_settings(Path(sys.executable))
    assert settings["index-url"] == "https://user:hunter2@mirror.example/simple"
    assert settings["trusted-host"] == "one.example two.example"
    assert settings["timeout"] == "120"
    assert settings.get("retries") != "7", "that is for `pip download`"
    variables = pip_settings.uv_environment(settings, {})
    assert variables["UV_DEFAULT_INDEX"] == "https://user:hunter2@mirror.example/simple"
    assert variables["UV_EXTRA_INDEX_URL"] == "https://one.example/simple https://two.example/simple"
    assert variables["UV_INSECURE_HOST"] == "one.example two.example"
    assert variables["UV_HTTP_TIMEOUT"] == "120"


def test_a_file_that_pip_cannot_read_is_an_error(
    pip_settings: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "pip.conf"
    file.write_text("index-url = https://bob:hunter2@mirror.example/simple\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    with pytest.raises(pip_settings.PipSettingsError, match="no section headers") as raised:
        pip_settings.pip_settings(Path(sys.executable))
    assert "mirror.example" in str(raised.value)
    assert "hunter2" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_find_links(pip_settings: ModuleType, tmp_path: Path) -> None:
    """A folder that does not exist is passed over by pip; uv would stop."""
    there = tmp_path / "wheels"
    there.mkdir()
    links = f"{there} {tmp_path}/gone https://links.example/page"
    variables = pip_settings.uv_environment({"find-links": links}, {})
    assert variables["UV_FIND_LINKS"] == f"{there},https://links.example/page"


@pytest.mark.parametrize(
    ("settings", "environment", "expected"),
    [
        ({"cert": "/mine.pem"}, {"SSL_CERT_FILE": "/other.pem"}, {"SSL_CERT_FILE": "/mine.pem"}),
        ({}, {"SSL_CERT_FILE": "/other.pem", "REQUESTS_CA_BUNDLE": "/x.pem"}, {"SSL_CERT_FILE": "/other.pem"}),
        ({}, {"REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": "/curl.pem"}, {"SSL_CERT_FILE": "/curl.pem"}),
        ({"client-cert": "/client.pem"}, {}, {"SSL_CLIENT_CERT": "/client.pem"}),
        ({"proxy": "http://proxy:3128"}, {"HTTPS_PROXY": "http://x"}, {"HTTPS_PROXY": "http://proxy:3128"}),
        ({"no-index": "true"}, {}, {"UV_NO_INDEX": "1"}),
        ({"no-index": "false"}, {}, {"UV_NO_INDEX": ""}),
        ({"default-timeout": "180"}, {}, {"UV_HTTP_TIMEOUT": "180"}),
        ({"timeout": "soon"}, {}, {"UV_HTTP_TIMEOUT": ""}),
        ({"keyring-provider": "subprocess"}, {}, {"UV_KEYRING_PROVIDER": "subprocess"}),
    ],
)
def test_connection(
    pip_settings: ModuleType, settings: dict[str, str], environment: dict[str, str], expected: dict[str, str]
) -> None:
    variables = pip_settings.uv_environment(settings, environment)
    assert {name: variables.get(name, "") for name in expected} == expected


def test_a_folder_of_certificates(pip_settings: ModuleType, tmp_path: Path) -> None:
    assert pip_settings.uv_environment({"cert": str(tmp_path)}, {})["SSL_CERT_DIR"] == str(tmp_path)


def test_what_is_configured_for_uv_comes_first(pip_settings: ModuleType) -> None:
    """An index of uv's is not mixed with pip's."""
    settings = {"index-url": "https://pip.example/simple", "extra-index-url": "https://more.example/simple"}
    variables = pip_settings.uv_environment(settings, {"UV_INDEX": "https://uv.example/simple"})
    assert {name: value for name, value in variables.items() if "INDEX" in name} == {
        "UV_INDEX": "https://uv.example/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


@pytest.mark.parametrize(
    "variable",
    ["UV_NO_VERIFY_HASHES", "UV_CONSTRAINT", "UV_OVERRIDE", "UV_TARGET", "UV_NO_BINARY", "UV_EXCLUDE_NEWER"],
)
def test_uv_installs_what_the_lock_file_says(pip_settings: ModuleType, variable: str) -> None:
    assert variable not in pip_settings.uv_environment({}, {variable: "1"})
