# SPDX-License-Identifier: ISC
"""Rate limits: everything but a revoke that stops something waits."""
import os
import sys

from stack import GUARDIAN, OTHER, Chain, Client, check, is_, run_tests
from faults import Encld

TOKEN = os.environ["ENCLD_TOKEN"]
me = Client(token=TOKEN)
os.environ["ENCLD_RATE_READ"] = os.environ["ENCLD_RATE_WRITE"] = "2"
os.environ["ENCLD_PROXIES"] = ""
slow = Encld()


def until_limited(ask, most=40):
    for _ in range(most):
        a = ask()
        if a.status == 429:
            check(a.code == "rate_limited" and
                  int(a.headers["Retry-After"]) >= 1, a)
            return
    raise AssertionError("never limited")


def reads_and_writes_wait():
    c = Chain(me)
    anyone = Client(slow.url)
    until_limited(lambda: anyone.call("getChain", c.id))
    t = c.stage(1, keep="drop")[1]
    until_limited(lambda: Client(slow.url, TOKEN).call(
        "appendEntry", c.id, body=t[:-1]))
    is_(Client(slow.url, TOKEN).call("appendEntry", c.id, body=t), 429)


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


if __name__ == "__main__":
    status = run_tests([reads_and_writes_wait, a_good_revoke_does_not])
    slow.kill(15)
    sys.exit(status)
