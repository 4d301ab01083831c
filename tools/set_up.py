"""Creates or repairs ``.venv`` with the pinned dependencies and the wheel of this project.

``tools/setup`` finds a Python 3.12 and runs this script with it. ``.venv/set-up.json`` records the completed steps, so
that a second run does nothing unless something changed: after a change of pins or requirements pip installs the
dependencies again, after a change of the sources a new wheel is built (seconds). With ``DEV=1`` in the environment the
three packages are linked into ``.venv`` instead, so that an edit takes effect at once; without it the next run installs
the wheel again. With ``HUMMINGBOT_RELEASE=20260729`` in the environment ``.venv-20260729`` is set up with that release
of Hummingbot instead of the pinned one.

An error that the user can correct is printed as one line on stderr, with the remedy; the exit code is 1.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from build_wheel import PACKAGE_FOLDERS, ROOT, BuildError, build_wheel, source_digest
from pip_progress import run_pip

# These variables would install packages outside of .venv, or import them from there.
_FOREIGN_VARIABLES = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_CONSTRAINT")
# Texts in pip's output when it could not connect to the package index.
_NO_CONNECTION = ("Retrying (Retry(", "ConnectionError", "ConnectTimeoutError", "ProxyError", "SSLError")


class SetUpError(Exception):
    """An error that the user can correct; the message is one line with the cause and the remedy."""


class SetUp:
    """The set-up of one project folder."""

    def __init__(self, root: Path, *, linked: bool, release: str = "") -> None:
        """``linked``: link the sources into .venv instead of installing the wheel.

        ``release``: which Hummingbot to install, the pinned one if empty. Raises SetUpError where it is none.
        """
        if release and not release.isdecimal():
            raise SetUpError(f"HUMMINGBOT is a release such as 20260729, not {release!r}")
        self.root = root
        self.linked = linked
        self.release = release
        self.venv = root / (f".venv-{release}" if release else ".venv")
        self.python = self.venv / "bin" / "python"
        self.site_packages = self.venv / "lib" / "python3.12" / "site-packages"
        self.log = self.venv / "set-up.log"
        self.state = self.venv / "set-up.json"
        self.pins = root / "constraints.txt"
        self.older_pins = root / "constraints-older.txt"

    def run(self) -> None:
        """Runs the steps that are not done yet. Raises SetUpError or BuildError."""
        done, wanted = self._read_state(), self._wanted_state()
        if done == wanted and self._venv_works():
            return
        started_s = time.monotonic()
        if done.get("environment") != wanted["environment"] or not self._venv_works():
            self.make_venv()
            done = {"environment": wanted["environment"]}
        # An interrupted step must be repeated: its entry is missing until it is complete.
        was_linked = done.pop("package", "").startswith("linked")
        if was_linked and not self.linked:
            print("make setup: the wheel takes the place of the linked sources; DEV=1 keeps the links", flush=True)
        if done.get("dependencies") != wanted["dependencies"]:
            done.pop("dependencies", None)
        self._write_state(done)
        self.unlink_packages()
        wheel = build_wheel(self.venv / "wheel", self.python, self.root, self.log)
        if "dependencies" not in done:
            self.install_dependencies(wheel)
            self._write_state(done | {"dependencies": wanted["dependencies"]})
        self.install_wheel(wheel)
        if self.linked:
            self.link_packages()
        self._write_state(wanted)
        print(f"make setup: {self.venv.name} is ready ({time.monotonic() - started_s:.0f} s)")

    def make_venv(self) -> None:
        """Creates an empty environment with the pinned pip, setuptools and wheel."""
        if importlib.util.find_spec("ensurepip") is None:
            raise SetUpError(
                f"{sys.executable} cannot create virtual environments; install its venv module"
                " (Debian, Ubuntu: apt install python3.12-venv)"
            )
        check_compiler()
        print(f"make setup: creating {self.venv.name} with {sys.executable}", flush=True)
        try:
            venv.create(self.venv, clear=True, symlinks=True, with_pip=True, prompt="hummingbot-peatio")
        except (OSError, subprocess.CalledProcessError) as error:
            raise SetUpError(f"{self.venv.name} could not be created: {error}") from error
        # One retry: this first, small request fails quickly without a network.
        self._pip(
            *("install", "--retries", "1", "--timeout", "20", "--constraint", self._constraints()),
            *("pip", "setuptools", "wheel"),
        )

    def install_dependencies(self, wheel: Path) -> None:
        """Installs the dependencies of ``wheel`` and its extras at the pinned versions."""
        log = self.log.relative_to(self.root)
        if list(self.site_packages.glob("hummingbot-*.dist-info")):
            print(f"make setup: installing changed dependencies. Log: {log}", flush=True)
        else:
            check_compiler()
            print(
                "make setup: installing Hummingbot and its dependencies. Hummingbot is compiled from source,\n"
                f"which takes minutes the first time (5 to 10 on two cores). Log: {log}",
                flush=True,
            )
        self._pip(
            *("install", f"{wheel}[hummingbot,test]"),
            *("--constraint", self._constraints(), "--build-constraint", self._constraints()),
        )

    def install_wheel(self, wheel: Path) -> None:
        """Installs only ``wheel``, also over one of the same version."""
        self._pip("install", "--no-deps", "--no-index", "--force-reinstall", str(wheel))

    def link_packages(self) -> None:
        """Replaces the installed packages by links to the sources."""
        for folder in PACKAGE_FOLDERS:
            shutil.rmtree(self.site_packages / folder)
            (self.site_packages / folder).symlink_to(self.root / folder)
        # pip must never delete files through these links; RECORD lists the files that it deletes.
        (record,) = self.site_packages.glob("hummingbot_peatio-*.dist-info/RECORD")
        lines = record.read_text("utf-8").splitlines(keepends=True)
        record.write_text("".join(line for line in lines if not line.startswith(PACKAGE_FOLDERS)), "utf-8")

    def unlink_packages(self) -> None:
        """Removes the links of ``link_packages``, if there are any."""
        for folder in PACKAGE_FOLDERS:
            if (self.site_packages / folder).is_symlink():
                (self.site_packages / folder).unlink()

    def _pip(self, *arguments: str) -> None:
        """Runs .venv's pip. Raises SetUpError when it fails."""
        env = {name: value for name, value in os.environ.items() if name not in _FOREIGN_VARIABLES}
        env |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PYTHONNOUSERSITE": "1"}
        env |= self._compile_on_all_cores()
        log_size = self.log.stat().st_size if self.log.exists() else 0
        options = ("--verbose", "--progress-bar", "off")
        command = [str(self.python), "-m", "pip", arguments[0], *options, *arguments[1:]]
        if run_pip(command, env, self.log) == 0:
            return
        output = self.log.read_bytes()[log_size:].decode("utf-8", "replace")
        log = self.log.relative_to(self.root)
        if any(text in output for text in _NO_CONNECTION):
            raise SetUpError(
                "the Python package index cannot be reached. Check the network, or name a proxy (HTTPS_PROXY)"
                f" or another index (PIP_INDEX_URL), and run it again. Log: {log}"
            )
        errors = [line.strip() for line in output.splitlines() if line.lower().lstrip().startswith("error")]
        reason = errors[-1] if errors else "no error message"
        raise SetUpError(f"pip failed ({reason}). Correct that and run it again. Log: {log}")

    def _constraints(self) -> str:
        """Returns the path of the pins for the release of Hummingbot that is installed."""
        if not self.release:
            return str(self.pins)
        pins = _pins(self.pins) | _pins(self.older_pins) | {"hummingbot": self.release}
        path = self.venv / "constraints.txt"
        path.write_text("".join(f"{name}=={version}\n" for name, version in pins.items()), "utf-8")
        return str(path)

    def _compile_on_all_cores(self) -> dict[str, str]:
        """Returns the variables that make setuptools compile in parallel and leave out debug information."""
        options = self.venv / "compile.cfg"
        options.write_text(f"[build_ext]\nparallel = {os.cpu_count() or 1}\n", "utf-8")
        flags = {name: f"{os.environ.get(name, '')} -g0".strip() for name in ("CFLAGS", "CXXFLAGS")}
        return {"DIST_EXTRA_CONFIG": str(options), **flags}

    def _venv_works(self) -> bool:
        try:
            result = subprocess.run(
                [self.python, "-I", "-c", "import sys; print(*sys.version_info[:2])"],
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError:
            return False
        return result.stdout.split() == ["3", "12"]

    def _wanted_state(self) -> dict[str, str]:
        paths = [self.pins, self.root / "setup.py", *([self.older_pins] if self.release else [])]
        requirements = [path.read_text("utf-8") for path in paths]
        dependencies = _digest(*requirements)
        return {
            # The scripts in the .venv of a moved or copied folder contain the old path.
            "environment": _digest(str(self.root), sys.executable),
            "dependencies": dependencies,
            "package": f"linked {dependencies}" if self.linked else source_digest(self.root),
        }

    def _read_state(self) -> dict[str, str]:
        try:
            state = json.loads(self.state.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def _write_state(self, state: dict[str, str]) -> None:
        self.state.write_text(json.dumps(state, indent=2) + "\n", "utf-8")


def check_compiler() -> None:
    """Raises SetUpError if the compilers for Python extensions do not work."""
    header = Path(sysconfig.get_path("include"), "Python.h")
    if not header.is_file():
        raise SetUpError(
            f"{sys.executable} has no C headers ({header} is missing), Hummingbot needs them to compile"
            " (Debian, Ubuntu: apt install python3.12-dev)"
        )
    for variable, language, program in (("CC", "c", "#include <stdio.h>"), ("CXX", "c++", "#include <map>")):
        command = os.environ.get(variable) or sysconfig.get_config_var(variable) or language
        try:
            subprocess.run(
                [*shlex.split(command), "-x", language, "-fsyntax-only", "-"],
                input=f"{program}\n",
                text=True,
                capture_output=True,
                check=True,
            )
        except (OSError, ValueError, subprocess.CalledProcessError):
            raise SetUpError(
                f"no working C++ compiler ({command!r} cannot be used), and Hummingbot must be compiled."
                " Install one (Debian, Ubuntu: apt install g++; Fedora: dnf install gcc-c++; macOS:"
                " xcode-select --install) or name yours in CC and CXX"
            ) from None


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Prevents two set-ups of the same folder from running at the same time."""
    folder = os.open(root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("make setup: waiting for another set-up of this folder to end", flush=True)
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _pins(path: Path) -> dict[str, str]:
    """Returns name → version of the lines of a file of pins."""
    lines = (line.partition("==") for line in path.read_text("utf-8").splitlines() if not line.startswith("#"))
    return {name: version for name, _, version in lines}


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def main() -> int:
    """Updates .venv; returns the exit code."""
    try:
        with _alone(ROOT):
            linked = os.environ.get("DEV", "") not in ("", "0")
            SetUp(ROOT, linked=linked, release=os.environ.get("HUMMINGBOT_RELEASE", "")).run()
    except (SetUpError, BuildError) as error:
        print(f"make setup: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nmake setup: interrupted; the next run continues from here", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
