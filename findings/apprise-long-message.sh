#!/usr/bin/env bash
# apprise 2.3.0
#
# Guess: a library that knows how long a message each service takes sends a longer one in parts, or cuts it off.
# What happens: by default it sends the message whole, and leaves it to the service to refuse all of it; the limit is
# kept only with `overflow=split` or `overflow=truncate` in the address.
#
# Observed:
#   the limit of json:// is 32768 characters
#   default: sent 40000
#   overflow=split: sent 32768, 7232
#   overflow=truncate: sent 32768
set -eu
. "$(dirname "$0")/lib.bash"

fresh_venv --constraint "$pins" apprise==2.3.0

"$python" -I - <<'PYTHON' | check_observed
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import apprise

sent = []


class Webhook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        sent.append(len(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["message"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


server = HTTPServer(("127.0.0.1", 0), Webhook)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"json://127.0.0.1:{server.server_port}/"
print("the limit of json:// is", apprise.Apprise.instantiate(address).body_maxlen, "characters")
for option in ("", "overflow=split", "overflow=truncate"):
    sent.clear()
    everybody = apprise.Apprise()
    assert everybody.add(f"{address}?{option}" if option else address)
    assert everybody.notify(title="A title", body="x" * 40_000)
    print(f"{option or 'default'}: sent", ", ".join(map(str, sent)))
server.shutdown()
PYTHON
