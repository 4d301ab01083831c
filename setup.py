"""What the distribution is called, what it needs and which packages are in its wheel.

The connector lives inside Hummingbot's own package tree and is unpacked into it, so the wheel must hold no
``__init__.py`` above ``hummingbot/connector/exchange/peatio/``: those folders belong to Hummingbot. That is
why the packages are named here one by one. ``test/`` is not shipped.
"""

from pathlib import Path

from setuptools import find_namespace_packages, setup

CONNECTOR = "hummingbot.connector.exchange.peatio"
README = Path(__file__).with_name("README.md")
PACKAGES = (CONNECTOR, "peatio_page", "peatio_sandbox", "peatio_cli", "peatio_liquidity")
#: The pages in the browser: no code of Python's.
PAGES = ("peatio_page.static", "peatio_sandbox.web.static", "peatio_cli.watch.static")

JWT = ["pyjwt[crypto]>=2.8,<3"]
# Its answers over aiohttp came with 0.24.
METRICS = ["prometheus_client>=0.24,<1"]
# The password of a page that other machines can reach.
WATCH = ["argon2-cffi>=23.1,<27"]
# Loaded by the process that delivers a message, and by nothing else: bots and guards without alerts do not need it.
ALERTS = ["apprise>=2,<3"]
TEST = [
    *JWT,
    *METRICS,
    *WATCH,
    *ALERTS,
    # aioresponses 0.7.9 does not pass the `stream_writer` that aiohttp 3.14 asks for.
    "aiohttp<3.14",
    "aioresponses>=0.7.9",
    "hypothesis>=6.100",
    # The schemas for deploy/kubernetes.yml.
    "kubernetes-validate>=1.37",
    "mypy>=2.0",
    # The grammar of Prometheus' queries, for dashboards and alerts.
    "promql-parser>=0.12",
    # Pictures of the sandbox's page for the documentation; the next one drives Debian's Chromium for its tests.
    "pillow>=11",
    "playwright>=1.55",
    # A terminal's screen, for the test of the console.
    "pyte>=0.8.2",
    "pytest>=9.0",
    "pytest-asyncio>=1.3",
    "pytest-cov>=7.0",
    "pytest-timeout>=2.4",
    # Two at a time: most tests wait more than they reckon.
    "pytest-xdist>=3.6",
    "ruff>=0.17",
    # The event loop of simulation/, which uses a few of its private names.
    "simloop==0.2.2",
    "types-PyYAML",
    # The wheel is built with these two in the tests themselves, and a release with the next two (`make release-check`).
    "setuptools>=77",
    "wheel>=0.45",
    "build>=1.2",
    "twine>=6.1",
    # One of the recordings is of this library as a client; Hummingbot brings it too.
    "websockets>=13",
]

setup(
    name="hummingbot-peatio",
    version="0.1.0",
    description="Hummingbot connector for Peatio exchanges, with a local Peatio to try it on",
    long_description=README.read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    # Hummingbot's own dependencies leave nothing but 3.12: pandas-ta starts there, bip-utils ends there.
    python_requires="==3.12.*",
    packages=find_namespace_packages(
        include=[*PACKAGES, *(f"{name}.*" for name in PACKAGES)],
        exclude=[*PAGES, *(f"{name}.*" for name in PAGES)],
    ),
    # The chart library comes with its licence.
    package_data={
        "peatio_page": ["static/**/*"],
        "peatio_sandbox": ["web/static/**/*"],
        "peatio_cli": ["watch/static/**/*"],
    },
    install_requires=[
        "aiohttp>=3.9,<4",
        # The way of public messages from the socket to the order book.
        "msgspec>=0.19,<1",
        "picows>=2.3.1,<3",
        "pydantic>=2,<3",
        "rich>=13",
        "typer>=0.9",
        # aiohttp's own type of a URL.
        "yarl>=1.9,<2",
    ],
    extras_require={
        # An extra, not a requirement: who runs Hummingbot from source must not get the PyPI copy beside it.
        "hummingbot": ["hummingbot>=20260729,<20270101"],
        "jwt": JWT,
        "metrics": METRICS,
        "alerts": ALERTS,
        "test": TEST,
        "watch": [*METRICS, *WATCH],
    },
    entry_points={"console_scripts": ["hummingbot-peatio = peatio_cli.main:main"]},
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Console",
        "Framework :: AsyncIO",
        "Intended Audience :: Financial and Insurance Industry",
        "Operating System :: MacOS",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3.12",
        "Topic :: Office/Business :: Financial :: Investment",
        "Typing :: Typed",
    ],
    zip_safe=False,
)
