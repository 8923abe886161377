# SPDX-License-Identifier: ISC
"""The witnesses of tests/api/witnessed.sh, and one that does not behave."""
import atexit
import base64
import hashlib
import http.server
import os
import subprocess
import sys
import threading
import time

from stack import BUILD

sys.path.insert(0, "tests/second")
import ed25519

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


def point(p):
    z = pow(p[2], ed25519.P - 2, ed25519.P)
    x, y = p[0] * z % ed25519.P, p[1] * z % ed25519.P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def ed25519_sign(seed, message):
    """RFC 8032 section 5.1.6."""
    h = hashlib.sha512(seed).digest()
    a = int.from_bytes(h[:32], "little") & (1 << 254) - 8 | 1 << 254
    public = point(ed25519.point_mul(a, ed25519.BASE))
    number = lambda b: int.from_bytes(hashlib.sha512(b).digest(),
                                      "little") % ed25519.L
    r = number(h[32:] + message)
    first = point(ed25519.point_mul(r, ed25519.BASE))
    s = (r + number(first + public + message) * a) % ed25519.L
    return first + s.to_bytes(32, "little")


def cosign(n, body, t):
    """What witness n would answer to add-checkpoint, were it t now."""
    text = body.split(b"\n\n")[1] + b"\n"
    seed = base64.b64decode(word(f"w{n}.key").split("+", 4)[4])[1:]
    sig = ed25519_sign(seed, b"cosignature/v1\ntime %d\n%s" % (t, text))
    key = base64.b64decode(VKEY[n].split("+", 2)[2])
    id = hashlib.sha256(NAME[n].encode() + b"\n" + key).digest()[:4]
    line = base64.b64encode(id + t.to_bytes(8, "big") + sig).decode()
    return 200, "text/plain", f"\u2014 {NAME[n]} {line}\n".encode()


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
