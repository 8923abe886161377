# SPDX-License-Identifier: ISC
"""An encl-signer of a test's own, and what says to its socket what a stolen
encld could say."""
import atexit
import base64
import hashlib
import os
import signal
import socket
import subprocess
import tempfile
import time

import cbor
from stack import BUILD, HOUR, LIMIT

TAG = "encl/signer/1"


def decode(b):
    """One item -> value, rest.  As much as answers need."""
    major, n, b = b[0] >> 5, b[0] & 31, b[1:]
    if n >= 24:
        size = 1 << (n - 24)
        n, b = int.from_bytes(b[:size], "big"), b[size:]
    if major == 0:
        return n, b
    if major in (2, 3):
        v = b[:n]
        return (v if major == 2 else v.decode()), b[n:]
    items = []
    for _ in range(n):
        v, b = decode(b)
        items.append(v)
    return items, b


class Wire:
    """A connection to the socket; None answers mean that it was closed."""

    def __init__(self, path=None):
        self.s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.s.settimeout(LIMIT)
        self.s.connect(path or os.environ["ENCLD_SIGNER_SOCKET"])

    def raw(self, packet):
        self.s.send(packet)
        answer = self.s.recv(4096)
        if not answer:
            return None
        tag, code, next_, wait, key, sig = decode(answer)[0]
        assert tag == TAG
        return {"code": code, "next": next_, "wait": wait, "key": key,
                "sig": sig}

    def ask(self, kind, *fields):
        return self.raw(cbor.encode([TAG, kind, *fields]))

    def sign(self, org, name, payload, next_=0, head=b"\0" * 32, entries=b""):
        return self.ask("sign", org, name, payload, next_, head, entries)


class Signer:
    """A process of its own, with a folder that outlives it."""

    def __init__(self, *options):
        self.top = tempfile.mkdtemp(prefix="encl-signer-")
        atexit.register(self.clean)
        self.socket = self.top + "/socket"
        self.here = ["--dir", self.top + "/d", "--master", self.top + "/m"]
        self.options = ["--socket", self.socket, "--root",
                        os.environ["ENCLD_ROOTS"], *options]
        self.tool("keygen", self.top + "/m", here=[])
        self.tool("init")
        self.p = None
        self.run()

    def tool(self, *words, here=None):
        return subprocess.run(
            [BUILD + "/bin/encl-signer", *words,
             *(self.here if here is None else here)],
            check=True, capture_output=True, text=True).stdout

    def run(self):
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        with open(self.top + "/log", "ab") as log:
            self.p = subprocess.Popen(
                [BUILD + "/bin/encl-signer", "run", *self.here,
                 *self.options], stderr=log)
        self.wire().s.close()

    def kill(self, number=signal.SIGKILL):
        self.p.send_signal(number)
        return self.p.wait()

    def log(self):
        with open(self.top + "/log", encoding="utf-8") as f:
            return f.read()

    def wire(self):
        """Once it listens, and has room among those who knock."""
        end = time.time() + LIMIT
        while True:
            try:
                return Wire(self.socket)
            except OSError:
                if self.p.poll() is not None or time.time() > end:
                    raise
                time.sleep(0.005)

    def clean(self):
        if self.p and self.p.poll() is None:
            self.kill()
        subprocess.run(["rm", "-rf", self.top], check=False)


def stage(chain, from_, version=1, delay=HOUR, svn=None, expires=0):
    release = {"pcrs": [[i, bytes([version % 200 + i + 1]) * 48]
                        for i in range(3)],
               "version": f"1.{version}", "definition": b"\1" * 32}
    if svn is not None:
        release["svn"] = svn
    return cbor.encode({"kind": "stage", "chain": chain, "from": from_,
                        "delay": delay, "not_before": 1, "release": release,
                        "expires": 4102444800000 + expires})


def entry(chain, seq, prev, payload, answer):
    return cbor.encode(["encl/1", chain, seq, prev, payload, [proof(answer)]])


def entry_id(entry):
    return hashlib.sha256(b"\0" + entry).digest()


class Bare:
    """A chain of a signer's keys, made and moved with no server at all."""

    def __init__(self, wire, org=1):
        self.wire, self.org = wire, org
        self.names = [f"bare{os.getpid()}-{i}-{time.time_ns()}"
                      for i in range(2)]
        keys = []
        for n in self.names:
            a = wire.ask("new", org, n)
            assert a["code"] == "ok", a
            keys.append(a["key"])
        views = [{"key": "ssh-ed25519 " + base64.b64encode(k).decode(),
                  "name": n} for k, n in zip(keys, self.names)]
        payload = cbor.genesis(views[:1], views[1:],
                               os.environ["ENCLD_ROOT_HASH"])
        a = wire.sign(org, self.names[0], payload)
        assert a["code"] == "ok", a
        self.entries = [cbor.encode([
            "encl/1", b"", 0, b"", payload, [proof(a)]])]
        self.id = self.opened = entry_id(self.entries[0])
        self.seen = 0

    def head(self):
        return entry_id(self.entries[-1])

    def sign(self, payload, key=0, wire=None):
        """With all that the signer was not sent yet."""
        a = (wire or self.wire).sign(
            self.org, self.names[key], payload, len(self.entries),
            self.head(), b"".join(self.entries[self.seen:]))
        if a and a["code"] == "ok":
            self.seen = len(self.entries)
        return a

    def append(self, payload, answer):
        self.entries.append(entry(self.id, len(self.entries), self.head(),
                                  payload, answer))

    def revoke(self, stage_payload):
        """Opens the chain again."""
        payload = cbor.encode({
            "kind": "revoke", "chain": self.id, "reason": "no",
            "stage": hashlib.sha256(stage_payload).digest()})
        a = self.sign(payload, key=1)
        assert a["code"] == "ok", a
        self.append(payload, a)
        self.opened = self.head()


def proof(answer):
    return [1, hashlib.sha256(answer["key"]).digest(), answer["sig"]]
