#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A second judge, written from chain/FORMAT.md alone.

It reads what tests/tools/chain_attempts printed, entries with the verdicts of
the code in chain/, judges each by itself and fails where it says otherwise.
It knows Ed25519 keys only and does not verify certificates; of checkpoints it
verifies everything.
"""
import hashlib
import sys

from document import Document
from ed25519 import verify
from narrow import Bad
from notes import genuine
from payloads import H, Entry, Payload


def tbs(payload):
    def string(b):
        return len(b).to_bytes(4, "big") + b
    return (b"SSHSIG" + string(b"chain@encl") + string(b"") +
            string(b"sha512") + string(hashlib.sha512(payload).digest()))


def kids_of(proofs):
    last = None
    for kind, kid, _ in proofs:
        if kind != 1:
            raise Bad("proof_kind")
        if kid == last:
            raise Bad("proof_surplus")
        last = kid
    return {kid for _, kid, _ in proofs}


def check_signatures(e, *policies):
    keys = {}
    for p in policies:
        keys.update(p.keys)
    for _, kid, sig in e.proofs:
        if len(sig) != 64:
            raise Bad("sig_form")
        if not verify(keys[kid], tbs(e.payload), sig):
            raise Bad("sig_bad")


class Chain:
    def __init__(self, roots):
        self.roots, self.next_seq = roots, 0
        self.release = self.stage = None
        self.ids = []

    def open(self, e):
        self.opened, self.stage = e.id, None

    def judge(self, b):
        e = Entry(b)
        p = Payload(e.payload)
        if self.next_seq == 0:
            if not e.genesis or p.kind != "genesis":
                raise Bad("not_genesis")
            self.begin(e, p)
        else:
            if e.genesis or p.kind == "genesis":
                raise Bad("genesis_again")
            if e.chain != self.chain or p.chain != self.chain:
                raise Bad("chain_foreign")
            if e.seq != self.next_seq:
                raise Bad("seq_wrong")
            if e.prev != self.head:
                raise Bad("prev_wrong")
            getattr(self, "on_" + p.kind)(e, p)
        self.head = e.id
        self.ids.append(e.id)
        self.next_seq += 1

    def begin(self, e, p):
        if p.root not in self.roots:
            raise Bad("root_foreign")
        kids = kids_of(e.proofs)
        if len(kids & p.policy.control.keys()) < p.policy.threshold:
            raise Bad("authority")
        if kids - p.policy.control.keys():
            raise Bad("proof_surplus")
        p.policy.enter(p.floor)
        check_signatures(e, p.policy)
        self.chain, self.floor, self.policy = e.id, p.floor, p.policy
        self.open(e)

    def check_from(self, p):
        if self.stage is None:
            if p.start != self.opened:
                raise Bad("from_stale")
        elif p.start != self.stage_id:
            raise Bad("stage_open" if p.start == self.opened
                      else "from_stale")

    def on_stage(self, e, p):
        now, new = self.policy, p.policy
        if not now.upgradable and self.release:
            raise Bad("not_upgradable")
        self.check_from(p)
        if new and not self.release:
            raise Bad("no_release")
        if new and new.pcrs != now.pcrs:
            raise Bad("policy_pcrs")
        if p.release and list(p.release.pcrs) != now.pcrs:
            raise Bad("release_pcrs")
        if p.release and self.release and p.release.svn < self.release.svn:
            raise Bad("svn_falls")
        if p.delay < now.min_delay:
            raise Bad("delay_short")
        kids = kids_of(e.proofs)
        if len(kids & now.control.keys()) < now.threshold:
            raise Bad("authority")
        if new and len(kids & new.control.keys()) < new.threshold:
            raise Bad("authority")
        backed = now.majority(len(kids & now.guardians.keys()))
        if self.stage and self.stage.policy and self.backed and not backed:
            raise Bad("replace_backed")
        may = set(now.control)
        may |= set(new.control) if new else set()
        may |= set(now.guardians) if backed else set()
        if kids - may:
            raise Bad("proof_surplus")
        if new:
            new.enter(self.floor)
        check_signatures(e, *([now, new] if new else [now]))
        self.stage, self.stage_id, self.backed = p, H(e.payload), backed
        self.endorsed, self.accepted, self.notice = set(), False, None

    def named(self, p):
        if self.stage is None:
            raise Bad("nothing_staged")
        if p.stage != self.stage_id:
            raise Bad("stage_unknown")

    def on_endorse(self, e, p):
        self.named(p)
        want = self.stage.release.pcrs if self.stage.release else None
        if p.pcrs != want:
            raise Bad("endorse_pcrs")
        kids = kids_of(e.proofs)
        if len(kids) > 1:
            raise Bad("proof_surplus")
        if not kids or not kids <= self.policy.endorsers.keys():
            raise Bad("authority")
        if kids <= self.endorsed:
            raise Bad("already_endorsed")
        check_signatures(e, self.policy)
        self.endorsed |= kids

    def on_revoke(self, e, p):
        self.named(p)
        now, kids = self.policy, kids_of(e.proofs)
        guardians = len(kids & now.guardians.keys())
        by_guardians = (now.majority(guardians) if self.stage.policy
                        else guardians > 0)
        by_control = (len(kids & now.control.keys()) >= now.threshold and
                      not (self.stage.policy and self.backed))
        if not by_guardians and not by_control:
            raise Bad("authority")
        may = set(now.guardians) if by_guardians else set()
        may |= set(now.control) if by_control else set()
        if kids - may:
            raise Bad("proof_surplus")
        check_signatures(e, now)
        self.open(e)

    def check_place(self, role):
        g, noticed = self.stage, self.notice is not None
        if role == "accepted":
            if self.release and (not noticed or not g.release):
                raise Bad("receipt_state")
            if self.release and self.accepted:
                raise Bad("receipt_again")
        elif not self.release:
            raise Bad("receipt_state")
        elif role == "seen" and noticed:
            raise Bad("receipt_again")
        elif role == "released" and not noticed:
            raise Bad("receipt_state")

    def check_ready(self, role):
        g, needed = self.stage, self.policy.needed
        if role == "released" and g.release and not self.accepted:
            raise Bad("not_accepted")
        if needed and not (g.policy and self.backed):
            if len(self.endorsed) < needed:
                raise Bad("not_endorsed")

    def check_document(self, e, role, d):
        g = self.stage
        if not any(any(d.pcrs[i]) for i in range(3)):
            raise Bad("doc_debug")
        said = "encl/receipt/1 %s %s %s" % (role, self.chain.hex(),
                                            e.prev.hex())
        if d.user_data != said.encode():
            raise Bad("receipt_user_data")
        by = g.release if role == "accepted" else self.release
        if any(d.pcrs.get(i) != by.pcrs[i] for i in self.policy.pcrs):
            raise Bad("receipt_pcrs")

    def check_time(self, role, t, completes):
        g = self.stage
        if role == "lapsed" and t <= g.expires:
            raise Bad("not_expired")
        if completes:
            first = g.not_before
            if role == "released":
                first = max(first, self.notice + g.delay)
            if t < first:
                raise Bad("too_early")
            if t > g.expires:
                raise Bad("expired")

    def witnessed(self, role):
        new = self.stage.policy
        return (self.policy.witnesses is not None and role != "lapsed" and
                not (role == "accepted" and not self.release) and
                not (new and self.backed and new.rest == self.policy.rest))

    def check_checkpoint(self, note, role, t):
        c, checks = self.policy.witnesses.judge(note, self.chain, self.ids)
        if role == "released" and not t - 3600000 <= c <= t + 300000:
            raise Bad("checkpoint_time")
        genuine(checks)
        return c

    def on_receipt(self, e, p):
        if self.stage is None:
            raise Bad("receipt_state")
        kinds = [kind for kind, _, _ in e.proofs]
        if 1 in kinds:
            raise Bad("proof_kind")
        if kinds.count(2) != 1:
            raise Bad("receipt_document")
        completes = p.role == "released" or (p.role == "accepted" and
                                             not self.release)
        self.check_place(p.role)
        if completes:
            self.check_ready(p.role)
        needed = self.witnessed(p.role)
        if kinds.count(3) < needed:
            raise Bad("checkpoint_missing")
        if kinds.count(3) > needed:
            raise Bad("proof_surplus")
        d = Document(e.proofs[0][2])
        self.check_document(e, p.role, d)
        self.check_time(p.role, d.timestamp, completes)
        seen = 0
        if needed:
            seen = self.check_checkpoint(e.proofs[1][2], p.role, d.timestamp)
        if completes:
            self.policy = self.stage.policy or self.policy
            self.release = self.stage.release or self.release
        if completes or p.role == "lapsed":
            self.open(e)
        elif p.role == "seen":
            self.notice = max(d.timestamp, seen)
        else:
            self.accepted = True


    def fresh(self, note, now, max_age):
        if self.policy.witnesses is None:
            raise Bad("level")
        if not note:
            raise Bad("checkpoint_missing")
        c, checks = self.policy.witnesses.judge(note, self.chain, self.ids)
        genuine(checks)
        if c > now + 300000:
            raise Bad("checkpoint_time")
        if c < now - max_age:
            raise Bad("checkpoint_stale")


def verdict(judge, *what):
    try:
        judge(*what)
        return "ok"
    except Bad as e:
        return str(e)


def main():
    src = sys.stdin.buffer
    chain = Chain({bytes.fromhex(src.readline().decode().strip())})
    tried = {}
    while line := src.readline():
        *words, size = line.decode().split()
        body = src.read(int(size))
        src.readline()
        tip = words[0] == "tip"
        code = words[1] if tip else words[0]
        # What only certificates and signatures of documents show is not
        # looked at here, and what the C code refused must not move us.
        if code.startswith("cert_") or code in ("doc_sig", "doc_root"):
            continue
        mine = (verdict(chain.fresh, body, int(words[2]), int(words[3]))
                if tip else verdict(chain.judge, body))
        if mine != code and not (mine.startswith("doc_") and
                                 code.startswith("doc_")):
            print("not ok %s %d: %s here, %s there: %s" %
                  ("tip" if tip else "entry", sum(tried.values()), mine, code,
                   body[:400].hex()))
            return 1
        what = "tip " + code if tip else code
        tried[what] = tried.get(what, 0) + 1
    print("ok %d entries, %d verdicts alike, %d kinds" %
          (tried.get("ok", 0), sum(tried.values()), len(tried)))
    return 0 if tried else 1


if __name__ == "__main__":
    sys.exit(main())
