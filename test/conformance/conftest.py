"""Makes the package `conformance` importable: it is not installed."""

import sys
from pathlib import Path

# Last, so that everything else comes from where it is installed.
sys.path.append(str(Path(__file__).parents[2]))
