"""The bytecode of the installed packages is compiled once and used by every environment."""

import base64
import hashlib
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def bytecode(tool: Callable[[str], ModuleType]) -> ModuleType:
    return tool("bytecode")


def install(site_packages: Path, name: str, **modules: str) -> None:
    """Puts a distribution there, with a package of its name and the modules in it."""
    rows = ["../../../bin/tool,sha256=of-this-environment,1"]
    for module, text in modules.items():
        path = site_packages / name / f"{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{name}/{module}.py,sha256={digest},{len(text)}")
    record = site_packages / f"{name}-1.dist-info" / "RECORD"
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text("\n".join(rows) + "\n")


def compiled(site_packages: Path, name: str) -> Path:
    return Path(importlib.util.cache_from_source(str(site_packages / f"{name}.py")))


def value(site_packages: Path, module: str) -> str:
    """What a module's VALUE is in a new process."""
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(site_packages)!r}); import {module};"
               f"print({module}.VALUE)"]  # fmt: skip
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_the_second_environment_compiles_nothing(bytecode: ModuleType, tmp_path: Path) -> None:
    first, second, store = tmp_path / "first", tmp_path / "second", tmp_path / "store"
    for site_packages in (first, second):
        install(site_packages, "one", __init__="VALUE = 1", more="")
        install(site_packages, "two", __init__="VALUE = 2")
    assert bytecode.fill(first, store) == 2
    assert bytecode.fill(second, store) == 0
    for name in ("one/__init__", "one/more", "two/__init__"):
        assert compiled(second, name).read_bytes() == compiled(first, name).read_bytes()
    assert value(second, "one") == "1"


def test_progress_while_it_compiles(
    bytecode: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.modules["progress"], "_PLAIN_INTERVAL_S", 0.0)
    install(tmp_path / "site", "one", __init__="VALUE = 1", more="")
    bytecode.fill(tmp_path / "site", tmp_path / "store")
    assert capsys.readouterr().out == "  0:00  compiling bytecode, module 2 of 2\n"


def test_only_what_changed_is_compiled(bytecode: ModuleType, tmp_path: Path) -> None:
    first, second, store = tmp_path / "first", tmp_path / "second", tmp_path / "store"
    for site_packages, text in ((first, "VALUE = 1"), (second, "VALUE = 2")):
        install(site_packages, "one", __init__=text)
        install(site_packages, "two", __init__="VALUE = 2")
    bytecode.fill(first, store)
    assert bytecode.fill(second, store) == 1
    assert (value(first, "one"), value(second, "one")) == ("1", "2")


def test_a_source_that_is_edited_later_counts(bytecode: ModuleType, tmp_path: Path) -> None:
    """Even with the same size and time."""
    install(tmp_path / "site", "one", __init__="VALUE = 1")
    bytecode.fill(tmp_path / "site", tmp_path / "store")
    source = tmp_path / "site" / "one" / "__init__.py"
    status = source.stat()
    source.write_text("VALUE = 2")
    os.utime(source, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert value(tmp_path / "site", "one") == "2"


def test_what_is_no_python_is_passed_over(bytecode: ModuleType, tmp_path: Path) -> None:
    install(tmp_path / "first", "one", __init__="VALUE = 1", template="{{ this }} is not")
    install(tmp_path / "second", "one", __init__="VALUE = 1", template="{{ this }} is not")
    bytecode.fill(tmp_path / "first", tmp_path / "store")
    assert bytecode.fill(tmp_path / "second", tmp_path / "store") == 0
    assert not compiled(tmp_path / "second", "one/template").exists()
    assert value(tmp_path / "second", "one") == "1"


def test_without_a_store_everything_is_compiled(bytecode: ModuleType, tmp_path: Path) -> None:
    install(tmp_path / "site", "one", __init__="VALUE = 1")
    (tmp_path / "store").write_text("a file where a folder should be")
    assert bytecode.fill(tmp_path / "site", tmp_path / "store") == 1
    assert compiled(tmp_path / "site", "one/__init__").exists()


def test_what_nobody_has_used_for_long_is_deleted(bytecode: ModuleType, tmp_path: Path) -> None:
    store = tmp_path / "store"
    for name in ("one", "two"):
        install(tmp_path / name, name, __init__="VALUE = 1")
        bytecode.fill(tmp_path / name, store)
    (old,) = [kept for kept in store.iterdir() if (kept / "one").exists()]
    long_ago_s = time.time() - 100 * 86_400
    os.utime(old, (long_ago_s, long_ago_s))
    bytecode.fill(tmp_path / "two", store)
    assert [(kept / "two").exists() for kept in store.iterdir()] == [True]
