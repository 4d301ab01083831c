"""A command of the command line in a process that is forked off one with everything imported: starting one takes a
second of a core each time, nearly all of it for imports. That a command starts is tested elsewhere."""

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from peatio_cli.main import main
from peatio_cli.report import command as report_command  # noqa: F401 (so that it is imported before a fork)
from test.patience import eventually

_PROCESSES = multiprocessing.get_context("forkserver")


async def forked(words: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str, str]:
    """Exit code, output and errors of `hummingbot-peatio WORDS` with that environment, without a terminal."""
    _PROCESSES.set_forkserver_preload([__name__])  # counts for the first one of a process
    with tempfile.TemporaryDirectory(prefix="peatio-forked-") as name:
        output, errors = Path(name, "output"), Path(name, "errors")
        process = _PROCESSES.Process(
            target=_run, args=(list(words), dict(environment), output, errors), daemon=True
        )
        process.start()
        try:
            await eventually(lambda: not process.is_alive(), f"the end of {' '.join(words)}", timeout_s=100)
        finally:
            process.kill()
            process.join()
        return process.exitcode or 0, *_read(output, errors)


def _read(output: Path, errors: Path) -> tuple[str, str]:
    return output.read_text("utf-8"), errors.read_text("utf-8")


def _run(words: list[str], environment: Mapping[str, str], output: Path, errors: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for descriptor, path in ((0, Path(os.devnull)), (1, output), (2, errors)):
        opened = os.open(path, os.O_RDONLY if descriptor == 0 else os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(opened, descriptor)
    code = 1  # of an exception, whose traceback is printed
    try:
        main(words)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
