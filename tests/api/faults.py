# SPDX-License-Identifier: ISC
"""What happens around the server: PostgreSQL away, SIGKILL, two of them."""
import atexit
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from stack import BUILD, LIMIT, Chain, Client, check, is_, numbers, \
    run_tests, until

TOKEN = os.environ["ENCLD_TOKEN"]
me = Client(token=TOKEN)
anyone = Client()
log = open(os.environ["ENCLD_DIR"] + "/log2", "ab")


class Encld:
    """One more, or one again."""

    def __init__(self, url=None):
        self.env = dict(os.environ)
        if url is None:
            # Bound here, too, they are nobody else's while it is not there.
            self.ports = [socket.socket() for _ in range(2)]
            for s in self.ports:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(("127.0.0.1", 0))
            self.env["ENCLD_LISTEN"], self.env["ENCLD_OPS_LISTEN"] = [
                "127.0.0.1:%d" % s.getsockname()[1] for s in self.ports]
        self.url = "http://" + self.env["ENCLD_LISTEN"]
        self.p = None
        atexit.register(lambda: self.p.poll() is None and self.kill())
        self.run()

    def run(self):
        self.p = subprocess.Popen([BUILD + "/bin/encld", "run"], env=self.env,
                                  stderr=log)
        ready(self.env["ENCLD_OPS_LISTEN"], self.p)

    def kill(self, number=signal.SIGKILL):
        self.p.send_signal(number)
        return self.p.wait()


def ready(ops, p=None, wanted=200):
    def is_so():
        check(p is None or p.poll() is None, "it has ended")
        try:
            return urllib.request.urlopen(f"http://{ops}/readyz",
                                          timeout=LIMIT).status == wanted
        except urllib.error.HTTPError as e:
            return e.code == wanted
        except OSError:
            return False
    until(is_so, f"{ops} is not {wanted}", pause=0.05)


def metric(ops, name):
    text = Client("http://" + ops).raw("GET", "/metrics").body.decode()
    return int(re.search(rf"^{name} (\d+)", text, re.M)[1])


def pg(*words, stderr=None):
    command = [os.environ["PG_BIN"] + "/pg_ctl", "-s", "-w", "-t", str(LIMIT),
               "-D", os.environ["PG_DIR"] + "/data", *words]
    if os.geteuid() == 0:
        command = ["runuser", "-u", os.environ["PG_OS"], "--", "env", "-C",
                   "/"] + command
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL,
                   stderr=stderr)


def settled(ask):
    """What the server answers once it has found its database again."""
    end = time.time() + LIMIT
    while (a := ask()).status == 503 and time.time() < end:
        time.sleep(0.1)
    return a


def database_away():
    c = Chain(me)
    first = c.stage(1)[1]
    c.must(first)
    c.must(c.receipt("accepted", 1), token="")
    is_(anyone.call("listEntries", c.id, query={"limit": 2}), 200)
    is_(anyone.call("getChain", c.id), 200)
    t = c.stage(2)[1]
    ops = os.environ["ENCLD_OPS_LISTEN"]
    pg("-m", "immediate", "stop")
    try:
        # Refused by what is in memory, and then by nothing at all.
        for _ in range(32):
            is_(c.append(first), 503, "database")
        for a in (c.append(t),
                  me.call("createKey", body={"name": f"k{next(numbers)}"}),
                  me.call("listEnclaves"), me.call("getEnclave", c.name)):
            is_(a, 503, "database")
            check(int(a.headers["Retry-After"]) >= 1)
            check(a.headers["Cache-Control"] == "no-store")
        is_(anyone.call("listEntries", c.id, query={"limit": 2}), 200)
        # A checkpoint that was just made is not in what memory has of it.
        check(anyone.call("getChain", c.id).status in (200, 503))
        is_(anyone.call("getDiscovery"), 200)
        ready(ops, wanted=503)
    finally:
        pg("-l", os.environ["PG_DIR"] + "/log", "start")
    ready(ops)
    is_(settled(lambda: c.append(t)), 201)
    is_(settled(lambda: c.append(t)), 200)
    is_(settled(lambda: me.call("getEnclave", c.name)), 200)


def a_restart_while_idle_is_not_felt():
    c = Chain(me)
    c.first(1)
    t = c.stage(2)[1]
    pg("-m", "fast", "restart")
    is_(c.append(t), 201)
    is_(me.call("createKey", body={"name": f"k{next(numbers)}"}), 201)
    is_(me.call("listEnclaves"), 200)


def database_restarts_under_load():
    """Every append is answered 201, 200 or 503, and a repeat settles it."""
    chains = [Chain(me) for _ in range(8)]
    pairs = [(c, c.stage(1)[1]) for c in chains]
    for c in chains:
        pairs.append((c, c.receipt("accepted", 1)))
    threads = []
    wrong = []

    def settle(c, statements):
        client = Client(token=TOKEN)
        for t in statements:
            a = settled(lambda t=t: client.call("appendEntry", c.id, body=t))
            if a.status not in (200, 201):
                wrong.append(a)
                return
    for c in chains:
        threads.append(threading.Thread(target=settle, args=(
            c, [t for x, t in pairs if x is c])))
    for x in threads:
        x.start()
    pg("-m", "immediate", "restart")
    for x in threads:
        x.join()
    check(not wrong, wrong)
    for c in chains:
        v = is_(settled(lambda: anyone.call("getChain", c.id)), 200).json
        check(v["head"] == c.head()[0] and v["seq"] == 2, v)


def killed_in_the_middle():
    """SIGKILL while appends run: afterwards each, sent again, answers as if
    sent once, and nothing is half done."""
    server = Encld()
    there = Client(server.url, TOKEN)
    for _ in range(5):
        chains = [Chain(there) for _ in range(6)]
        todo = {c.index: [c.stage(1)[1], c.receipt("accepted", 1),
                          c.stage(2)[1], c.receipt("seen", 1)]
                for c in chains}

        def send(c):
            client = Client(server.url, TOKEN)
            try:
                for t in todo[c.index]:
                    client.call("appendEntry", c.id, body=t)
            except OSError:
                pass
            except Exception:  # cut in the middle of an answer
                pass
        threads = [threading.Thread(target=send, args=(c,)) for c in chains]
        for x in threads:
            x.start()
        time.sleep(random.uniform(0, 0.03))
        server.kill()
        for x in threads:
            x.join()
        server.run()
        there.connection = None
        for c in chains:
            statuses = [there.call("appendEntry", c.id, body=t).status
                        for t in todo[c.index]]
            check(statuses == sorted(statuses) and
                  set(statuses) <= {200, 201}, statuses)
            v = there.call("getChain", c.id).json
            check(v["head"] == c.head()[0] and v["seq"] == 4, v)
            mine = b"".join(bytes.fromhex(c.say("entry", i)[0])
                            for i in range(5))
            check(there.call("listEntries", c.id).body == mine)
    server.kill(signal.SIGTERM)


def killed_while_enclaves_are_made():
    server = Encld()
    there = Client(server.url, TOKEN)
    chains = [Chain(there, create=False) for _ in range(12)]

    def make(c):
        try:
            c.client = Client(server.url, TOKEN)
            c.create()
        except Exception:  # cut
            pass
    threads = [threading.Thread(target=make, args=(c,)) for c in chains]
    for x in threads:
        x.start()
    time.sleep(0.01)
    server.kill()
    for x in threads:
        x.join()
    server.run()
    for c in chains:
        c.client = Client(server.url, TOKEN)
        first, second = c.create(), c.create()
        check(first.status in (200, 201) and second.status == 200,
              (first, second))
        check(c.client.call("getChain", c.id).json["seq"] == 0)
    server.kill(signal.SIGTERM)


def two_servers_one_database():
    """Both race for the same places; one wins each, both tell the same."""
    other = Encld()
    for _ in range(10):
        c = Chain(me)
        c.first(1)
        stages = [c.stage(n, keep="drop")[1] for n in range(20, 32)]
        answers = []

        def send(i):
            url = other.url if i % 2 else None
            answers.append(Client(url, TOKEN).call("appendEntry", c.id,
                                                   body=stages[i]))
        threads = [threading.Thread(target=send, args=(i,))
                   for i in range(len(stages))]
        for x in threads:
            x.start()
        for x in threads:
            x.join()
        codes = sorted(a.status for a in answers)
        check(codes == [201] + [409] * 11, codes)
        won = [a for a in answers if a.status == 201][0].json["entry"]
        for a in answers:
            if a.status == 409:
                check(a.json["head"] == won, a)
    other.kill(signal.SIGTERM)


def the_other_server_hears_of_it():
    """What one appended the other shows, at once or a moment later; what it
    appends itself is judged on the newest head."""
    other = Encld()
    there = Client(other.url, TOKEN)
    c = Chain(me)
    c.first(1)
    check(there.call("getChain", c.id).json["seq"] == 2)
    c.must(c.stage(2)[1])
    t = c.receipt("seen", 1)
    is_(there.call("appendEntry", c.id, body=t), 201)
    until(lambda: anyone.call("getChain", c.id).json["seq"] == 4,
          "it never heard")
    is_(me.call("appendEntry", c.id, body=t), 200)
    other.kill(signal.SIGTERM)


def it_stops_when_told():
    other = Encld()
    there = Client(other.url, TOKEN)
    c = Chain(there)
    waited = {}

    def wait():
        waited["a"] = Client(other.url, TOKEN).call(
            "listTasks", query={"chain": c.id, "pcr0": c.say("pcr0", 1)[0],
                                "wait": 60})
    x = threading.Thread(target=wait)
    x.start()
    ops = other.env["ENCLD_OPS_LISTEN"]
    until(lambda: metric(ops, "encl_http_requests_in_flight"), "it never asked")
    check(other.kill(signal.SIGTERM) == 0)
    x.join()
    check(waited["a"].status in (200, 503), waited)


if __name__ == "__main__":
    sys.exit(run_tests([
        database_away, a_restart_while_idle_is_not_felt,
        database_restarts_under_load, killed_in_the_middle,
        killed_while_enclaves_are_made, two_servers_one_database,
        the_other_server_hears_of_it, it_stops_when_told]))
