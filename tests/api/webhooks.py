# SPDX-License-Identifier: ISC
"""Webhooks: signed, repeated, never lost, and never sent where they must not."""
import base64
import http.server
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

from database import placed, sql
from stack import GUARDIAN, Chain, Client, check, is_, run_tests, token_of, \
    until

TOKEN = os.environ["ENCLD_TOKEN"]
me = Client(token=TOKEN)


class Receiver:
    """Somebody who is told; answers what `answers` says, then 204."""

    def __init__(self):
        self.got, self.answers, self.lock = [], [], threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with outer.lock:
                    status = outer.answers.pop(0) if outer.answers else 204
                    outer.got.append((dict(self.headers.items()), body,
                                      status))
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", outer.url + "elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def wait(self, n):
        until(lambda: len(self.got) >= n, lambda: f"{len(self.got)} of {n}")
        return self.got


class Silent:
    """Who takes connections and never answers."""

    def __init__(self):
        self.s = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.s.setblocking(False)
        self.url = f"http://127.0.0.1:{self.s.getsockname()[1]}/"
        self.c = []

    def open(self):
        """How many the other side holds now."""
        try:
            while True:
                self.c.append(self.s.accept()[0])
        except BlockingIOError:
            pass
        return sum(map(self._is_open, self.c))

    @staticmethod
    def _is_open(c):
        c.setblocking(False)
        try:
            while c.recv(65536):
                pass
            return False
        except BlockingIOError:
            return True
        except OSError:
            return False


def hook(url, chain=None, who=me):
    placed()  # it is told of what comes after it
    body = {"url": url}
    if chain:
        body["chain"] = chain.id
    return is_(who.call("createWebhook", body=body), 201).json


def signed_by(key, text, signature):
    """OpenSSL says so: RFC 8410's form of the key."""
    der = bytes.fromhex("302a300506032b6570032100") + key
    with tempfile.TemporaryDirectory() as d:
        for name, b in (("key", der), ("text", text), ("sig", signature)):
            with open(f"{d}/{name}", "wb") as f:
                f.write(b)
        return subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER",
             "-inkey", d + "/key", "-rawin", "-in", d + "/text", "-sigfile",
             d + "/sig"], capture_output=True).returncode == 0


def verify(key, message):
    """As the standard says: any of the signatures."""
    headers, body, _ = message
    check(key.startswith("whpk_"))
    public = base64.b64decode(key[5:])
    check(len(public) == 32)
    h = {k.lower(): v for k, v in headers.items()}
    signed = f"{h['webhook-id']}.{h['webhook-timestamp']}.".encode() + body
    check(abs(int(h["webhook-timestamp"]) - time.time()) < 300)
    for s in h["webhook-signature"].split(" "):
        version, _, value = s.partition(",")
        if version == "v1a" and signed_by(public, signed,
                                          base64.b64decode(value)):
            return h
    raise AssertionError("no signature verifies")


def deliveries(w):
    return is_(me.call("listDeliveries", w["id"]), 200).json["items"]


def each_entry_once_and_signed():
    r, c = Receiver(), Chain(me)
    w = hook(r.url, c)
    c.first(1)
    c.must(c.stage(2)[1])
    got = r.wait(3)
    ids = [verify(w["key"], m)["webhook-id"] for m in got]
    check(len(set(ids)) == 3, ids)
    seqs = sorted(json.loads(b)["data"]["seq"] for _, b, _ in got)
    check(seqs == [1, 2, 3], seqs)  # nothing from before it was made
    types = {json.loads(b)["type"] for _, b, _ in got}
    check(types == {"upgrade.staged", "upgrade.released"}, types)
    until(lambda: all(d["delivered"] for d in deliveries(w)), "not delivered")
    check([d["seq"] for d in deliveries(w)] == [3, 2, 1])
    time.sleep(0.5)
    check(len(r.got) == 3)
    # a forged body does not verify
    try:
        verify(w["key"], (got[0][0], got[0][1] + b" ", 0))
        raise ValueError("a forged body verifies")
    except AssertionError:
        pass


def all_of_an_organisation():
    r = Receiver()
    w = hook(r.url)
    a, p = Chain(me), Chain(me, private=True)
    for c in (a, p):
        c.first(1)
    chains = [json.loads(b)["data"]["chain"] for _, b, _ in r.wait(6)]
    check(sorted(chains) == sorted([a.id] * 3 + [p.id] * 3), chains)
    is_(me.call("deleteWebhook", w["id"]), 204)


def again_after_a_failure():
    r, c = Receiver(), Chain(me)
    w = hook(r.url, c)
    # A redirect is not followed, and is no success.
    for status, error in ((500, "it answered with another status"),
                          (302, "it answered with a redirect")):
        r.answers = [status] * 1000  # however often it is tried
        c.must(c.stage(status)[1])
        until(lambda: [d["status"] for d in deliveries(w)][:1] == [status],
              "no record")
        d = deliveries(w)[0]
        check(not d["delivered"] and d["due"] and d["attempts"] >= 1 and
              d["error"] == error, d)
    check(is_(me.call("getWebhook", w["id"]), 200).json["failing_since"])
    r.answers = []
    sql(f"UPDATE encl.delivery SET due = now() WHERE webhook = {w['id']} AND "
        "due IS NOT NULL")
    until(lambda: all(d["delivered"] for d in deliveries(w)), "not delivered")
    got = r.got
    check({m[0]["webhook-id"] for m in got} ==
          {d["message"] for d in deliveries(w)}, got)
    check(all(verify(w["key"], m) for m in got))
    w = is_(me.call("getWebhook", w["id"]), 200).json
    check(w["failing_since"] is None, w)


def sent_again_by_hand():
    r, c = Receiver(), Chain(me)
    w = hook(r.url, c)
    t = is_(me.call("testWebhook", w["id"]), 202).json
    got = r.wait(1)
    check(json.loads(got[0][1])["type"] == "webhook.test")
    verify(w["key"], got[0])
    until(lambda: deliveries(w)[0]["delivered"], "not delivered")
    is_(me.call("redeliver", w["id"], t["id"]), 202)
    got = r.wait(2)
    check(got[0][0]["webhook-id"] == got[1][0]["webhook-id"] == t["message"])
    is_(me.call("redeliver", w["id"], "999999999"), 404)
    other = hook(r.url, c)
    is_(me.call("redeliver", other["id"], t["id"]), 404)


def the_same_bytes_whenever():
    r, c = Receiver(), Chain(me)
    w = hook(r.url, c)
    is_(me.call("testWebhook", w["id"]), 202)
    r.wait(1)
    c.first(1)
    c.must(c.stage(2)[1])
    c.must(c.receipt("seen", 1))
    until(lambda: len(deliveries(w)) == 5 and
          all(d["delivered"] for d in deliveries(w)), "not delivered")
    c.must(c.revoke(GUARDIAN(0)))
    until(lambda: len(deliveries(w)) == 6 and
          all(d["delivered"] for d in deliveries(w)), "not delivered")
    for d in deliveries(w):
        is_(me.call("redeliver", w["id"], d["id"]), 202)
    bodies = {}
    until(lambda: len(r.got) >= 12, "not sent again")
    for m in r.got:
        bodies.setdefault(verify(w["key"], m)["webhook-id"], []).append(m[1])
    check(len(bodies) == 6 and all(len(b) > 1 and len(set(b)) == 1
                                   for b in bodies.values()), bodies)


def a_new_key():
    r, c = Receiver(), Chain(me)
    old = hook(r.url, c)
    new = is_(me.call("rotateWebhook", old["id"]), 200).json
    check(new["key"] != old["key"] and new["rotated"])
    is_(me.call("testWebhook", old["id"]), 202)
    m = r.wait(1)[0]
    verify(old["key"], m), verify(new["key"], m)
    sql("UPDATE encl.webhook SET rotated = now() - interval '2 days' "
        f"WHERE id = {old['id']}")
    is_(me.call("testWebhook", old["id"]), 202)
    m = r.wait(2)[1]
    verify(new["key"], m)
    try:
        verify(old["key"], m)
        raise ValueError("the old key signs for ever")
    except AssertionError:
        pass


def disabled_when_it_is_gone():
    r, c = Receiver(), Chain(me)
    w = hook(r.url, c)
    r.answers = [410]
    is_(me.call("testWebhook", w["id"]), 202)
    get = lambda: is_(me.call("getWebhook", w["id"]), 200).json
    until(lambda: get()["disabled"], "still there")
    c.must(c.stage(1)[1])
    placed()
    check(len(r.got) == 1)
    rows = is_(me.call("listAudit"), 200).json["items"]
    check(any(x["action"] == "webhook.disable" and
              x["object"].startswith(w["id"] + ":") for x in rows), rows[:3])
    is_(me.call("enableWebhook", w["id"]), 200)
    check(get()["disabled"] is None)
    c.must(c.stage(2)[1])
    check(json.loads(r.wait(2)[1][1])["data"]["seq"] == 2)


def disabled_after_three_days():
    r, c = Receiver(), Chain(me)
    w = hook(r.url, c)
    r.answers = [500] * 1000  # however often it is tried
    is_(me.call("testWebhook", w["id"]), 202)
    get = lambda: is_(me.call("getWebhook", w["id"]), 200).json
    until(lambda: get()["failing_since"], "not noted")
    check(get()["disabled"] is None)
    sql("UPDATE encl.webhook SET failing = now() - interval '73 hours' "
        f"WHERE id = {w['id']}")
    is_(me.call("testWebhook", w["id"]), 202)
    until(lambda: get()["disabled"], "still there")
    check(all(d["due"] is None for d in deliveries(w)))


def no_more_after_three_days():
    r, c = Receiver(), Chain(me)
    w = hook(r.url, c)
    r.answers = [500]
    sql("ALTER TABLE encl.delivery ALTER until SET DEFAULT now()")
    is_(me.call("testWebhook", w["id"]), 202)
    sql("ALTER TABLE encl.delivery ALTER until SET DEFAULT "
        "now() + interval '3 days'")
    until(lambda: deliveries(w)[0]["status"] == 500, "no record")
    check(deliveries(w)[0]["due"] is None, deliveries(w))


def refused_addresses():
    for url in ("ftp://example.org/", "https://", "https:///x",
                "https://u@example.org/", "https://u:p@example.org/",
                "https://example.org/#x", "https://example.org/ x",
                "https://ex\\ample.org/", "javascript:1", "//example.org",
                "https://" + "a" * 2000):
        is_(me.call("createWebhook", body={"url": url}), 400)
    c = Chain(me)
    # Names of this machine and of its neighbours, at the time of sending.
    for url in ("https://127.0.0.2:1/", "https://169.254.169.254/",
                "https://[::1]:1/", "https://[::ffff:10.0.0.1]/",
                "http://10.1.2.3/", "https://0.0.0.0:1/",
                "https://2130706434/", "https://[fe80::1]/",
                "https://[64:ff9b::7f00:1]/"):
        w = hook(url, c)
        is_(me.call("testWebhook", w["id"]), 202)
        until(lambda: deliveries(w)[0]["error"], url)
        check(deliveries(w)[0]["error"] ==
              "its address is not on the public Internet", (url,
                                                            deliveries(w)))
        is_(me.call("deleteWebhook", w["id"]), 204)


def a_revocation_that_came_too_late():
    r, c = Receiver(), Chain(me)
    c.first(1)
    stage = c.upgrade(2, 1)
    w = hook(r.url, c)
    t = c.revoke(GUARDIAN(0), stage=stage, keep="drop", reason="stolen")
    is_(c.append(t, token=""), 202)
    e = json.loads(r.wait(1)[0][1])
    verify(w["key"], r.got[0])
    check(e["type"] == "upgrade.disputed" and "seq" not in e["data"] and
          e["data"]["reason"] == "stolen" and
          e["data"]["stage"]["id"] == stage and
          e["data"]["url"].endswith("/revocations") and
          "Version v2 of payments was revoked, but" in e["data"]["text"], e)
    is_(c.append(t, token=""), 202)  # once more is no news
    time.sleep(0.5)
    check(len(r.got) == 1)


def only_ones_own():
    org = subprocess.run([os.environ.get("BUILD", "build") + "/bin/encld",
                          "org", "create", f"o{os.getpid()}-{time.time_ns()}"],
                         capture_output=True, text=True)
    other = Client(token=org.stdout.strip())
    r, c, p = Receiver(), Chain(me), Chain(me, private=True)
    w = hook(r.url, c)
    for op, args in (("getWebhook", ()), ("deleteWebhook", ()),
                     ("rotateWebhook", ()), ("enableWebhook", ()),
                     ("testWebhook", ()), ("listDeliveries", ()),
                     ("redeliver", ("1",))):
        is_(other.call(op, w["id"], *args), 404)
    is_(other.call("createWebhook", body={"url": r.url, "chain": p.id}), 404)
    theirs = hook(r.url + "theirs", c, other)  # a public chain is anybody's
    c.must(c.stage(1)[1])
    r.wait(2)
    keys = [verify(k, m) for k in (w["key"], theirs["key"]) for m in r.got
            if _verifies(k, m)]
    check(len(keys) == 2)
    check([x["id"] for x in is_(other.call("listWebhooks"), 200)
           .json["items"]] == [theirs["id"]])
    read = token_of(me, ["enclave:read"])
    is_(me.call("createWebhook", body={"url": r.url}, token=read), 403)
    is_(me.call("listWebhooks", token=read), 200)


def _verifies(key, message):
    try:
        verify(key, message)
        return True
    except AssertionError:
        return False


def the_log_is_bounded():
    r, c = Receiver(), Chain(me)
    w = hook(r.url, c)
    sql("INSERT INTO encl.delivery (webhook, due, created) SELECT "
        f"{w['id']}, NULL, now() - interval '40 days' FROM "
        "generate_series(1, 10)")
    sql(f"INSERT INTO encl.delivery (webhook, due) SELECT {w['id']}, NULL "
        "FROM generate_series(1, 1010)")
    sql(PRUNE)
    check(sql("SELECT count(*) FROM encl.delivery WHERE webhook = "
              f"{w['id']}") == "1000")


with open("server/db_delivery.c", encoding="utf-8") as source:
    # the statement itself, which the server runs once a minute
    PRUNE = "SET search_path = encl; " + "".join(re.findall(
        r'"([^"]*)"', source.read().split("[MUCH]")[1].split("0, false")[0]
    )[1:])


def dead_ones_keep_nobody_waiting():
    """Forty receivers that never answer have several messages each; without a
    share of their own they would have all places, 15 seconds a turn."""
    r, s, c = Receiver(), Silent(), Chain(me)
    well = hook(r.url, c)
    is_(me.call("testWebhook", well["id"]), 202)
    until(lambda: deliveries(well)[0]["delivered"], "not delivered")
    dead = [hook(s.url, c) for _ in range(40)]
    for v in range(1, 7):
        c.must(c.stage(v)[1])
        r.wait(1 + v)
        check(s.open() < 32, s.open())  # of 128
    until(lambda: s.open() > 0 or len(s.c) >= 16, "nothing came")
    check(s.open() < 32, s.open())
    tried = sql("SELECT count(*) FROM encl.delivery JOIN encl.webhook w ON "
                "w.id = webhook WHERE w.url = '" + s.url + "' AND took IS NULL"
                " AND attempts > 0 GROUP BY w.id ORDER BY 1 DESC LIMIT 1")
    check(tried in ("", "1"), tried)  # one at a time to each
    for w in dead:
        is_(me.call("deleteWebhook", w["id"]), 204)


def one_that_recovers_is_told_all():
    r, c = Receiver(), Chain(me)
    w = hook(r.url, c)
    r.answers = [500] * 1000
    for v in range(1, 7):
        c.must(c.stage(v)[1])
    until(lambda: is_(me.call("getWebhook", w["id"]),
                      200).json["failing_since"], "not noted")
    r.answers = []
    sql(f"UPDATE encl.delivery SET due = now() WHERE webhook = {w['id']} AND "
        "due IS NOT NULL")
    until(lambda: all(d["delivered"] for d in deliveries(w)), "not delivered")
    check({json.loads(m[1])["data"]["seq"] for m in r.got} == set(range(1, 7)))
    w = is_(me.call("getWebhook", w["id"]), 200).json
    check(w["failing_since"] is None, w)


def nothing_is_lost_when_a_server_dies():
    """Entries that nobody gave a place, and a delivery whose server went away
    while it tried: both are found by looking."""
    r, c = Receiver(), Chain(me)
    w = hook(r.url, c)
    c.must(c.stage(1)[1])
    r.wait(1)
    until(lambda: deliveries(w)[0]["delivered"], "not delivered")
    sql("UPDATE encl.delivery SET done = false, due = now() - interval "
        f"'1 second' WHERE webhook = {w['id']}")
    r.wait(2)
    check(r.got[0][0]["webhook-id"] == r.got[1][0]["webhook-id"])


if __name__ == "__main__":
    sys.exit(run_tests([
        each_entry_once_and_signed, all_of_an_organisation,
        again_after_a_failure, sent_again_by_hand,
        the_same_bytes_whenever, a_new_key,
        disabled_when_it_is_gone, disabled_after_three_days,
        no_more_after_three_days, refused_addresses, a_revocation_that_came_too_late,
        only_ones_own, the_log_is_bounded, dead_ones_keep_nobody_waiting,
        one_that_recovers_is_told_all,
        nothing_is_lost_when_a_server_dies]))
