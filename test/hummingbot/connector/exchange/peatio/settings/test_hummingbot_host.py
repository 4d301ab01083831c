"""Which exchange a connector's name stands for where there is no connector."""

from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.settings import hummingbot_host as peatio_host
from hummingbot.connector.exchange.peatio.settings.hummingbot_host import configured_domain


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(peatio_host, "CONNECTORS_CONF_DIR_PATH", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("stored", "domain"),
    [
        ("connector: peatio\npeatio_exchange_domain: https://exchange.example\n", "https://exchange.example"),
        ("connector: peatio\npeatio_exchange_domain: ''\n", ""),
        ("connector: peatio\n", ""),
        ("- nothing\n", ""),
        ("a: [\n", ""),
        ("\x00", ""),
    ],
)
def test_plain_peatio_is_where_connect_said(stored: str, domain: str, folder: Path) -> None:
    (folder / "peatio.yml").write_text(stored)
    assert configured_domain("peatio") == domain


def test_it_is_the_default_where_nobody_connected(folder: Path) -> None:
    assert configured_domain("peatio") == ""


def test_a_named_exchange_is_its_own_domain(folder: Path) -> None:
    assert configured_domain("peatio_mine") == "peatio_mine"
