"""The documentation's site, built as `make site` builds it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def build_site(folder: Path) -> Path:
    """Builds the site into a folder of ``folder`` and returns that; skips the test where the builder cannot be had."""
    site = folder / "site"
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "build_site.py", site],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if "package index cannot be reached" in done.stderr and not os.environ.get("CI"):
        pytest.skip("the site's builder is not in uv's cache; `make site` installs it")
    assert done.returncode == 0, done.stderr
    return site
