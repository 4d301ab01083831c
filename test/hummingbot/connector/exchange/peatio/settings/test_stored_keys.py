"""Keys without an exchange. That Hummingbot starts with them is shown in `test/upgrade/`."""

from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.settings.stored_keys import ownerless_keys


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    (tmp_path / "connectors").mkdir()
    return tmp_path


def store(configuration: Path, name: str, text: str) -> None:
    (configuration / "connectors" / f"{name}.yml").write_text(text)


def test_keys_of_an_exchange_that_is_not_named_are_found_with_their_fields(configuration: Path) -> None:
    fields = "peatio_north_api_key: aa\npeatio_north_secret_key: bb\n"
    store(configuration, "peatio_north", f"connector: peatio_north\n{fields}")
    store(configuration, "peatio_south", "connector: peatio_south\n")
    store(configuration, "peatio_known", "connector: peatio_known\n")
    assert ownerless_keys(configuration, ["peatio_known"]) == {
        "peatio_north": ["peatio_north_api_key", "peatio_north_secret_key"],
        "peatio_south": [],
    }


def test_others_keys_are_none_of_ours(configuration: Path) -> None:
    for name in ("peatio", "binance", "peatiolike"):
        store(configuration, name, f"connector: {name}\n")
    assert ownerless_keys(configuration, []) == {}


@pytest.mark.parametrize("text", ["a: [", "just text", ""])
def test_a_file_that_cannot_be_read_has_no_fields(configuration: Path, text: str) -> None:
    store(configuration, "peatio_north", text)
    assert ownerless_keys(configuration, []) == {"peatio_north": []}


def test_without_the_folder_there_are_none(tmp_path: Path) -> None:
    assert ownerless_keys(tmp_path, []) == {}
