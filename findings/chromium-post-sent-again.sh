#!/usr/bin/env bash
# Chromium 156, driven by playwright 1.65.2
#
# Guess: a page that creates an order by fetch() sends one POST. If the connection ends without an answer, fetch()
# fails, and the page says that the outcome is unknown; only GET and the like are repeated by the browser.
# What happens: where the POST went over a connection that had been used before, Chromium sends it again by itself, and
# the page sees the second answer only. An exchange that had stored the first order has two, and no error says so. Over
# a new connection fetch() fails as guessed. A page that trades needs something by which the server knows the second
# request again; Peatio has nothing of that kind.
#
# Observed:
#   on a new connection: 1 POST received, the page sees TypeError
#   on a used connection: 2 POST received, the page sees 201
set -eu
. "$(dirname "$0")/lib.bash"

# No package of Python's index brings a Chromium: the machine's own one is used.
chromium=
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    chromium=$(command -v "$name") && break
done
[ -n "$chromium" ] || fail "no Chromium found"
fresh_venv --constraint "$pins" playwright

"$python" -I - "$chromium" <<'PYTHON' | check_observed
import asyncio
import sys

from playwright.async_api import async_playwright

received = 0


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every GET; of POSTs end the connection at the first, answer the second."""
    global received
    try:
        while head := (await reader.readuntil(b"\r\n\r\n")).decode():
            if head.startswith("POST"):
                received += 1
                if received == 1:
                    break
            status = "201 Created" if head.startswith("POST") else "200 OK"
            # Without a keep-alive the next request has a new connection.
            kept = "keep-alive" if "/kept" in head else "close"
            writer.write(f"HTTP/1.1 {status}\r\nConnection: {kept}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
            if kept == "close":
                break
    except asyncio.IncompleteReadError:
        pass
    finally:
        writer.close()


CREATE = """path => fetch(path, {method: "GET"}).then(() => fetch(path, {method: "POST"}))
    .then(answer => answer.status, error => error.name)"""


async def main() -> None:
    global received
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server, async_playwright() as playwright:
        url = "http://127.0.0.1:%d" % server.sockets[0].getsockname()[1]
        browser = await playwright.chromium.launch(executable_path=sys.argv[1], args=["--no-sandbox"])
        for kind, path in (("new", "/order"), ("used", "/kept/order")):
            received = 0
            page = await browser.new_page()
            await page.goto(url + path)
            seen = await page.evaluate(CREATE, path)
            print(f"on a {kind} connection: {received} POST received, the page sees {seen}")
            await page.close()
        await browser.close()


asyncio.run(main())
PYTHON
