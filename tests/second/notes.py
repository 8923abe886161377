# SPDX-License-Identifier: ISC
"""FORMAT.md section 8: notes, checkpoints and witnesses."""
import base64
import binascii
import hashlib

from ed25519 import point_good, verify
from narrow import Bad

SPACES = {0x20, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000,
          *range(0x2000, 0x200B)}
LOG, WITNESS = 1, 4
DASH = "\u2014 ".encode()


def H(b):
    return hashlib.sha256(b).digest()


def unbase64(b, bad):
    try:
        v = base64.b64decode(b, validate=True)
    except binascii.Error:
        raise Bad(bad)
    if base64.b64encode(v) != b:
        raise Bad(bad)
    return v


def root(ids):
    if not ids:
        return H(b"")
    if len(ids) == 1:
        return ids[0]
    k = 1
    while 2 * k < len(ids):
        k *= 2
    return H(b"\1" + root(ids[:k]) + root(ids[k:]))


def is_plain_name(b):
    return (1 <= len(b) <= 200 and
            all(0x21 <= c <= 0x7E and c != 0x2B for c in b))


class Key:
    def __init__(self, name, kind, public):
        self.name, self.public = name, public
        self.id = H(name + b"\n" + bytes([kind]) + public)[:4]


class Note:
    def __init__(self, b):
        if len(b) > 16384:
            raise Bad("too_large")
        at = b.rfind(b"\n\n")
        if at < 0 or not b.endswith(b"\n") or at + 2 == len(b):
            raise Bad("note")
        try:
            text = b.decode()
        except UnicodeDecodeError:
            raise Bad("note")
        if any(ord(c) < 0x20 and c != "\n" for c in text):
            raise Bad("note")
        self.text = b[:at + 1]
        lines = b[at + 2:-1].split(b"\n")
        if len(lines) > 64:
            raise Bad("note")
        self.lines = [self.line(s) for s in lines]

    @staticmethod
    def line(s):
        if not s.startswith(DASH):
            raise Bad("note")
        name, space, sig = s[len(DASH):].partition(b" ")
        v = unbase64(sig, "note")
        if not space or not name or len(v) < 5 or any(
                ord(c) in SPACES or c == "+" for c in name.decode()):
            raise Bad("note")
        return name, v[:4], v[4:]

    def signature(self, key, size):
        """None, or the one signature of this key."""
        found = [sig for name, kid, sig in self.lines
                 if name == key.name and kid == key.id]
        if len(found) > 1 or any(len(sig) != size for sig in found):
            raise Bad("note")
        return found[0] if found else None


class Checkpoint(Note):
    def __init__(self, b):
        super().__init__(b)
        lines = self.text[:-1].split(b"\n")
        if len(lines) < 3 or b"" in lines:
            raise Bad("checkpoint")
        self.origin, size, tip = lines[:3]
        if not size.isdigit() or (len(size) > 1 and size[:1] == b"0"):
            raise Bad("checkpoint")
        self.size = int(size)
        self.root = unbase64(tip, "checkpoint")
        if self.size >= 2**53 or len(self.root) != 32:
            raise Bad("checkpoint")


class Witnesses:
    """What a policy says of them."""

    def __init__(self, name, log, vkeys, threshold):
        self.log_name, self.log_public = name, log
        self.vkeys, self.threshold = vkeys, threshold

    def log(self, chain):
        return Key(self.log_name + b"/" + chain.hex().encode(), LOG,
                   self.log_public)

    def keys(self):
        return [self.vkey(v) for v in self.vkeys]

    @staticmethod
    def vkey(v):
        parts = v.split(b"+", 2)
        if len(parts) < 3 or not is_plain_name(parts[0]):
            raise Bad("policy_witnesses")
        material = unbase64(parts[2], "policy_witnesses")
        if len(material) != 33 or material[0] != WITNESS:
            raise Bad("policy_witnesses")
        k = Key(parts[0], WITNESS, material[1:])
        if parts[1] != k.id.hex().encode():
            raise Bad("policy_witnesses")
        return k

    def enter(self):
        keys = self.keys()
        publics = {self.log_public} | {k.public for k in keys}
        if (not is_plain_name(self.log(bytes(32)).name) or
                len(publics) != len(keys) + 1 or
                len({k.name for k in keys}) != len(keys) or
                not all(point_good(p) for p in publics)):
            raise Bad("policy_witnesses")

    def judge(self, b, chain, ids):
        """Rules 1 to 7: the checkpoint's time and what is to be verified."""
        c, log = Checkpoint(b), self.log(chain)
        if c.origin != log.name:
            raise Bad("checkpoint_origin")
        if c.size != len(ids):
            raise Bad("checkpoint_size")
        if c.root != root(ids):
            raise Bad("checkpoint_root")
        sig = c.signature(log, 64)
        if sig is None:
            raise Bad("checkpoint_sig")
        checks, times = [("checkpoint_sig", log.public, c.text, sig)], []
        for k in self.keys():
            sig = c.signature(k, 72)
            if sig is None:
                continue
            second = int.from_bytes(sig[:8], "big")
            if not 1 <= second < 2**63:
                raise Bad("note")
            if second > 253402300799:
                raise Bad("time_range")
            times.append(second)
            text = b"cosignature/v1\ntime %d\n" % second + c.text
            checks.append(("cosignature", k.public, text, sig[8:]))
        if len(times) < self.threshold:
            raise Bad("witnesses_few")
        return 1000 * sorted(times)[self.threshold - 1] + 999, checks


def genuine(checks):
    """Rules 8 and 9."""
    for bad, public, text, sig in checks:
        if not verify(public, text, sig):
            raise Bad(bad)
