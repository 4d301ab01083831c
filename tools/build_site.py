"""Builds the documentation's site with search from the pages in ``docs/``: ``make site``.

``python tools/build_site.py [FOLDER]`` puts it into FOLDER (default ``build/site``). It fails on a broken link and on a
page that would load something from outside. The builder, zensical, is pinned in ``tools/site.txt``; it is installed
into ``.venv-site`` when that is missing or older.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uv_program
from build_wheel import ROOT
from pip_settings import PipSettingsError
from site_check import problems
from site_pages import INDEX, START, PagesError, for_builder, sections, site_files
from uv_errors import reason_of
from uv_program import UvError

LOCK = ROOT / "tools" / "site.txt"
ENVIRONMENT = ROOT / ".venv-site"
_SETTINGS = ROOT / "tools" / "zensical.toml"
_THEME = ROOT / "tools" / "site_theme"
_COLOUR = re.compile(r"\x1b\[[\d;]*m")


class SiteError(Exception):
    """The site cannot be built; the message says why and what to do."""


def builder() -> Path:
    """Returns the pinned zensical, installed if necessary. Raises SiteError."""
    program = ENVIRONMENT / "bin" / "zensical"
    digest = hashlib.sha256(f"{ROOT}\0{sys.version}\0{LOCK.read_text('utf-8')}".encode()).hexdigest()
    made = ENVIRONMENT / "site.txt"
    with _alone():
        if made.is_file() and made.read_text("utf-8") == digest and program.is_file():
            return program
        print(f"make site: installing the builder into {ENVIRONMENT.name}", flush=True)
        venv.create(ENVIRONMENT, clear=True, symlinks=True, with_pip=False)
        log = ENVIRONMENT / "set-up.log"
        try:
            uv = uv_program.open_uv(Path(sys.prefix), ROOT, log)
            uv.run("sync", "--python", ENVIRONMENT / "bin" / "python", "--require-hashes", LOCK)
        except (UvError, PipSettingsError) as error:
            reason = reason_of(error.output) if isinstance(error, UvError) else str(error)
            raise SiteError(f"{reason}. Log: {log.relative_to(ROOT)}") from error
        made.write_text(digest, "utf-8")
    return program


@contextmanager
def _alone() -> Iterator[None]:
    """Prevents two runs from making the environment at the same time."""
    ENVIRONMENT.mkdir(exist_ok=True)
    folder = os.open(ROOT / "tools", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def build(target: Path, root: Path = ROOT) -> int:
    """Builds the site of the project in ``root`` into ``target``, whole or not at all; returns the number of pages.

    :raises SiteError, PagesError: if a link is broken, or a page loads something from outside
    """
    files = site_files(root)
    program = builder()
    with tempfile.TemporaryDirectory(prefix="site-") as made:
        folder = Path(made)
        for name in files:
            copy = folder / "pages" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith(".md"):
                copy.write_text(for_builder((root / name).read_text("utf-8")), "utf-8")
            else:
                shutil.copyfile(root / name, copy)
        shutil.copytree(_THEME, folder / "theme")
        (folder / "zensical.toml").write_text(_configuration(root), "utf-8")
        _run(program, folder)
        found = problems(folder / "site")
        if found:
            raise SiteError("\n".join(found))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(target, ignore_errors=True)
        shutil.move(folder / "site", target)
    return sum(name.endswith(".md") for name in files)


def _configuration(root: Path) -> str:
    """The settings with the folders and the navigation."""
    settings = _SETTINGS.read_text("utf-8")
    navigation = [_entry("Overview", START), _entry("All pages", INDEX)]
    navigation[1:1] = [
        f"{{{_quoted(one.title)} = [{', '.join(_entry(*page) for page in one.pages)}]}}" for one in sections(root)
    ]
    own = f'docs_dir = "pages"\nsite_dir = "site"\nnav = [{", ".join(navigation)}]\n'
    return settings.replace("[project]\n", f"[project]\n{own}", 1).replace(
        "[project.theme]\n", '[project.theme]\ncustom_dir = "theme"\n', 1
    )


def _entry(title: str, page: str) -> str:
    return f"{{{_quoted(title)} = {_quoted(page)}}}"


def _quoted(text: str) -> str:
    """A string of JSON is one of TOML."""
    return json.dumps(text, ensure_ascii=False)


def _run(program: Path, folder: Path) -> None:
    """Raises SiteError with what zensical printed."""
    done = subprocess.run(
        [program, "build", "--strict", "--clean"],
        cwd=folder,
        env=uv_program.clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        # Its traceback says no more than that the build was strict; it colours whatever it prints.
        raise SiteError(_COLOUR.sub("", done.stdout + done.stderr).partition("Traceback")[0].strip())


def main() -> int:
    """Builds the site; returns the exit code."""
    target = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "site").absolute()
    try:
        pages = build(target)
    except (SiteError, PagesError) as error:
        print(f"make site: {error}", file=sys.stderr)
        return 1
    print(f"make site: {pages} pages in {target}; show them with: python3 -m http.server --directory {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
