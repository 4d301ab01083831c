"""For the whole suite: no line of any log may hold a secret of any account in it."""

from collections.abc import Iterator

import pytest

from test.secret_watch import take_leaks, watch


def pytest_configure(config: pytest.Config) -> None:
    watch()


@pytest.fixture(autouse=True)
def no_secret_is_logged() -> Iterator[None]:
    """Fails the test that leaked; names where, not what."""
    take_leaks()
    yield
    leaks = take_leaks()
    assert not leaks, f"a secret was logged by {', '.join(leaks)}"
