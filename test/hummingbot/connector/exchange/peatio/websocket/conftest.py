"""The tests of connections run on each kind of socket."""

import pytest

from test.hummingbot.connector.exchange.peatio.ranger_support import OPENERS, Ranger


@pytest.fixture(params=OPENERS)
def _each_kind_of_socket(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ranger, "kind", request.param)
