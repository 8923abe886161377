# SPDX-License-Identifier: ISC
"""Who may do what: tokens, members, and the log of what they did.
operations.py runs these tests."""
import os
import time

from stack import Chain, Client, check, is_, token_of

me = Client(token=os.environ["ENCLD_TOKEN"])


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


TESTS = [tokens, members, audit_log]
