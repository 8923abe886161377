# SPDX-License-Identifier: ISC
"""Witnesses, as a chain's policy names them: who cosigns, what a receipt needs,
and that nothing a witness does stops an append."""
import base64
import json
import os
import signal
import socket
import sys
import time

from faults import Encld
from soak import fsck_is_clean
from log import Note, log_key, newest
from stack import CONTROL, LIMIT, Chain, Client, check, is_, run_tests, \
    token_of, until
from witnesses import NAME, VKEY, Peer, Witness, cosign

me = Client(token=os.environ["ENCLD_TOKEN"])
anyone = Client()
agent = Client(token=token_of(me, ["agent"]))
log_name, log_public = log_key()
key = base64.b64encode(log_public).decode()
one = Witness(1, log_name, key).run()
two = Witness(2, log_name, key).run()
peer = Peer(3)


def vkey_of(n):
    return base64.b64decode(VKEY[n].split("+", 2)[2])[1:]


def chain(*who, threshold=None, **more):
    """A chain that these witnesses watch."""
    if Chain.scribe is None:
        Chain(me)
    Chain.scribe("witnesses", len(who), threshold or len(who), log_name,
                 log_public.hex(), *[VKEY[n] for n in who])
    try:
        return Chain(me, **more)
    finally:
        Chain.scribe("witnesses", 0, 0)


def shown(c):
    return is_(me.call("getChain", c.id), 200).json


def witnessed(c, size=None):
    """The chain's newest note, once enough have cosigned it."""
    size = size or shown(c)["seq"] + 1

    def is_so():
        log = shown(c)["log"]
        return log and log["size"] >= size and log["witnessed_at"]
    until(is_so, lambda: shown(c)["log"])
    return Note(is_(anyone.call("getCheckpoint", c.id), 200).body, log_public)


def tasks(c, version, wait=0):
    pcr0 = c.say("pcr0", version)[0]
    return is_(agent.call("listTasks", query={
        "chain": c.id, "pcr0": pcr0, "wait": wait}), 200).json["tasks"]


def receipt(c, role, version, note=None):
    words = ["receipt", "keep", role, version, "-"]
    return bytes.fromhex(c.say(*words, note.hex() if note else "-")[1])


def first(c, version=1):
    c.clock(int(time.time() * 1000))
    c.must(c.stage(version)[1])
    c.must(receipt(c, "accepted", version), token="")


def task(c, role, version):
    """The task of this role, with what it needs, once it is there."""
    t = until(lambda: [x for x in tasks(c, version, wait=10)
                       if x["role"] == role], role)
    check(len(t) == 1, (role, t))
    return t[0]


def fresh(c, max_age=1):
    """So fresh a checkpoint, however long the witnesses take."""
    def made():
        a = anyone.call("getCheckpoint", c.id, query={"max_age": max_age})
        return a.status != 503 and is_(a, 200)
    return until(made, "the witnesses do not come")


def every_witness_of_the_policy_cosigns():
    before = time.time()
    c = chain(1, 2)
    n = witnessed(c)
    for w in (1, 2):
        check(before - 1 <= n.cosigned(NAME[w], vkey_of(w)) <= time.time())
    log = shown(c)["log"]
    check(sorted(x["name"] for x in log["cosigned"]) == [NAME[1], NAME[2]])
    check(log["waiting_for"] == [] and log["origin"] == f"{log_name}/{c.id}")
    for v in (1, 2, 3):
        c.must(c.stage(v)[1])
    check(witnessed(c, 4).size == 4)


def receipts_carry_their_checkpoints():
    c = chain(1, 2, min_delay=0, floor=0)
    first(c)
    c.clock(int(time.time() * 1000))
    c.must(c.stage(2)[1])
    is_(c.append(bytes.fromhex(c.say("receipt", "drop", "seen", 1, "-", "-")[1]),
                 token=""), 422, "checkpoint_missing")
    for role, version in (("seen", 1), ("accepted", 2), ("released", 1)):
        t = task(c, role, version)
        note = base64.b64decode(t["checkpoint"])
        n = Note(note, log_public)
        check(n.size == t["seq"], "a checkpoint of another size")
        c.clock(int(time.time() * 1000))
        c.must(receipt(c, role, version, note), token="")
    a = shown(c)
    check(a["in_force"]["version"] == "2" or a["pending"] is None, a)
    a = is_(anyone.call("getEntry", c.id, 4, accept="application/json"), 200)
    proof = [p for p in a.json["proofs"] if p["kind"] == "checkpoint"][0]
    check(proof["size"] == 4 and proof["origin"] == f"{log_name}/{c.id}")
    check(sorted(x["name"] for x in proof["cosigned"]) == [NAME[1], NAME[2]])
    check(all("at" in x for x in proof["cosigned"]), proof)


def wrong(how, c, seconds=1.5):
    """Appends go on while the peer does that; the state says who is waited for."""
    peer.how = how
    before = shown(c)["seq"]
    for v in (1, 2):
        c.must(c.stage(v)[1])
    time.sleep(seconds)
    a = shown(c)
    check(a["seq"] == before + 2 and not a["log"]["read_only"], a["log"])
    check(NAME[3] in a["log"]["waiting_for"], a["log"])
    check(a["log"]["witnessed_at"] is None, a["log"])


def a_witness_that_does_anything_else_stops_no_append():
    c = chain(1, 3)
    good = base64.b64encode(b"\0\0\0\0" + b"\0" * 72)

    def forged(path, body):
        return 200, "text/plain", "\u2014 ".encode() + NAME[3].encode() + \
            b" " + good + b"\n"

    def replayed(path, body):
        text = peer.last if hasattr(peer, "last") else b""
        return 200, "text/plain", text

    def slow(path, body):
        time.sleep(7)
        return 200, "text/plain", b""

    def refusing(note):
        """422, and this when it is asked what it has."""
        return lambda p, b: (422, "text/plain", b"") if b else \
            (200, "text/plain", note)

    def signed(c, size):
        newest(c.id, size)
        return is_(anyone.call("getCheckpoint", c.id), 200).body

    # What the log did sign: of this chain, and more, of another.
    mine = signed(c, 1)
    d = chain(1)
    for v in (1, 2, 3, 4, 5, 6):
        d.must(d.stage(v)[1])
    other = signed(d, 7)
    line = mine.split(b"\n\n")[1].split(b" ")[1]
    renamed = other.replace(other.split(b"\n\n")[1].split(b" ")[1], line)
    moved = other.replace(d.id.encode(), c.id.encode())
    larger = mine.replace(b"\n1\n", b"\n999\n", 1)
    changed = mine.replace(mine.split(b"\n")[2],
                           base64.b64encode(b"\1" * 32), 1)

    for how in (lambda p, b: (200, "text/plain", b"\xff" * 200),
                lambda p, b: (200, "text/plain", b""),
                lambda p, b: (200, "text/plain", b"x" * 200000),
                lambda p, b: (200, "text/plain", b.split(b"\n\n")[-1]),
                forged, replayed,
                lambda p, b: (409, "text/x.tlog.size", b"0\n"),
                lambda p, b: (409, "text/x.tlog.size", b"1\n"),
                lambda p, b: (409, "text/x.tlog.size", b"999999\n"),
                lambda p, b: (409, "text/x.tlog.size", b"-1\n"),
                lambda p, b: (409, "text/plain", b""),
                lambda p, b: (302, "text/plain", b""),
                lambda p, b: (403, "text/plain", b"no\n"),
                lambda p, b: (500, "text/plain", b""), slow,
                *map(refusing, (mine, other, renamed, moved, larger, changed,
                                b""))):
        wrong(how, c, seconds=0.5)
    # Not once for every answer, for ever.
    n, before = len(peer.asked), time.time()
    time.sleep(2)
    check(len(peer.asked) - n < 5 * (time.time() - before),
          "the witness is asked again and again")


def a_witness_whose_clock_is_wrong_is_waited_for():
    c = chain(1, 3)
    now = int(time.time())
    for wrong_by, taken in ((2 * 3600, False), (-2 * 3600, False),
                            (330, False), (-3660, False), (200, True)):
        peer.how = lambda p, b: cosign(3, b, int(time.time()) + wrong_by)
        c.must(c.stage(abs(wrong_by) % 97 + 1)[1])
        n = shown(c)["seq"] + 1
        if taken:
            check(witnessed(c, n).cosigned(NAME[3], vkey_of(3)) >= now + 200)
            continue
        until(lambda: shown(c)["log"]["size"] == n and
              shown(c)["log"]["waiting_for"] == [NAME[3]], n)
        time.sleep(1)  # it stays so
        check(shown(c)["log"]["waiting_for"] == [NAME[3]], shown(c)["log"])


def the_rest_may_be_enough():
    c = chain(1, 2, 3, threshold=2)
    peer.how = lambda p, b: (403, "text/plain", b"")
    n = witnessed(c)
    check(NAME[3] not in n.lines and NAME[1] in n.lines)
    check(shown(c)["log"]["waiting_for"] == [NAME[3]])


def what_too_few_have_cosigned_waits():
    c = chain(1, 2, min_delay=0, floor=0)
    first(c)
    two.stop()
    c.clock(int(time.time() * 1000))
    c.must(c.stage(2)[1])
    newest(c.id, 3)
    a = shown(c)
    check("witnesses" in a["pending"]["waiting_for"], a["pending"])
    check(tasks(c, 1) == [], "a task without its checkpoint")
    a = anyone.call("getCheckpoint", c.id, query={"max_age": 2})
    is_(a, 503, "witnesses_wait")
    two.run()
    t = task(c, "seen", 1)
    check(Note(base64.b64decode(t["checkpoint"]), log_public).size == t["seq"])
    until(lambda: "witnesses" not in shown(c)["pending"]["waiting_for"])


def a_reader_may_ask_for_a_fresh_one():
    c = chain(1, 2)
    before = witnessed(c).cosigned(NAME[1], vkey_of(1))
    time.sleep(3)
    t0 = time.time()
    a = fresh(c)
    n = Note(a.body, log_public)
    for w in (1, 2):
        check(n.cosigned(NAME[w], vkey_of(w)) >= int(t0) - 1)
    check(n.cosigned(NAME[1], vkey_of(1)) > before and n.size == 1)
    again = fresh(c, max_age=LIMIT)
    check(again.body == a.body, "what is young enough is made anew")


def ask_fresh(c, i=0, at=anyone):
    """On a connection of its own; no more than so many from one address."""
    s = socket.socket()
    s.settimeout(LIMIT)
    if at is anyone:
        s.bind((f"127.0.0.{2 + i // 200}", 0))
    s.connect((at.url.hostname, at.url.port))
    s.sendall(f"GET /v1/chains/{c.id}/checkpoint?max_age=1 HTTP/1.1\r\n"
              "Host: x\r\n\r\n".encode())
    return s


def many_who_wait_in_vain_keep_nobody_waiting():
    good, vain = chain(1), chain(2)
    witnessed(good), witnessed(vain)
    one.stop(), two.stop()
    time.sleep(2)
    first = ask_fresh(good)
    time.sleep(0.3)
    crowd = [ask_fresh(vain, i) for i in range(600)]
    time.sleep(0.5)
    one.run()
    # Who is told to come back, for it took long, does so.
    while (answer := first.recv(100)).startswith(b"HTTP/1.1 503"):
        first = ask_fresh(good)
    check(answer.startswith(b"HTTP/1.1 200"), "it waited in vain")
    for s in crowd + [first]:
        s.close()
    two.run()


def to_ask_witnesses_costs_more_than_a_look():
    c = chain(2)
    witnessed(c)
    two.stop()
    time.sleep(2)
    os.environ["ENCLD_RATE_READ"] = "4"  # eight at once
    slow = Encld()
    os.environ["ENCLD_RATE_READ"] = "0"
    there = Client(slow.url)
    is_(there.call("getCheckpoint", c.id), 200)
    crowd = []

    def limited():
        crowd.append(ask_fresh(c, at=there))
        a = there.call("getCheckpoint", c.id)
        return a.status == 429 and is_(a, 429, "rate_limited")
    until(limited, "it is never limited")
    for s in crowd:
        s.close()
    slow.kill(signal.SIGTERM)
    two.run()


def a_witness_that_was_away_is_caught_up_with():
    c = chain(1, 2)
    witnessed(c)
    two.stop(kill=True)
    for v in (1, 2, 3):
        c.must(c.stage(v)[1])
    newest(c.id, 4)
    c.must(c.stage(4)[1])
    two.run()
    check(witnessed(c, 5).size == 5)


def a_policy_must_name_whom_the_server_can_ask():
    Chain(me)

    def created(*words):
        Chain.scribe("witnesses", *words)
        c = Chain(me, create=False)
        Chain.scribe("witnesses", 0, 0)
        return c.create()
    is_(created(1, 1, log_name, log_public.hex(), VKEY[1]), 201)
    # Another log's key; witnesses that nobody here knows.
    is_(created(1, 1, log_name, vkey_of(2).hex(), VKEY[1]), 422,
        "witness_unknown")
    is_(created(1, 1), 422, "witness_unknown")


def it_is_known_what_there_is():
    a = is_(anyone.call("getDiscovery"), 200).json
    check(a["log"] == {"name": log_name, "key": key})
    check(sorted(a["witnesses"]) == sorted(VKEY.values()))


if __name__ == "__main__":
    sys.exit(run_tests([
        it_is_known_what_there_is, every_witness_of_the_policy_cosigns,
        receipts_carry_their_checkpoints, the_rest_may_be_enough,
        a_witness_whose_clock_is_wrong_is_waited_for,
        a_reader_may_ask_for_a_fresh_one,
        a_policy_must_name_whom_the_server_can_ask,
        what_too_few_have_cosigned_waits,
        many_who_wait_in_vain_keep_nobody_waiting,
        to_ask_witnesses_costs_more_than_a_look,
        a_witness_that_was_away_is_caught_up_with,
        a_witness_that_does_anything_else_stops_no_append,
        fsck_is_clean]))
