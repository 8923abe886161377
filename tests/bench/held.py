# SPDX-License-Identifier: ISC
"""What a server-held key costs a stage: the time of POST stages, signed by
encl-signer, beside that of the same stage signed by its client; and what that
is made of at the least, one flush of a small append on the signer's disk and
one Ed25519 signature.  One line a round: held, client, flush, signature, each
the median in microseconds."""
import base64
import ctypes
import ctypes.util
import json
import os
import socket
import statistics
import sys
import time

import cbor
from stack import GUARDIAN, HOUR, Chain, Client, definition

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
EACH = 200
TOKEN = os.environ["ENCLD_TOKEN"]
there = Client(None, TOKEN)


class Wire:
    """One kept connection, and whole requests on it."""

    def __init__(self):
        url = there.url
        self.s = socket.create_connection((url.hostname, url.port))
        self.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path, type, body):
        """-> microseconds, status, body"""
        request = (f"POST {path} HTTP/1.1\r\nHost: {there.url.netloc}\r\n"
                   f"Authorization: Bearer {TOKEN}\r\n"
                   f"Content-Type: {type}\r\n"
                   f"Content-Length: {len(body)}\r\n\r\n").encode() + body
        start = time.perf_counter_ns()
        self.s.sendall(request)
        answer = self.s.recv(65536)
        took = (time.perf_counter_ns() - start) / 1000
        head, _, rest = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 201"):
            sys.exit(f"held: {answer!r}")
        return took, rest


class Held:
    """A chain whose keys the server holds."""

    def __init__(self, wire):
        self.wire = wire
        self.names = [f"b{time.time_ns()}{i}" for i in range(2)]
        keys = [there.call("createKey", body={"name": n}).json
                for n in self.names]
        genesis = cbor.statement(cbor.genesis(
            keys[:1], keys[1:], os.environ["ENCLD_ROOT_HASH"]), [])
        name = f"bench{time.time_ns()}"
        a = there.call("createEnclave", body={
            "name": name, "definition": definition(name),
            "genesis": base64.b64encode(genesis).decode(),
            "keys": self.names[:1]})
        self.chain = a.json["chain"]
        self.sha = a.json["definition"]["sha256"]

    def stage(self, i):
        pcrs = {str(n): f"{i % 250 + n + 1:02x}" * 48 for n in range(3)}
        return self.wire.post(
            f"/v1/chains/{self.chain}/stages", "application/json",
            json.dumps({"keys": self.names[:1], "delay_ms": HOUR, "release": {
                "version": f"1.{i}", "pcrs": pcrs,
                "definition": self.sha}}).encode())[0]

    def revoke(self):
        self.wire.post(f"/v1/chains/{self.chain}/revocations",
                       "application/json", json.dumps({
                           "keys": self.names[1:], "reason": "no"}).encode())


class Own:
    """One whose keys its client has."""

    def __init__(self, wire):
        self.wire = wire
        self.c = Chain(there, control=1, threshold=1, guardians=1)

    def post(self, statement):
        return self.wire.post(f"/v1/chains/{self.c.id}/entries",
                              "application/cbor", statement)[0]

    def stage(self, i):
        return self.post(self.c.stage(i + 1, who=1)[1])

    def revoke(self):
        self.post(self.c.revoke(GUARDIAN(0)))


class Least:
    """A flush of a small append on the signer's disk, and a signature."""

    def __init__(self):
        self.file = os.open(os.environ["ENCLD_DIR"] + "/bench",
                            os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
        self.secret = ctypes.create_string_buffer(64)
        public = ctypes.create_string_buffer(32)
        self.sodium.crypto_sign_keypair(public, self.secret)

    def flush(self):
        start = time.perf_counter_ns()
        os.write(self.file, b"x" * 512)
        os.fdatasync(self.file)
        return (time.perf_counter_ns() - start) / 1000

    def sign(self):
        sig, tbs = ctypes.create_string_buffer(64), b"y" * 102
        start = time.perf_counter_ns()
        self.sodium.crypto_sign_detached(sig, None, tbs,
                                         ctypes.c_ulonglong(len(tbs)),
                                         self.secret)
        return (time.perf_counter_ns() - start) / 1000


def main():
    wire = Wire()
    held, own, least = Held(wire), Own(wire), Least()
    for r in range(ROUNDS + 1):  # the first one warms up
        took = [[], [], [], []]
        for i in range(EACH):
            n = r * EACH + i
            took[0].append(held.stage(n))
            took[1].append(own.stage(n))
            held.revoke()
            own.revoke()
            took[2].append(least.flush())
            took[3].append(least.sign())
        if r:
            print(*(f"{statistics.median(t):.1f}" for t in took), flush=True)


main()
