"""The commands that run a local exchange, and their options; see `commands`."""

from pathlib import Path
from typing import Annotated

from peatio_cli.options import Option
from peatio_sandbox.dialects import DEFAULT_DIALECT


def _dialects() -> list[str]:
    from peatio_sandbox.dialects.catalog import DIALECTS

    return list(DIALECTS)


def sandbox(
    port: Annotated[int, Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8090,
    host: Annotated[
        str, Option(help="Address to listen on. The exchange is not secured: keep it on this machine.")
    ] = "127.0.0.1",
    seed: Annotated[int, Option(help="The same seed gives the same keys and the same traders.")] = 0,
    traders: Annotated[bool, Option("--traders", help="Run simulated traders that move prices.")] = False,
    history: Annotated[
        list[str] | None,
        Option(
            metavar="PAST",
            help="What happened before: a time such as 7d, made up from the seed, or candles from FILE or MARKET=FILE "
            "(CSV); may be given several times.",
        ),
    ] = None,
    play: Annotated[
        list[str] | None,
        Option(
            metavar="[MARKET=]FILE",
            help="Play a market that `record-market` recorded; may be given several times.",
        ),
    ] = None,
    balance: Annotated[
        list[str] | None,
        Option(
            metavar="[MEMBER:]CURRENCY=AMOUNT",
            help="What a member (default: bot) has, as in usd=20000; may be given several times.",
        ),
    ] = None,
    dialect: Annotated[
        str,
        Option(
            metavar="NAME",
            completed_by=_dialects,
            help="The Peatio version or fork to imitate; docs/reference/sandbox-dialects.md lists them.",
        ),
    ] = DEFAULT_DIALECT,
    operator_key: Annotated[
        list[Path] | None,
        Option(metavar="FILE", help="Public key (PEM) that verifies login tokens; may be given several times."),
    ] = None,
    pegged: Annotated[
        str | None,
        Option(metavar="CODE", help="Add a pegged coin, as in bay: bay is liquid, bayr reserve; three markets."),
    ] = None,
    peg: Annotated[
        str, Option(metavar="PEGS", help="Its peg, and those of the cycles to come: 51,53,56.")
    ] = "51",
    cycle_every: Annotated[
        float | None,
        Option(min=1, metavar="SECONDS", help="Seconds between two of its cycles; without it, only by command."),
    ] = None,
    telling: Annotated[
        str,
        Option(metavar="WAY", help="How orders that a cycle resizes are shown: origin, remaining, replace or silent."),
    ] = "origin",
    quiet: Annotated[bool, Option("--quiet", help="Print only the address.")] = False,
    record: Annotated[
        Path | None, Option(metavar="FILE", help="Record what clients see, without keys. FILE must not exist.")
    ] = None,
    replay: Annotated[
        Path | None,
        Option(metavar="FILE", help="Show a recording in the browser instead of running an exchange."),
    ] = None,
) -> int:
    """Run a local Peatio exchange until Ctrl-C."""
    from peatio_cli.demo.sandbox_start import announced

    # An address is printed only where no other option can be refused afterwards.
    others = (history, play, balance, operator_key, record, pegged, replay)
    is_plain = dialect == DEFAULT_DIALECT and not any(others)
    sock = announced(host, port, quiet) if is_plain else None
    from peatio_cli.demo import sandbox_command

    if replay is not None:
        return sandbox_command.replay(replay, host=host, port=port, quiet=quiet, record=record)
    return sandbox_command.run(
        host=host,
        port=port,
        seed=seed,
        traders=traders,
        quiet=quiet,
        histories=history or [],
        balances=balance or [],
        played=play or [],
        dialect=dialect,
        operator_keys=operator_key or [],
        record=record,
        pegged=None if pegged is None else (pegged, peg, cycle_every, telling),
        sock=sock,
    )


def halo(
    port: Annotated[int, Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 55779,
    host: Annotated[
        str, Option(help="Address to listen on; one that others can reach needs a password.")
    ] = "127.0.0.1",
    peg: Annotated[
        str, Option(metavar="PEGS", help="The peg, and those of the cycles to come: 51,53,56.")
    ] = "51",
    user: Annotated[
        list[str] | None,
        Option(metavar="NAME=COINS", help="A user with so many new coins; may be given several times."),
    ] = None,
    cycle_every: Annotated[
        float | None,
        Option(min=0.1, metavar="SECONDS", help="Seconds between two cycles; without it, only by command."),
    ] = None,
    busy: Annotated[float, Option(min=0, metavar="SECONDS", help="How long a cycle calculates.")] = 5.0,
    updating: Annotated[float, Option(min=0, metavar="SECONDS", help="How long it then copies balances.")] = 0.5,
    seed: Annotated[int, Option(help="The same seed gives the same ids.")] = 0,
    password_file: Annotated[
        Path | None,
        Option(metavar="FILE", help="File with the password; without it, the variable PEG_PASSWORD."),
    ] = None,
) -> int:
    """Run a stand-in for Halo's exchange tracker, which keeps the balances of a pegged coin, until Ctrl-C."""
    from peatio_cli.demo.halo_command import run

    return run(
        host=host,
        port=port,
        peg=peg,
        users=user or [],
        every_s=cycle_every,
        busy_s=busy,
        updating_s=updating,
        seed=seed,
        password_file=password_file,
    )
