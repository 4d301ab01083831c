"""The built wheel holds our three packages, whole and nothing else, and says of itself what is true."""

import runpy
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest
import setuptools

PACKAGE_FOLDERS = (
    "hummingbot/connector/exchange/peatio",
    "peatio_page",
    "peatio_sandbox",
    "peatio_cli",
    "peatio_liquidity",
)
PAGE_FOLDERS = ("peatio_page/static/", "peatio_sandbox/web/static/", "peatio_cli/watch/static/")
DIST_INFO = "hummingbot_peatio-0.1.0.dist-info"


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        return Parser().parsestr(archive.read(f"{DIST_INFO}/METADATA").decode())


def test_file_list_is_exactly_ours(names: set[str], project: Path) -> None:
    """Above all there is no __init__.py in hummingbot/ and its folders: those are Hummingbot's."""
    ours = {
        path.relative_to(project).as_posix()
        for folder in PACKAGE_FOLDERS
        for path in (project / folder).rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
    }
    of_the_distribution = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "top_level.txt"}
    assert names == ours | {f"{DIST_INFO}/{name}" for name in of_the_distribution}


@pytest.mark.parametrize("folder", PACKAGE_FOLDERS)
def test_every_package_is_importable_and_typed(names: set[str], folder: str) -> None:
    assert {f"{folder}/__init__.py", f"{folder}/py.typed"} <= names


def test_a_build_in_the_full_tree_takes_the_same_packages(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`pip install .` sees the tests and tools too, unlike the clean copy that the wheel is built from."""
    arguments: dict[str, Any] = {}
    monkeypatch.setattr(setuptools, "setup", arguments.update)
    monkeypatch.chdir(project)
    runpy.run_path(str(project / "setup.py"))
    packages = {name for name in arguments["packages"] if not name.endswith("__pycache__")}
    modules = [path.relative_to(project) for folder in PACKAGE_FOLDERS for path in (project / folder).rglob("*.py")]
    assert packages == {".".join(module.parent.parts) for module in modules}


def test_only_code_and_the_pages_are_shipped(names: set[str]) -> None:
    ours = {name for name in names if not name.startswith((DIST_INFO, *PAGE_FOLDERS))}
    assert not {name for name in ours if not name.endswith((".py", "/py.typed"))}
    shared, *own = [{name.removeprefix(each) for name in names if name.startswith(each)} for each in PAGE_FOLDERS]
    assert {"js/book.js", "panels/market.html", "vendor/lightweight-charts/LICENSE"} <= shared
    for page in own:
        assert {"index.html", "js/main.js"} <= page
    assert not {name for page in (shared, *own) for name in page if name.endswith(".py")}


def test_metadata(metadata: Message) -> None:
    assert metadata["Name"] == "hummingbot-peatio"
    assert metadata["Version"] == "0.1.0"
    assert metadata["Requires-Python"] == "==3.12.*"
    assert metadata["License"] == "Apache-2.0"
    assert metadata.get_all("Provides-Extra") == ["hummingbot", "jwt", "metrics", "alerts", "test", "watch"]
    assert str(metadata.get_payload()).strip(), "the README is the long description"


def test_hummingbot_is_only_an_extra(metadata: Message) -> None:
    """As a requirement it would put the PyPI copy beside a Hummingbot run from source."""
    requirements: list[str] = metadata.get_all("Requires-Dist", [])
    of_hummingbot = [line for line in requirements if line.startswith("hummingbot")]
    assert of_hummingbot
    assert all('extra == "hummingbot"' in line for line in of_hummingbot)


def test_console_script(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        entry_points = archive.read(f"{DIST_INFO}/entry_points.txt").decode()
    assert entry_points.split("\n")[:2] == [
        "[console_scripts]",
        "hummingbot-peatio = peatio_cli.main:main",
    ]
