"""Every block of code on a page runs as it is printed: Python, configuration, and the usage lines of our commands."""

import ast
import asyncio
import configparser
import inspect
import os
import re
import shlex
import sys
import textwrap
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hummingbot.connector.exchange.peatio.settings.connector import load_settings
from hummingbot.connector.exchange.peatio.settings.exchanges import load_named_exchanges

from peatio_cli.alerts.settings import load_settings as load_alert_settings
from peatio_cli.typer_app import app
from peatio_sandbox import Sandbox
from test.documents.commands import PAGES, ROOT
from test.end_to_end.support import running_bot

_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^ *```", re.M | re.S)
#: The first line of a block that is a file of the reader's project.
_FILE = re.compile(r"# (\w+\.py)\n")


@dataclass(frozen=True)
class Block:
    """A block between three backticks.

    Attributes:
        line: where it begins, counted from 1.
        language: the word behind the backticks; empty for output and usage.
    """

    page: Path
    line: int
    language: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def file(self) -> str | None:
        match = _FILE.match(self.text)
        return match and match[1]


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(page, text.count("\n", 0, m.start()) + 1, m["language"], textwrap.dedent(m["text"]))
        for m in _BLOCK.finditer(text)
    ]


#: The first line of a block with settings of alerts.
ALERTS_FILE = "# conf/peatio_alerts.yml"
BLOCKS = [block for page in PAGES for block in blocks(page)]
#: Pages whose Python is run by a test of its own.
ELSEWHERE = {"docs/operate/backtest.md": "test/strategies/test_backtest.py::test_the_example_runs_as_printed"}
PYTHON = [
    block for block in BLOCKS if block.language == "python" and str(block.page.relative_to(ROOT)) not in ELSEWHERE
]
PROJECTS = {block.page for block in PYTHON if block.file}
USAGES = [block for block in BLOCKS if block.language == "" and re.match(r"hummingbot-peatio [a-z]", block.text)]


@asynccontextmanager
async def connector() -> AsyncIterator[Mapping[str, Any]]:
    """A connector that is ready, as scripts and strategies have it."""
    async with Sandbox() as sandbox, running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD"]) as bot:
        yield {"connector": bot.exchange}


#: Page → what its blocks may use without making it: the surrounding text says where the reader has it from.
GIVEN: dict[str, Callable[[], AbstractAsyncContextManager[Mapping[str, Any]]]] = {"docs/reference/orders.md": connector}


@asynccontextmanager
async def nothing() -> AsyncIterator[Mapping[str, Any]]:
    yield {}


@pytest.mark.parametrize("block", [block for block in PYTHON if not block.file], ids=lambda block: block.name)
async def test_python_runs(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    public = generate_private_key(public_exponent=65537, key_size=2048).public_key()
    (tmp_path / "operator.pub.pem").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    code = compile(block.text, block.name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    async with asyncio.timeout(30), GIVEN.get(str(block.page.relative_to(ROOT)), nothing)() as given:
        outcome = eval(code, dict(given))
        if inspect.isawaitable(outcome):
            await outcome


@pytest.mark.parametrize("page", sorted(PROJECTS), ids=lambda page: page.name)
async def test_tests_pass_as_printed_without_any_configuration_of_pytest(page: Path, tmp_path: Path) -> None:
    files = {block.file: block.text for block in PYTHON if block.page == page and block.file}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q"),
        *("--rootdir", tmp_path),
        cwd=tmp_path,
        stdout=PIPE,
        stderr=STDOUT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    tests = sum(text.count("def test_") for text in files.values())
    assert f"{tests} passed in" in output.decode(), output.decode()


def is_configuration(block: Block) -> bool:
    """Whether a block is a part of ``conf/peatio.yml``, not of a file of Prometheus or of the alerts."""
    return block.language == "yaml" and not block.text.startswith(("groups:", "scrape_configs:", ALERTS_FILE))


@pytest.mark.parametrize("block", [block for block in BLOCKS if is_configuration(block)], ids=lambda block: block.name)
def test_settings_are_read(block: Block, tmp_path: Path) -> None:
    (tmp_path / "peatio.yml").write_text(block.text, encoding="utf-8")
    load_settings(tmp_path)
    assert load_named_exchanges(tmp_path)[1] == []


@pytest.mark.parametrize(
    "block", [each for each in BLOCKS if each.text.startswith(ALERTS_FILE)], ids=lambda block: block.name
)
def test_settings_of_alerts_are_read(block: Block, tmp_path: Path) -> None:
    (tmp_path / "peatio_alerts.yml").write_text(block.text, encoding="utf-8")
    assert load_alert_settings(tmp_path) != load_alert_settings(tmp_path / "nowhere")


@pytest.mark.parametrize("block", [each for each in BLOCKS if each.language == "yaml"], ids=lambda block: block.name)
def test_yaml_is_yaml(block: Block) -> None:
    assert isinstance(yaml.safe_load(block.text), dict)


@pytest.mark.parametrize("block", [each for each in BLOCKS if each.language == "ini"], ids=lambda block: block.name)
def test_a_unit_starts_a_command_that_there_is(block: Block) -> None:
    unit = configparser.ConfigParser()
    unit.read_string(block.text)
    program, command, *_ = shlex.split(unit["Service"]["ExecStart"])
    assert Path(program).name == "hummingbot-peatio"
    assert command in commands()


def commands() -> dict[str, Any]:
    """Our commands by name."""
    group: Any = typer.main.get_command(app)
    found: dict[str, Any] = group.commands
    return found


@pytest.mark.parametrize("block", USAGES, ids=lambda block: block.name)
def test_a_usage_names_the_options_that_there_are(block: Block) -> None:
    for line in block.text.splitlines():
        command = commands()[line.split()[1]]
        there_are = {option for each in command.params for option in each.opts if option.startswith("--")}
        assert set(re.findall(r"--[a-z-]+", line)) <= there_are
    names = {line.split()[1] for line in block.text.splitlines()}
    told = set(re.findall(r"--[a-z-]+", block.page.read_text(encoding="utf-8")))
    for name in names:
        options = {each.opts[0] for each in commands()[name].params if each.opts[0].startswith("--")}
        assert options <= told, "the page does not tell of an option"


@pytest.mark.parametrize("node", ELSEWHERE.values())
def test_the_test_of_a_page_exists(node: str) -> None:
    file, name = node.split("::")
    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")


def test_a_block_says_what_it_is() -> None:
    """No language: output, a picture or a usage line, nothing a reader would paste; `make` has its own test."""
    plain = [block for block in BLOCKS if block.language == ""]
    assert {block.language for block in BLOCKS} == {"", "sh", "python", "yaml", "ini"}
    pasted = re.compile(r"(?:\$ |\./|pip |python |curl |docker |export |import |from |async )")
    assert [block.name for block in plain if pasted.match(block.text)] == []
