# SPDX-License-Identifier: ISC
"""Limits: everything but a revoke that stops something waits, and memory."""
import os
import socket
import sys

from stack import (GUARDIAN, HOUR, JSON, OTHER, Chain, Client, check, is_,
                   run_tests, until)
from faults import Encld

TOKEN = os.environ["ENCLD_TOKEN"]
me = Client(token=TOKEN)
os.environ["ENCLD_RATE_READ"] = os.environ["ENCLD_RATE_WRITE"] = "2"
os.environ["ENCLD_PROXIES"] = ""
slow = Encld()


def until_limited(ask):
    def limited():
        a = ask()
        if a.status != 429:
            return False
        check(a.code == "rate_limited" and
              int(a.headers["Retry-After"]) >= 1, a)
        return True
    until(limited, "never limited", pause=0)


def reads_and_writes_wait():
    c = Chain(me)
    anyone = Client(slow.url)
    until_limited(lambda: anyone.call("getChain", c.id))
    t = c.stage(1, keep="drop")[1]
    until_limited(lambda: Client(slow.url, TOKEN).call(
        "appendEntry", c.id, body=t[:-1]))
    until_limited(lambda: Client(slow.url, TOKEN).call(
        "appendEntry", c.id, body=t))


def a_good_revoke_does_not():
    c = Chain(me)
    c.first(1)
    c.must(c.stage(2)[1])
    anyone = Client(slow.url)
    bad = c.revoke(OTHER(0), keep="drop")
    until_limited(lambda: anyone.call("appendEntry", c.id, body=bad))
    t = c.revoke(GUARDIAN(0))
    is_(anyone.call("appendEntry", c.id, body=t), 201)
    until_limited(lambda: anyone.call("appendEntry", c.id, body=t))


def rss(p):
    with open(f"/proc/{p.pid}/status") as f:
        return next(int(x.split()[1]) for x in f if x.startswith("VmRSS"))


def slowly(url, target, accept):
    """Asks, and reads nothing."""
    host, port = url[7:].split(":")
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect((host, int(port)))
    s.sendall((f"GET {target} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\n"
               "\r\n").encode())
    return s


def slow_readers_take_bounded_memory():
    """Some 4.5 MB of JSON each, more than a socket takes; and bundles."""
    os.environ.update(ENCLD_RATE_READ="0", ENCLD_WORKERS="2",
                      ENCLD_REPLIES_MB="16", ENCLD_CACHE_MB="4")
    server = Encld()
    c = Chain(me, control=16, threshold=16, guardians=16)
    c.must(c.stage(1, who=0xffff)[1])
    c.must(c.receipt("accepted", 1))
    for i in range(260):
        c.must(c.policy(HOUR + i, who=0xffff)[1])
    anyone = Client(server.url)
    page = {"limit": 500}
    is_(anyone.call("listEntries", c.id, accept=JSON, query=page), 200)
    before = rss(server.p)
    held = [slowly(server.url, f"/v1/chains/{c.id}/bundle", "*/*")
            for _ in range(40)]
    held += [slowly(server.url, f"/v1/chains/{c.id}/entries?limit=500", JSON)
             for _ in range(40)]

    def asked(status):
        a = anyone.call("listEntries", c.id, accept=JSON, query=page)
        return a.status == status and a

    def crowded():  # those who take too long are cut meanwhile
        entries = f"/v1/chains/{c.id}/entries?limit=500"
        held.append(slowly(server.url, entries, JSON))
        return asked(503)
    a = is_(until(crowded, "there is room"), 503, "busy")
    check(int(a.headers["Retry-After"]) >= 1, a.headers)
    is_(anyone.call("getChain", c.id), 200)
    grown = (rss(server.p) - before) / 1024
    check(grown < 60, f"{grown:.0f} MB")
    for s in held:
        s.close()
    until(lambda: asked(200), "there is no room", pause=0.1)
    server.kill(15)


if __name__ == "__main__":
    status = run_tests([reads_and_writes_wait, a_good_revoke_does_not,
                        slow_readers_take_bounded_memory])
    slow.kill(15)
    sys.exit(status)
