# SPDX-License-Identifier: ISC
"""Kills and races, SOAK_ROUNDS of each (default 3; make soak asks for more).

A round counts only when something was appended in it and everything came
back by itself."""
import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time

import signer
import signing
from faults import TOKEN, Encld, me, pg, ready, settled
from stack import BUILD, GUARDIAN, HOUR, LIMIT, Chain, Client, check, is_, \
    run_tests, until

ROUNDS = int(os.environ.get("SOAK_ROUNDS", "3"))


class Writer(threading.Thread):
    """Sends one chain's statements in order until each is settled: 201 or,
    when the answer to the first try was lost, 200."""

    def __init__(self, url, chain, statements):
        super().__init__()
        self.url, self.chain, self.statements = url, chain, statements
        self.settled, self.wrong = 0, None
        self.start()

    def run(self):
        client = Client(self.url, TOKEN)
        for t in self.statements:
            end = time.time() + LIMIT
            while True:
                try:
                    status = client.call("appendEntry", self.chain.id,
                                         body=t).status
                except Exception:  # cut off in the middle
                    status = 503
                if status in (200, 201):
                    break
                if status != 503 or time.time() > end:
                    self.wrong = status
                    return
                time.sleep(0.02)
            self.settled += 1


def story(chain):
    return [chain.stage(1)[1], chain.receipt("accepted", 1),
            chain.stage(2)[1], chain.receipt("seen", 1),
            chain.revoke(GUARDIAN(0)), chain.stage(3)[1]]


def whole(client, chain, entries):
    """The server has exactly these entries, and they verify."""
    v = is_(settled(lambda: client.call("getChain", chain.id)), 200).json
    check(v["head"] == chain.head()[0] and v["seq"] == entries, v)
    mine = b"".join(bytes.fromhex(chain.say("entry", i)[0])
                    for i in range(entries + 1))
    check(client.call("listEntries", chain.id).body == mine)


def under_writers(url, harm):
    """One round: 16 writers, harm in the middle, everything settles."""
    there = Client(url, TOKEN)
    chains = [Chain(there) for _ in range(16)]
    writers = [Writer(url, c, story(c)) for c in chains]
    time.sleep(random.uniform(0, 0.1))
    harm()
    for w in writers:
        w.join()
    check(all(w.wrong is None for w in writers),
          [w.wrong for w in writers])
    check(sum(w.settled for w in writers) == 6 * len(chains))
    there.connection = None
    for c in chains:
        whole(there, c, 6)


def fsck_is_clean():
    p = subprocess.run([BUILD + "/bin/encld", "fsck"], capture_output=True)
    check(p.returncode == 0, p.stdout + p.stderr)


def encld_killed_under_writers():
    server = Encld()

    def harm():
        server.kill()
        server.run()
    for _ in range(ROUNDS):
        under_writers(server.url, harm)
    server.kill(signal.SIGTERM)
    fsck_is_clean()


def postgres_killed_under_writers():
    """SIGKILL of the postmaster and every process of its."""
    data = os.environ["PG_DIR"] + "/data"

    def harm():
        postmaster = int(open(data + "/postmaster.pid").readline())
        children = subprocess.run(["pgrep", "-P", str(postmaster)],
                                  capture_output=True, text=True).stdout
        for pid in [postmaster, *map(int, children.split())]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        until(pg_starts, "PostgreSQL did not come back", pause=0.2)
        ready(os.environ["ENCLD_OPS_LISTEN"])

    def pg_starts():
        # The dead one's children may hold the memory for a moment.
        try:
            pg("-l", os.environ["PG_DIR"] + "/log", "start",
               stderr=subprocess.DEVNULL)
            return True
        except subprocess.CalledProcessError:
            return False
    for _ in range(ROUNDS):
        under_writers(None, harm)
    fsck_is_clean()


def revoke_races_release():
    """At the deadline, on two servers: one of the two takes the place, the
    other learns why not, and the chain is what the winner says."""
    other = Encld()
    won = {"revoke": 0, "released": 0}
    for i in range(ROUNDS * 10):
        c = Chain(me)
        c.first(1)
        c.must(c.stage(2)[1])
        c.must(c.receipt("seen", 1), token="")
        c.must(c.receipt("accepted", 2), token="")
        c.clock(c.now + 2 * HOUR)
        race = {"revoke": c.revoke(GUARDIAN(0), keep="drop"),
                "released": c.receipt("released", 1, keep="drop")}
        answers = {}

        def send(name, url):
            answers[name] = Client(url, TOKEN).call("appendEntry", c.id,
                                                    body=race[name])
        order = [("revoke", None), ("released", other.url)]
        if i % 2:
            order.reverse()
        threads = [threading.Thread(target=send, args=o) for o in order]
        for x in threads:
            x.start()
            if i < 2:  # so that each wins for once
                x.join()
            time.sleep(random.uniform(0, 0.002))
        for x in threads:
            x.join()
        first = [n for n, a in answers.items() if a.status == 201]
        check(len(first) == 1, answers)
        won[first[0]] += 1
        lost = answers["released" if first[0] == "revoke" else "revoke"]
        # A revocation that is too late is kept, and says so.
        check(lost.status == (202 if first[0] == "released" else 409) or
              lost.status == 422, lost)
        for server in (me, Client(other.url, TOKEN)):
            until(lambda: server.call("getChain", c.id).json["seq"] == 6)
            v = server.call("getChain", c.id).json
            check(v["upgrades"] == (2 if first[0] == "released" else 1), v)
    check(min(won.values()) > 0, won)
    other.kill(signal.SIGTERM)
    fsck_is_clean()


def signer_killed_while_signing():
    """SIGKILL at any moment: what was given out is in the record, the record
    opens, and nothing that it knew is forgotten."""
    s = signing.Signer("--rate", "0")
    chains = [signing.Bare(s.wire()) for _ in range(3)]
    given = 0
    for i in range(max(ROUNDS, 8)):
        out = [set() for _ in chains]

        def ask(n, c):
            # Fewer than the record keeps of one chain.
            try:
                w = s.wire()
                for k in range(6):
                    p = signing.stage(c.id, c.opened, expires=i * 100 + k)
                    a = c.sign(p, wire=w)
                    if a is None:
                        return
                    check(a["code"] == "ok", a)
                    out[n].add(hashlib.sha256(p).hexdigest())
            except OSError:
                return
        threads = [threading.Thread(target=ask, args=x)
                   for x in enumerate(chains)]
        for t in threads:
            t.start()
        if i == 0:
            until(lambda: any(out), "nothing is signed")
        time.sleep(random.uniform(0, 0.006))
        s.kill()
        for t in threads:
            t.join()
        s.run()
        shown = s.tool("show")
        for n, c in enumerate(chains):
            for payload in out[n]:
                check(f"signed {c.id.hex()} {payload} " in shown,
                      (payload, shown))
            given += len(out[n])
            c.wire = s.wire()
            # Half of the time the chain moves on, and never comes back.
            if random.random() < 0.5:
                old = signing.stage(c.id, c.opened, expires=1)
                a = c.sign(old)
                check(a["code"] == "ok", a)
                c.append(old, a)
                c.revoke(old)
                check(c.sign(old)["code"] == "from_stale")
                s.kill()
                s.run()
                c.wire = s.wire()
                check(c.sign(old)["code"] == "from_stale")
    check(given > 0)


def signer_killed_under_writers():
    """Stages by server-held keys through a server while the signer dies: each
    is settled in the end, and the chain is whole."""
    s = signing.Signer("--rate", "0")
    before = os.environ["ENCLD_SIGNER_SOCKET"]
    os.environ["ENCLD_SIGNER_SOCKET"] = s.socket
    server = Encld()
    os.environ["ENCLD_SIGNER_SOCKET"] = before
    held = [signer.Held(Client(server.url, TOKEN)) for _ in range(4)]
    for _ in range(ROUNDS):
        wrong = []

        def write(h):
            client = Client(server.url, TOKEN)
            for k in range(3):
                for act in (lambda: h.stage(k, client),
                            lambda: h.revoke(client)):
                    end = time.time() + LIMIT
                    while (a := act()).status == 503 and time.time() < end:
                        check(a.code == "signer", a)
                        time.sleep(0.01)
                    if a.status != 201:
                        wrong.append(a)
        threads = [threading.Thread(target=write, args=(h,)) for h in held]
        for t in threads:
            t.start()
        for _ in range(2):
            time.sleep(random.uniform(0, 0.02))
            s.kill()
            s.run()
        for t in threads:
            t.join()
        check(not wrong, wrong)
    for h in held:
        check(h.seq() == 6 * ROUNDS, h.seq())
    server.kill(signal.SIGTERM)


def a_stopped_backend_holds_nobody_up():
    """Three seconds without an answer from one database process."""
    for _ in range(ROUNDS):
        def harm():
            postmaster = open(os.environ["PG_DIR"] +
                              "/data/postmaster.pid").readline().strip()
            pids = subprocess.run(["pgrep", "-P", postmaster, "-f",
                                   "encl_app"], capture_output=True,
                                  text=True).stdout.split()
            pid = int(random.choice(pids))
            try:
                os.kill(pid, signal.SIGSTOP)
                time.sleep(3)
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass
        under_writers(None, harm)


if __name__ == "__main__":
    sys.exit(run_tests([
        encld_killed_under_writers, postgres_killed_under_writers,
        signer_killed_while_signing, signer_killed_under_writers,
        revoke_races_release, a_stopped_backend_holds_nobody_up]))
