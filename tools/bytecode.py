"""Compiled bytecode for an environment, taken from the user's cache where it is there.

uv installs sources alone. Without bytecode the first start of each command would compile thousands of modules (ten
seconds), and to compile everything in each environment takes half a minute. So each package's bytecode is compiled
once and linked into the next environments. It is *checked-hash* bytecode (PEP 552): Python compares it with the hash
of the source, whatever the times of the files are, so that it can never stand for another source.

Folders named ``tests`` are left out; Python compiles what is imported from there.
"""

import csv
import hashlib
import importlib.util
import itertools
import os
import py_compile
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from progress import ProgressLines

_KEPT_UNUSED_DAYS = 90
_CHUNK = 40


@dataclass(frozen=True)
class Package:
    """One installed distribution.

    :ivar sources: its modules, relative to ``site-packages``
    :ivar key: changes with the name or content of any of them, and with the bytecode format of Python
    """

    sources: tuple[str, ...]
    key: str


def packages(site_packages: Path, pattern: str = "*") -> Iterator[Package]:
    """Yields every distribution there whose ``.dist-info`` folder matches and that has modules."""
    for record in sorted(site_packages.glob(f"{pattern}.dist-info/RECORD")):
        with record.open(encoding="utf-8", newline="") as stream:
            rows = sorted((row[0], row[1]) for row in csv.reader(stream) if row and _is_source(row[0]))
        if rows:
            digest = hashlib.sha256(importlib.util.MAGIC_NUMBER)
            for name, content in rows:
                digest.update(f"{name}\0{content}\n".encode())
            yield Package(tuple(name for name, _ in rows), digest.hexdigest()[:40])


def compile_packages(site_packages: Path, found: Sequence[Package]) -> None:
    """Compiles all modules of ``found`` on all cores. What is not valid Python is passed over, as pip does."""
    sources = [str(site_packages / name) for package in found for name in package.sources]
    if not sources:
        return
    lines, done = ProgressLines(), 0
    with ProcessPoolExecutor(os.cpu_count(), initializer=_prepare_worker) as pool:
        for compiled in pool.map(_compile, itertools.batched(sources, _CHUNK)):
            done += compiled
            lines.show_when_due(f"compiling bytecode, module {done} of {len(sources)}")
    lines.end()


def fill(site_packages: Path, store: Path) -> int:
    """Gives every package its bytecode, from ``store`` or compiled and then kept there; returns how many it compiled.

    A store that cannot be written or read is passed over.
    """
    missing = [package for package in packages(site_packages) if not _restored(site_packages, store, package)]
    compile_packages(site_packages, missing)
    for package in missing:
        _keep(site_packages, store, package)
    _forget_unused(store)
    return len(missing)


def _is_source(name: str) -> bool:
    parts = Path(name).parts
    return name.endswith(".py") and "tests" not in parts and ".." not in parts and not Path(name).is_absolute()


def _cached(source: Path) -> Path:
    return Path(importlib.util.cache_from_source(str(source), optimization=""))


def _restored(site_packages: Path, store: Path, package: Package) -> bool:
    kept = store / package.key
    try:
        # The time says when it was used last.
        os.utime(kept)
        for name in package.sources:
            if (bytecode := kept / f"{name}c").exists():
                _link(bytecode, _cached(site_packages / name))
    except OSError:
        return False
    return True


def _keep(site_packages: Path, store: Path, package: Package) -> None:
    try:
        store.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=store) as folder:
            made = Path(folder, package.key)
            made.mkdir()
            for name in package.sources:
                if (bytecode := _cached(site_packages / name)).exists():
                    _link(bytecode, made / f"{name}c")
            made.rename(store / package.key)
    except OSError:
        pass


def _link(source: Path, target: Path) -> None:
    """A hard link where both are on one file system. Python replaces bytecode files and never writes into one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _forget_unused(store: Path) -> None:
    oldest_s = time.time() - _KEPT_UNUSED_DAYS * 86_400
    for kept in store.glob("[!.]*"):
        if kept.stat().st_mtime < oldest_s:
            shutil.rmtree(kept, ignore_errors=True)


def _compile(sources: Sequence[str]) -> int:
    for source in sources:
        try:
            py_compile.compile(
                source, doraise=True, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH
            )
        except (py_compile.PyCompileError, OSError, ValueError):
            pass  # templates, for instance
    return len(sources)


def _prepare_worker() -> None:
    # Ctrl-C reaches every process of the terminal; the one that waits for these reports it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Other people's invalid escape sequences.
    warnings.simplefilter("ignore")
