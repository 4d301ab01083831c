"""Resolves all dependencies of the project into its lock files: ``make lock``.

``requirements.txt`` is for the newest Hummingbot that this project is tested with, ``requirements-older.txt`` for the
oldest, at the versions of the former where its requirements allow that; ``tools/site.txt`` is for the builder of the
documentation's site. All have every package at one exact version with the hashes of its files, and no address of an
index; `pip install --require-hashes --requirement` reads them as well. What is pinned stays so, unless a requirement
says otherwise; ``make lock UPGRADE=1`` takes the newest versions. Nothing is compiled: Hummingbot's sdist states its
requirements.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import uv_program
from build_wheel import ROOT
from uv_errors import reason_of
from uv_program import Uv, UvError

LOCK = "requirements.txt"
OLDER_LOCK = "requirements-older.txt"
SITE_LOCK = "tools/site.txt"
_OPTIONS = ("--universal", "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links",
            "--annotation-style", "line", "--custom-compile-command", "make lock")  # fmt: skip


def resolve(uv: Uv, root: Path, lock: Path, release: str = "", *, upgrade: bool = False) -> None:
    """Writes ``lock``; what it pins already stays so where that is possible.

    Only the main index counts: a lock file is for everybody, and of a version that an extra index has too uv would not
    find all files.

    :param release: which Hummingbot; "" for the newest that setup.py allows
    :raises UvError: if there is no solution, or the index cannot be reached
    """
    inputs = (root / "setup.py", "--extra", "hummingbot", "--extra", "test", root / "tools" / "requirements.in")
    chosen = ("--upgrade-package", f"hummingbot=={release}") if release else ()
    _compile(uv, inputs, lock, *chosen, upgrade=upgrade)


def _compile(uv: Uv, inputs: Sequence[str | Path], lock: Path, *options: str, upgrade: bool) -> None:
    uv.with_main_index_only().run(
        *("compile", *inputs, "--python", sys.executable, *_OPTIONS, *options),
        *(("--upgrade",) if upgrade else ()),
        *("--output-file", lock),
        activity="resolving",
    )


def main() -> int:
    """Writes the lock files; returns the exit code."""
    upgrade = os.environ.get("UPGRADE", "") not in ("", "0")
    lock, older = ROOT / LOCK, ROOT / OLDER_LOCK
    log = ROOT / ".venv" / "lock.log"
    uv = uv_program.open_uv(Path(sys.prefix), ROOT, log)
    release = uv_program.pinned_version(older, "hummingbot")
    try:
        resolve(uv, ROOT, lock, upgrade=upgrade)
        shutil.copyfile(lock, older)
        resolve(uv, ROOT, older, release)
        _compile(uv, (ROOT / "tools" / "site.in",), ROOT / SITE_LOCK, upgrade=upgrade)
    except UvError as error:
        sys.exit(f"make lock: {reason_of(error.output)}. Log: {log.relative_to(ROOT)}")
    print(
        f"{LOCK}, {OLDER_LOCK} and {SITE_LOCK} are written; run `make test` and `make test-older` with these versions"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
