#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: the test suite for connectors, which is in the package (`hummingbot.connector.test_support`), can be used by
# a connector outside of Hummingbot's repository by importing it.
# What happens: it imports its base class from Hummingbot's own folder `test`, which is not in the package. Python
# looks into its standard library's package `test` instead. A project has to bring a package `test` with a module of
# that name, ahead of the standard library's.
#
# Observed:
#   the file is in the package: True
#   import: ModuleNotFoundError, test.isolated_asyncio_wrapper_test_case is not there
#   import with a module of that name of one's own: ExchangeConnectorTests
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

mkdir -p own/test
touch own/test/__init__.py
cat >own/test/isolated_asyncio_wrapper_test_case.py <<'PYTHON'
from unittest import IsolatedAsyncioTestCase


class IsolatedAsyncioWrapperTestCase(IsolatedAsyncioTestCase):
    pass
PYTHON

cat >use_suite.py <<'PYTHON'
import sys

sys.path[:0] = sys.argv[1:]
try:
    from hummingbot.connector.test_support.exchange_connector_test import AbstractExchangeConnectorTests as Suite

    print("import with a module of that name of one's own:", Suite.ExchangeConnectorTests.__name__)
except ModuleNotFoundError as error:
    # Where the standard library comes without its tests, `test` itself is what is missing.
    assert error.name in ("test", "test.isolated_asyncio_wrapper_test_case"), error.name
    print("import: ModuleNotFoundError, test.isolated_asyncio_wrapper_test_case is not there")
PYTHON

{
    "$python" -I -c '
from importlib.metadata import files
name = "hummingbot/connector/test_support/exchange_connector_test.py"
print("the file is in the package:", name in map(str, files("hummingbot")))'
    "$python" -I use_suite.py
    "$python" -I use_suite.py "$work/own"
} | check_observed
