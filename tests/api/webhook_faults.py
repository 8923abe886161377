# SPDX-License-Identifier: ISC
"""Two servers share the deliveries and one is killed again and again: every
entry is told, and what came twice has the same id."""
import json
import os
import signal
import sys

from faults import Encld
from stack import Chain, Client, check, is_, run_tests, until
from webhooks import Receiver, deliveries, hook, sql, verify

me = Client(token=os.environ["ENCLD_TOKEN"])
other = Encld()
ENTRIES = 60


def killed_while_it_tells():
    r, c = Receiver(), Chain(me)
    w = hook(r.url, c)
    there = Client(other.url, me.token)
    for i in range(ENTRIES):
        t = c.stage(1 + i)[1]
        a = (me if i % 10 >= 5 else there).call("appendEntry", c.id, body=t)
        is_(a, 201)
        if i % 10 == 5:
            other.kill(signal.SIGKILL)
        if i % 10 == 9:
            other.run()

    def told():
        # What one of them tried as it was killed is tried again after a while.
        sql("UPDATE encl.delivery SET due = now() WHERE due > now() AND "
            "tried < now() - interval '2 seconds'")
        d = deliveries(w)
        return len(d) == ENTRIES and all(x["delivered"] for x in d)
    until(told, lambda: deliveries(w), pause=0.2)
    ids = {}
    for m in r.got:
        h = verify(w["key"], m)
        ids.setdefault(json.loads(m[1])["data"]["seq"], set()).add(
            h["webhook-id"])
    check(sorted(ids) == list(range(1, ENTRIES + 1)), sorted(ids))
    check(all(len(i) == 1 for i in ids.values()), ids)


if __name__ == "__main__":
    sys.exit(run_tests([killed_while_it_tells]))
