# SPDX-License-Identifier: ISC
"""What anybody reads of a chain: entries, state, lists, what is pending.
operations.py runs these tests."""
import base64
import os

import log
from stack import GUARDIAN, HOUR, JSON, Chain, Client, check, definition, is_

me = Client(token=os.environ["ENCLD_TOKEN"])
anyone = Client()


def reads_of_a_chain():
    c = Chain(me)
    c.first(1)
    stage, _ = c.stage(2, keep="drop")
    log.newest(c.id, 3)
    a = is_(anyone.call("getChain", c.id), 200)
    while a.json["log"]["size"] < 3:
        a = is_(anyone.call("getChain", c.id), 200)
    check(a.json["head"] == c.head()[0] and a.json["in_force"]["version"])
    check(a.headers["ETag"].startswith(f'"{a.json["head"][:32]}.'))
    is_(anyone.call("getChain", c.id,
                    headers={"If-None-Match": a.headers["ETag"]}), 304)
    check(anyone.call("getChain", c.id).body == a.body)
    is_(anyone.call("getChain", "0" * 64), 404, "not_found")
    is_(anyone.call("getChain", "xyz"), 404, "not_found")
    is_(anyone.call("getChain", c.id.upper()), 404, "not_found")
    a = is_(anyone.call("listEntries", c.id), 200)
    mine = b"".join(bytes.fromhex(c.say("entry", i)[0]) for i in range(3))
    check(a.body == mine, "served bytes are not the stored ones")
    check(a.headers["Content-Type"] == "application/cbor-seq")
    check("immutable" not in a.headers["Cache-Control"])
    a = is_(anyone.call("listEntries", c.id, query={"limit": 2}), 200)
    check("immutable" in a.headers["Cache-Control"])
    check("from=2" in a.headers["Link"])
    a = is_(anyone.call("listEntries", c.id, query={"from": 2, "limit": 1},
                        accept=JSON), 200)
    check(a.json["items"][0]["kind"] == "receipt" and a.json["next"] is None)
    check(base64.b64decode(a.json["items"][0]["cbor"]) ==
          bytes.fromhex(c.say("entry", 2)[0]))
    a = is_(anyone.call("listEntries", c.id, accept=JSON), 200)
    check([e["kind"] for e in a.json["items"]] ==
          ["genesis", "stage", "receipt"])
    a = is_(anyone.call("listEntries", c.id, query={"from": 99}), 200)
    check(a.body == b"")
    for q in ({"limit": 0}, {"limit": 501}, {"limit": "x"}, {"from": -1},
              {"form": 0}, {"from": "1e3"}):
        is_(anyone.call("listEntries", c.id, query=q), 400, "query_bad")
    for n in range(3):
        a = is_(anyone.call("getEntry", c.id, n), 200)
        check(a.body == bytes.fromhex(c.say("entry", n)[0]))
        check("immutable" in a.headers["Cache-Control"])
        a = is_(anyone.call("getEntry", c.id, n, accept=JSON), 200)
        check(a.json["seq"] == n)
    for n in (3, "x", "01", "-1", "9" * 30):
        is_(anyone.call("getEntry", c.id, n), 404, "not_found")
    a = is_(anyone.call("getBundle", c.id), 200)
    check(mine in a.body, "the entries are not in the bundle")
    is_(anyone.call("getBundle", c.id,
                    headers={"If-None-Match": a.headers["ETag"]}), 304)
    a = is_(anyone.call("getMeasurements", c.id), 200)
    check([s["status"] for s in a.json["sets"]] == ["in_force"])
    a = is_(anyone.call("findMeasurement", c.say("pcr0", 1)[0]), 200)
    check(any(u["chain"] == c.id and u["status"] == "in_force"
              for u in a.json["items"]))
    is_(anyone.call("findMeasurement", "f" * 96), 200)
    is_(anyone.call("findMeasurement", "f" * 95), 404)


def lists():
    ids = [Chain(me).id for _ in range(3)]
    after, found = None, []
    for _ in range(1000):
        q = {"limit": 2}
        if after:
            q["after"] = after
        a = is_(anyone.call("listChains", query=q), 200)
        found += [i["chain"] for i in a.json["items"]]
        after = a.json["next"]
        check(bool(after) == ("Link" in a.headers))
        if not after:
            break
    check(found == sorted(found) and len(found) == len(set(found)))
    check(set(ids) <= set(found))
    for q in ({"after": "x"}, {"after": ""}, {"limit": 501}, {"offset": 1}):
        is_(anyone.call("listChains", query=q), 400, "query_bad")


def a_whole_upgrade():
    c = Chain(me)
    c.first(1)
    c.upgrade(2, 1)
    v = anyone.call("getChain", c.id).json
    check(v["in_force"]["version"] == "v2" and v["upgrades"] == 2)
    check(v["pending"] is None and v["phase"] == "open")


def pending_state():
    c = Chain(me)
    c.first(1)
    stage, t = c.stage(2)
    c.must(t)
    p = anyone.call("getChain", c.id).json["pending"]
    check(p["stage"] == stage and p["waiting_for"][0] == "notice", p)
    c.must(c.receipt("seen", 1), token="")
    p = anyone.call("getChain", c.id).json["pending"]
    check(p["notice"] and p["earliest"] and "window" in p["waiting_for"], p)
    sets = anyone.call("getMeasurements", c.id).json["sets"]
    check([s["status"] for s in sets] == ["in_force", "pending"], sets)


def pending_diff():
    c = Chain(me)
    a = is_(anyone.call("getPendingDiff", c.id), 200)
    check(a.json == {"chain": c.id, "head": c.head()[0], "diff": None})
    c.first(1)
    d = definition(c.name)
    d["egress"] = {"default": "deny", "rules": [
        {"host": "api.x", "ports": [443]}]}
    d["resources"] = {"cpus": 2, "memory_mib": 1024}
    h = me.call("createDefinition", c.name, body=d).json["sha256"]
    stage, t = c.stage(2, definition=h)
    c.must(t)
    b = is_(anyone.call("getPendingDiff", c.id), 200)
    check(a.headers["ETag"] != b.headers["ETag"])
    is_(anyone.call("getPendingDiff", c.id,
                    headers={"If-None-Match": b.headers["ETag"]}), 304)
    x = b.json["diff"]
    check(x["stage"] == stage and x["was"] == "v1" and x["version"] == "v2")
    check(x["pcr_diff"]["0"] == {"was": c.say("pcr0", 1)[0],
                                 "now": c.say("pcr0", 2)[0], "changed": True})
    check(x["definition"] == {"was": c.definition, "now": h, "changed": True})
    check([(i["text"], i["widens"]) for i in x["definition_diff"]] == [
        ("adds egress api.x:443", True), ("adds 2 CPUs", False),
        ("adds memory 1 GiB", False)], x)
    c.must(c.revoke(GUARDIAN(0)))
    _, t = c.stage(2)
    c.must(t)
    x = anyone.call("getPendingDiff", c.id).json["diff"]
    check(x["definition_diff"] == [] and not x["definition"]["changed"])


def diff_of_the_first_release_and_of_a_policy():
    c = Chain(me)
    _, t = c.stage(1)
    c.must(t)
    x = anyone.call("getPendingDiff", c.id).json["diff"]
    check(x["was"] is None and x["definition"]["was"] is None)
    check(x["pcr_diff"]["0"]["was"] is None)
    check([i["text"] for i in x["definition_diff"]] == [
        f"adds name {c.name}", f"adds image registry.example.org/{c.name}:1"])
    c = Chain(me)
    c.first(1)
    stage, t = c.policy(2 * HOUR)
    c.must(t)
    x = anyone.call("getPendingDiff", c.id).json["diff"]
    check(x["kind"] == "policy" and x["stage"] == stage)
    check(x["policy"]["now"]["min_delay_ms"] == 2 * HOUR)
    check(x["policy"]["changed"])


def feed(c, name, tag=None):
    h = {"If-None-Match": tag} if tag else {}
    return anyone.call("getMeasurements", c.id, query={"format": name},
                       headers=h)


def feeds_of_measurements():
    c = Chain(me)
    is_(feed(c, "nitro"), 400, "query_bad")
    check(feed(c, "evervault").json == [])
    c.first(1)
    names = ("sets", "evervault", "terraform", "kms")
    tags = {n: is_(feed(c, n), 200).headers["ETag"] for n in names}
    check(len(set(tags.values())) == 4, "two forms have one ETag")
    check(feed(c, "sets").json == anyone.call("getMeasurements", c.id).json)
    for n in names:
        is_(feed(c, n, tags[n]), 304)
    pcr = [c.say("pcr0", v)[0] for v in (1, 2)]
    a = feed(c, "evervault").json
    check([s["PCR0"] for s in a] == pcr[:1] and a[0]["notBefore"], a)
    _, t = c.stage(2)
    c.must(t)
    c.must(c.receipt("seen", 1), token="")
    c.must(c.receipt("accepted", 2), token="")
    check(len(feed(c, "sets").json["sets"]) == 2)
    for n in names[1:]:
        check(feed(c, n).json != [] and pcr[1] not in
              feed(c, n).body.decode(), f"{n} has it before the window ends")


def feeds_during_a_hand_over():
    c = Chain(me, min_delay=HOUR)
    c.clock(c.now - 2 * HOUR)
    c.first(1)
    _, t = c.stage(2)
    c.must(t)
    c.must(c.receipt("seen", 1), token="")
    tag = feed(c, "kms").headers["ETag"]
    check(len(feed(c, "kms").json["conditions"]) == 1,
          "code that has not accepted is given the key")
    c.must(c.receipt("accepted", 2), token="")
    check(feed(c, "kms").headers["ETag"] != tag)
    pcr = [c.say("pcr0", v)[0] for v in (1, 2)]
    a = feed(c, "terraform").json
    check(a["enclave_pcr0_hashes"] == pcr, a)
    check([s["status"] for s in a["enclave_measurements"]] ==
          ["in_force", "pending"])
    name = "kms:RecipientAttestation:PCR0"
    a = feed(c, "kms")
    check([s["Condition"]["StringEquals"][name]
           for s in a.json["conditions"]] == pcr, a.json)
    check(a.json["conditions"][1]["not_after"], a.json)
    is_(c.append(c.revoke(GUARDIAN(0))), 201)
    check(len(feed(c, "kms").json["conditions"]) == 1)


TESTS = [reads_of_a_chain, lists, a_whole_upgrade, pending_state, pending_diff,
         diff_of_the_first_release_and_of_a_policy, feeds_of_measurements,
         feeds_during_a_hand_over]
