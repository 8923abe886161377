# SPDX-License-Identifier: ISC
"""A server that lies, for hostile.sh: what it answers is in the file `mode`
of its folder, what it was asked goes to the file `asked`."""
import base64
import http.server
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "api"))
sys.dont_write_bytecode = True
import cbor  # pylint: disable=wrong-import-position

folder = sys.argv[1]


def read(name, how="r"):
    with open(os.path.join(folder, name), how) as f:
        return f.read()


def key(name):
    blob = (b"\0\0\0\x0bssh-ed25519\0\0\0 " + bytes.fromhex(
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))
    return {"key": "ssh-ed25519 " + base64.b64encode(blob).decode(),
            "name": name}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def send(self, status, kind, body, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for k, v in headers.items():
            self.send_header(k.replace("_", "-"), v)
        self.end_headers()
        self.wfile.write(body)

    def problem(self, status, code, detail, **more):
        body = {"type": "/errors/" + code, "title": "T", "status": status,
                "code": code, "detail": detail, "request_id": "0123abcd"}
        body.update(more)
        self.send(status, "application/problem+json",
                  json.dumps(body).encode(), X_Request_Id="0123abcd")

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def do_GET(self):
        mode, _, word = read("mode").strip().partition(" ")
        with open(os.path.join(folder, "asked"), "a") as f:
            f.write("%s %s %s\n" % (self.command, self.path,
                                    self.headers.get("Authorization")))
        getattr(self, "mode_" + mode)(word)

    def mode_grows(self, word):
        """The same, but what is served the second time is the file grown."""
        asked = read("asked").count("/bundle")
        name, chain = word.split()
        self.mode_chain("%s %s" % (name if asked < 2 else "grown", chain))

    def mode_chain(self, word):
        """WORD: the file to serve, and the id that the name stands for."""
        name, chain = word.split()
        if self.path.endswith("/bundle"):
            self.send(200, "application/cbor-seq", read(name, "rb"))
        else:
            self.send(200, "application/json",
                      json.dumps({"chain": chain}).encode())

    def mode_debug(self, word):
        """The same, and it says that less has to be verified."""
        name, chain = word.split()
        if self.path.endswith("/bundle"):
            self.send(200, "application/cbor-seq", read(name, "rb"),
                      X_Mode="debug", X_Encl_Level="signed")
        else:
            self.send(200, "application/json", json.dumps(
                {"chain": chain, "mode": "debug", "debug": True,
                 "level": "signed", "verified": True}).encode())

    def mode_escape(self, word):
        self.problem(404, "not_found",
                     "\x1b[2J\x1b]0;owned\x07 \u202egnp.exe \x9b31m \x7f")

    def mode_escape_list(self, word):
        items = [{"name": "a\x1b[2Jb", "chain": "\u202e"}]
        self.send(200, "application/json",
                  json.dumps({"items": items, "next": None}).encode())

    def mode_code(self, word):
        self.problem(422, word, "")

    def mode_draft(self, word):
        """WORD: the chain file and the id of what the draft is for; names
        still stand for the chain that they always did."""
        name, chain, named = word.split()
        if "/drafts/" in self.path:
            payload = cbor.encode({"kind": "revoke", "reason": "no",
                                   "chain": bytes.fromhex(chain),
                                   "stage": b"\7" * 32})
            self.send(200, "application/json", json.dumps({
                "chain": chain, "statement": base64.b64encode(
                    cbor.statement(payload, [])).decode()}).encode())
        else:
            self.mode_chain("good.cbor " + named if named in self.path or
                            "/v1/enclaves/" in self.path
                            else name + " " + chain)

    def mode_key(self, word):
        """The key of another name, which may be several lines."""
        one = key(word.replace("+", "\n"))
        self.send(200, "application/json", json.dumps(
            one if "/keys/" in self.path or self.command == "POST" else
            {"items": [one], "next": None}).encode())

    def mode_pages(self, word):
        """Keys p0, p1, ... on WORD pages."""
        at = int(self.path.partition("&after=p")[2] or -1) + 1
        self.send(200, "application/json", json.dumps({
            "items": [key("p%d" % at)],
            "next": "p%d" % at if at + 1 < int(word) else None}).encode())

    def mode_page(self, word):
        self.send(int(word), "text/html", b"<h1>\x1b[2Jproxy</h1>")

    def mode_empty(self, word):
        self.send(200, "application/json", b"")

    def mode_redirect(self, word):
        self.send(302, "text/plain", b"", Location=word)

    def mode_huge(self, word):
        self.send(200, "application/json", b'{"a":"' + b"x" * (9 << 20) + b'"}')

    def mode_deep(self, word):
        self.send(200, "application/json", b'{"a":' + b"[" * 100000)

    def mode_busy(self, word):
        """WORD times 503, then what everybody waits for."""
        left = int(read("left")) if os.path.exists(
            os.path.join(folder, "left")) else int(word)
        with open(os.path.join(folder, "left"), "w") as f:
            f.write(str(left - 1))
        if left > 0:
            self.problem(503, "busy", "")
        else:
            self.send(200, "application/json", json.dumps({
                "organisation": "o", "member": "m", "token": "t",
                "scopes": [], "expires": "2027-01-01T00:00:00.000Z",
            }).encode())


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # a client that had enough


server = Server(("127.0.0.1", 0), Handler)
with open(os.path.join(folder, "port.new"), "w") as f:
    f.write(str(server.server_address[1]))
os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
server.serve_forever()
