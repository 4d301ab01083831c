"""What a release would upload: that it is whole, and that it says of itself what is true."""

import re
import runpy
import subprocess
import sys
import tarfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import setuptools
import yaml
from packaging.specifiers import SpecifierSet

from peatio_cli.install.version import TESTED_HUMMINGBOT

# What is of use in a checkout alone.
NOT_SHIPPED = (".github/", ".gitignore", ".pre-commit-config.yaml")


@pytest.fixture(scope="module")
def release_check(project: Path) -> ModuleType:
    sys.path.insert(0, str(project / "tools"))
    try:
        import release_check
    finally:
        sys.path.remove(str(project / "tools"))
    return release_check


@pytest.fixture(scope="module")
def checkout(project: Path) -> Path:
    if not (project / ".git").exists():
        pytest.skip("a release is is not a git checkout of git")
    return project


@pytest.fixture(scope="module")
def distributions(checkout: Path, release_check: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    built: list[Path] = release_check.build(tmp_path_factory.mktemp("release"), checkout)
    return built


def arguments_of_setup(project: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    monkeypatch.setattr(setuptools, "setup", arguments.update)
    monkeypatch.chdir(project)
    runpy.run_path(str(project / "setup.py"))
    return arguments


def pinned(path: Path) -> str:
    (version,) = re.findall(r"^hummingbot==(\d+) ", path.read_text("utf-8"), re.MULTILINE)
    return str(version)


def test_there_is_an_sdist_and_a_wheel_that_the_index_takes(distributions: list[Path]) -> None:
    assert [path.name for path in distributions] == [
        "hummingbot_peatio-0.1.0-py3-none-any.whl",
        "hummingbot_peatio-0.1.0.tar.gz",
    ]


def test_the_sdist_holds_all_that_git_knows(
    distributions: list[Path], checkout: Path, release_check: ModuleType
) -> None:
    with tarfile.open(distributions[1]) as archive:
        shipped = {name.partition("/")[2] for name in archive.getnames()}
    known = {path.as_posix() for path in release_check.known_files(checkout)}
    assert {name for name in known - shipped if not name.startswith(NOT_SHIPPED)} == set()


def test_what_the_index_would_refuse_is_told(checkout: Path, release_check: ModuleType, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "setup.py").write_text("from setuptools import setup; setup(name='broken', version='1')")
    (broken / "pyproject.toml").write_text('[build-system]\nrequires = ["setuptools"]\n')
    git = ("git", "-C", str(broken))
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    with pytest.raises(release_check.ReleaseError, match="the package index would refuse them"):
        release_check.build(tmp_path / "dist", broken)
    assert not (tmp_path / "dist").exists()


def test_without_git_there_is_no_release(release_check: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(release_check.ReleaseError, match="is not a git checkout"):
        release_check.build(tmp_path / "dist", tmp_path)


# Versions.


def test_the_changelog_begins_with_the_version_and_the_releases_it_is_tested_with(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = arguments_of_setup(project, monkeypatch)["version"]
    (first, *_) = re.findall(r"^## .*$", (project / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert re.fullmatch(rf"## {version} \((unreleased|\d{{4}}-\d\d-\d\d)\), .*", first)
    assert first.endswith(f"tested with Hummingbot {' and '.join(TESTED_HUMMINGBOT)}")


def test_the_tested_releases_are_the_pinned_ones(project: Path) -> None:
    oldest, newest = TESTED_HUMMINGBOT
    assert newest == pinned(project / "requirements.txt")
    assert oldest == pinned(project / "requirements-older.txt")


def test_the_range_of_the_extra_begins_with_the_oldest_tested_release(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (requirement,) = arguments_of_setup(project, monkeypatch)["extras_require"]["hummingbot"]
    allowed = SpecifierSet(requirement.removeprefix("hummingbot"))
    assert all(release in allowed for release in TESTED_HUMMINGBOT)
    assert str(int(TESTED_HUMMINGBOT[0]) - 1) not in allowed


def test_ci_runs_on_every_tested_release(checkout: Path) -> None:
    workflow = yaml.safe_load((checkout / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    older = workflow["jobs"]["older"]
    assert older["strategy"]["matrix"]["hummingbot"] == list(TESTED_HUMMINGBOT[:-1])
    assert "make test-older HUMMINGBOT=${{ matrix.hummingbot }}" in [step.get("run") for step in older["steps"]]


@pytest.mark.parametrize("page", ["docs/internals/release.md", "docs/operate/upgrade.md"])
def test_the_pages_name_the_tested_releases(project: Path, page: str) -> None:
    text = (project / page).read_text("utf-8")
    assert " and ".join(TESTED_HUMMINGBOT) in text
