#!/usr/bin/env bash
# aioresponses 0.7.9 with aiohttp 3.14.5, and with aiohttp 3.13.5 for comparison
#
# Guess: aioresponses works with every aiohttp that its metadata allows, and it allows all below 4.
# What happens: with aiohttp 3.14 the first mocked GET raises TypeError. aiohttp's response has a new argument that
# must be given, and aioresponses does not give it. So tests need "aiohttp<3.14", which pip does not find out.
#
# Observed:
#   requires: aiohttp<4.0,>=3.8
#   aiohttp 3.14.5: TypeError: ClientResponse.__init__() missing 1 required keyword-only argument: 'stream_writer'
#   aiohttp 3.13.5: 200 {'name': 'BTC/USD'}
set -eu
. "$(dirname "$0")/lib.bash"

grep -v '^aiohttp==' "$pins" >other-pins.txt
fresh_venv --constraint other-pins.txt aioresponses==0.7.9 aiohttp==3.14.5

cat >mocked_get.py <<'PYTHON'
import asyncio
from importlib.metadata import version

import aiohttp
from aioresponses import aioresponses

URL = "http://127.0.0.1/markets/btcusd"


async def mocked_get() -> str:
    async with aiohttp.ClientSession() as session:
        with aioresponses() as mock:
            mock.get(URL, payload={"name": "BTC/USD"})
            try:
                async with session.get(URL) as response:
                    return f"{response.status} {await response.json()}"
            except TypeError as error:
                return f"TypeError: {error}"


print(f"aiohttp {version('aiohttp')}: {asyncio.run(mocked_get())}")
PYTHON

{
    "$python" -I -c '
from importlib.metadata import requires
print("requires:", *(line for line in requires("aioresponses") if line.startswith("aiohttp")))'
    "$python" -I mocked_get.py
    "$python" -m pip install -qq --constraint other-pins.txt aiohttp==3.13.5
    "$python" -I mocked_get.py
} | check_observed
