"""What the three packages import is what setup.py says they need, and all of it is pinned."""

import ast
import sys
import sysconfig
from collections.abc import Iterator
from importlib.metadata import distributions, packages_distributions, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CONNECTOR = "hummingbot/connector/exchange/peatio"
OURS = {"peatio_page", "peatio_sandbox", "peatio_cli", "peatio_liquidity"}
REQUIREMENTS = [Requirement(line) for line in requires("hummingbot-peatio") or []]


def of_extra(extra: str) -> set[str]:
    """The distributions that are required with ``extra``, those required always included."""
    applicable = (item for item in REQUIREMENTS if item.marker is None or item.marker.evaluate({"extra": extra}))
    return {canonicalize_name(requirement.name) for requirement in applicable}


def imported(folder: Path) -> Iterator[tuple[str, str]]:
    """Yields (file name, dotted module) for every absolute import in ``folder``."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((path.name, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
                yield path.name, node.module


def foreign_distributions(folder: Path) -> Iterator[tuple[str, str]]:
    """Yields (file name, distribution) for what ``folder`` imports from outside this project."""
    providers = packages_distributions()
    for file, module in imported(folder):
        top = module.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in OURS:
            names = {canonicalize_name(name) for name in providers.get(top, [f"unknown:{top}"])}
            # The connector's folder makes us one of the providers of `hummingbot`.
            yield from ((file, name) for name in names - {"hummingbot-peatio"})


def test_the_sandbox_runs_on_aiohttp(project: Path) -> None:
    """Its own tools (tokens, the replays, the pytest plugin) may import what the extras bring."""
    of_aiohttp = {canonicalize_name(Requirement(line).name) for line in requires("aiohttp") or []}
    allowed = {"aiohttp", "cryptography"} | of_aiohttp | (of_extra("test") - of_extra(""))
    undeclared = {item for item in foreign_distributions(project / "peatio_sandbox") if item[1] not in allowed}
    assert not undeclared
    assert {name for _, name in foreign_distributions(project / "peatio_page")} <= {"aiohttp"}


@pytest.mark.parametrize("folder", [CONNECTOR, "peatio_cli", "peatio_liquidity"])
def test_imports_are_required(project: Path, folder: str) -> None:
    """A package may import what we require and what Hummingbot requires, which it cannot run without."""
    of_hummingbot = {canonicalize_name(Requirement(line).name) for line in requires("hummingbot") or []}
    undeclared = {
        (file, name)
        for file, name in foreign_distributions(project / folder)
        if name not in set().union(*map(of_extra, ("hummingbot", "metrics", "watch", "alerts"))) | of_hummingbot
    }
    assert not undeclared


def test_connector_and_sandbox_know_nothing_of_each_other(project: Path) -> None:
    """They share no code, so that a mistake of one shows at the other."""
    assert not [found for found in imported(project / CONNECTOR) if found[1].startswith(tuple(OURS))]
    forbidden = ("hummingbot", "peatio_cli")
    assert not [found for found in imported(project / "peatio_sandbox") if found[1].startswith(forbidden)]


def pins(lock: Path) -> dict[str, str]:
    """The version of each distribution in a lock file that is for this machine."""
    # A pin with its hashes is one line that is continued.
    lines = lock.read_text("utf-8").replace("\\\n", "").splitlines()
    found = [Requirement(line.partition("--hash")[0]) for line in lines if line and not line.lstrip().startswith("#")]
    applicable = (item for item in found if item.marker is None or item.marker.evaluate())
    return {canonicalize_name(item.name): str(item.specifier).removeprefix("==") for item in applicable}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-older.txt", "tools/site.txt"])
def test_every_pin_has_hashes_and_no_address(project: Path, name: str) -> None:
    text = (project / name).read_text("utf-8")
    entries = text.replace("\\\n", "").splitlines()
    assert [line for line in entries if "==" in line and "--hash=sha256:" not in line] == []
    assert "://" not in text


def test_the_environment_is_what_the_lock_file_says(project: Path) -> None:
    # Of this environment alone: setuptools, once imported, adds its own copies of others' packages to sys.path.
    purelib = sysconfig.get_path("purelib")
    found = distributions(path=[purelib])
    installed = {canonicalize_name(distribution.name): distribution.version for distribution in found}
    installed.pop(canonicalize_name("hummingbot-peatio"))
    assert installed == pins(project / "requirements.txt")


def test_the_older_lock_file_differs_in_hummingbot_and_what_that_pins(project: Path) -> None:
    newest, older = (pins(project / name) for name in ("requirements.txt", "requirements-older.txt"))
    different = {name for name in newest | older if newest.get(name) != older.get(name)}
    assert "hummingbot" in different
    required = {canonicalize_name(Requirement(line).name) for line in requires("hummingbot") or []}
    assert different <= {"hummingbot"} | required


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-older.txt"])
@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_the_lock_files_fulfil_the_requirements(project: Path, name: str, requirement: Requirement) -> None:
    """After a change in setup.py `make lock` has to be run."""
    assert requirement.specifier.contains(pins(project / name)[canonicalize_name(requirement.name)], prereleases=True)


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_the_ranges_admit_the_pinned_version(requirement: Requirement) -> None:
    assert requirement.specifier.contains(version(requirement.name))
