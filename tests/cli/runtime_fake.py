# SPDX-License-Identifier: ISC
"""runtime_fake.py NSM_DOC SIMULATOR PCRS [FAULT]: the attestation interfaces
of Enclaver and Evervault in front of the simulated module, as their sources
have them.  Prints its port.  FAULT: old (a document made at the start, whatever
is asked), junk, error, large; NAME.tls (TLS with the key and certificate in
that file; the document for everybody names the key in NAME.spki, in DER, and
none where there is no such file)."""
import base64
import http.server
import json
import os
import ssl
import subprocess
import sys

tool, sim, pcrs = sys.argv[1:4]
fault = sys.argv[4] if len(sys.argv) > 4 else ""


def document(user_data=None, nonce=None):
    def arg(b):
        return "-" if b is None else b.hex()
    return subprocess.run([tool, sim, pcrs, arg(user_data), arg(nonce)],
                          check=True, capture_output=True).stdout


def tls_key():
    if not fault.endswith(".tls"):
        return b"the key of the TLS certificate"
    name = fault[:-4] + ".spki"
    if not os.path.exists(name):
        return None
    with open(name, "rb") as f:
        return f.read()


shared = document(tls_key())


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def spoilt(self):
        if fault == "error":
            self.answer(500, "text/plain", b"no")
        elif fault == "junk":
            self.answer(200, "application/cbor", b"\x84junk")
        elif fault == "large":
            self.answer(200, "application/cbor", bytes(100000))
        elif fault == "old":
            self.answer(200, "application/cbor", shared)
        else:
            return False
        return True

    def do_GET(self):
        if self.path != "/.well-known/attestation":
            return self.answer(404, "text/plain", b"")
        text = base64.b64encode(shared).decode()
        if not self.spoilt():
            self.answer(200, "application/json",
                        json.dumps({"attestation_doc": text}).encode())

    def do_POST(self):
        n = int(self.headers["Content-Length"])
        ask = json.loads(self.rfile.read(n))
        if self.spoilt():
            return
        if self.path == "/v1/attestation":
            def b(name):
                v = ask.get(name)
                return None if v is None else base64.b64decode(v, validate=True)
            doc = document(b("user_data"), b("nonce"))
        elif self.path == "/attestation-doc":
            # A text, whose bytes become user_data.
            text = ask.get("challenge")
            doc = document(None if text is None else text.encode())
        else:
            return self.answer(404, "text/plain", b"")
        self.answer(200, "application/cbor", doc)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if fault.endswith(".tls"):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(fault)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
