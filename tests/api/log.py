# SPDX-License-Identifier: ISC
"""A chain as a log: checkpoints, tiles and bundles, read as anybody's program
for such logs would, and recomputed from nothing but these bytes."""
import base64
import hashlib
import os
import sys

from stack import Chain, Client, check, is_, run_tests, until

sys.path.insert(0, "tests/second")
import ed25519

me = Client(token=os.environ["ENCLD_TOKEN"])
anyone = Client()


def node(a, b):
    return hashlib.sha256(b"\1" + a + b).digest()


def root_of(leaves):
    """RFC 6962 section 2.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return node(root_of(leaves[:k]), root_of(leaves[k:]))


def key_id(name, kind, key):
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + key).digest()[:4]


class Note:
    """A signed checkpoint, and the log's signature on it verified."""

    def __init__(self, body, log_key):
        text, lines = body.decode().split("\n\n")
        self.text = text + "\n"
        self.origin, size, root = text.split("\n")
        self.size, self.root = int(size), base64.b64decode(root, validate=True)
        self.lines = {}
        for line in lines.splitlines():
            dash, name, sig = line.split(" ")
            assert dash == "\u2014"
            self.lines.setdefault(name, base64.b64decode(sig, validate=True))
        sig = self.lines[self.origin]
        assert sig[:4] == key_id(self.origin, 1, log_key), "another key id"
        assert ed25519.verify(log_key, self.text.encode(), sig[4:]), "bad signature"

    def cosigned(self, name, key):
        """The second of a cosignature that verifies."""
        sig = self.lines[name]
        assert sig[:4] == key_id(name, 4, key) and len(sig) == 76
        t = int.from_bytes(sig[4:12], "big")
        said = f"cosignature/v1\ntime {t}\n{self.text}".encode()
        assert ed25519.verify(key, said, sig[12:]), "bad cosignature"
        return t


def log_key():
    log = until(lambda: is_(anyone.call("getDiscovery"), 200).json["log"])
    return log["name"], base64.b64decode(log["key"])


def newest(chain, size=None):
    _, key = log_key()

    def reached():
        a = anyone.call("getCheckpoint", chain)
        if a.status == 404:
            return None
        n = Note(is_(a, 200).body, key)
        return n if size is None or n.size >= size else None
    return until(reached)


def index(n):
    groups = [f"{n % 1000:03}"]
    while n >= 1000:
        n //= 1000
        groups.insert(0, f"x{n % 1000:03}")
    return "/".join(groups)


def tile(chain, level, n, width=256):
    tail = "" if width == 256 else f".p/{width}"
    return anyone.raw("GET", f"/v1/chains/{chain}/tile/{level}/{index(n)}{tail}")


def read_log(chain, size):
    """All leaves, from tiles of the lowest level and from bundles."""
    leaves, entries = [], []
    for n in range((size + 255) // 256):
        width = min(256, size - 256 * n)
        body = is_(tile(chain, 0, n, width), 200).body
        check(len(body) == 32 * width, "a tile of another width")
        leaves += [body[i:i + 32] for i in range(0, len(body), 32)]
        body = is_(tile(chain, "entries", n, width), 200).body
        while body:
            k = int.from_bytes(body[:2], "big")
            entries.append(body[2:2 + k])
            body = body[2 + k:]
    return leaves, entries


def a_chain_is_a_log():
    c = Chain(me)
    name, _ = log_key()
    n = newest(c.id, 1)
    check(n.origin == f"{name}/{c.id}" and n.size == 1)
    check(n.root.hex() == c.id, "the root of one entry is its id")
    for v in range(1, 5):
        c.append(c.stage(v)[1])
    n = newest(c.id, 5)
    leaves, entries = read_log(c.id, n.size)
    check([hashlib.sha256(b"\0" + e).digest() for e in entries] == leaves)
    check(root_of(leaves) == n.root, "the root is of other leaves")
    a = is_(me.call("getChain", c.id), 200)
    check(a.json["log"]["size"] == 5 and not a.json["log"]["read_only"])
    check(a.json["log"]["witnessed_at"] is None)


def tiles_have_one_spelling():
    c = Chain(me)
    newest(c.id, 1)
    for path in ("0/000", "0/000.p/2", "0/000.p/0", "0/000.p/01", "0/000.p/256",
                 "0/001.p/1", "1/000.p/1", "00/000.p/1", "7/000.p/1",
                 "0/0.p/1", "0/0000.p/1", "0/x000/000.p/1", "0/x00/000.p/1",
                 "0/000.p", "0/000/1", "entries/000", "entries/000.p/2",
                 "data/000.p/1", "0/x999/x999/x999/x999/999", "0/000.p/-1",
                 "0/000.p/1/", "-1/000.p/1"):
        a = anyone.raw("GET", f"/v1/chains/{c.id}/tile/{path}")
        check(a.status == 404, f"{path}: {a}")
    for path in ("0/000.p/1", "entries/000.p/1"):
        a = is_(anyone.raw("GET", f"/v1/chains/{c.id}/tile/{path}"), 200)
        check("immutable" in a.headers["Cache-Control"])
    a = is_(anyone.call("getTilePart", c.id, "0", "000.p", "1"), 200)
    check(a.body.hex() == c.id)
    is_(anyone.call("getTile", c.id, "0", "000"), 404, "not_found")
    is_(anyone.call("getTilePartHigh", c.id, "0", "x001", "000.p", "1"), 404)
    is_(anyone.call("getTile", "0" * 64, "0", "000"), 404)


def a_private_chain_is_no_strangers_log():
    c = Chain(me, private=True)
    until(lambda: me.call("getCheckpoint", c.id).status == 200)
    is_(anyone.call("getCheckpoint", c.id), 404, "not_found")
    is_(anyone.call("getTilePart", c.id, "0", "000.p", "1"), 404, "not_found")
    a = is_(me.call("getTilePart", c.id, "0", "000.p", "1"), 200)
    check(a.headers["Cache-Control"] == "no-store")
    a = is_(me.call("getCheckpoint", c.id), 200)
    check(a.headers["Cache-Control"] == "no-store")


def nobody_says_how_old_an_unwitnessed_one_is():
    c = Chain(me)
    newest(c.id, 1)
    is_(anyone.call("getCheckpoint", c.id, query={"max_age": 60}), 404)
    for bad in ("0", "-1", "x", "315360001", ""):
        is_(anyone.call("getCheckpoint", c.id, query={"max_age": bad}), 400)


def checkpoints_are_known_again():
    c = Chain(me)
    newest(c.id, 1)
    a = is_(anyone.call("getCheckpoint", c.id), 200)
    is_(anyone.call("getCheckpoint", c.id,
                    headers={"If-None-Match": a.headers["ETag"]}), 304)
    b = is_(anyone.call("getChain", c.id), 200)
    is_(anyone.call("getChain", c.id,
                    headers={"If-None-Match": b.headers["ETag"]}), 304)
    c.append(c.stage(1)[1])
    newest(c.id, 2)

    def shown():
        now = is_(anyone.call("getChain", c.id), 200)
        return now.json["log"]["size"] == 2 and now
    now = until(shown)
    check(now.headers["ETag"] != b.headers["ETag"])


if __name__ == "__main__":
    sys.exit(run_tests([
        a_chain_is_a_log, tiles_have_one_spelling,
        a_private_chain_is_no_strangers_log,
        nobody_says_how_old_an_unwitnessed_one_is,
        checkpoints_are_known_again]))
