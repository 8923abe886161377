# SPDX-License-Identifier: ISC
"""An entry is appended while many watch: one line a round, milliseconds from
the moment when its request was sent until half of them, 99 of 100 and all have
the event."""
import os
import subprocess
import sys
import time

from stack import Chain, Client

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
me = Client(token=os.environ["ENCLD_TOKEN"])
c = Chain(me)
c.first(1)
path = "/v1/events" if sys.argv[2] == "all" else f"/v1/chains/{c.id}/events"
p = subprocess.Popen(
    ["taskset", "-c", os.environ["CLIENT_CPUS"],
     os.environ["BUILD"] + "/tests/bench/watchers",
     os.environ["ENCLD_LISTEN"], path, sys.argv[1]],
    text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
if p.stdout.readline() != "ready\n":
    sys.exit(1)
for i in range(ROUNDS):
    t = c.stage(2 + i)[1]
    time.sleep(0.3)
    p.stdin.write("\n")
    p.stdin.flush()
    start = time.monotonic_ns() // 1000
    c.must(t)
    print(*((int(x) - start) / 1000 for x in p.stdout.readline().split()),
          flush=True)
p.stdin.close()
sys.exit(p.wait())
