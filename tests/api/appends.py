# SPDX-License-Identifier: ISC
"""Appends: what the rules refuse, repeats, moved heads, late revocations."""
import os
import re
import sys
import threading
import urllib.request

from stack import (CONTROL, ENDORSER, GUARDIAN, HOUR, JSON, OTHER, Chain,
                   Client, check, is_, run_tests, until)

me = Client(token=os.environ["ENCLD_TOKEN"])
anyone = Client()


def repeats_answer_as_the_first_time():
    c = Chain(me)
    for t, how in ((c.stage(1)[1], {}),
                   (c.receipt("accepted", 1), {"token": ""}),
                   (c.stage(2)[1], {}), (c.receipt("seen", 1), {}),
                   (c.revoke(GUARDIAN(0)), {"token": ""})):
        a = is_(c.append(t, **how), 201)
        b = is_(c.append(t, **how), 200)
        check({**a.json, "repeated": True} == b.json)
    for n in range(1, 6):
        t = c.say("entry", n)
    check(c.head()[1] == "6")
    check(anyone.call("getChain", c.id).json["seq"] == 5)


def a_stage_needs_a_token():
    c = Chain(me)
    _, t = c.stage(1)
    is_(anyone.call("appendEntry", c.id, body=t), 401, "token_missing")
    check(anyone.call("getChain", c.id).json["seq"] == 0)
    c.must(t)


def everything_else_needs_none():
    c = Chain(me, endorsers=2, needed=1)
    c.must(c.stage(1)[1])
    for t in (c.endorse(ENDORSER(0)), c.receipt("accepted", 1)):
        is_(anyone.call("appendEntry", c.id, body=t), 201)
    c.must(c.stage(2)[1])
    is_(anyone.call("appendEntry", c.id, body=c.revoke(GUARDIAN(1))), 201)


def authority():
    c = Chain(me)
    c.first(1)
    for who in (CONTROL(0), GUARDIAN(0) | CONTROL(0), OTHER(0), 0):
        is_(c.append(c.stage(2, who=who, keep="drop")[1]), 422)
    is_(c.append(c.stage(2, who=3 | OTHER(0), keep="drop")[1]), 422,
        "proof_surplus")
    c.must(c.stage(2)[1])
    for who in (CONTROL(0), OTHER(0)):
        is_(c.append(c.revoke(who, keep="drop")), 422)
    is_(c.append(c.revoke(GUARDIAN(0))), 201)


def window_below_policy():
    c = Chain(me)
    c.first(1)
    is_(c.append(c.stage(2, delay=HOUR - 1, keep="drop")[1]), 422,
        "delay_short")
    is_(c.append(c.stage(2, delay=HOUR)[1]), 201)


def unknown_definition():
    c = Chain(me)
    is_(c.append(c.stage(1, definition="1" * 64, keep="drop")[1]), 422,
        "definition_unknown")
    is_(c.append(c.stage(1)[1]), 201)


def moved_head():
    """A stage from a place that the chain has left says what is lacking."""
    c = Chain(me)
    _, old = c.stage(9, keep="drop")
    c.first(1)
    a = is_(c.append(old), 409, "from_stale")
    check(a.json["head"] == c.head()[0] and a.json["next_seq"] == 3)
    check(a.json["entries_from"] == 1, a)
    c.must(c.stage(2)[1])
    opened = c.head()[2]
    a = is_(c.append(c.stage(3, from_=opened, keep="drop")[1]), 409,
            "stage_open")


def replacing_the_open_stage():
    c = Chain(me)
    c.first(1)
    c.must(c.stage(2)[1])
    is_(c.append(c.stage(3)[1]), 201)
    check(anyone.call("getChain", c.id).json["pending"]["release"]["version"]
          == "v3")


def revoke_twice():
    c = Chain(me)
    c.first(1)
    c.must(c.stage(2)[1])
    t = c.revoke(GUARDIAN(0))
    stage = c.head()[3]
    a = is_(c.append(t), 201)
    b = is_(c.append(t), 200)
    check(a.json["entry"] == b.json["entry"])


def late_revocations_are_kept():
    c = Chain(me)
    c.first(1)
    stage, t = c.stage(2)
    c.must(t)
    late = c.revoke(GUARDIAN(0), keep="drop", reason="late")
    bad = c.revoke(OTHER(0), keep="drop", reason="late")
    c.must(c.receipt("seen", 1))
    c.must(c.receipt("accepted", 2))
    c.clock(c.now + 2 * HOUR)
    c.must(c.receipt("released", 1))
    is_(anyone.call("appendEntry", c.id, body=bad), 422)
    a = is_(anyone.call("appendEntry", c.id, body=late), 202)
    check(a.json["code"] == "not_revocable", a.json)
    check(a.json["stage"] == stage and a.json["kept"])
    is_(anyone.call("appendEntry", c.id, body=late), 202)
    a = is_(anyone.call("listRevocations", c.id, accept=JSON), 200)
    check(len(a.json["items"]) == 1 and a.json["items"][0]["stage"] == stage)
    a = is_(anyone.call("listRevocations", c.id), 200)
    check(a.body == late)
    check(anyone.call("getBundle", c.id).body.startswith(late))
    check(anyone.call("getChain", c.id).json["in_force"]["version"] == "v2")
    unknown = c.revoke(GUARDIAN(0), stage="1" * 64, keep="drop")
    is_(anyone.call("appendEntry", c.id, body=unknown), 409)


def naming_a_stage_that_never_was_is_cheap():
    """Else a few hundred bytes from anybody would make the server walk a whole
    chain."""
    c = Chain(me, control=16, threshold=16, guardians=16)
    c.must(c.stage(1, who=0xffff)[1])
    c.must(c.receipt("accepted", 1))
    for i in range(100):
        last, t = c.policy(HOUR + i, who=0xffff)
        c.must(t)
    c.must(c.policy(HOUR, who=0xffff)[1])  # in place of the last

    def work():
        """Of the server's threads on their processors, in ticks."""
        with open(f"/proc/{os.environ['ENCLD_PID']}/stat") as f:
            return sum(map(int, f.read().rsplit(")", 1)[1].split()[11:13]))

    def cost(stage):
        t = c.revoke(GUARDIAN(0), stage=stage, keep="drop")
        spoilt = t[:-1] + bytes([t[-1] ^ 1])
        before = work()
        for _ in range(20):
            a = anyone.call("appendEntry", c.id, body=spoilt)
            check(a.status >= 400, a)
        return work() - before

    unknown, known = cost("1" * 64), cost(last)
    check(unknown < known / 3, f"{unknown} ticks, {known} ticks")


def receipts():
    c = Chain(me)
    c.first(1)
    is_(c.append(c.receipt("seen", 1, keep="drop")), 409, "receipt_state")
    c.must(c.stage(2)[1])
    is_(c.append(c.receipt("seen", 2, keep="drop")), 422, "receipt_pcrs")
    is_(c.append(c.receipt("seen", 1, prev="1" * 64, keep="drop")), 422,
        "receipt_user_data")
    c.must(c.receipt("seen", 1))
    is_(c.append(c.receipt("released", 1, keep="drop")), 422, "not_accepted")
    c.must(c.receipt("accepted", 2))
    is_(c.append(c.receipt("released", 1, keep="drop")), 422, "too_early")
    c.clock(c.now + 31 * 24 * HOUR)
    is_(c.append(c.receipt("released", 1, keep="drop")), 422, "expired")
    is_(c.append(c.receipt("lapsed", 1)), 201)


def a_receipt_of_another_chain():
    c, d = Chain(me), Chain(me)
    c.first(1)
    d.first(1)
    c.must(c.stage(2)[1])
    d.must(d.stage(2)[1])
    is_(d.append(c.receipt("seen", 1, keep="drop")), 422)


def broken_bytes():
    c = Chain(me)
    _, t = c.stage(1)
    for n in (0, 1, 20, len(t) // 2, len(t) - 1):
        if n:
            a = me.call("appendEntry", c.id, body=t[:n])
            is_(a, 422)
    is_(c.append(t + b"\0"), 422, "cbor_trailing")
    for n in range(0, len(t), 7):
        flipped = bytearray(t)
        flipped[n] ^= 0x10
        a = c.append(bytes(flipped))
        check(a.status in (400, 404, 409, 422), (n, a))
    check(anyone.call("getChain", c.id).json["seq"] == 0)
    is_(me.call("appendEntry", c.id, body=b""), 400, "body_missing")
    is_(c.append(t), 201)


def genesis_again():
    c, d = Chain(me), Chain(me)
    a = is_(c.append(c.genesis), 200)
    check(a.json["repeated"] and a.json["entry"] == c.id)
    is_(d.append(c.genesis), 422, "genesis_again")


def the_wrong_place():
    c, d = Chain(me), Chain(me)
    is_(d.append(c.stage(1, keep="drop")[1]), 422, "chain_foreign")
    is_(me.call("appendEntry", "0" * 64, body=c.stage(1, keep="drop")[1]),
        404, "not_found")


def one_of_many_wins():
    """Many writers, one place: one 201, the others 409; the chain is whole."""
    c = Chain(me)
    c.first(1)
    stages = [c.stage(n, keep="drop")[1] for n in range(100, 116)]
    answers = []

    def send(t):
        answers.append(Client(token=me.token).call("appendEntry", c.id,
                                                   body=t))
    threads = [threading.Thread(target=send, args=(t,)) for t in stages]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    codes = sorted(a.status for a in answers)
    check(codes == [201] + [409] * 15, codes)
    check(all(a.json["next_seq"] == 4 for a in answers if a.status == 409))
    check(anyone.call("getChain", c.id).json["seq"] == 3)


def the_same_append_many_times_at_once():
    c = Chain(me)
    c.first(1)
    t = c.stage(2)[1]
    answers = []

    def send():
        answers.append(Client(token=me.token).call("appendEntry", c.id,
                                                   body=t))
    threads = [threading.Thread(target=send) for _ in range(12)]
    for x in threads:
        x.start()
    for x in threads:
        x.join()
    check(sorted(a.status for a in answers) == [200] * 11 + [201],
          sorted(a.status for a in answers))
    check(len({a.json["entry"] for a in answers}) == 1)


def revoke_against_release():
    """Both want the same place: one gets it, and a late revoke is kept."""
    for _ in range(6):
        c = Chain(me)
        c.first(1)
        c.must(c.stage(2)[1])
        c.must(c.receipt("seen", 1))
        c.must(c.receipt("accepted", 2))
        c.clock(c.now + 2 * HOUR)
        pair = [c.revoke(GUARDIAN(0), keep="drop"),
                c.receipt("released", 1, keep="drop")]
        answers = {}

        def send(i):
            answers[i] = Client().call("appendEntry", c.id, body=pair[i])
        threads = [threading.Thread(target=send, args=(i,)) for i in (0, 1)]
        for x in threads:
            x.start()
        for x in threads:
            x.join()
        got = (answers[0].status, answers[1].status)
        check(got in ((201, 409), (201, 422), (202, 201)), answers)
        in_force = anyone.call("getChain", c.id).json["in_force"]["version"]
        check(in_force == ("v2" if got[1] == 201 else "v1"), (got, in_force))


def figure(name):
    ops = os.environ["ENCLD_OPS_LISTEN"]
    text = urllib.request.urlopen(f"http://{ops}/metrics").read().decode()
    return float(re.search(rf"^{name} (.*)$", text, re.M)[1])


def figures_say_what_came_of_appends():
    names = ["encl_appends_total", "encl_appends_repeated_total",
             "encl_appends_refused_total", "encl_commit_group_size_count"]
    c = Chain(me)
    t = c.stage(1)[1]
    before = [figure(n) for n in names]
    c.must(t)
    is_(c.append(t), 200)
    is_(c.append(c.revoke(OTHER(0), keep="drop")), 422)
    after = [figure(n) for n in names]
    check([b - a for a, b in zip(before, after)] == [1, 1, 1, 1],
          (before, after))
    check(figure("encl_chain_cache_bytes") > 0)
    wait = threading.Thread(target=lambda: me.call(
        "listTasks", query={"chain": c.id, "pcr0": "0" * 96, "wait": 5}))
    wait.start()
    until(lambda: figure("encl_http_requests_in_flight") == 1)
    wait.join()
    until(lambda: figure("encl_http_requests_in_flight") == 0)


if __name__ == "__main__":
    sys.exit(run_tests([
        repeats_answer_as_the_first_time, a_stage_needs_a_token,
        everything_else_needs_none, authority, window_below_policy,
        unknown_definition, moved_head, replacing_the_open_stage,
        revoke_twice, late_revocations_are_kept,
        naming_a_stage_that_never_was_is_cheap, receipts,
        a_receipt_of_another_chain, broken_bytes, genesis_again,
        the_wrong_place, one_of_many_wins,
        the_same_append_many_times_at_once, revoke_against_release,
        figures_say_what_came_of_appends]))
