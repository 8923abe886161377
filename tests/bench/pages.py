# SPDX-License-Identifier: ISC
"""pages.py CHAIN_FILE PORT_FILE: serves the entries of a chain file as encld
does, from memory, and nothing else."""
import http.server
import os
import sys
from urllib.parse import parse_qs, urlparse


def end(b, at):
    """Where the CBOR item at b[at] ends: an array of texts, numbers, byte
    strings and arrays of these."""
    major, low = b[at] >> 5, b[at] & 31
    n = {24: 1, 25: 2, 26: 4, 27: 8}.get(low, 0)
    value = int.from_bytes(b[at + 1:at + 1 + n], "big") if n else low
    at += 1 + n
    if major in (2, 3):
        return at + value
    for _ in range(value if major == 4 else 0):
        at = end(b, at)
    return at


with open(sys.argv[1], "rb") as f:
    chain = f.read()
places = [0]
while places[-1] < len(chain):
    places.append(end(chain, places[-1]))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        url = urlparse(self.path)
        q = parse_qs(url.query)
        body, status = b"", 200
        if url.path.endswith("/entries"):
            at = min(int(q["from"][0]), len(places) - 1)
            to = min(at + int(q["limit"][0]), len(places) - 1)
            body = chain[places[at]:places[to]]
        elif not url.path.endswith("/revocations"):
            status = 404
        self.send_response(status)
        self.send_header("Content-Type", "application/cbor-seq")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[2] + ".new", "w") as f:
    f.write(str(server.server_address[1]))
os.rename(sys.argv[2] + ".new", sys.argv[2])
server.serve_forever()
