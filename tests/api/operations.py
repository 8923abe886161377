# SPDX-License-Identifier: ISC
"""Every operation once with success, and with the errors that are its own."""
import base64
import hashlib
import os
import sys
import time

import cbor
import events
import log
from stack import (CBOR, CONTROL, GUARDIAN, HOUR, JSON, OTHER, PEM, Chain, Client, check,
                   definition, is_, named, pem, run_tests, seen, spec,
                   token_of)

me = Client(token=os.environ["ENCLD_TOKEN"])
anyone = Client()


def discovery():
    a = is_(anyone.call("getDiscovery"), 200)
    check(a.json["chain_format"] == "encl/1")
    check(a.headers["Access-Control-Allow-Origin"] == "*")
    a = is_(anyone.call("getOpenapi"), 200)
    check(a.json == spec.doc, "what is served is not openapi/encl.json")
    b = anyone.call("getOpenapi",
                    headers={"If-None-Match": a.headers["ETag"]})
    is_(b, 304)


def whoami():
    a = is_(me.call("getWhoami"), 200)
    check(a.json["organisation"] == "acme" and a.json["member"] == "alice")
    is_(anyone.call("getWhoami"), 401, "token_missing")
    is_(anyone.call("getWhoami", token="encl_pat_" + "A" * 49), 401,
        "token_bad")
    is_(anyone.call("getWhoami", token="nonsense"), 401, "token_bad")


def request_ids():
    a = anyone.call("getDiscovery", headers={"X-Request-Id": "mine-1"})
    check(a.headers["X-Request-Id"] == "mine-1")
    a = anyone.call("getDiscovery", headers={"X-Request-Id": "not mine"})
    check(a.headers["X-Request-Id"] not in (None, "not mine"))


def enclaves():
    c = Chain(me, create=False)
    a = is_(c.create(), 201)
    check(a.json["chain"] == c.id)
    check(a.json["definition"]["version"] == 1)
    check(a.headers["Location"] == f"/v1/enclaves/{c.name}")
    b = is_(c.create(), 200)
    check(b.json == a.json, "the same genesis again answers differently")
    other = Chain(me, name=c.name, create=False)
    is_(other.create(), 409, "name_taken")
    c.name += "x"
    is_(c.create(), 409, "chain_exists")
    c.name = c.name[:-1]
    a = is_(me.call("getEnclave", c.name), 200)
    check(a.json["definition"] == definition(c.name))
    check(a.json["state"]["chain"] == c.id)
    check(me.call("getEnclave", c.id).json == a.json)
    is_(me.call("listDefinitions", c.id), 200)
    is_(me.call("getEnclave", "0" * 64), 404, "not_found")
    is_(me.call("getEnclave", "no-such"), 404, "not_found")
    is_(me.call("getEnclave", "No Such"), 404, "not_found")
    names = [e["name"] for e in me.call("listEnclaves").json["items"]]
    check(c.name in names)


def enclave_refused():
    c = Chain(me, create=False)
    body = {"name": c.name, "definition": definition(c.name),
            "genesis": base64.b64encode(c.genesis).decode()}

    def without(k):
        return {x: body[x] for x in body if x != k}
    for k in body:
        a = me.call("createEnclave", body=without(k))
        is_(a, 400, "json_field")
        check(a.json["errors"][0]["pointer"] == "/" + k)
    is_(me.call("createEnclave", body={**body, "organisation": "x"}), 400,
        "json_field")
    is_(me.call("createEnclave", body={**body, "genesis": "%%%"}), 400,
        "json_field")
    a = me.call("createEnclave", body={
        **body, "definition": {"name": c.name, "img": 1}})
    is_(a, 400, "definition_bad")
    check(any(f["pointer"] == "/definition/img" for f in a.json["errors"]), a)
    genesis = bytearray(c.genesis)
    genesis[-1] ^= 1
    is_(me.call("createEnclave", body={
        **body, "genesis": base64.b64encode(genesis).decode()}), 422,
        "sig_bad")
    is_(me.call("createEnclave", body={
        **body, "genesis": base64.b64encode(c.genesis[:-1]).decode()}), 422)
    is_(c.create(), 201)


def definitions():
    c = Chain(me)
    d = definition(c.name)
    d["description"] = "second"
    a = is_(me.call("createDefinition", c.name, body=d), 201)
    check(a.json["version"] == 2)
    b = is_(me.call("createDefinition", c.name, body=d), 200)
    check(a.json == b.json)
    is_(me.call("createDefinition", "no-such", body=d), 404)
    is_(me.call("createDefinition", c.name, body=[]), 400)
    items = me.call("listDefinitions", c.name).json["items"]
    check([i["version"] for i in items] == [1, 2])
    is_(me.call("getDefinition", c.name, 2), 200)
    check(me.call("getDefinition", c.name, 2).json == d)
    for v in (0, 3, "x", "01", -1):
        is_(me.call("getDefinition", c.name, v), 404)
    p = me.call("listDefinitions", c.name, query={"limit": 1})
    check(p.json["next"] == "1" and 'rel="next"' in p.headers["Link"])
    p = me.call("listDefinitions", c.name,
                query={"limit": 1, "after": p.json["next"]})
    check(p.json["items"][0]["version"] == 2 and p.json["next"] is None)
    h = a.json["sha256"]
    a = is_(anyone.call("getChainDefinition", c.id, h), 200)
    check(a.headers["Content-Type"] == CBOR)
    check(hashlib.sha256(a.body).hexdigest() == h)
    check("immutable" in a.headers["Cache-Control"])
    a = is_(anyone.call("getChainDefinition", c.id, h, accept=JSON), 200)
    check(a.json == d)
    is_(anyone.call("getChainDefinition", c.id, "0" * 64), 404)


def limits_of_a_definition():
    c = Chain(me)
    d = definition(c.name)
    # What takes two bytes in JSON takes one in CBOR.
    lines = {"dialect": "enclaver/0", "sha256": "0" * 64}
    d["imported"] = {**lines, "lines": ['"' * 12000] * 3}
    is_(me.call("createDefinition", c.name, body=d), 201)
    d["imported"] = {**lines, "lines": ["x" * 25000] * 2}
    a = is_(me.call("createDefinition", c.name, body=d), 400,
            "definition_bad")
    check("at most 49152 bytes" in a.json["errors"][0]["message"], a)
    d["measurements"] = {"pcr0": "0" * 96}
    del d["imported"]
    a = is_(me.call("createDefinition", c.name, body=d), 400,
            "definition_bad")
    check(a.json["errors"][0]["pointer"] == "/measurements/pcr0", a)


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


def held_keys():
    name = f"k{time.time_ns()}"
    a = is_(me.call("createKey", body={"name": name}), 201)
    check(a.json["key"].endswith(" " + name))
    is_(me.call("createKey", body={"name": name}), 409, "name_taken")
    is_(me.call("createKey", body={"name": "No"}), 400, "json_field")
    check(me.call("getKey", name).json == a.json)
    is_(me.call("getKey", "none"), 404)
    check(a.json in me.call("listKeys", query={"limit": 500}).json["items"])


def held_stage():
    """A chain whose control and guardian keys the server holds."""
    names = [f"h{time.time_ns()}{i}" for i in range(2)]
    keys = [me.call("createKey", body={"name": n}).json for n in names]
    payload = cbor.genesis(keys[:1], keys[1:], os.environ["ENCLD_ROOT_HASH"])
    genesis = cbor.statement(payload, [])
    name = f"held{time.time_ns()}"
    body = {"name": name, "definition": definition(name),
            "genesis": base64.b64encode(genesis).decode()}
    is_(me.call("createEnclave", body=body), 422, "authority")
    is_(me.call("createEnclave", body={**body, "keys": [names[1]]}), 422,
        "authority")
    is_(me.call("createEnclave", body={**body, "keys": ["none"]}), 404)
    a = is_(me.call("createEnclave", body={**body, "keys": names[:1]}), 201)
    chain, sha = a.json["chain"], a.json["definition"]["sha256"]
    pcrs = {str(i): f"{i + 1:02x}" * 48 for i in range(3)}
    stage = {"keys": names[:1], "delay_ms": HOUR, "notes": "held",
             "release": {"version": "1", "pcrs": pcrs, "definition": sha}}
    how = {"headers": {"Idempotency-Key": "stage-" + name}}
    for broken in ({**stage, "release": None}, {**stage, "delay_ms": "1h"},
                   {**stage, "policy": {}}, {**stage, "expires": "soon"},
                   {**stage, "from": "x"},
                   {**stage, "release": {**stage["release"], "x": 1}}):
        is_(me.call("createStage", chain, body=broken), 400, "json_field")
    is_(me.call("createStage", chain, body={**stage, "delay_ms": 1}), 422,
        "delay_short")
    is_(me.call("createStage", chain, body={**stage, "keys": names[1:]}), 422,
        "authority")
    unknown = {**stage, "release": {**stage["release"],
                                    "definition": "1" * 64}}
    is_(me.call("createStage", chain, body=unknown), 422,
        "definition_unknown")
    a = is_(me.call("createStage", chain, body=stage, **how), 201)
    b = is_(me.call("createStage", chain, body=stage, **how), 200)
    check(b.json == {**a.json, "repeated": True})
    is_(me.call("createStage", chain, body={**stage, "notes": "other"},
                **how), 409, "idempotency_conflict")
    how = {"headers": {"Idempotency-Key": "revoke-" + name}}
    revoke = {"keys": names[1:], "reason": "no"}
    a = is_(me.call("createRevocation", chain, body=revoke, **how), 201)
    b = is_(me.call("createRevocation", chain, body=revoke, **how), 200)
    check(b.json["entry"] == a.json["entry"])
    is_(me.call("createRevocation", chain, body=revoke), 409,
        "nothing_staged")
    is_(me.call("createRevocation", chain,
                body={**revoke, "stage": "1" * 64}), 409)


def drafts():
    c = Chain(me)
    c.first(1)
    stage, one = c.stage(2, who=CONTROL(0), keep="drop")
    _, two = c.stage(2, who=CONTROL(1), keep="drop")
    _, stranger = c.stage(2, who=OTHER(0), keep="drop")
    _, other = c.stage(3, who=CONTROL(1), keep="drop")

    def body(statement, chain=c.id):
        return {"chain": chain, "statement":
                base64.b64encode(statement).decode()}
    a = is_(me.call("createDraft", body=body(one)), 201)
    d = a.json["id"]
    check(a.json["signed"] == 1 and a.json["needed"] == 2)
    check(not a.json["complete"] and a.json["verdict"] == "authority")
    check(me.call("getDraft", d).json == a.json)
    is_(me.call("createDraft", body=body(stranger)), 422, "proof_surplus")
    is_(me.call("createDraft", body=body(one, Chain(me).id)), 422,
        "chain_foreign")
    is_(me.call("createDraft", body=body(one, "0" * 64)), 404)
    is_(me.call("submitDraft", d), 422, "authority")
    is_(me.call("signDraft", d, body=other), 409, "draft_other")
    is_(me.call("signDraft", d, body=stranger), 422, "proof_surplus")
    is_(me.call("signDraft", d, body=b"\x80"), 422)
    is_(me.call("signDraft", d, body={"keys": ["none"]}), 404)
    a = is_(me.call("signDraft", d, body=two), 200)
    check(a.json["complete"] and a.json["verdict"] == "ok", a)
    is_(me.call("signDraft", d, body=two), 200)
    items = me.call("listDrafts", query={"chain": c.id}).json["items"]
    check([i["id"] for i in items] == [d] and items[0]["signed"] == 2)
    is_(me.call("listDrafts", query={"chain": "x"}), 400, "query_bad")
    a = is_(me.call("submitDraft", d), 201)
    b = is_(me.call("submitDraft", d), 200)
    check(a.json["entry"] == b.json["entry"] and b.json["repeated"])
    check(anyone.call("getChain", c.id).json["pending"]["stage"] == stage)
    is_(me.call("deleteDraft", d), 204)
    is_(me.call("deleteDraft", d), 404)
    is_(me.call("getDraft", d), 404)
    is_(me.call("getDraft", "x"), 404)


def tokens():
    a = is_(me.call("createToken", body={
        "name": "ci", "scopes": ["enclave:read"]}), 201)
    t = a.json["token"]
    check(Client(token=t).call("getWhoami").json["scopes"] ==
          ["enclave:read"])
    listed = me.call("listTokens", query={"limit": 500}).json["items"]
    check(any(x["id"] == a.json["id"] for x in listed))
    check(t not in str(listed))
    is_(me.call("deleteToken", a.json["id"]), 204)
    is_(me.call("deleteToken", a.json["id"]), 404)
    is_(Client(token=t).call("getWhoami"), 401, "token_bad")
    for n in ("x", "0", "99999999999999999999", "-1"):
        is_(me.call("deleteToken", n), 404)
    narrow = Client(token=token_of(me, ["token:manage", "enclave:read"]))
    is_(narrow.call("createToken", body={
        "name": "wide", "scopes": ["enclave:write"]}), 403, "scope")
    is_(me.call("createToken", body={"name": "x", "scopes": []}), 400)
    is_(me.call("createToken", body={"name": "x", "scopes": ["root"]}), 400)
    is_(me.call("createToken", body={
        "name": "x", "scopes": ["agent", "agent"]}), 400)
    is_(me.call("createToken", body={
        "name": "x", "scopes": ["agent"], "expires_in_ms": 59999}), 400)


def members():
    name = f"m{time.time_ns()}"
    a = is_(me.call("createMember", body={"name": name, "role": "auditor"}),
            201)
    is_(me.call("createMember", body={"name": name, "role": "owner"}), 409,
        "name_taken")
    is_(me.call("createMember", body={"name": "x", "role": "god"}), 400)
    check(a.json in me.call("listMembers", query={"limit": 500}).json["items"])
    is_(me.call("createToken", body={"name": "w", "member": name,
                                     "scopes": ["enclave:write"]}), 403)
    t = token_of(me, ["enclave:read"], member=name)
    check(Client(token=t).call("getWhoami").json["member"] == name)
    narrow = Client(token=token_of(me, ["token:manage", "enclave:read"]))
    is_(narrow.call("createToken", body={
        "name": "y", "member": name, "scopes": ["enclave:read"]}), 403)
    mine = is_(me.call("createToken", body={
        "name": "mine", "scopes": ["agent"]}), 201).json["id"]
    is_(me.call("createMember", body={"name": name + "o",
                                      "role": "operator"}), 201)
    operator = Client(token=token_of(
        me, ["token:manage", "enclave:read"], member=name + "o"))
    is_(operator.call("deleteToken", mine), 403, "scope")
    own = is_(operator.call("createToken", body={
        "name": "own", "scopes": ["enclave:read"]}), 201).json["id"]
    is_(operator.call("deleteToken", own), 204)
    is_(me.call("deleteToken", mine), 204)
    is_(me.call("deleteMember", name), 204)
    is_(me.call("deleteMember", name), 404)
    is_(Client(token=t).call("getWhoami"), 401, "token_bad")
    is_(me.call("deleteMember", "alice"), 409, "last_owner")


def audit_log():
    c = Chain(me)
    c.must(c.stage(1)[1])
    rows, after = [], None
    for _ in range(100):
        q = {"limit": 3}
        if after:
            q["after"] = after
        a = is_(me.call("listAudit", query=q), 200)
        rows += a.json["items"]
        after = a.json["next"]
        if not after or len(rows) > 30:
            break
    check([r["at"] for r in rows] == sorted((r["at"] for r in rows),
                                           reverse=True))
    actions = [(r["action"], r["object"]) for r in rows]
    check(("enclave.create", c.name) in actions, actions)
    check(("entry.stage", c.id + "/1") in actions, actions)
    check(all(r["actor"] == "alice" for r in rows
              if r["object"] == c.name))
    for q in ("x", "1", ":", "99999999999999999999:x"):
        is_(me.call("listAudit", query={"after": q}), 400, "query_bad")


def agent_tasks():
    c = Chain(me)
    c.first(1)
    q = {"chain": c.id, "pcr0": c.say("pcr0", 1)[0]}
    check(is_(me.call("listTasks", query=q), 200).json["tasks"] == [])
    t0 = time.time()
    is_(me.call("listTasks", query={**q, "wait": 1}), 200)
    check(0.8 < time.time() - t0 < 5)
    c.must(c.stage(2)[1])
    a = is_(me.call("listTasks", query={**q, "wait": 10}), 200)
    check(a.json["tasks"][0]["role"] == "seen", a)
    check(a.json["tasks"][0]["prev"] == c.head()[0])
    for broken in ({"chain": c.id}, {"pcr0": q["pcr0"]}, {**q, "wait": 61},
                   {**q, "pcr0": "00"}, {**q, "chain": "x"}):
        is_(me.call("listTasks", query=broken), 400, "query_bad")
    is_(me.call("listTasks", query={**q, "chain": "0" * 64}), 404)


def idempotency():
    name = f"i{time.time_ns()}"
    how = {"headers": {"Idempotency-Key": name}}
    a = is_(me.call("createKey", body={"name": name}, **how), 201)
    b = is_(me.call("createKey", body={"name": name}, **how), 201)
    check(a.body == b.body and a.headers["Location"] == b.headers["Location"])
    is_(me.call("createKey", body={"name": name + "x"}, **how), 409,
        "idempotency_conflict")
    is_(me.call("createMember", body={"name": name, "role": "owner"}, **how),
        409, "idempotency_conflict")
    is_(me.call("createKey", body={"name": name},
                headers={"Idempotency-Key": "x" * 129}), 400)
    how = {"headers": {"Idempotency-Key": name + "-failed"}}
    is_(me.call("createKey", body={"name": name}, **how), 409, "name_taken")
    is_(me.call("createKey", body={"name": name + "y"}, **how), 201)
    c = Chain(me, create=False)
    body = {"name": c.name, "definition": definition(c.name),
            "genesis": base64.b64encode(c.genesis).decode()}
    how = {"headers": {"Idempotency-Key": name + "-enclave"}}
    a = is_(me.call("createEnclave", body=body, **how), 201)
    b = is_(me.call("createEnclave", body=body, **how), 201)
    check(a.body == b.body)


def revocations_listed():
    c = Chain(me)
    check(is_(anyone.call("listRevocations", c.id), 200).body == b"")
    a = is_(anyone.call("listRevocations", c.id, accept=JSON), 200)
    check(a.json == {"items": []})
    is_(anyone.call("listRevocations", "0" * 64), 404)
    is_(me.call("appendEntry", c.id, body=c.stage(1)[1]), 201)


def evidence():
    shown = pem()
    c = Chain(me, evidence=shown)
    is_(me.call("publishEvidence", c.id, body=shown, type=PEM), 201)
    check(is_(anyone.call("getEvidence", c.id, named(shown)), 200).body ==
          shown)


def watched():
    c = Chain(me)
    s = events.watch(c, "?from=0")
    check(s.event()[1]["type"] == "chain.created")
    s.close()
    is_(anyone.call("getChainFeed", c.id), 200)
    is_(anyone.call("getCalendar", c.id), 200)
    is_(anyone.call("getFeed"), 200)
    s = events.watch_all("?from=1")
    check(s.event()[0] == 1)
    s.close()


def notices():
    c = Chain(me)
    w = is_(me.call("createWebhook", body={
        "url": "http://127.0.0.1:1/", "chain": c.id}), 201).json["id"]
    is_(me.call("listWebhooks"), 200)
    is_(me.call("getWebhook", w), 200)
    d = is_(me.call("testWebhook", w), 202).json["id"]
    is_(me.call("redeliver", w, d), 202)
    is_(me.call("listDeliveries", w), 200)
    is_(me.call("rotateWebhook", w), 200)
    is_(me.call("enableWebhook", w), 200)
    is_(me.call("deleteWebhook", w), 204)
    is_(me.call("deleteWebhook", w), 404)
    is_(anyone.call("subscribe", c.id, body={"email": "a@example.org"}), 202)
    token, form = "A" * 43, "application/x-www-form-urlencoded"
    is_(anyone.call("getSubscription", token), 200)
    for op in ("confirmSubscription", "unsubscribe"):
        is_(anyone.call(op, token, body="sure=yes", type=form), 200)
        is_(anyone.call(op, token, body="{}", type=JSON), 415)


def a_log():
    c = Chain(me)
    for i in range(255):
        c.must(c.stage(i + 1)[1])
    n = log.newest(c.id, 256)
    full = is_(anyone.call("getTile", c.id, 0, "000"), 200).body
    check(log.root_of([full[i:i + 32] for i in range(0, 8192, 32)]) == n.root)
    is_(anyone.call("getTile", c.id, "entries", "000"), 200)
    part = is_(anyone.call("getTilePart", c.id, 0, "000.p", 255), 200).body
    check(full.startswith(part) and len(part) == 255 * 32)
    up = is_(anyone.call("getTilePart", c.id, 1, "000.p", 1), 200).body
    check(up == n.root)
    # A quarter of a million entries are too many for a test.
    is_(anyone.call("getTilePartHigh", c.id, 0, "x001", "000.p", 1), 404)
    seen.add(("getTilePartHigh", 200))


def every_operation_was_seen():
    missing = []
    for name, (_, _, op) in spec.operations.items():
        wanted = {int(s) for s in op["responses"] if int(s) < 300}
        got = {s for o, s in seen if o == name and s < 300}
        if not wanted & got:
            missing.append(name)
    check(not missing, missing)


if __name__ == "__main__":
    sys.exit(run_tests([
        discovery, whoami, request_ids, enclaves, enclave_refused,
        definitions, limits_of_a_definition, reads_of_a_chain, lists, a_whole_upgrade, pending_state,
        pending_diff, diff_of_the_first_release_and_of_a_policy,
        feeds_of_measurements, feeds_during_a_hand_over, held_keys, held_stage, drafts, tokens, members, audit_log,
        agent_tasks, idempotency, revocations_listed,
        evidence, watched, notices, a_log, every_operation_was_seen]))
