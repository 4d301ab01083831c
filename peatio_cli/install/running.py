"""Whether a bot runs in an instance, found without loading Hummingbot, which takes seconds."""

from pathlib import Path

from peatio_cli.install.instance import Instance, InstanceError, in_use

# Hummingbot's own (hummingbot/cli/bot.py): where `hbot start` writes its bot's process, and what that process runs.
PID_FILE = Path("data", "bot", "bot.pid")
ENGINE_MODULE = "hummingbot.cli.engine"


def running_bot(directory: Path) -> int | None:
    """The process of the bot that `hbot start` started in this directory; None if it does not run.

    A process that has been given the number of a bot that is gone is not taken for it.
    """
    import psutil  # Hummingbot brings it, and may not be installed where this module is loaded

    try:
        pid = int((directory / PID_FILE).read_text())
        command = psutil.Process(pid).cmdline()
    except psutil.AccessDenied:
        return pid  # a bot that is taken for dead would be worse
    except (OSError, ValueError, psutil.Error):
        return None
    return pid if any(ENGINE_MODULE in part for part in command) else None


def refuse_if_in_use(instance: Instance) -> None:
    """For a command that will run a bot in the instance: stops here if another one does.

    :raises InstanceError: when a bot, a console or a demo runs there
    """
    pid = running_bot(instance.directory)
    if pid is not None:
        raise InstanceError(
            f"a bot runs in this instance already (process {pid}); remedy: {instance.launcher} stop, or use another "
            "instance"
        )
    with in_use(instance):
        pass
