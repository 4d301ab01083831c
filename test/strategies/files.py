"""Copies the controllers of this package into an instance."""

import shutil
from pathlib import Path

FOLDER = Path(__file__).parent / "controllers"
PLACES = {
    "single_executor": Path("controllers", "generic"),
    "two_quotes": Path("controllers", "market_making"),
    "turning_signal": Path("controllers", "directional_trading"),
}


def copy_controllers(instance: Path) -> None:
    """All of them, where Hummingbot looks for their types."""
    for name, place in PLACES.items():
        shutil.copy(FOLDER / f"{name}.py", instance / place)
