"""Resolves all dependencies of the project and writes their exact versions to ``constraints.txt``.

Run as ``make constraints``; compiles Hummingbot if pip has no wheel of it in its cache.
"""

import subprocess
import tempfile
import venv
from pathlib import Path

from build_wheel import ROOT, build_wheel

HEADER = """\
# Every package of the project's environment at one exact version, what Hummingbot brings included.
# Made by `make constraints` from what pip resolved; not edited by hand.
"""
# Packages that no requirement includes: the installer, and the build tools of Hummingbot.
TOOLS = ("pip", "setuptools", "wheel", "cython")


def main() -> None:
    """Writes constraints.txt. Raises CalledProcessError if pip fails."""
    with tempfile.TemporaryDirectory(prefix="hummingbot-peatio-pins-") as folder:
        environment = Path(folder, "environment")
        venv.create(environment, with_pip=True, symlinks=True)
        pip = (str(environment / "bin" / "python"), "-m", "pip")
        subprocess.run([*pip, "install", "--upgrade", *TOOLS], check=True)
        wheel = build_wheel(Path(folder), environment / "bin" / "python")
        subprocess.run([*pip, "install", f"{wheel}[hummingbot,test]"], check=True)
        frozen = subprocess.run(
            [*pip, "freeze", "--all", "--exclude", "hummingbot-peatio"], check=True, text=True, capture_output=True
        )
    (ROOT / "constraints.txt").write_text(HEADER + frozen.stdout, "utf-8")
    print("constraints.txt is written; run `make test` to test with these versions")


if __name__ == "__main__":
    main()
