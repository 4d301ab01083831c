"""The architecture as its imports: they run down from layer to layer, and nowhere in a circle."""

import re
from pathlib import Path

import pytest

from test.packaging.imports import CONNECTOR, circles, foreign_imports, imports_of, upward_imports

CONNECTOR_FOLDER = "hummingbot/connector/exchange/peatio"
PACKAGES = (CONNECTOR_FOLDER, "peatio_cli", "peatio_liquidity", "peatio_page", "peatio_sandbox", "conformance")

# What Hummingbot or an operator edits, and facts: files at the top of the folder that the layers below them may read.
_BASE = {"config", "peatio_constants", "peatio_auth"}
_COMMON = {*_BASE, "common"}
_TRANSPORT = {*_COMMON, "settings", "http", "websocket"}
# Layer → the layers that it may import besides itself. All other files at the top may import everything.
ALLOWED = {
    "config": {"common"},
    "peatio_constants": {"common"},
    "peatio_auth": set[str](),
    "common": _BASE,
    "settings": {*_COMMON, "resizes"},
    "http": {*_COMMON, "settings"},
    "websocket": {*_COMMON, "settings", "http"},
    "account": _TRANSPORT,
    "guard": _TRANSPORT,
    "feeds": _TRANSPORT,
    "order_books": _TRANSPORT,
    "resizes": _COMMON,
    "execution": {*_TRANSPORT, "account", "guard", "order_books", "resizes"},
    "metrics": {*_TRANSPORT, "account", "execution", "order_books"},
}
# Imports that run up and remain to be removed, as (importing, imported); each must still exist.
KNOWN: set[tuple[str, str]] = set()


@pytest.fixture(scope="module")
def imports(project: Path) -> dict[str, set[str]]:
    return imports_of(project, PACKAGES)


def test_no_module_imports_itself_through_others(imports: dict[str, set[str]]) -> None:
    assert circles(imports) == []


def test_the_connectors_imports_run_down(imports: dict[str, set[str]]) -> None:
    assert upward_imports(imports, ALLOWED) == KNOWN


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("hummingbot", ["hummingbot"]),
        ("peatio_cli", ["hummingbot", "peatio_liquidity", "peatio_page", "peatio_sandbox"]),
        ("peatio_liquidity", ["hummingbot"]),
        ("peatio_page", []),
        ("peatio_sandbox", ["peatio_page"]),
        ("conformance", ["peatio_sandbox"]),
    ],
)
def test_each_package_imports_only_those_below_it(
    imports: dict[str, set[str]], package: str, allowed: list[str]
) -> None:
    ours = {*(package for package in PACKAGES[1:]), "hummingbot", "bench", "test"}
    assert foreign_imports(imports, package, allowed, ours) == set()


def test_tasks_are_started_by_their_supervisor_alone(project: Path) -> None:
    """A `TaskGroup` inside a supervised task is fine: it ends with that task."""
    started = re.compile(r"asyncio\.create_task\(|ensure_future\(|asyncio\.Task\(")
    folder = project / CONNECTOR_FOLDER
    found = {str(path.relative_to(folder)) for path in folder.rglob("*.py") if started.search(path.read_text("utf-8"))}
    assert found == {"common/tasks.py"}


# The checker itself.


def connector_of(root: Path, **sources: str) -> dict[str, set[str]]:
    """The imports of a connector with these modules; `__` in a name stands for the dot."""
    for name, source in sources.items():
        path = root / CONNECTOR_FOLDER / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source.replace("PEATIO", CONNECTOR), encoding="utf-8")
    return imports_of(root, [CONNECTOR_FOLDER])


def test_a_circle_is_found_inside_a_function_too(tmp_path: Path) -> None:
    imports = connector_of(
        tmp_path,
        common__retry="from PEATIO.common import tasks\n",
        common__tasks="def later():\n    from PEATIO.common.errors import Error\n",
        common__errors="import PEATIO.common.retry\n",
        common__other="import PEATIO.common.retry\n",
    )
    names = [f"{CONNECTOR}.common.{name}" for name in ("errors", "retry", "tasks")]
    assert circles(imports) == [names], "without the module that only leads into it"


def test_an_import_for_type_checking_is_none(tmp_path: Path) -> None:
    imports = connector_of(
        tmp_path,
        common__retry="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from PEATIO.common import tasks\n",
        common__tasks="from PEATIO.common import retry\n",
    )
    assert circles(imports) == []


def test_an_import_that_runs_up_is_found(tmp_path: Path) -> None:
    imports = connector_of(
        tmp_path,
        common__retry="def later():\n    from PEATIO.settings.connector import load\n",
        settings__connector="from PEATIO.common.retry import Backoff\nimport PEATIO.peatio_web_utils\n",
        execution__engine="from PEATIO.metrics.endpoint import listen\nfrom PEATIO.http import client\n",
        metrics__endpoint="",
        http__client="from PEATIO import peatio_constants\n",
        peatio_constants="",
        peatio_web_utils="from PEATIO.execution.engine import Engine\n",
    )
    assert upward_imports(imports, ALLOWED) == {
        ("common.retry", "settings.connector"),
        ("settings.connector", "peatio_web_utils"),
        ("execution.engine", "metrics.endpoint"),
    }


def test_an_import_of_a_forbidden_package_is_found(tmp_path: Path) -> None:
    (tmp_path / "peatio_sandbox").mkdir()
    (tmp_path / "peatio_sandbox" / "server.py").write_text("from hummingbot.connector import utils\nimport json\n")
    imports = imports_of(tmp_path, ["peatio_sandbox"])
    found = foreign_imports(imports, "peatio_sandbox", [], ["hummingbot", "peatio_sandbox"])
    assert found == {("peatio_sandbox.server", "hummingbot.connector")}
