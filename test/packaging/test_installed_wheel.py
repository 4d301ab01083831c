"""The wheel alone, in a copy of the environment that knows nothing of the sources, is a working plug-in."""

import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from test.documents.commands import PAGES
from test.packaging.conftest import ROOT

# The folders of Hummingbot that the wheel is unpacked into: real ones in the copy, the rest are links.
SHARED_FOLDERS = (Path("hummingbot"), Path("hummingbot/connector"), Path("hummingbot/connector/exchange"))
OURS = ("peatio", "peatio_page", "peatio_sandbox", "peatio_cli", "peatio_liquidity", "hummingbot_peatio-")


def mirror(source: Path, target: Path, folder: Path = Path()) -> None:
    """Links everything in ``source`` into ``target`` but our own packages.

    Hummingbot's root folder is where the real file behind ``hummingbot/__init__.py`` is, so the files of the
    shared folders are copied.
    """
    (target / folder).mkdir(exist_ok=True)
    for entry in (source / folder).iterdir():
        relative = folder / entry.name
        if entry.name.startswith(OURS) or entry.name == "__pycache__":
            continue
        if relative in SHARED_FOLDERS:
            mirror(source, target, relative)
        elif folder in SHARED_FOLDERS and entry.is_file():
            shutil.copyfile(entry, target / relative)
        else:
            (target / relative).symlink_to(entry)


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with a copy of this one's packages, and of ours the wheel alone."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    mirror(Path(sysconfig.get_path("purelib")), folder / "lib" / "python3.12" / "site-packages")
    pip = (sys.executable, "-m", "pip", "--python", folder / "bin" / "python")
    # With the extra, as README.md has it; its packages are the links.
    options = ("--no-deps", "--no-index", "--no-compile")
    subprocess.run([*pip, "install", *options, f"{wheel}[hummingbot]"], check=True, capture_output=True)
    return folder


def run(environment: Path, *arguments: str) -> str:
    """Runs ``arguments`` in ``environment``, away from the sources, and returns what they print."""
    program, *rest = arguments
    result = subprocess.run(
        [environment / "bin" / program, *rest],
        cwd=environment,
        env={"HOME": str(environment), "PATH": "/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_hummingbot_lists_the_connector(environment: Path) -> None:
    program = """
from hummingbot.client.settings import AllConnectorSettings
setting = AllConnectorSettings.get_connector_settings()["peatio"]
print(setting.name, setting.type.name, setting.class_name(), setting.config_keys.connector)
"""
    assert run(environment, "python", "-c", program).split() == ["peatio", "Exchange", "PeatioExchange", "peatio"]


def test_the_exchange_is_imported_from_the_wheel(environment: Path) -> None:
    program = """
import sys
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
import peatio_cli, peatio_liquidity.config, peatio_page, peatio_sandbox
for module in (
    sys.modules[PeatioExchange.__module__], peatio_cli, peatio_liquidity, peatio_page, peatio_sandbox
):
    print(module.__file__)
"""
    files = run(environment, "python", "-c", program).split()
    site_packages = environment / "lib" / "python3.12" / "site-packages"
    assert [Path(file).relative_to(site_packages).parent.as_posix() for file in files] == [
        "hummingbot/connector/exchange/peatio",
        "peatio_cli",
        "peatio_liquidity",
        "peatio_page",
        "peatio_sandbox",
    ]


def test_the_console_script_says_its_version(environment: Path) -> None:
    assert "0.1.0" in run(environment, "hummingbot-peatio", "--version")


@pytest.mark.parametrize("page", ["README.md", "docs/operate/link.md", "docs/operate/upgrade.md"])
def test_the_pages_install_the_wheel_by_its_name(page: str, wheel: Path) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert set(re.findall(r"[^\s/']+\.whl", text)) == {wheel.name}


def test_no_page_installs_the_package_from_an_index_that_does_not_have_it() -> None:
    """With an extra pip adds to the package that is installed already, and asks no index for it."""
    assert "(unreleased)" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), "the pages can say `pip install …`"
    from_an_index = re.compile(r"pip install (?:--\S+ )*'?hummingbot-peatio(?:\[hummingbot\])?(?![\w\[-])")
    shown = [page for page in PAGES if from_an_index.search(page.read_text(encoding="utf-8"))]
    assert shown == [ROOT / "docs/internals/release.md"], "which says what to do at the first release"


def test_these_tests_run_on_installed_packages() -> None:
    """`make test` measures the installed packages, not the sources in the folder it is run from."""
    import hummingbot.connector.exchange.peatio

    import peatio_cli
    import peatio_liquidity
    import peatio_page
    import peatio_sandbox

    site_packages = Path(sysconfig.get_path("purelib"))
    packages = (peatio_cli, peatio_liquidity, peatio_page, peatio_sandbox)
    for module in (hummingbot.connector.exchange.peatio, *packages):
        assert module.__file__ is not None
        assert Path(module.__file__).is_relative_to(site_packages)


def test_the_shared_suite_finds_its_base_class() -> None:
    """Hummingbot's suite imports it from a package `test`, which must be ours, not the standard library's."""
    from hummingbot.connector.test_support import exchange_connector_test

    from test.isolated_asyncio_wrapper_test_case import IsolatedAsyncioWrapperTestCase

    assert exchange_connector_test.IsolatedAsyncioWrapperTestCase is IsolatedAsyncioWrapperTestCase
