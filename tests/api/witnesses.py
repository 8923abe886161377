# SPDX-License-Identifier: ISC
"""The witnesses of tests/api/witnessed.sh, and one that does not behave."""
import atexit
import http.server
import os
import subprocess
import threading
import time

from stack import BUILD

DIR = os.environ["WITNESSES_DIR"]


def word(name):
    with open(f"{DIR}/{name}") as f:
        return f.read().strip()


VKEY = {n: word(f"vkey{n}") for n in (1, 2, 3)}
PORT = {n: int(word(f"port{n}")) for n in (1, 2, 3)}
NAME = {n: VKEY[n].split("+")[0] for n in VKEY}


class Witness:
    """encl-witness, which may be stopped, killed and started again."""

    def __init__(self, n, log, key):
        self.n, self.prefix = n, f"{log}+{key}"
        self.p = None
        atexit.register(self.stop)

    def run(self):
        self.log = open(f"{DIR}/w{self.n}.log", "ab")
        self.p = subprocess.Popen(
            [BUILD + "/bin/encl-witness", "run", "--key", f"{DIR}/w{self.n}.key",
             "--state", f"{DIR}/w{self.n}", "--listen",
             f"127.0.0.1:{PORT[self.n]}", "--log-prefix", self.prefix],
            stderr=self.log)
        return self

    def stop(self, kill=False):
        if self.p:
            (self.p.kill if kill else self.p.terminate)()
            self.p.wait()
        self.p = None


class Peer:
    """Answers as it is told: how(path, body) -> status, type, body."""

    def __init__(self, n):
        self.how = lambda path, body: (404, "text/plain", b"")
        self.asked = []
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                n = int(self.headers.get("Content-Length", 0))
                self.answer(self.rfile.read(n))

            def do_GET(self):
                self.answer(b"")

            def answer(self, body):
                peer.asked.append((time.time(), self.path, body))
                status, type, out = peer.how(self.path, body)
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", type)
                    self.send_header("Content-Length", str(len(out)))
                    self.end_headers()
                    self.wfile.write(out)
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", PORT[n]), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()
