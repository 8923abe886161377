# SPDX-License-Identifier: ISC
"""Logs under faults: kills at every step between an append and its
cosignatures, two servers, a database restored from an older backup.

WITNESSED_ROUNDS kills (default 3; make soak asks for more)."""
import atexit
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

from events import Stream
from faults import Encld, settled
from log import Note, read_log, root_of
from stack import BUILD, LIMIT, Chain, Client, check, is_, run_tests, until
from webhooks import Receiver, hook
from witnessed import (NAME, chain, log_public, me, anyone, one, peer, two,
                       shown, vkey_of, witnessed)

ROUNDS = int(os.environ.get("WITNESSED_ROUNDS", "3"))
DIR = os.environ["ENCLD_DIR"]
URL = os.environ["ENCLD_URL"]


class Process:
    """What with-encld started, under the same command again."""

    def __init__(self, pid):
        self.pid, self.p = pid, None
        atexit.register(self.kill)

    def kill(self, number=signal.SIGKILL):
        if self.p:
            self.p.send_signal(number)
            self.p.wait()
        elif self.pid:
            try:
                os.kill(self.pid, number)
                while True:
                    os.kill(self.pid, 0)
                    with open(f"/proc/{self.pid}/stat") as f:
                        if f.read().rsplit(")", 1)[1].split()[0] == "Z":
                            break
                    time.sleep(0.01)
            except OSError:
                pass
        self.pid = self.p = None


class Signer(Process):
    def run(self):
        with open(DIR + "/signer.log", "ab") as log:
            self.p = subprocess.Popen(
                [BUILD + "/bin/encl-signer", "run", "--dir", DIR + "/signer",
                 "--master", DIR + "/master", "--rate", "0", "--socket",
                 os.environ["ENCLD_SIGNER_SOCKET"], "--root",
                 os.environ["ENCLD_ROOTS"]], stderr=log)


class Server(Process):
    def run(self):
        self.p = Encld(URL).p
        me.connection = anyone.connection = None


server = Server(int(os.environ["ENCLD_PID"]))
signer = Signer(int(os.environ["SIGNER_PID"]))


class Seen:
    """All that anybody was shown of one chain's log: it only ever grows, and
    has one root for each size."""

    def __init__(self, c):
        self.c, self.roots, self.size = c, {}, 0

    def look(self):
        a = anyone.call("getCheckpoint", self.c.id)
        if a.status != 200:
            return
        n = Note(a.body, log_public)
        check(self.roots.setdefault(n.size, n.root) == n.root, "two histories")
        check(n.size >= self.size, "the log shrank")
        self.size = n.size

    def whole(self):
        leaves, _ = read_log(self.c.id, self.size)
        for size, root in self.roots.items():
            check(root_of(leaves[:size]) == root, "a root of other leaves")


def append(c, statement):
    """Until it is there, whatever happens."""
    end = time.time() + LIMIT
    while time.time() < end:
        try:
            status = c.append(statement).status
        except Exception:
            status = 503
            c.client.connection = None
        if status in (200, 201):
            return
        check(status == 503, status)
        time.sleep(0.02)
    raise AssertionError("it is not there")


def kills(who, again):
    chains = [chain(1, 2) for _ in range(4)]
    seen = [Seen(c) for c in chains]
    for i in range(ROUNDS):
        for c in chains:
            append(c, c.stage(i + 2)[1])
        # Signed, asked and written within about so long.
        time.sleep(random.uniform(0, 0.08))
        who()
        time.sleep(random.uniform(0, 0.05))
        again()
        for c, s in zip(chains, seen):
            settled(lambda: anyone.call("getChain", c.id))
            n = witnessed(c, i + 2)
            check(n.size == i + 2)
            for w in (1, 2):
                n.cosigned(NAME[w], vkey_of(w))
            s.look()
    for s in seen:
        s.whole()


def a_server_that_is_killed():
    kills(server.kill, server.run)


def a_signer_that_is_killed():
    kills(signer.kill, signer.run)


def a_witness_that_is_killed():
    kills(lambda: two.stop(kill=True), two.run)


def all_of_them_killed():
    def who():
        one.stop(kill=True)
        server.kill()
        signer.kill()

    def again():
        signer.run()
        one.run()
        server.run()
    kills(who, again)


def two_servers_are_one_log():
    c = chain(1, 2)
    s = Seen(c)
    other = Encld()
    there = Client(other.url, me.token)
    for i in range(6):
        t = c.stage(i + 2)[1]
        is_((me if i % 2 else there).call("appendEntry", c.id, body=t), 201)
        s.look()
    check(witnessed(c, 7).size == 7)
    a = is_(there.call("getCheckpoint", c.id), 200)
    check(Note(a.body, log_public).size == 7)
    # One of them makes checkpoints; without it the other does.
    server.kill()
    is_(there.call("appendEntry", c.id, body=c.stage(20)[1]), 201)

    def log():
        return is_(there.call("getChain", c.id), 200).json["log"]
    until(lambda: log()["size"] == 8 and log()["witnessed_at"], log)
    server.run()
    s.look()
    s.whole()
    other.kill(signal.SIGTERM)


def a_witness_that_answers_while_the_signer_is_away():
    c = chain(1, 3, threshold=1)
    witnessed(c, 1)
    note = is_(anyone.call("getCheckpoint", c.id), 200).body
    asked, go = threading.Event(), threading.Event()

    def how(path, body):
        if body:
            return 422, "text/plain", b""
        asked.set()
        go.wait(4)  # encld waits no longer than five seconds
        return 200, "text/plain", note
    peer.how = how
    check(asked.wait(LIMIT), "it is not asked what it has")
    # One entry more, which is not signed: what the witness has is not more.
    signer.kill()
    append(c, c.stage(2)[1])
    time.sleep(2)  # mostly enough for the signer to be asked in vain
    go.set()
    signer.run()
    witnessed(c, 2)
    check(not shown(c)["log"]["read_only"])
    feed = is_(anyone.call("getChainFeed", c.id), 200).body
    check(b"chain.read_only" not in feed, feed)


def sql(text):
    subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", "postgres",
                    "-c", text], check=True)


def until_read_only(c, wanted, seconds=120):
    end = time.time() + seconds
    while time.time() < end:
        if settled(lambda: me.call("getChain", c.id)).json["log"][
                "read_only"] == wanted:
            return
        time.sleep(0.1)
    raise AssertionError(f"read_only is not {wanted}: {shown(c)['log']}")


def refuses(c, t):
    is_(c.append(t), 409, "log_behind")
    log = shown(c)["log"]
    check(log["read_only"])
    ready = Client("http://" + os.environ["ENCLD_OPS_LISTEN"]).raw(
        "GET", "/readyz").json
    check(ready["checks"]["chains_behind"] >= 1, ready)


def export(c, name):
    with open(f"{DIR}/{name}.encl", "wb") as f:
        f.write(is_(me.call("getBundle", c.id), 200).body)


def import_(name, status, said):
    a = subprocess.run([BUILD + "/bin/encld", "import", f"{DIR}/{name}.encl"],
                       capture_output=True, text=True)
    check(a.returncode == status and said in a.stdout + a.stderr, a)


def told(c, kind):
    """Streams, as long as it lasts, whoever comes; -> the text."""
    for target in (f"/v1/chains/{c.id}/events", "/v1/events"):
        s = Stream(target)
        _, e = s.event()
        while e["data"]["chain"] != c.id:
            _, e = s.event()
        check(e["type"] == kind and "seq" not in e["data"], e)
        s.close()
    return e["data"]["text"]


def hears(r, kinds):
    """All that a webhook was told of what is no entry, in any order."""
    end = time.time() + 120
    while True:
        got = {json.loads(b)["data"]["happening"]: json.loads(b)["type"]
               for _, b, _ in list(r.got) if b'"happening"' in b}
        if sorted(got.values()) == sorted(kinds):
            return
        check(time.time() < end, got)
        time.sleep(0.1)


def restored(forget, lost=3, more=1):
    """A backup, so many entries, the backup again; forget: of the signer, too,
    which then signs so many others."""
    c, still, r = chain(1, 2), chain(1, 2), Receiver()
    hook(r.url, c), hook(r.url, still)
    witnessed(c), witnessed(still)
    export(c, "short")
    server.kill(signal.SIGTERM)
    sql("CREATE DATABASE older TEMPLATE encl")
    signer.kill(signal.SIGTERM)
    shutil.copytree(DIR + "/signer", DIR + "/older")
    signer.run()
    server.run()
    for v in range(lost):
        append(c, c.stage(2 + v)[1])
    check(witnessed(c, 1 + lost).size == 1 + lost)
    export(c, "whole")
    server.kill(signal.SIGTERM)
    sql("ALTER DATABASE encl RENAME TO newer")
    sql("ALTER DATABASE older RENAME TO encl")
    if forget:
        signer.kill(signal.SIGTERM)
        os.rename(DIR + "/signer", DIR + "/newer")
        os.rename(DIR + "/older", DIR + "/signer")
        signer.run()
    server.run()
    try:
        if forget:
            # A signer that forgot as well signs what it is shown; witnesses
            # have not, once there is something to cosign.
            one.stop(), two.stop()
            open_ = c.id
            for v in range(more):
                open_, t = c.stage(9 + v, keep="drop", from_=open_)
                append(c, t)
            one.run(), two.run()
        until_read_only(c, True)
        check("is read-only." in told(c, "chain.read_only"))
        hears(r, ["chain.read_only"])
        refuses(c, c.stage(30, keep="drop", from_=c.id)[1])
        is_(anyone.call("listEntries", c.id), 200)
        append(still, still.stage(2)[1])
        check(witnessed(still, 2).size == 2)
    finally:
        server.kill(signal.SIGTERM)
        if not forget:
            # The entries come back from anybody's copy.
            import_("short", 6, "signer_ahead")
            import_("whole", 0, f"{lost} entries added, {1 + lost} in all")
            import_("whole", 0, f"0 entries added, {1 + lost} in all")
            import_("short", 0, f"0 entries added, {1 + lost} in all")
            sql("DROP DATABASE newer")
        else:
            # That history cannot: here is another by now.
            import_("whole", 6, "head_moved")
            sql("DROP DATABASE encl")
            sql("ALTER DATABASE newer RENAME TO encl")
        if forget:
            signer.kill(signal.SIGTERM)
            shutil.rmtree(DIR + "/signer")
            os.rename(DIR + "/newer", DIR + "/signer")
            signer.run()
        shutil.rmtree(DIR + "/older", ignore_errors=True)
        server.run()
    until_read_only(c, False)
    if not forget:  # else that database never knew
        hears(r, ["chain.read_only", "chain.caught_up"])
        feed = is_(anyone.call("getChainFeed", c.id), 200).body
        check(0 < feed.index(b"chain.caught_up") <
              feed.index(b"chain.read_only"), feed)
    append(c, c.stage(40)[1])
    check(witnessed(c, 2 + lost).size == 2 + lost)


def an_older_backup_is_noticed_by_the_signer():
    restored(False)


def an_older_backup_of_both_is_noticed_by_the_witnesses():
    restored(True)


def another_history_of_one_length_is_noticed_too():
    restored(True, 1, 1)


def and_one_that_has_grown_longer():
    restored(True, 2, 4)


if __name__ == "__main__":
    sys.exit(run_tests([
        a_server_that_is_killed, a_signer_that_is_killed,
        a_witness_that_is_killed, all_of_them_killed,
        two_servers_are_one_log,
        a_witness_that_answers_while_the_signer_is_away, an_older_backup_is_noticed_by_the_signer,
        an_older_backup_of_both_is_noticed_by_the_witnesses,
        another_history_of_one_length_is_noticed_too,
        and_one_that_has_grown_longer]))
