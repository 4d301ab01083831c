"""A checkout of Hummingbot, made of the installed one."""

import shutil
from pathlib import Path

from peatio_cli.install.instance import hummingbot_package


def lay_out_as_checkout(root: Path) -> Path:
    """The installed Hummingbot laid out as a checkout, without our connector.

    Real folders down to the connector's place; everything beside them is linked.
    """
    package = hummingbot_package()
    for folder, inner in (("", "connector"), ("connector", "exchange"), ("connector/exchange", "peatio")):
        (root / "hummingbot" / folder).mkdir(parents=True)
        for entry in (package / folder).iterdir():
            place = root / "hummingbot" / folder / entry.name
            if entry.name in (inner, "__pycache__"):
                continue
            if entry.is_file():
                shutil.copyfile(entry, place)  # Hummingbot's root is where its __init__.py really lies
            else:
                place.symlink_to(entry)
    return root
