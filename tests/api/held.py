# SPDX-License-Identifier: ISC
"""What the server keeps for those who sign: keys, stages by them, drafts.
operations.py runs these tests."""
import base64
import os
import time

import cbor
from stack import CONTROL, HOUR, OTHER, Chain, Client, check, definition, is_

me = Client(token=os.environ["ENCLD_TOKEN"])
anyone = Client()


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


TESTS = [held_keys, held_stage, drafts]
