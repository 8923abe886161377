# SPDX-License-Identifier: ISC
"""A server that shows a chain as it pleases, for lies.sh: everything comes from
the real server at URL but what the folder's files say.
    CHAIN.entries     a chain file: its entries are the chain
    CHAIN.checkpoint  a note, instead of the newest; empty: there is none
    CHAIN.late        seconds before it answers what is asked next of the chain
    CHAIN.mute        revocations and receipts are taken and go nowhere
    witness           a note, which it shows as a witness of any log
    unsigned          its own keys sign no draft, and it does not say so
    down              503 for everything"""
import http.server
import os
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlparse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "api"))
sys.dont_write_bytecode = True
folder, real = sys.argv[1:3]


def item(b, at):
    """Where the CBOR item at b[at] ends."""
    major, low = b[at] >> 5, b[at] & 31
    n = {24: 1, 25: 2, 26: 4, 27: 8}.get(low, 0)
    value = int.from_bytes(b[at + 1:at + 1 + n], "big") if n else low
    at += 1 + n
    if major in (2, 3):
        return at + value
    for _ in range(value if major == 4 else 2 * value if major == 5 else 0):
        at = item(b, at)
    return at


def items(path):
    with open(path, "rb") as f:
        b = f.read()
    at, out = 0, []
    while at < len(b):
        end = item(b, at)
        out.append(b[at:end])
        at = end
    return out


def is_entry(b):
    return b[:8] == b"\x86\x66encl/1"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def send(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def problem(self, status, code):
        self.send(status, "application/problem+json",
                  ('{"status":%d,"code":"%s"}' % (status, code)).encode())

    def own(self, chain, tail, query):
        """An answer of our own, or None."""
        path = os.path.join(folder, chain)
        if os.path.exists(path + ".late"):
            with open(path + ".late") as f:
                seconds = int(f.read())
            os.remove(path + ".late")
            time.sleep(seconds)
        if tail == "events" and os.path.exists(path + ".entries"):
            return 404, "text/plain", b""
        if tail == "checkpoint" and os.path.exists(path + ".checkpoint"):
            with open(path + ".checkpoint", "rb") as f:
                note = f.read()
            return (200, "text/plain", note) if note else (404, "text/plain", b"")
        if not os.path.exists(path + ".entries"):
            return None
        shown = items(path + ".entries")
        if tail == "bundle":
            return 200, "application/cbor-seq", b"".join(shown)
        if tail == "revocations":
            return 200, "application/cbor-seq", b""
        if tail == "entries":
            at = int(query.get("from", ["0"])[0])
            n = int(query.get("limit", ["100"])[0])
            entries = [x for x in shown if is_entry(x)]
            return 200, "application/cbor-seq", b"".join(entries[at:at + n])
        return None

    def relay(self, body):
        q = urllib.request.Request(real + self.path, body, method=self.command)
        for name in ("Accept", "Content-Type", "Authorization"):
            if self.headers.get(name):
                q.add_header(name, self.headers[name])
        try:
            a = urllib.request.urlopen(q)
        except urllib.error.HTTPError as e:
            a = e
        self.send(a.status, a.headers.get("Content-Type", ""), a.read())

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        part = self.path.split("/")
        if (part[2] == "chains" and
                os.path.exists(os.path.join(folder, part[3] + ".mute"))):
            self.send(201, "application/json", b'{"entry":"00","seq":99}')
        elif (part[-1] == "signatures" and
                os.path.exists(os.path.join(folder, "unsigned"))):
            self.command, self.path = "GET", "/".join(part[:-1])
            self.relay(None)
        else:
            self.relay(body)

    def do_GET(self):
        url = urlparse(self.path)
        part = url.path.split("/")
        if os.path.exists(os.path.join(folder, "down")):
            self.problem(503, "busy")
            return
        if len(part) == 5 and part[2] == "chains":
            mine = self.own(part[3], part[4], parse_qs(url.query))
            if mine:
                self.send(*mine)
                return
        theirs = os.path.join(folder, "witness")
        if part[-1] == "checkpoint" and len(part) == 3 and os.path.exists(theirs):
            with open(theirs, "rb") as f:
                self.send(200, "text/plain", f.read())
            return
        if part[-1] == "events":
            self.problem(404, "not_found")
            return
        self.relay(None)


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass


server = Server(("127.0.0.1", 0), Handler)
with open(os.path.join(folder, "port.new"), "w") as f:
    f.write(str(server.server_address[1]))
os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
server.serve_forever()
