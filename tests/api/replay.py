# SPDX-License-Identifier: ISC
"""What was sent before a fault is sent again after it, answered or not, and is
answered as if it had been sent once: SOAK_ROUNDS of each (default 2)."""
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

from faults import TOKEN, Encld, me
from soak import fsck_is_clean
from stack import BUILD, GUARDIAN, LIMIT, Chain, Client, check, run_tests, \
    until

ROUNDS = int(os.environ.get("SOAK_ROUNDS", "2"))
WRITERS = 16


def settled(ask):
    """What it answers, once it is not told to come back."""
    end = time.time() + LIMIT
    while (a := ask())[0] == 503 and time.time() < end:
        time.sleep(0.05)
    return a


def post(url, path, body):
    """Once, on a connection of its own; -> status, what was said."""
    c = http.client.HTTPConnection(url.removeprefix("http://"), timeout=LIMIT)
    try:
        c.request("POST", path, body=body,
                  headers={"Authorization": "Bearer " + TOKEN,
                           "Content-Type": "application/cbor"})
        r = c.getresponse()
        return r.status, json.loads(r.read())
    finally:
        c.close()


def path_of(chain):
    return f"/v1/chains/{chain.id}/entries"


class Writer(threading.Thread):
    """Stages and revokes in turn, in order, until an answer does not come."""

    def __init__(self, url, chain, n=40):
        super().__init__()
        self.url, self.chain, self.answers = url, chain, []
        self.statements = [
            chain.revoke(GUARDIAN(0)) if i % 2 else chain.stage(i)[1]
            for i in range(n)]

    def run(self):
        for t in self.statements:
            try:
                status, said = post(self.url, path_of(self.chain), t)
            except (OSError, http.client.HTTPException, ValueError):
                return
            if status != 201:
                check(status == 503, (status, said))
                return
            self.answers.append(said)

    def again(self):
        """-> how many entries there must be behind genesis."""
        sent = self.statements[:len(self.answers) + 1]
        for n, t in enumerate(sent):
            status, said = settled(
                lambda t=t: post(self.url, path_of(self.chain), t))
            if n < len(self.answers):
                check(status == 200, (n, status, said))
                check(said == {**self.answers[n], "repeated": True}, said)
            else:
                check(status in (200, 201), (n, status, said))
        return len(sent)


def verified(url, chain):
    """As a stranger sees it; -> how many entries behind genesis."""
    there = Client(url)
    p = subprocess.run(
        [BUILD + "/bin/encl", "chain", "verify", "-", "--pin", chain.id,
         "--root", os.environ["ENCLD_ROOTS"]],
        input=there.call("getBundle", chain.id).body, capture_output=True)
    check(p.returncode == 0, (p.stdout, p.stderr))
    return there.call("getChain", chain.id).json["seq"]


def under_writers(server, harm):
    """Rounds in which something was answered before the harm was done."""
    done = 0
    for _ in range(4 * ROUNDS):
        there = Client(server.url, TOKEN)
        writers = [Writer(server.url, Chain(there)) for _ in range(WRITERS)]
        for w in writers:
            w.start()
        until(lambda: any(w.answers or not w.is_alive() for w in writers))
        time.sleep(random.uniform(0, 0.4))
        harm()
        for w in writers:
            w.join()
        for w in writers:
            n = w.again()
            check(verified(server.url, w.chain) == n)
        done += any(w.answers for w in writers)
        if done == ROUNDS:
            break
    check(done == ROUNDS, "the harm came too early")
    server.kill(signal.SIGTERM)
    fsck_is_clean()


def sent_again_after_a_kill():
    server = Encld()

    def harm():
        server.kill()
        server.run()
    under_writers(server, harm)


def sent_again_after_a_stop():
    server = Encld()

    def harm():
        server.kill(signal.SIGTERM)
        server.run()
    under_writers(server, harm)


def reads_go_on_while_postgres_stands_still():
    """All of it for three seconds; then what was asked is answered."""
    server = Encld()
    chain = Chain(Client(server.url, TOKEN))
    page = Client(server.url)
    postmaster = int(open(os.environ["PG_DIR"] +
                          "/data/postmaster.pid").readline())

    def stand_still():
        """-> whether the chain was in memory when it began."""
        check(page.call("listEntries", chain.id).status == 200)
        os.kill(postmaster, signal.SIGSTOP)  # from here on it buries nobody
        pids = [postmaster] + [int(p) for p in open(
            f"/proc/{postmaster}/task/{postmaster}/children").read().split()]
        try:
            for p in pids:
                os.kill(p, signal.SIGSTOP)
            end = time.time() + 3
            while time.time() < end:
                r = page.call("listEntries", chain.id)
                if r.status == 503:
                    return False
                check(r.status == 200, f"a read: {r.status} {r.body}")
                time.sleep(0.1)
        finally:
            for p in pids:
                os.kill(p, signal.SIGCONT)
        return True

    def harm():
        # A server that has just got its database back looks at every chain
        # again, be it between the read and the stop: once, not always.
        check(any(stand_still() for _ in range(8)), "reads do not go on")
    under_writers(server, harm)


def at_once(*calls):
    gate = threading.Barrier(len(calls))
    answers = [None] * len(calls)

    def one(i):
        gate.wait()
        answers[i] = post(*calls[i])
    threads = [threading.Thread(target=one, args=(i,))
               for i in range(len(calls))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return answers


def stage_against_stage_on_two_servers():
    """One place, two statements, two servers: one gets it, and both servers
    then have the same history."""
    other = Encld()
    c = Chain(me)
    for n in range(1, 10 * ROUNDS):
        pair = [c.stage(2 * n + i, keep="drop")[1] for i in (0, 1)]
        got = at_once((os.environ["ENCLD_URL"], path_of(c), pair[0]),
                      (other.url, path_of(c), pair[1]))
        check(sorted(a[0] for a in got) == [201, 409], got)
        won = next(a[1] for a in got if a[0] == 201)
        check(won["seq"] == n, won)
        entries = [Client(url).call("getEntry", c.id, n).body
                   for url in (os.environ["ENCLD_URL"], other.url)]
        check(entries[0] == entries[1])
        c.say("follow", entries[0].hex())
    check(verified(other.url, c) == n)
    other.kill(signal.SIGTERM)
    fsck_is_clean()


if __name__ == "__main__":
    sys.exit(run_tests([
        sent_again_after_a_kill, sent_again_after_a_stop,
        reads_go_on_while_postgres_stands_still,
        stage_against_stage_on_two_servers]))
