# SPDX-License-Identifier: ISC
"""Evidence of keys: who may publish what, who may read it, and what the
chain's view says before and after."""
import hashlib
import os
import ssl
import subprocess
import sys

from soak import fsck_is_clean
from stack import (BUILD, CONTROL, HOUR, PEM, Chain, Client, check, is_, named,
                   numbers, pem, run_tests, token_of, until)

END = "-----END CERTIFICATE-----\n"
with open(os.environ["ENCLD_EVIDENCE_ROOTS"], encoding="ascii") as f:
    MAKERS = {hashlib.sha256(ssl.PEM_cert_to_DER_cert(x + END)).hexdigest()
              for x in f.read().split(END)[:-1]}
me = Client(token=os.environ["ENCLD_TOKEN"])
nobody = Client()
FOREIGN = subprocess.run(
    [BUILD + "/bin/encld", "org", "create", f"ev{os.getpid()}", "--owner",
     "mallory"], check=True, capture_output=True).stdout.decode().strip()


def publish(chain, bundle, client=me, **how):
    return client.call("publishEvidence", chain.id, body=bundle, type=PEM,
                       **how)


def get(chain, bundle, client=nobody, **how):
    return client.call("getEvidence", chain.id, named(bundle), **how)


def sql(query):
    return subprocess.run([os.environ["PG_BIN"] + "/psql", "-qAtc", query],
                          check=True, capture_output=True).stdout.decode()


def what_a_policy_names_is_published_once():
    b = pem()
    c = Chain(me, evidence=b)
    is_(get(c, b), 404, "not_found")
    a = is_(publish(c, b), 201)
    check(a.json == {"chain": c.id, "evidence": named(b), "repeated": False})
    check(a.headers["Location"] == f"/v1/chains/{c.id}/evidence/{named(b)}")
    a = is_(publish(c, b), 200)
    check(a.json["repeated"] is True)
    rows = [r for r in me.call("listAudit", query={"limit": 500}).json["items"]
            if r["object"] == f"{c.id}/{named(b)}"]
    check([r["action"] for r in rows] == ["evidence.publish"], rows)


def it_is_served_as_it_came_for_ever():
    b = pem()
    c = Chain(me, evidence=b)
    is_(publish(c, b), 201)
    a = is_(get(c, b), 200)
    check(a.body == b and a.headers["Content-Type"] == PEM)
    check(a.headers["Cache-Control"] ==
          "public, max-age=31536000, immutable", a.headers)
    is_(get(c, b, headers={"If-None-Match": a.headers["ETag"]}), 304)


def nothing_else_is_taken():
    b = pem()
    c = Chain(me, evidence=b)
    other = pem()
    d = Chain(me, evidence=other)
    text = b"-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n"
    for body, status, code in (
            (pem(), 422, "evidence_hash"),        # named nowhere
            (other, 422, "evidence_hash"),        # named by another chain
            (b + b, 422, "evidence_hash"),        # another bundle with it
            (b[:-1] + b"x", 422, "evidence_bad"),
            (b + b"\0", 422, "evidence_bad"),
            (b"<html>" + b, 422, "evidence_bad"),
            (b + b"<html>", 422, "evidence_bad"),
            (text, 422, "evidence_bad"),
            (b"x", 422, "evidence_bad"),
            (b"", 400, "body_missing"),
            (b"x" * 16384, 422, "evidence_bad"),
            (b"x" * 16385, 413, "body_too_large")):
        is_(publish(c, body), status, code)
    is_(me.call("publishEvidence", c.id, body=b, type="text/plain"), 415,
        "media_type")
    is_(publish(d, other), 201)
    is_(get(c, other), 404, "not_found")
    is_(get(c, b), 404, "not_found")
    check(sql(f"SELECT count(*) FROM encl.evidence WHERE chain = '\\x{c.id}'")
          == "0\n")


def only_its_owner_publishes():
    b = pem()
    for private in (False, True):
        c = Chain(me, evidence=b, private=private)
        is_(publish(c, b, nobody), 401, "token_missing")
        is_(publish(c, b, token=FOREIGN), 404, "not_found")
        is_(publish(c, pem(), token=FOREIGN), 404, "not_found")
        is_(publish(c, b, token=token_of(me, ["enclave:read"])), 403, "scope")
        is_(publish(c, b, token=token_of(me, ["upgrade:stage"])), 201)


def a_private_chain_shows_it_to_its_owner_alone():
    b = pem()
    c = Chain(me, evidence=b, private=True)
    is_(publish(c, b), 201)
    unknown = ("0" if c.id[0] != "0" else "1") + c.id[1:]
    for token in ("", FOREIGN):
        how = {"token": token, "headers": {"X-Request-Id": "same"}}
        a = nobody.call("getEvidence", c.id, named(b), **how)
        e = nobody.call("getEvidence", unknown, named(b), **how)
        check(a.status == 404 and a.body == e.body, (a, e))
        check({k: v for k, v in a.headers.items() if k != "Date"} ==
              {k: v for k, v in e.headers.items() if k != "Date"})
    a = is_(get(c, b, me), 200)
    check(a.headers["Cache-Control"] == "no-store")


def the_open_stage_and_the_past_count_too():
    old, new, never = pem(), pem(), pem()
    c = Chain(me, evidence=old)
    c.first(1)
    is_(publish(c, new), 422, "evidence_hash")
    c.must(c.policy(HOUR, evidence=new)[1])
    is_(publish(c, new), 201)
    c.must(c.receipt("seen", 1), token="")
    c.clock(c.now + 2 * HOUR)
    c.must(c.receipt("released", 1), token="")
    is_(publish(c, old), 201)
    c.policy(HOUR, evidence=never, keep="drop")
    is_(publish(c, never), 422, "evidence_hash")


def bundles_carry_it():
    b = pem()
    c = Chain(me, evidence=b)
    before = is_(nobody.call("getBundle", c.id), 200)
    is_(publish(c, b), 201)
    after = is_(nobody.call("getBundle", c.id,
                            headers={"If-None-Match":
                                     before.headers["ETag"]}), 200)
    tail = after.body[len(before.body):]
    check(after.body.startswith(before.body))
    check(tail.startswith(b"\x82\x6fencl/1/evidence") and tail.endswith(b),
          tail)


def key_of(answer, of="policy"):
    policy = answer.json["pending"]["policy"] if of == "pending" \
        else answer.json["policy"]
    for k in policy["control"][1:] + policy["guardians"]:
        check("hardware" not in k and "evidence" not in k, k)
    return policy["control"][0]


def view(chain, **how):
    return is_(nobody.call("getChain", chain.id, **how), 200)


def settled(chain):
    """Once its newest entry is under a checkpoint, the view stays."""
    def shown():
        a = view(chain)
        log = a.json["log"]
        return log and log["size"] == a.json["seq"] + 1 and a
    return until(shown, "no checkpoint")


def held_in_hardware_is_said_when_it_verifies():
    c = Chain(me, evidence=lambda c: c.attest())
    before = settled(c)
    check(key_of(before)["evidence"] == named(c.evidence))
    check(key_of(before)["hardware"] ==
          {"verified": False, "reason": "not_published"})
    is_(publish(c, c.evidence), 201)
    after = view(c, headers={"If-None-Match": before.headers["ETag"]})
    said = key_of(after)["hardware"]
    root = said.pop("root")
    check(said == {"verified": True, "touch": "always", "pin": "once",
                   "firmware": "5.7.4"}, said)
    check(root in MAKERS, root)
    check(b"17654321" not in after.body)
    check(view(c).body == after.body)
    is_(nobody.call("getChain", c.id,
                    headers={"If-None-Match": after.headers["ETag"]}), 304)


def nothing_is_said_for_what_does_not_verify():
    other = Chain(me, evidence=lambda c: c.attest())
    for make, reason in (
            (lambda c: c.attest(maker=1), "evidence_bad"),  # not trusted here
            (lambda c: c.attest(touch=1), "evidence_weak"),
            (lambda c: c.attest(touch=3), "evidence_weak"),
            (lambda c: other.evidence, "evidence_key"),  # another's key
            (lambda c: pem(), "evidence_bad")):
        c = Chain(me, evidence=make)
        is_(publish(c, c.evidence), 201)
        said = key_of(view(c))["hardware"]
        check(said["verified"] is False and said["reason"] == reason, said)
        check(("touch" in said) == (reason == "evidence_weak"), said)


def every_trusted_maker_counts():
    c = Chain(me, evidence=lambda c: c.attest(maker=3))
    is_(publish(c, c.evidence), 201)
    check(key_of(view(c))["hardware"]["verified"] is True)


def a_staged_policy_has_its_own():
    c = Chain(me)
    c.first(1)
    b = c.attest()
    c.must(c.policy(HOUR, evidence=b)[1])
    check("hardware" not in key_of(view(c)))
    check(key_of(view(c), "pending")["hardware"]["reason"] == "not_published")
    is_(publish(c, b), 201)
    check(key_of(view(c), "pending")["hardware"]["verified"] is True)
    c.must(c.receipt("seen", 1), token="")
    check(key_of(view(c), "pending")["hardware"]["verified"] is True)
    c.clock(c.now + 2 * HOUR)
    c.must(c.receipt("released", 1), token="")
    check(key_of(view(c))["hardware"]["verified"] is True)


def entries_say_what_was_signed_and_no_more():
    c = Chain(me, evidence=lambda c: c.attest())
    is_(publish(c, c.evidence), 201)
    a = is_(nobody.call("listEntries", c.id, accept="application/json"), 200)
    k = a.json["items"][0]["payload"]["policy"]["control"][0]
    check(k["evidence"] == named(c.evidence) and "hardware" not in k)


def no_log_line_has_it():
    b = pem()
    c = Chain(me, evidence=b)
    is_(publish(c, b), 201)
    d = Chain(me, evidence=lambda c: c.attest())
    is_(publish(d, d.evidence), 201)
    check(key_of(view(d))["hardware"]["verified"] is True)
    check("17654321" not in sql("SELECT * FROM encl.audit_log"))
    with open(os.environ["ENCLD_DIR"] + "/log", "rb") as f:
        log = f.read()
    check(b"publishEvidence" in log)
    check(b"17654321" not in log)
    check(b.split(b"\n")[1] not in log and b"CERTIFICATE" not in log)


if __name__ == "__main__":
    sys.exit(run_tests([
        what_a_policy_names_is_published_once,
        it_is_served_as_it_came_for_ever, nothing_else_is_taken,
        only_its_owner_publishes, a_private_chain_shows_it_to_its_owner_alone,
        the_open_stage_and_the_past_count_too, bundles_carry_it,
        held_in_hardware_is_said_when_it_verifies,
        nothing_is_said_for_what_does_not_verify, every_trusted_maker_counts,
        a_staged_policy_has_its_own, entries_say_what_was_signed_and_no_more,
        no_log_line_has_it, fsck_is_clean]))
