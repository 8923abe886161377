# SPDX-License-Identifier: ISC
"""Event streams: who hears what, once and in order, whatever breaks."""
import json
import os
import re
import socket
import subprocess
import sys
import urllib.parse

from database import placed, sql
from stack import HOUR, LIMIT, Chain, Client, check, is_, run_tests, seen, \
    spec, token_of, until

TOKEN = os.environ["ENCLD_TOKEN"]
me = Client(token=TOKEN)
anyone = Client(token="")


class Stream:
    """A reader of Server-Sent Events, as the standard has it."""

    def __init__(self, target, last=None, token=None, url=None):
        at = urllib.parse.urlsplit(url or os.environ["ENCLD_URL"])
        self.s = socket.create_connection((at.hostname, at.port),
                                          timeout=LIMIT)
        head = f"GET {target} HTTP/1.1\r\nHost: {at.netloc}\r\n" \
            "Accept: text/event-stream\r\n"
        if last is not None:
            head += f"Last-Event-ID: {last}\r\n"
        if token:
            head += f"Authorization: Bearer {token}\r\n"
        self.s.sendall((head + "\r\n").encode())
        self.f = self.s.makefile("rb")
        self.status = int(self.f.readline().split()[1])
        self.headers = {}
        while (line := self.f.readline().strip()):
            k, v = line.decode().split(":", 1)
            self.headers[k.lower()] = v.strip()
        self.left, self.text = 0, b""
        self.last, self.comments, self.retry = None, 0, None

    def more(self):
        """One chunk; False at the end."""
        n = int(self.f.readline(), 16)
        self.text += self.f.read(n)
        self.f.readline()
        return n > 0

    def line(self):
        while b"\n" not in self.text:
            if not self.more():
                return None
        line, self.text = self.text.split(b"\n", 1)
        return line.decode()

    def event(self):
        """(id, object) of the next event, or None at the end."""
        data = []
        while (line := self.line()) is not None:
            if line == "":
                if data:
                    return self.last, json.loads("\n".join(data))
                continue
            name, _, value = line.partition(":")
            value = value[1:] if value.startswith(" ") else value
            if name == "":
                self.comments += 1
            elif name == "id":
                self.last = int(value)
            elif name == "data":
                data.append(value)
            elif name == "retry":
                self.retry = int(value)
            else:
                raise AssertionError(line)
        return None

    def greeting(self):
        """Until the first empty line but one: what comes before events."""
        while self.line() != "":
            pass

    def take(self, n):
        return [self.event() for _ in range(n)]

    def close(self):
        self.f.close()
        self.s.close()


def watch(chain, query="", **how):
    s = Stream(f"/v1/chains/{chain.id}/events{query}", **how)
    if s.status == 200:
        seen.add(("watchChain", 200))
    return s


def everything_in_order():
    c = Chain(me)
    s = watch(c, "?from=0")
    check(s.status == 200 and
          s.headers["content-type"] == "text/event-stream" and
          s.headers["cache-control"] == "no-store" and
          s.headers["access-control-allow-origin"] == "*", s.headers)
    c.first(1)
    c.upgrade(2, 1)
    got = s.take(7)
    check([i for i, _ in got] == list(range(7)), got)
    check([e["type"] for _, e in got] == [
        "chain.created", "upgrade.staged", "upgrade.released",
        "upgrade.staged", "upgrade.noticed", "upgrade.accepted",
        "upgrade.released"], got)
    check(s.retry == 3000, s.retry)
    for i, e in got:
        check(e["data"]["chain"] == c.id and e["data"]["seq"] == i and
              e["data"]["url"].endswith(f"/entries/{i}"), e)
    check(got[3][1]["data"]["stage"]["release"]["version"] == "v2", got[3])
    check("Version v2 of" in got[4][1]["data"]["text"], got[4])
    s.close()


def only_new_ones():
    c = Chain(me)
    c.first(1)
    s = watch(c)
    s.greeting()
    c.must(c.stage(2)[1])
    i, e = s.event()
    check(i == 3 and e["type"] == "upgrade.staged" and
          e["data"]["now"]["in_force"] == "v1" and
          e["data"]["now"]["pending"]["stage"] == e["data"]["stage"]["id"], e)
    s.close()


def resumes_where_it_was():
    c = Chain(me)
    c.first(1)
    c.must(c.stage(2)[1])
    for how in ({"last": 1}, {"query": "?after=1"}, {"query": "?from=2"},
                {"query": "?after=0", "last": 1}):
        s = watch(c, **how)
        check([i for i, _ in s.take(2)] == [2, 3], how)
        s.close()
    s = watch(c, "?after=2")
    s.greeting()
    s.line(), s.close()  # a reader that breaks before anything came
    check(s.last is None or s.last == 2)
    s = watch(c, last=3)
    c.must(c.receipt("seen", 1))
    i, e = s.event()
    check(i == 4 and e["type"] == "upgrade.noticed", e)
    check("It can" in e["data"]["text"] or
          "it can come into force from" in e["data"]["text"], e)
    s.close()


def the_same_whenever():
    """Told as it happens, from the first one on and from anywhere: also where
    the past has to be made from many entries before."""
    c = Chain(me)
    s = watch(c, "?from=0")
    live = s.take(1)
    c.first(1)
    for v in range(2, 61):
        c.must(c.stage(v)[1])
        live += s.take(1 if v > 2 else 3)
    c.upgrade(61, 1)
    c.must(c.stage(62)[1])
    c.must(c.receipt("seen", 61))
    c.must(c.revoke(1 << 16))
    live += s.take(7)
    s.close()
    check([i for i, _ in live] == list(range(69)))
    for i, e in live:
        now = e["data"]["now"]
        check(now["seq"] == i and now["head"] == e["data"]["entry"], e)
    check([live[i][1]["data"]["now"]["in_force"] for i in (1, 2, 64, 65)] ==
          [None, "v1", "v1", "v61"], live[64:66])
    check([live[i][1]["data"]["now"]["phase"] for i in (66, 67, 68)] ==
          ["staged", "noticed", "open"], live[66:])
    for i in (63, 67):  # long over, and told as it was
        check("it can come into force from" in live[i][1]["data"]["text"])
    for start in (0, 1, 31, 62, 63, 64, 65, 67, 68):
        s = watch(c, f"?from={start}")
        check(s.take(69 - start) == live[start:], start)
        s.close()


def says_why_it_ended():
    c = Chain(me)
    c.first(1)
    s = watch(c)
    stage, t = c.stage(2)
    c.must(t)
    c.must(c.revoke(1 << 16, reason="<bad>&\"worse\""))
    got = s.take(2)[1][1]
    check(got["type"] == "upgrade.revoked" and
          got["data"]["reason"] == "<bad>&\"worse\"" and
          got["data"]["stage"]["id"] == stage and
          got["data"]["now"]["pending"] is None, got)
    s.close()


def a_revocation_that_came_too_late():
    c = Chain(me)
    c.first(1)
    stage = c.upgrade(2, 1)
    s = watch(c, "?from=6")
    check(s.event()[0] == 6)  # from here on it is told of what is late
    t = c.revoke(1 << 16, stage=stage, keep="drop", reason="stolen")
    is_(c.append(t, token=""), 202)
    at, e = s.event()
    check(at == 6 and e["type"] == "upgrade.disputed" and
          e["data"]["stage"]["id"] == stage, (at, e))
    c.must(c.stage(3)[1])
    check(s.event()[0] == 7)
    s.close()
    s = watch(c, last=at)  # it was no place in the stream
    check(s.event()[0] == 7)
    s.close()


def many_that_came_too_late():
    """They happened at once, and are more than one page takes."""
    c = Chain(me)
    c.first(1)
    stage = c.upgrade(2, 1)
    for who in range(1, 8):
        is_(c.append(c.revoke(who << 16, stage=stage, keep="drop",
                              reason='"' * 3900), token=""), 202)
    s = watch(c, "?from=6")
    check(s.event()[0] == 6)
    sql("BEGIN; ALTER TABLE encl.happening DISABLE TRIGGER "
        "happening_append_only; CREATE TEMP TABLE h AS SELECT chain, what, "
        f"revocation FROM encl.happening WHERE chain = '\\x{c.id}'; DELETE "
        f"FROM encl.happening WHERE chain = '\\x{c.id}'; INSERT INTO "
        "encl.happening (chain, what, revocation) SELECT * FROM h; ALTER "
        "TABLE encl.happening ENABLE ALWAYS TRIGGER happening_append_only; "
        "COMMIT")
    c.must(c.stage(3)[1])
    got = s.take(8)
    check([e["type"] for _, e in got] == ["upgrade.disputed"] * 7 +
          ["upgrade.staged"], got)
    ids = [e["data"]["happening"] for _, e in got[:7]]
    check(ids == sorted(set(ids), key=int), ids)
    s.close()


def policies_are_told_apart():
    c = Chain(me)
    c.first(1)
    s = watch(c)
    c.must(c.policy(2 * HOUR)[1])
    i, e = s.event()
    check(e["type"] == "policy.staged" and
          e["data"]["text"].startswith("The new policy of"), e)
    s.close()


def private_only_with_a_token():
    c = Chain(me, private=True)
    check(watch(c).status == 404)
    check(watch(c, token=token_of(me, ["audit:read"])).status == 403)
    s = watch(c, "?from=0", token=token_of(me, ["enclave:read"]))
    check(s.event()[1]["type"] == "chain.created")
    s.close()


def bad_cursors():
    c = Chain(me)
    for q in ("?after=x", "?from=-1", "?after=1&after=2", "?since=1",
              "?after=9999999999999999"):
        check(watch(c, q).status == 400, q)
    for last in ("x", "-1", "1.0", "9" * 16, "1,2"):
        check(watch(c, last=last).status == 400, last)
    check(Stream("/v1/chains/" + "0" * 64 + "/events").status == 404)
    is_(anyone.call("watchChain", c.id, query={"after": "x"}), 400)


def many_readers_and_one_event():
    c = Chain(me)
    c.first(1)
    readers = [watch(c) for _ in range(60)]
    for s in readers:
        s.greeting()
    c.must(c.stage(2)[1])
    got = [s.event() for s in readers]
    check(all(g == got[0] and g[0] == 3 for g in got), got[0])
    for s in readers:
        s.close()
    is_(anyone.call("getChain", c.id), 200)


def one_who_left_is_forgotten():
    c = Chain(me)
    readers = [watch(c) for _ in range(20)]
    for s in readers:
        s.greeting()

    def watching():
        ops = Client(os.environ["ENCLD_OPS"])
        text = ops.raw("GET", "/metrics").body.decode()
        return int(re.search(r"^encl_event_watchers (\d+)", text, re.M)[1])

    before = watching()
    check(before >= 20, before)
    for s in readers:
        s.close()
    until(lambda: watching() <= before - 20, watching, pause=0.1)


def a_long_history_in_pages():
    c = Chain(me)
    c.first(1)
    for v in range(2, 60):
        c.must(c.stage(v)[1])
    s = watch(c, "?from=0")
    check([i for i, _ in s.take(61)] == list(range(61)))
    s.close()


def watch_all(query="", **how):
    s = Stream(f"/v1/events{query}", **how)
    if s.status == 200:
        seen.add(("watchAll", 200))
    return s


def everywhere_in_one_order():
    s = watch_all()
    s.greeting()
    start = int(s.line().split(":")[1])
    a, p, b = Chain(me), Chain(me, private=True), Chain(me)
    a.first(1), p.first(1), b.first(1)
    where, got = {a.id: [], b.id: []}, []
    while sum(map(len, where.values())) < 6:
        i, e = s.event()
        if "seq" not in e["data"]:
            continue  # what holds still has no place in the order
        check(i == start + 1 + len(got), (i, start, len(got)))
        got.append((i, e))
        check(e["data"]["chain"] != p.id, e)
        where.get(e["data"]["chain"], []).append(e["data"]["seq"])
    check(where == {a.id: [0, 1, 2], b.id: [0, 1, 2]}, where)
    s.close()
    for at in range(start, start + len(got)):  # from anywhere, the same order
        t = watch_all(last=at)
        check([(i, e["data"]["entry"]) for i, e in
               t.take(start + len(got) - at)] ==
              [(i, e["data"]["entry"]) for i, e in got[at - start:]], at)
        t.close()


def what_is_no_entry():
    """It has no id, comes before the entries after it, and what happened to a
    private chain is told of nowhere else."""
    c, p = Chain(me), Chain(me, private=True)
    c.first(1)
    placed()
    s, t = watch(c), watch_all()
    s.greeting(), t.greeting()
    # As checkpoint_rows.c writes it down: witnessed_faults.py has the rest.
    subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-c",
                    "INSERT INTO encl.happening (chain, what) VALUES "
                    f"('\\x{p.id}', 'read_only'), "
                    f"('\\x{c.id}', 'read_only')"], check=True)
    c.must(c.stage(2)[1])
    at, e = s.event()
    check(at == 2 and e["type"] == "chain.read_only" and
          e["data"]["chain"] == c.id and "seq" not in e["data"] and
          e["data"]["text"].startswith("The chain of payments is read-only.")
          and e["data"]["url"].endswith(f"/v1/chains/{c.id}"), (at, e))
    check(s.event()[0] == 3)
    all_at, f = t.event()
    while f["data"]["chain"] != c.id or "seq" in f["data"]:
        check(f["data"]["chain"] != p.id, f)
        all_at, f = t.event()
    check(f["data"]["happening"] == e["data"]["happening"], f)
    check(t.event()[1]["data"]["seq"] == 3)
    for x in (s, t):
        x.close()
    for x in (watch(c, last=2), watch_all(last=all_at)):
        check(x.event()[1]["data"]["seq"] == 3)  # it does not hold any more
        x.close()


def everything_there_is():
    Chain(me)
    s = watch_all("?from=0")
    first = s.event()
    check(first[0] == 1, first)
    s.close()
    s = watch_all("?after=1")
    check(s.event()[0] == 2)
    s.close()
    check(watch_all("?after=x").status == 400)


if __name__ == "__main__":
    sys.exit(run_tests([
        everything_in_order, only_new_ones, resumes_where_it_was,
        the_same_whenever, says_why_it_ended, a_revocation_that_came_too_late,
        many_that_came_too_late, policies_are_told_apart,
        private_only_with_a_token, bad_cursors, many_readers_and_one_event,
        one_who_left_is_forgotten, a_long_history_in_pages, everywhere_in_one_order,
        what_is_no_entry, everything_there_is]))
