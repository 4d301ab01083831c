"""Whether this machine can compile Hummingbot, which comes as source code."""

import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path


class CompilerError(Exception):
    """Something is missing for the compilation; the message is one line with the remedy."""


def check_compiler() -> None:
    """Raises CompilerError if the compilers for Python extensions do not work."""
    header = Path(sysconfig.get_path("include"), "Python.h")
    if not header.is_file():
        raise CompilerError(
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
            raise CompilerError(
                f"no working C++ compiler ({command!r} cannot be used), and Hummingbot must be compiled."
                " Install one (Debian, Ubuntu: apt install g++; Fedora: dnf install gcc-c++; macOS:"
                " xcode-select --install) or name yours in CC and CXX"
            ) from None


def compile_variables(folder: Path) -> dict[str, str]:
    """Returns the variables that make setuptools compile on all cores and leave out debug information.

    ``folder`` gets a file that they name.
    """
    options = folder / "compile.cfg"
    options.write_text(f"[build_ext]\nparallel = {os.cpu_count() or 1}\n", "utf-8")
    flags = {name: f"{os.environ.get(name, '')} -g0".strip() for name in ("CFLAGS", "CXXFLAGS")}
    return {"DIST_EXTRA_CONFIG": str(options), **flags}
