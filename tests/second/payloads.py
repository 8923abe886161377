# SPDX-License-Identifier: ISC
"""FORMAT.md sections 3 to 5: entries, payloads, keys."""
import hashlib

from ed25519 import point_good
from narrow import DURATION_MAX, TIME_MAX, Bad, Cbor, Map, instant
from notes import Witnesses


def H(b):
    return hashlib.sha256(b).digest()


def ssh_string(b):
    if len(b) < 4 or int.from_bytes(b[:4], "big") > len(b) - 4:
        raise Bad("key_bad")
    n = 4 + int.from_bytes(b[:4], "big")
    return b[4:n], b[n:]


def read_key(c):
    m = Map(c)
    blob = m.key("key").bytes(1, 256)
    m.key("name").line(64)
    evidence = c.h32() if m.opt("evidence") else None
    m.end()
    name, rest = ssh_string(blob)
    point, rest = ssh_string(rest)
    if name != b"ssh-ed25519" or len(point) != 32 or rest:
        raise Bad("key_bad")
    return H(blob), point, evidence


def read_keys(c, low):
    keys = [read_key(c) for _ in range(c.array(low, 16))]
    c.close()
    return keys


def read_threshold(c, n):
    v = c.uint()
    if not 1 <= v <= n:
        raise Bad("policy_threshold")
    return v


class Policy:
    def __init__(self, c):
        start = c.at
        m = Map(c)
        self.pcrs = self.indexes(m.key("pcrs"))
        control = read_keys(m.key("control"), 1)
        endorsers, self.needed = [], None
        if m.opt("endorsers"):
            e = Map(c)
            endorsers = read_keys(e.key("keys"), 1)
            self.needed = read_threshold(e.key("threshold"), len(endorsers))
            e.end()
        guardians = read_keys(m.key("guardians"), 0)
        self.min_delay = instant(m.key("min_delay"), DURATION_MAX)
        self.threshold = read_threshold(m.key("threshold"), len(control))
        at = c.at
        self.witnesses = (self.read_witnesses(c) if m.opt("witnesses")
                          else None)
        end = c.at if self.witnesses else at
        self.upgradable = m.key("upgradable").boolean()
        m.end()
        # what is encoded but for the count of keys, and witnesses
        self.rest = c.b[start + 1:at] + c.b[end:c.at]
        if c.at - start > 24000:
            raise Bad("too_large")
        every = control + guardians + endorsers
        if len({k for k, _, _ in every}) != len(every):
            raise Bad("policy_roles")
        self.control, self.guardians, self.endorsers, self.keys = (
            {kid: point for kid, point, _ in keys}
            for keys in (control, guardians, endorsers, every))
        self.evidence = {kid: h for kid, _, h in every}

    @staticmethod
    def indexes(c):
        last, seen = -1, []
        for _ in range(c.array(3, 32)):
            i = c.uint()
            if i > 31 or i <= last:
                raise Bad("pcrs_bad")
            seen.append(i)
            last = i
        c.close()
        if seen[:3] != [0, 1, 2]:
            raise Bad("pcrs_bad")
        return seen

    @staticmethod
    def read_witnesses(c):
        m = Map(c)
        log = Map(m.key("log"))
        key = log.key("key").h32()
        name = log.key("name").line(64)
        log.end()
        vkeys = [c.line(200) for _ in range(m.key("keys").array(1, 16))]
        c.close()
        threshold = read_threshold(m.key("threshold"), len(vkeys))
        m.end()
        return Witnesses(name, key, vkeys, threshold)

    def majority(self, n):
        return n > 0 and 2 * n > len(self.guardians)

    def enter(self, floor):
        if self.witnesses:
            self.witnesses.enter()
        if self.min_delay < floor:
            raise Bad("policy_floor")
        if not all(point_good(p) for p in self.keys.values()):
            raise Bad("key_bad")


def read_pcrs(c):
    last, pcrs = -1, {}
    for _ in range(c.array(3, 32)):
        c.array(2, 2)
        i, v = c.uint(), c.bytes(0, 2**64)
        c.close()
        if i > 31 or i <= last or len(v) != 48 or not any(v):
            raise Bad("pcrs_bad")
        pcrs[i] = v
        last = i
    c.close()
    if list(pcrs)[:3] != [0, 1, 2]:
        raise Bad("pcrs_bad")
    return pcrs


class Release:
    def __init__(self, c):
        start = c.at
        m = Map(c)
        self.svn = 0
        for name in ("eif", "kms"):
            if m.opt(name):
                c.h32()
        if m.opt("svn"):
            self.svn = c.uint()
        self.pcrs = read_pcrs(m.key("pcrs"))
        if m.opt("image"):
            c.line(200)
        if m.opt("source"):
            s = Map(c)
            s.key("repo").line(200)
            if s.opt("build"):
                c.text()
            s.key("commit").line(200)
            s.end()
        m.key("version").line(64)
        m.key("definition").h32()
        m.end()
        if c.at - start > 8192:
            raise Bad("too_large")


class Payload:
    def __init__(self, b):
        if len(b) > 40000:
            raise Bad("too_large")
        c = Cbor(b)
        m = Map(c)
        if m.opt("from"):
            c.skip()
        self.kind = m.key("kind").line(64).decode()
        read = getattr(self, "read_" + self.kind, None)
        if read is None:
            raise Bad("kind_unknown")
        c = Cbor(b)
        m = Map(c)
        if self.kind == "stage":
            self.start = m.key("from").h32()
        m.key("kind").line(64)
        read(c, m)

    def finish(self, c, m):
        m.end()
        c.end()

    def read_genesis(self, c, m):
        self.root = m.key("root").h32()
        self.floor = instant(m.key("floor"), DURATION_MAX)
        m.key("label").line(64)
        m.key("nonce").bytes(16, 16)
        self.policy = Policy(m.key("policy"))
        self.finish(c, m)

    def read_stage(self, c, m):
        self.chain = m.key("chain").h32()
        self.delay = instant(m.key("delay"), DURATION_MAX)
        if m.opt("notes"):
            c.text()
        self.policy = Policy(c) if m.opt("policy") else None
        self.expires = instant(m.key("expires"), TIME_MAX)
        has_release = m.opt("release")
        if has_release == (self.policy is not None):
            raise Bad("stage_content")
        self.release = Release(c) if has_release else None
        self.not_before = instant(m.key("not_before"), TIME_MAX)
        self.finish(c, m)
        if self.not_before >= self.expires:
            raise Bad("stage_window")

    def read_endorse(self, c, m):
        self.pcrs = read_pcrs(c) if m.opt("pcrs") else None
        self.chain = m.key("chain").h32()
        self.stage = m.key("stage").h32()
        if m.opt("method"):
            c.text()
        self.finish(c, m)

    def read_revoke(self, c, m):
        self.chain = m.key("chain").h32()
        self.stage = m.key("stage").h32()
        m.key("reason").text()
        self.finish(c, m)

    def read_receipt(self, c, m):
        self.role = m.key("role").line(64).decode()
        self.chain = m.key("chain").h32()
        self.finish(c, m)
        if self.role not in ("seen", "accepted", "released", "lapsed"):
            raise Bad("kind_unknown")


class Entry:
    def __init__(self, b):
        if len(b) > 60000:
            raise Bad("too_large")
        c = Cbor(b)
        n = c.array(0, 2**64)
        if n == 0:
            raise Bad("entry_shape")
        if c.line(64, 0) != b"encl/1":
            raise Bad("entry_version")
        if n != 6:
            raise Bad("entry_shape")
        self.chain = c.bytes(0, 2**64)
        self.seq = c.uint()
        self.prev = c.bytes(0, 2**64)
        self.genesis = self.seq == 0
        want = 0 if self.genesis else 32
        if len(self.chain) != want or len(self.prev) != want:
            raise Bad("entry_shape")
        self.payload = c.bytes(1, 2**64)
        if len(self.payload) > 40000:
            raise Bad("too_large")
        self.proofs = self.read_proofs(c)
        c.close()
        c.end()
        self.id = H(b"\0" + b)

    @staticmethod
    def read_proofs(c):
        proofs, last = [], b""
        for _ in range(c.array(0, 32)):
            start = c.at
            n = c.array(0, 2**64)
            kind = c.uint() if n else 0
            if not 1 <= kind <= 3 or n != (3 if kind == 1 else 2):
                raise Bad("proof_kind")
            kid = c.h32() if kind == 1 else None
            body = c.bytes(1, (101, 20000, 16384)[kind - 1])
            c.close()
            raw = c.b[start:c.at]
            if raw <= last:
                raise Bad("proof_order")
            last = raw
            proofs.append((kind, kid, body))
        c.close()
        return proofs
