"""What the user asked `watch` for."""

from dataclasses import dataclass
from pathlib import Path

WRONG_USE = 2


@dataclass(frozen=True)
class Request:
    """:param instances: directories of bots
    :param names: more names that the page may be reached by
    :param shows_account: whether the account on the exchange is shown as well, with a key
    :param share: of the exchange's request limit, in percent
    :param sends_alerts: whether alerts are sent while the page is shown
    :param certificate: PEM file with certificate and private key, for TLS
    """

    instances: tuple[Path, ...]
    host: str = "127.0.0.1"
    port: int = 0
    names: tuple[str, ...] = ()
    shows_account: bool = False
    share: int = 5
    certificate: Path | None = None
    sends_alerts: bool = False
