"""What the resident memory of a bot consists of, import by import: ``python -m bench.imports --docs docs/operate``."""

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from bench.pages import renewed

PAGE, PLACE = "scaling.md", "imports"
APPLICATION = "import hummingbot.client.hummingbot_application"
CONNECTOR = "import hummingbot.connector.exchange.peatio.peatio_exchange"
#: Each with what it adds to the line before it.
STEPS = {
    "Python": "pass",
    "Hummingbot's application, which every bot loads": APPLICATION,
    "and this connector": f"{APPLICATION}; {CONNECTOR}",
}
SHOWN = 8

# Weighs each module without those that it imports. Importing is the only thing that happens meanwhile.
_WEIGH = """
import json, sys
import _frozen_importlib as machinery

def resident_kb():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))

inner, own, load = [0], {}, machinery._load_unlocked

def weighed(spec):
    before = resident_kb()
    inner.append(0)
    try:
        return load(spec)
    finally:
        grown = resident_kb() - before
        package = spec.name.partition(".")[0]
        own[package] = own.get(package, 0) + grown - inner.pop()
        inner[-1] += grown

machinery._load_unlocked = weighed
exec(sys.argv[1])
print()
print(json.dumps([resident_kb(), own]))
"""


class Memory(NamedTuple):
    """In MiB: the whole process, and the packages without what they import."""

    resident: float
    packages: Mapping[str, float]


def memory_after(statement: str) -> Memory:
    """The memory of a process that runs a statement (Linux).

    :raises subprocess.CalledProcessError: when it fails
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _WEIGH, statement], capture_output=True, text=True, check=True
    )
    resident, packages = json.loads(done.stdout.splitlines()[-1])
    return Memory(resident / 1024, {name: kb / 1024 for name, kb in packages.items()})


def measure(subject: str) -> dict[str, float]:
    """Resident memory with all that a bot imports, and with Hummingbot's application alone."""
    host, bot = (memory_after(STEPS[what]).resident for what in list(STEPS)[1:])
    return {"bot_mb": bot, "host_mb": host}


def table(measured: Mapping[str, Memory]) -> str:
    """The steps, and the packages of the last one, as Markdown."""
    lines = ["| loaded | resident memory |", "| --- | ---: |"]
    lines += [f"| {what} | {memory.resident:.0f} MiB |" for what, memory in measured.items()]
    packages = sorted(list(measured.values())[-1].packages.items(), key=lambda entry: -entry[1])[:SHOWN]
    largest = ", ".join(f"{name} {mib:.0f}" for name, mib in packages)
    return "\n".join([*lines, "", f"The largest packages, in MiB, each without what it imports: {largest}."])


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.imports", description=__doc__)
    parser.add_argument("--docs", type=Path, help=f"folder whose {PAGE} is renewed")
    options = parser.parse_args()
    text = table({what: memory_after(statement) for what, statement in STEPS.items()})
    print(text)
    if options.docs is not None:
        path = options.docs / PAGE
        path.write_text(renewed(path.read_text(encoding="utf-8"), PLACE, text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
