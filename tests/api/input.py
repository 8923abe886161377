# SPDX-License-Identifier: ISC
"""Bad input to every operation: types, sizes, depth, naughty strings."""
import base64
import json
import os
import sys

from stack import (CBOR, HOUR, JSON, Chain, Client, check, definition, is_,
                   numbers, run_tests, spec)

me = Client(token=os.environ["ENCLD_TOKEN"])
anyone = Client()
chain = Chain(me)
chain.first(1)
ARGS = {"chain": chain.id, "seq": 0, "sha256": "0" * 64, "pcr0": "0" * 96,
        "name": chain.name, "version": 1, "id": "1" * 32, "level": 0,
        "tile": "000", "high": "000.p", "width": 1, "delivery": 1,
        "token": "A" * 43}
DRAFT = is_(me.call("createDraft", body={
    "chain": chain.id, "statement": base64.b64encode(
        chain.stage(2, keep="drop")[1]).decode()}), 201).json["id"]




def args(operation):
    path = spec.operations[operation][1]
    if "/drafts/" in path:
        return [DRAFT]
    return [ARGS[p.split("}")[0]] for p in path.split("{")[1:]]


def with_body():
    for operation, (_, _, op) in spec.operations.items():
        if "requestBody" in op:
            yield operation, op


def wrong_content_types():
    for operation, op in with_body():
        types = op["requestBody"]["content"]
        for t in ("text/plain", "application/x-www-form-urlencoded",
                  "multipart/form-data; boundary=x", "application/jsonx",
                  "application/problem+json", JSON, CBOR):
            if t not in types:
                a = me.call(operation, *args(operation), body=b"{}", type=t)
                is_(a, 415, "media_type")


def bodies_where_none_belongs():
    for operation, (_, _, op) in spec.operations.items():
        if operation == "deleteDraft":
            continue
        if "requestBody" in op:
            a = me.call(operation, *args(operation))
            check(a.status == 400 and a.code == "body_missing",
                  (operation, a))
        else:
            a = me.call(operation, *args(operation), body=b"{}", type=JSON)
            check(a.status == 413, (operation, a))


def sizes():
    for operation, op in with_body():
        size, t = op["x-body-max"], list(op["requestBody"]["content"])[0]
        a = me.call(operation, *args(operation), body=b" " * (size + 1),
                    type=t)
        check(a.status == 413 and a.code == "body_too_large", (operation, a))
        a = me.call(operation, *args(operation), body=b" " * size, type=t)
        # A form is a button, whatever else is in it.
        check(a.status in (400, 422) or "form" in t, (operation, a))


def no_json():
    for operation, op in with_body():
        if JSON not in op["requestBody"]["content"]:
            continue
        for body, code in ((b"{", "json_bad"), (b"nul", "json_bad"),
                           (b"\xff\xfe", "json_bad"), (b"{'a':1}", "json_bad"),
                           (b'{"a":1,"a":2}', "json_bad"),
                           (b"[" * 17 + b"]" * 17, "json_depth"),
                           (b"[" * 2000, "json_depth"),
                           (b'{"a":' * 500 + b"1" + b"}" * 500, "json_depth"),
                           (b"[]", None), (b"{}", None),
                           (b'{"\\u0000":1}', None),
                           (b'{"__proto__":{}}', None)):
            if len(body) > op["x-body-max"]:
                continue
            a = me.call(operation, *args(operation), body=body, type=JSON)
            check(a.status in (400, 404), (operation, body[:20], a))
            if code:
                check(a.code == code, (operation, body[:20], a))
            if a.status == 400:
                check(a.json["errors"], (operation, body[:20], a))


def good_bodies():
    """A body that each operation takes, to be spoilt member by member."""
    n = f"in{os.getpid()}-{next(numbers)}"
    c = Chain(me, create=False)
    pcrs = {str(i): f"{i + 1:02x}" * 48 for i in range(3)}
    return {
        "createEnclave": {"name": n, "definition": definition("a"),
                          "genesis": base64.b64encode(c.genesis).decode(),
                          "keys": ["none"], "private": False},
        "createDefinition": {**definition("a"), "description": "x"},
        "createKey": {"name": n},
        "createDraft": {"chain": chain.id, "statement": base64.b64encode(
            chain.stage(2, keep="drop")[1]).decode()},
        "signDraft": {"keys": ["none"]},
        "createToken": {"name": n, "scopes": ["agent"], "expires_in_ms":
                        60000, "member": "none"},
        "createMember": {"name": n, "role": "auditor"},
        "createStage": {"keys": ["none"], "delay_ms": HOUR, "notes": "x",
                        "release": {"version": "1", "pcrs": pcrs,
                                    "definition": chain.definition,
                                    "image": "x", "svn": 1,
                                    "source": {"repo": "x", "commit": "y"}},
                        "not_before": "2026-01-01T00:00:00Z",
                        "expires": "2026-01-01T00:00:00Z",
                        "from": "0" * 64},
        "createRevocation": {"keys": ["none"], "reason": "x",
                             "stage": "0" * 64}}


def spoilt(value):
    """Values of every other type, and of the same type out of shape."""
    return [None, True, 0, -1, 1.5, 1e300, 2 ** 63 - 1, "", "x" * 100000,
            "\u202e", "\u0000", [], [[]], [None], {}, {"x": 1}, "../..",
            "'; DROP TABLE encl.entry; --", "%s%n", "${jndi:x}"]


def every_member_of_every_type():
    for operation, body in good_bodies().items():
        pairs = [((k,), body[k]) for k in body]
        pairs += [((k, k2), body[k][k2]) for k in body
                  if isinstance(body[k], dict) for k2 in body[k]]
        for where, value in pairs:
            for v in spoilt(value):
                b = json.loads(json.dumps(body))
                at = b
                for k in where[:-1]:
                    at = at[k]
                at[where[-1]] = v
                a = me.call(operation, *args(operation), body=b)
                check(a.status < 500, (operation, where, v, a))
        for where, _ in pairs:
            b = json.loads(json.dumps(body))
            at = b
            for k in where[:-1]:
                at = at[k]
            at["unknown"] = at[where[-1]]
            a = me.call(operation, *args(operation), body=b)
            check(a.status in (400, 404), (operation, where, a))


def naughty():
    """The list of naughty strings in every text of every request, and in
    every argument and query of a path."""
    path = "../shared/vectors/blns/blns.json"
    if not os.path.exists(path):
        print("skipped naughty: no vectors here")
        return
    with open(path, encoding="utf-8") as f:
        strings = json.load(f)
    for operation, body in good_bodies().items():
        texts = [k for k in body if isinstance(body[k], str)]
        for s in strings:
            for k in texts:
                a = me.call(operation, *args(operation), body={**body, k: s})
                check(a.status < 500, (operation, k, s, a))
    for s in strings:
        for operation in ("getEnclave", "getKey", "getDraft", "getChain"):
            a = me.call(operation, s or "x")
            check(a.status in (200, 400, 404), (operation, s, a))
        for q in ("after", "limit", s or "x"):
            a = me.call("listEnclaves", query={q: s})
            check(a.status in (200, 400, 414), (a.status, q, s, a))
        try:
            h = s.encode("latin-1")
        except UnicodeEncodeError:
            h = s.encode()
        if b"\n" in h or b"\r" in h or b"\0" in h:
            continue
        for name in ("X-Request-Id", "If-None-Match", "Accept",
                     "Authorization", "Idempotency-Key"):
            a = me.raw("GET", f"/v1/chains/{chain.id}", headers={name: h})
            check(a.status in (200, 400, 401), (name, s, a))


def naughty_texts_come_back_as_they_went():
    """What is accepted is shown as it was signed."""
    path = "../shared/vectors/blns/blns.json"
    if not os.path.exists(path):
        print("skipped naughty_texts_come_back_as_they_went: no vectors here")
        return
    with open(path, encoding="utf-8") as f:
        strings = json.load(f)
    n, accepted = f"blns{os.getpid()}", 0
    is_(me.call("createEnclave", body={
        "name": n, "definition": definition("a"), "genesis":
        base64.b64encode(Chain(me, create=False).genesis).decode()}), 201)
    for i, s in enumerate(strings):
        a = me.call("createDefinition", n, body={
            **definition("a"), "description": s})
        if a.status not in (200, 201):
            check(a.status == 400, (s, a))
            continue
        got = me.call("getDefinition", n, a.json["version"]).json
        check(got["description"] == s, (s, got))
        accepted += 1
    check(accepted > 100, accepted)


def methods_and_paths():
    for path in {p for _, p, _ in spec.operations.values()}:
        known = {m for m, p, _ in spec.operations.values() if p == path}
        full = path
        for k, v in ARGS.items():
            full = full.replace("{" + k + "}", str(v))
        for method in ("PUT", "PATCH", "DELETE", "POST", "GET"):
            if method in known:
                continue
            a = me.raw(method, full, body=b"" if method != "GET" else None)
            check(a.status == 405 and a.code == "method", (method, full, a))
            check(set(a.headers["Allow"].split(", ")) >= known, (full, a))
    for path in ("/", "/v1", "/v1/", "/v1/chains/", "/v2/chains", "/V1/chains",
                 "/v1/chains/x/y/z/w", "/admin", "/metrics", "/readyz"):
        a = me.raw("GET", path)
        check(a.status == 404 and a.code == "not_found", (path, a))
        check(a.headers["Cache-Control"] == "no-store")
    for path in ("/v1//chains", "/v1/../v1/chains", "/v1/chains/%2e%2e",
                 "/v1/chains%00", "/v1/chains/%zz"):
        a = me.raw("GET", path)
        check(a.status in (400, 404), (path, a))


def head_is_get_without_a_body():
    for operation, (method, path, op) in spec.operations.items():
        if method != "GET" or operation == "listTasks":
            continue
        if "text/event-stream" in op["responses"]["200"].get("content", {}):
            continue  # that has no end
        full = path
        for k, v in ARGS.items():
            full = full.replace("{" + k + "}", str(v))
        h = {"Authorization": "Bearer " + me.token}
        g, d = me.raw("GET", full, headers=h), me.raw("HEAD", full, headers=h)
        check(g.status == d.status and d.body == b"", (full, g, d))


def json_over_and_over():
    """A slow memory leak or a poisoned connection would show here."""
    for i in range(300):
        is_(me.call("createKey", body={"name": i}), 400)
        is_(anyone.call("getChain", chain.id), 200)


if __name__ == "__main__":
    sys.exit(run_tests([
        wrong_content_types, bodies_where_none_belongs, sizes, no_json,
        every_member_of_every_type, naughty,
        naughty_texts_come_back_as_they_went, methods_and_paths,
        head_is_get_without_a_body, json_over_and_over]))
