# SPDX-License-Identifier: ISC
"""Every operation, taken from the document, as everybody: nobody, a token that
expired or was revoked, another organisation, too few scopes, just enough.
What belongs to somebody else answers byte for byte like what is not there."""
import base64
import os
import subprocess
import sys

from stack import (BUILD, CBOR, CONTROL, GUARDIAN, HOUR, JSON, PEM, Chain,
                   Client, check, definition, is_, named, numbers, pem,
                   run_tests, spec, token_of, until)

ME = os.environ["ENCLD_TOKEN"]
me = Client(token=ME)
FORM = "application/x-www-form-urlencoded"
ALL = spec.doc["components"]["schemas"]["Scope"]["enum"]


def other_organisation():
    out = subprocess.run([BUILD + "/bin/encld", "org", "create",
                          f"org{os.getpid()}-{next(numbers)}", "--owner",
                          "mallory"], check=True, capture_output=True)
    return out.stdout.decode().strip()


def sql(statement):
    subprocess.run([os.environ["PG_BIN"] + "/psql", "-q", "-c", statement],
                   check=True, stdout=subprocess.DEVNULL)


FOREIGN = other_organisation()


class Things:
    """One of everything, of the organisation acme: what the operations are
    called with."""

    def __init__(self, private):
        shown = pem()
        self.chain = c = Chain(me, private=private, evidence=shown)
        is_(me.call("publishEvidence", c.id, body=shown, type=PEM), 201)
        c.first(1)
        n = f"x{os.getpid()}-{next(numbers)}"
        is_(me.call("createKey", body={"name": n}), 201)
        is_(me.call("createMember", body={"name": n, "role": "operator"}),
            201)
        t = is_(me.call("createToken", body={
            "name": n, "scopes": ["agent"]}), 201).json["id"]
        self.one = c.stage(2, who=CONTROL(0), keep="drop")[1]
        self.two = c.stage(2, keep="drop")[1]
        d = is_(me.call("createDraft", body=self.draft()), 201).json["id"]
        w = is_(me.call("createWebhook", body=self.hook()), 201).json["id"]
        sent = is_(me.call("testWebhook", w), 202).json["id"]
        until(lambda: me.call("getCheckpoint", c.id).status == 200)
        pcrs = dict(zip("012", c.say("pcr0", 3)))
        self.args = {
            "getChain": (c.id,), "listEntries": (c.id,),
            "appendEntry": (c.id,), "getEntry": (c.id, 1),
            "getBundle": (c.id,), "listRevocations": (c.id,),
            "createRevocation": (c.id,), "getMeasurements": (c.id,),
            "getPendingDiff": (c.id,), "watchChain": (c.id,),
            "getChainFeed": (c.id,), "getCalendar": (c.id,),
            "getChainDefinition": (c.id, c.definition),
            "createStage": (c.id,),
            "publishEvidence": (c.id,),
            "getEvidence": (c.id, named(shown)),
            "getCheckpoint": (c.id,), "getTile": (c.id, 0, "000"),
            "getTilePart": (c.id, 0, "000.p", 1),
            "getTilePartHigh": (c.id, 0, "x001", "000.p", 1),
            "findMeasurement": (c.say("pcr0", 1)[0],),
            "getEnclave": (c.name,), "listDefinitions": (c.name,),
            "createDefinition": (c.name,), "getDefinition": (c.name, 1),
            "getKey": (n,), "getDraft": (d,), "deleteDraft": (d,),
            "signDraft": (d,), "submitDraft": (d,), "deleteToken": (t,),
            "deleteMember": (n,), "redeliver": (w, sent),
            "subscribe": (c.id,)}
        for operation in ("getSubscription", "confirmSubscription",
                          "unsubscribe"):
            self.args[operation] = ("A" * 43,)
        for operation in ("getWebhook", "deleteWebhook", "rotateWebhook",
                          "enableWebhook", "testWebhook", "listDeliveries"):
            self.args[operation] = (w,)
        self.query = {"listTasks": {"chain": c.id,
                                    "pcr0": c.say("pcr0", 1)[0]}}
        self.body = {
            "appendEntry": self.two,
            "createRevocation": {"keys": [n], "reason": "no"},
            "publishEvidence": shown,
            "createStage": {"keys": [n], "delay_ms": HOUR, "release": {
                "version": "3", "pcrs": pcrs, "definition": c.definition}},
            "createEnclave": lambda: self.enclave(),
            "createDefinition": {**definition(c.name), "description": n},
            "createKey": lambda: {"name": f"y{next(numbers)}"},
            "createDraft": self.draft(),
            "signDraft": self.two,
            "createToken": lambda: {"name": "t", "scopes": ["agent"]},
            "createMember": lambda: {"name": f"z{next(numbers)}",
                                     "role": "auditor"},
            "createWebhook": self.hook(),
            "subscribe": {"email": "a@example.org"},
            "confirmSubscription": b"a=b", "unsubscribe": b"a=b"}

    def hook(self):
        return {"url": "http://127.0.0.1:1/", "chain": self.chain.id}

    def draft(self):
        return {"chain": self.chain.id, "statement":
                base64.b64encode(self.one).decode()}

    @staticmethod
    def enclave():
        c = Chain(me, create=False)
        return {"name": c.name, "definition": definition(c.name), "genesis":
                base64.b64encode(c.genesis).decode()}

    def call(self, operation, token, unknown=False):
        args = self.args.get(operation, ())
        type = {"publishEvidence": PEM, "confirmSubscription": FORM,
                "unsubscribe": FORM}.get(operation)
        query = self.query.get(operation)
        body = self.body.get(operation)
        if callable(body):
            body = body()
        if unknown:
            args = tuple(self.unknown(a) for a in args[:1]) + args[1:]
            if query:
                query = {**query, "chain": self.unknown(query["chain"])}
            if isinstance(body, dict) and "chain" in body:
                body = {**body, "chain": self.unknown(body["chain"])}
        return Client().call(operation, *args, query=query, body=body,
                             type=type, token=token, headers={"X-Request-Id": "same"})

    @staticmethod
    def unknown(arg):
        arg = str(arg)
        if arg.isdigit():
            return "987654321"
        return ("0" if arg[0] != "0" else "1") + arg[1:]


PUBLIC, PRIVATE = Things(False), Things(True)


def who(operation):
    security = spec.operations[operation][2]["security"]
    if not security:
        return "anyone", []
    if security[0] == {}:
        return "either", []
    return "token", security[0]["bearer"]


def same(a, b):
    """Nothing tells the two answers apart."""
    ha = {k: v for k, v in a.headers.items() if k != "Date"}
    hb = {k: v for k, v in b.headers.items() if k != "Date"}
    return a.status == b.status and a.body == b.body and ha == hb


def nobody():
    for operation in spec.operations:
        if who(operation)[0] != "token":
            continue
        a = PUBLIC.call(operation, token="")
        check(a.status == 401 and a.code == "token_missing", (operation, a))
        check(a.headers["WWW-Authenticate"].startswith("Bearer"))


def tokens_that_are_none():
    expired = token_of(me, ALL, name="expired")
    sql("UPDATE encl.token SET created = now() - interval '2 h',"
        " expires = now() - interval '1 s' WHERE name = 'expired'")
    a = is_(me.call("createToken", body={"name": "gone", "scopes": ALL}), 201)
    revoked = a.json["token"]
    is_(me.call("deleteToken", a.json["id"]), 204)
    good = token_of(me, ALL)
    typo = good[:-1] + ("0" if good[-1] != "0" else "1")
    for operation in spec.operations:
        answers = [PUBLIC.call(operation, token=t) for t in
                   (expired, revoked, typo, "x")]
        for a in answers:
            check(a.status == 401 and a.code == "token_bad", (operation, a))
            check(same(a, answers[0]), (operation, a, answers[0]))


def too_few_scopes():
    for operation in spec.operations:
        kind, scopes = who(operation)
        if kind != "token" or not scopes:
            continue
        without = [s for s in ALL if s not in scopes]
        a = PUBLIC.call(operation, token=token_of(me, without))
        check(a.status == 403 and a.code == "scope", (operation, a))


# What reads or makes only what is the caller's own.
OWN = {"listEnclaves", "createEnclave", "listKeys", "createKey", "listDrafts",
       "listTokens", "createToken", "listMembers", "createMember",
       "listAudit", "getWhoami", "listWebhooks", "createWebhook"}


def another_organisation():
    for operation in spec.operations:
        kind, scopes = who(operation)
        if kind != "token" or operation in OWN:
            continue
        for things in (PUBLIC, PRIVATE):
            a = things.call(operation, token=FOREIGN)
            b = things.call(operation, token=FOREIGN, unknown=True)
            check(a.status == 404 and a.code == "not_found", (operation, a))
            check(same(a, b), (operation, a, b))
            if operation == "getEnclave":  # nor by its chain id
                a = Client().call(operation, things.chain.id, token=FOREIGN,
                                  headers={"X-Request-Id": "same"})
                check(same(a, b), (operation, a, b))


def another_organisation_sees_none_of_it():
    mine = [PUBLIC.chain.name, PRIVATE.chain.name, PRIVATE.chain.id,
            PUBLIC.args["getKey"][0], PUBLIC.args["getDraft"][0]]
    for operation in OWN - {"createEnclave", "createKey", "createToken",
                            "createMember", "createWebhook"}:
        a = is_(PUBLIC.call(operation, token=FOREIGN), 200)
        for name in mine:
            check(name.encode() not in a.body, (operation, name))
    a = is_(Client().call("listDrafts", token=FOREIGN,
                          query={"chain": PUBLIC.chain.id}), 200)
    check(a.json["items"] == [])
    is_(PRIVATE.call("createWebhook", token=FOREIGN), 404, "not_found")


def private_chains_are_not_there():
    foreign_reader = FOREIGN
    for operation in spec.operations:
        if who(operation)[0] != "either":
            continue
        for token in ("", foreign_reader):
            a = PRIVATE.call(operation, token=token)
            b = PRIVATE.call(operation, token=token, unknown=True)
            check(a.status == 404, (operation, a))
            check(same(a, b), (operation, a, b))
    pcr0 = PRIVATE.args["findMeasurement"][0]
    for token in ("", foreign_reader):
        for a in (Client().call("findMeasurement", pcr0, token=token,
                                query={"limit": 500}),
                  Client().call("listChains", token=token,
                                query={"limit": 500})):
            check(PRIVATE.chain.id.encode() not in a.body)


def strangers_learn_nothing_from_appends():
    """To a private chain: whatever is wrong with a statement that a stranger
    sends, the answer is that of an unknown chain."""
    c, unknown = PRIVATE.chain, Things.unknown(PRIVATE.chain.id)
    statements = [c.stage(5, keep="drop")[1], c.receipt("seen", 1,
                                                        keep="drop"),
                  c.revoke(GUARDIAN(0), stage="1" * 64, keep="drop"),
                  c.revoke(CONTROL(5), stage="1" * 64, keep="drop"),
                  c.genesis, b"\x80", b"\xff" * 50]
    for t in statements:
        for token in ("", FOREIGN):
            a, b = (Client().call("appendEntry", chain, body=t, token=token,
                                  headers={"X-Request-Id": "same"})
                    for chain in (c.id, unknown))
            if a.status == 200:  # it has a place: its maker knows the chain
                continue
            check(same(a, b), (a, b))


def a_guardian_needs_no_login():
    c = Chain(me, private=True)
    c.first(1)
    c.must(c.stage(2)[1])
    is_(Client().call("appendEntry", c.id, body=c.revoke(GUARDIAN(0))), 201)


# Its chain has no full tile, and not a thousand.
TOO_SHORT = ("getTile", "getTilePartHigh")


def own_private_chain():
    reader = token_of(me, ["enclave:read"])
    agent = token_of(me, ["agent"])
    neither = token_of(me, ["audit:read"])
    for operation in spec.operations:
        if who(operation)[0] != "either" or operation == "appendEntry" or \
                operation in TOO_SHORT:
            continue
        # a stream has no end
        for token in (reader, agent) if operation != "watchChain" else ():
            a = PRIVATE.call(operation, token=token)
            check(a.status == 200, (operation, a))
            check(a.headers["Cache-Control"] == "no-store", (operation, a))
        a = PRIVATE.call(operation, token=neither)
        check(a.status == 403 and a.code == "scope", (operation, a))


def a_stage_needs_its_scope_and_its_organisation():
    c = PUBLIC.chain
    t = c.stage(7, keep="drop")[1]
    for token, status, code in (
            ("", 401, "token_missing"), (FOREIGN, 404, "not_found"),
            (token_of(me, [s for s in ALL if s != "upgrade:stage"]), 403,
             "scope"),
            (token_of(me, ["upgrade:stage"]), 201, None)):
        a = Client().call("appendEntry", c.id, body=t, token=token)
        is_(a, status, code)


def just_enough():
    """Own things with the scopes that the document asks for, and no more."""
    for operation in spec.operations:
        kind, scopes = who(operation)
        if kind != "token":
            continue
        things = Things(False)
        if operation == "createToken":
            scopes = scopes + ["agent"]
        a = things.call(operation, token=token_of(me, scopes or ["agent"]))
        wanted = {"createStage": "authority", "createRevocation":
                  "nothing_staged", "submitDraft": "authority"}
        if operation in wanted:
            check(a.code == wanted[operation], (operation, a))
        else:
            check(a.status < 300, (operation, a))


if __name__ == "__main__":
    sys.exit(run_tests([
        nobody, tokens_that_are_none, too_few_scopes, another_organisation,
        another_organisation_sees_none_of_it, private_chains_are_not_there,
        strangers_learn_nothing_from_appends, a_guardian_needs_no_login,
        own_private_chain, a_stage_needs_its_scope_and_its_organisation,
        just_enough]))
