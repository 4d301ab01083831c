import pytest

from test.peatio_liquidity.loopback.exchange import LoopbackExchange
from test.peatio_liquidity.loopback.stage import filled_book


@pytest.fixture
def exchange() -> LoopbackExchange:
    """The source, with a book that can be mirrored."""
    return filled_book(LoopbackExchange())
