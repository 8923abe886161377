# SPDX-License-Identifier: ISC
"""Every operation once with success, and with the errors that are its own:
those of chains, held keys and people from the modules that it imports."""
import base64
import hashlib
import json
import os
import sys
import time

import chain_reads
import events
import held
import log
import people
from stack import (CBOR, JSON, PEM, Chain, Client, check, definition, is_,
                   named, pem, run_tests, seen, spec, until)

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
    text = json.dumps({**body, "definition": {
        **body["definition"], "description": "\U0001f600",
        "ports": [{"port": 1}, {"port": 0}]}}, indent=1)
    a = me.call("createEnclave", body=text, type=JSON)
    is_(a, 400, "definition_bad")
    line = text[:text.index('"port": 0')].count("\n") + 1
    check([f["pointer"] for f in a.json["errors"]] ==
          ["/definition/ports/1/port"], a)
    check(a.json["errors"][0]["message"].startswith(f"line {line}: must "), a)
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


def agent_tasks():
    c = Chain(me)
    c.first(1)
    q = {"chain": c.id, "pcr0": c.say("pcr0", 1)[0]}
    check(is_(me.call("listTasks", query=q), 200).json["tasks"] == [])
    t0 = time.monotonic()
    is_(me.call("listTasks", query={**q, "wait": 1}), 200)
    check(time.monotonic() - t0 > 0.9, "it did not wait")
    c.must(c.stage(2)[1])
    tasks = until(lambda: is_(me.call(
        "listTasks", query={**q, "wait": 10}), 200).json["tasks"])
    check(tasks[0]["role"] == "seen", tasks)
    check(tasks[0]["prev"] == c.head()[0])
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
        definitions, limits_of_a_definition, *chain_reads.TESTS, *held.TESTS,
        *people.TESTS, agent_tasks, idempotency, revocations_listed,
        evidence, watched, notices, a_log, every_operation_was_seen]))
