"""The quick parser gives a command what typer gives it, or leaves the words to typer."""

from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peatio_cli.commands import COMMANDS
from peatio_cli.options import Argument
from peatio_cli.quick_parser import parameters, parse
from peatio_cli.typer_app import app

GROUP: Any = typer.main.get_command(app)
VALUES = ("7", "0", "70000", "2.5", "-1", "x", "a=b", "", ".", "1_0", "٣", "1e3", "8.", ".5", "--", "-", "-h", "--help")
OPTIONS = sorted(
    {one.option for each in COMMANDS.values() for one in parameters(each) if not isinstance(one.declared, Argument)}
)
WORDS = st.one_of(
    st.sampled_from(OPTIONS),
    st.sampled_from(VALUES),
    st.builds("{}={}".format, st.sampled_from(OPTIONS), st.sampled_from(VALUES)),
)


def as_typer_reads(name: str, words: list[str]) -> dict[str, Any]:
    """:raises Exception: where typer refuses the words, or prints help"""
    context = GROUP.commands[name].make_context(name, list(words))
    # Typer makes a list of the values of a repeated option when it calls the command, and None of no value.
    return {
        key: (list(value) or None) if isinstance(value, tuple) else value
        for key, value in context.params.items()
        if key != "help"
    }


def with_defaults(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    command: Any = COMMANDS[name]
    optional = [one.name for one in parameters(command) if not one.is_required]
    return {**dict(zip(optional, command.__defaults__ or (), strict=True)), **arguments}


@settings(max_examples=400, deadline=None)
@given(name=st.sampled_from(sorted(COMMANDS)), words=st.lists(WORDS, max_size=5))
@example(name="sandbox", words=["--port", "0", "--traders", "--balance", "usd=1", "--balance=btc=2", "--quiet"])
@example(name="init", words=["here", "--from", "there"])
@example(name="init", words=["--from=there", "here"])
@example(name="guard", words=["--after", "2.9"])
@example(name="guard", words=["here", "--after", "4"])
@example(name="uninstall", words=["a", "--force", "b", "c"])
@example(name="uninstall", words=["--force"])
@example(name="sandbox", words=["--port", "1", "--port", "2"])
@example(name="sandbox", words=["--port", "--quiet"])
def test_what_it_takes_is_what_typer_takes(name: str, words: list[str]) -> None:
    arguments = parse(COMMANDS[name], words)
    if arguments is not None:
        expected = as_typer_reads(name, words)
        found = with_defaults(name, arguments)
        assert found == expected
        assert [type(found[key]) for key in found] == [type(expected[key]) for key in found]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("init here", {"directory": Path("here")}),
        ("init here --from there", {"directory": Path("here"), "checkout": Path("there")}),
        ("doctor", {}),
        ("doctor mine --instance=bot --json", {"name": "mine", "instance": Path("bot"), "json": True}),
        ("sandbox --port 0 --history 7d --history x.csv", {"port": 0, "history": ["7d", "x.csv"]}),
        ("guard --after 3.5", {"after": 3.5}),
        ("uninstall a b", {"directories": [Path("a"), Path("b")]}),
    ],
)
def test_an_ordinary_command_line_does_not_need_typer(words: str, expected: dict[str, Any]) -> None:
    name, *rest = words.split()
    assert parse(COMMANDS[name], rest) == expected


@pytest.mark.parametrize(
    "words",
    [
        "init",
        "init a b",
        "init --from",
        "init -h",
        "sandbox --port 65536",
        "sandbox --port=x",
        "guard --after 2",
        "doctor --json=1",
        "doctor --nonsense",
        "uninstall",
        "run -- x",
    ],
)
def test_words_that_are_not_in_order_are_left_to_typer(words: str) -> None:
    name, *rest = words.split()
    assert parse(COMMANDS[name], rest) is None
