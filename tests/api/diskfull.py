# SPDX-License-Identifier: ISC
"""The database's disk fills up: nothing is half done, and when there is room
again everything goes on, with no restart.  Started by tests/fault/disk-full.sh,
which has put the database on a small file system of its own, SMALL."""
import os
import sys

from faults import anyone, me, settled
from stack import GUARDIAN, Chain, check, is_, run_tests

SMALL = os.environ["SMALL"]


def fill():
    """Every block that is left."""
    with open(SMALL + "/ballast", "wb", buffering=0) as f:
        size = 1 << 20
        while size:
            try:
                f.write(b"x" * size)
            except OSError:
                size //= 2


def no_room():
    held = Chain(me)
    held.first(1)
    held.must(held.stage(2)[1])
    fill()
    # Pages that are there already take a few more rows.
    refused = None
    for n in range(4000):
        a = me.call("createDefinition", held.name,
                    body={"name": held.name,
                          "image": "registry.example.org/" + "y" * 150 +
                          str(n)})
        if a.status != 201:
            refused = a
            break
    check(refused is not None, "it never filled up")
    is_(refused, 503)
    check(refused.code in ("disk_full", "database"), refused)
    check(int(refused.headers["Retry-After"]) >= 1)
    is_(anyone.call("getChain", held.id), 200)
    os.unlink(SMALL + "/ballast")
    stop = held.revoke(GUARDIAN(0))
    is_(settled(lambda: held.append(stop, token="")), 201)
    v = me.call("getChain", held.id).json
    check(v["phase"] == "open" and v["head"] == held.head()[0], v)


if __name__ == "__main__":
    sys.exit(run_tests([no_room]))
