#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A second reader of logs, written from chain/FORMAT.md alone.

It reads what tests/tools/note_attempts printed, notes, vkeys, checkpoints,
proofs and splits with the verdicts of the code in chain/, and fails where it
says otherwise.
"""
import collections
import sys

from ed25519 import point_good, verify
from narrow import Bad, Cbor
from notes import LOG, WITNESS, Checkpoint, H, Key, Note, is_plain_name, unbase64


def vkey(b):
    parts = b.split(b"+", 2)
    if len(parts) < 3 or not is_plain_name(parts[0]):
        raise Bad("vkey")
    material = unbase64(parts[2], "vkey")
    if len(material) != 33 or material[0] not in (LOG, WITNESS):
        raise Bad("vkey")
    k = Key(parts[0], material[0], material[1:])
    if parts[1] != k.id.hex().encode() or not point_good(k.public):
        raise Bad("vkey")
    return k


def signed(c, log):
    sig = c.signature(log, 64)
    if sig is None or not verify(log.public, c.text, sig):
        raise Bad("checkpoint_sig")


def cosigned(c, witness):
    sig = c.signature(witness, 72)
    if sig is None:
        return 0
    second = int.from_bytes(sig[:8], "big")
    if not 1 <= second < 2**63:
        raise Bad("note")
    text = b"cosignature/v1\ntime %d\n" % second + c.text
    if not verify(witness.public, text, sig[8:]):
        raise Bad("cosignature")
    return second


def split(b, log):
    c = Cbor(b)
    n = c.array(0, 2**64)
    if n == 0:
        raise Bad("entry_shape")
    if c.line(64, 0) != b"encl/1/split":
        raise Bad("entry_version")
    if n not in (3, 4):
        raise Bad("entry_shape")
    a, b = c.bytes(1, 16384), c.bytes(1, 16384)
    path = [c.bytes(32, 32) for _ in range(c.array(1, 63))] if n == 4 else []
    c.end()
    if n == 3 and a >= b:
        raise Bad("proof_order")
    a, b = Checkpoint(a), Checkpoint(b)
    other = b.root
    if n == 4:
        if a.size >= b.size:
            raise Bad("proof_order")
        other = beginning(a.size, b.size, b.root, path)
    elif a.size != b.size:
        raise Bad("split_none")
    if a.origin != b.origin or a.root == other:
        raise Bad("split_none")
    if a.origin != log.name:
        raise Bad("checkpoint_origin")
    signed(a, log)
    signed(b, log)
    return a.size


def below(n):
    """The largest power of two below n."""
    return 1 << (n - 1).bit_length() - 1


def beginning(m, n, root, path):
    """The root of the first m leaves of n, by SUBPROOF(m, D_n, false)."""
    if m == 0:
        raise Bad("merkle_proof")
    p = Proof(bytes(16) + bytes(32) + root + b"".join(path))
    old, new = p.subproof(m, n, False)
    if new != root or p.hashes:
        raise Bad("merkle_proof")
    return old


class Proof:
    """RFC 6962 section 2.1: the definitions of proofs, followed backwards."""

    def __init__(self, b):
        self.at, self.size = (int.from_bytes(b[i:i + 8], "big") for i in (0, 8))
        self.first, self.root, *self.hashes = (
            b[i:i + 32] for i in range(16, len(b), 32))

    def take(self):
        if not self.hashes:
            raise Bad("merkle_proof")
        return self.hashes.pop(0)

    def path(self, m, n):
        if n == 1:
            return self.first
        k = below(n)
        if m < k:
            left = self.path(m, k)
            return H(b"\1" + left + self.take())
        right = self.path(m - k, n - k)
        return H(b"\1" + self.take() + right)

    def subproof(self, m, n, whole):
        if m == n:
            h = self.first if whole else self.take()
            return h, h
        k = below(n)
        if m <= k:
            old, new = self.subproof(m, k, whole)
            return old, H(b"\1" + new + self.take())
        old, new = self.subproof(m - k, n - k, False)
        left = self.take()
        return H(b"\1" + left + old), H(b"\1" + left + new)

    def included(self):
        if not self.at < self.size < 2**53:
            raise Bad("merkle_proof")
        if self.path(self.at, self.size) != self.root or self.hashes:
            raise Bad("merkle_proof")
        return 0

    def consistent(self):
        if not 0 < self.at <= self.size < 2**53:
            raise Bad("merkle_proof")
        found = self.subproof(self.at, self.size, True)
        if found != (self.first, self.root) or self.hashes:
            raise Bad("merkle_proof")
        return 0


def judge(what, b, log, witness):
    if what == "note":
        return len(Note(b).lines)
    if what == "checkpoint":
        c = Checkpoint(b)
        signed(c, log)
        return cosigned(c, witness)
    if what == "vkey":
        return int.from_bytes(vkey(b).id, "big")
    if what == "split":
        return split(b, log)
    return getattr(Proof(b), what)()


def main():
    f = sys.stdin.buffer
    log, witness = (vkey(f.readline()[:-1]) for _ in range(2))
    codes, wrong = collections.Counter(), 0
    while line := f.readline():
        what, code, value, n = line.decode().split()
        b = f.read(int(n))
        f.read(1)
        try:
            mine = "ok", judge(what, b, log, witness)
        except Bad as e:
            mine = str(e), 0
        codes[what + " " + code] += 1
        if mine != (code, int(value)):
            wrong += 1
            print("not ok %s: %s %s, here %s %s\n  %r" %
                  (what, code, value, *mine, b))
    print("%s %d attempts, %d verdicts" %
          ("not ok" if wrong or len(codes) < 10 else "ok",
           sum(codes.values()), len(codes)))
    if "-v" in sys.argv:
        print(*("  %s: %d" % c for c in sorted(codes.items())), sep="\n")
    return 1 if wrong else 0


sys.exit(main())
