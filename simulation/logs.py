"""The log of every simulated process, in memory: errors always, everything when a seed is replayed with a timeline."""

import logging
from collections import defaultdict
from collections.abc import Callable


class Logs(logging.Handler):
    """
    :param host: the simulated host whose code runs
    :param on_line: gets each line too, for a timeline
    :ivar lines: what each host logged
    """

    def __init__(self, host: Callable[[], str], on_line: Callable[[str, str], None] | None, level: int) -> None:
        super().__init__(level)
        self._host = host
        self._on_line = on_line
        self.lines: dict[str, list[str]] = defaultdict(list)

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps the line, and the traceback of what went wrong."""
        text = f"{record.levelname} {record.name.rsplit('.', 1)[-1]}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            text += "\n" + logging.Formatter().formatException(record.exc_info)
        host = self._host()
        self.lines[host].append(text)
        if self._on_line is not None:
            self._on_line(host, text)

    def install(self) -> None:
        """The only handler; nothing goes to the console."""
        root = logging.getLogger()
        for handler in list(root.handlers):
            root.removeHandler(handler)
        root.addHandler(self)
        root.setLevel(self.level)

    def text_of(self, prefix: str) -> str:
        """All lines of the hosts of a bot."""
        return "\n".join(line for host, lines in self.lines.items() if host.startswith(prefix) for line in lines)
