"""The dialects by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from peatio_sandbox.dialects import DEFAULT_DIALECT
from peatio_sandbox.dialects.base import Authenticate, Dialect
from peatio_sandbox.dialects.forks import Bitzlato, OpenFinex, ThirdPartyEngine, Zsmartex
from peatio_sandbox.dialects.ruby import OldRubyRanger, RubyRanger
from peatio_sandbox.dialects.versions import Peatio23, Peatio24, Peatio25, Peatio26, Peatio30
from peatio_sandbox.ranger.ranger import Ranger

__all__ = ["DEFAULT_DIALECT", "DIALECTS", "Dialect", "dialect_named"]


class WithRubyRanger(Dialect):
    """Peatio 3.1 behind the last Ruby Ranger."""

    name = "ruby-ranger"
    summary = "Peatio 3.1 behind a Ruby Ranger (0.4.5 and later): no replay on re-subscribing"
    stream_tokens = "peatio"

    def make_ranger(self, authenticate: Authenticate) -> Ranger:
        """Return the Ranger of peatio-core."""
        return RubyRanger()


class WithOldRubyRanger(Peatio23):
    """Peatio 2.3 behind the oldest Ruby Ranger."""

    name = "ruby-ranger-0.4"
    summary = "Peatio 2.3 behind the oldest Ruby Ranger: events as arrays, log-in by a message"
    takes_jwt_messages = True

    def make_ranger(self, authenticate: Authenticate) -> Ranger:
        """Return the Ranger of peatio-core 0.4.4."""
        return OldRubyRanger(authenticate)


_ALL: tuple[type[Dialect], ...] = (
    Dialect,
    Peatio30,
    Peatio26,
    Peatio25,
    Peatio24,
    Peatio23,
    WithRubyRanger,
    WithOldRubyRanger,
    ThirdPartyEngine,
    OpenFinex,
    Bitzlato,
    Zsmartex,
)
DIALECTS: Mapping[str, type[Dialect]] = MappingProxyType({dialect.name: dialect for dialect in _ALL})


def dialect_named(name: str) -> type[Dialect]:
    """Return a dialect.

    Raises:
        ValueError: there is none of that name; the text names those there are.
    """
    if name not in DIALECTS:
        raise ValueError(f"no dialect {name!r}; there are {', '.join(DIALECTS)}")
    return DIALECTS[name]
