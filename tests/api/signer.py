# SPDX-License-Identifier: ISC
"""encl-signer beside a real encld: what somebody who has taken encld, or an
older database, cannot make it sign; and what is left when it is gone."""
import base64
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time

import cbor
import signing
from faults import Encld, ready
from stack import (BUILD, HOUR, Chain, Client, check, definition, is_,
                   run_tests, until)

TOKEN = os.environ["ENCLD_TOKEN"]
me = Client(token=TOKEN)
PCRS = {str(i): f"{i + 1:02x}" * 48 for i in range(3)}


class Held:
    """An enclave whose control and guardian keys the server holds."""

    def __init__(self, client=me):
        self.client = client
        self.names = [f"s{time.time_ns()}{i}" for i in range(2)]
        keys = [client.call("createKey", body={"name": n}).json
                for n in self.names]
        genesis = cbor.statement(cbor.genesis(
            keys[:1], keys[1:], os.environ["ENCLD_ROOT_HASH"]), [])
        name = f"held{time.time_ns()}"
        a = is_(client.call("createEnclave", body={
            "name": name, "definition": definition(name),
            "genesis": base64.b64encode(genesis).decode(),
            "keys": self.names[:1]}), 201)
        self.id = a.json["chain"]
        self.sha = a.json["definition"]["sha256"]

    def stage(self, version=1, client=None, headers=None, **more):
        return (client or self.client).call(
            "createStage", self.id, headers=headers, body={
                "keys": self.names[:1], "delay_ms": HOUR, "release": {
                    "version": f"1.{version}", "pcrs": PCRS,
                    "definition": self.sha}, **more})

    def revoke(self, client=None):
        return (client or self.client).call(
            "createRevocation", self.id,
            body={"keys": self.names[1:], "reason": "no"})

    def seq(self):
        return self.client.call("getChain", self.id).json["seq"]


def only_typed_statements_are_signed():
    """Arbitrary bytes to the socket, as a stolen encld can send them."""
    s = signing.Signer("--rate", "0")
    w = s.wire()
    c = signing.Bare(w)
    check(c.sign(signing.stage(c.id, c.opened))["code"] == "ok")
    name = c.names[0]
    for payload in (b"x", b"\0" * 32, os.urandom(102),
                    b"SSHSIG\0\0\0\nchain@encl" + b"\0" * 70,
                    cbor.encode({"kind": "login"}),
                    signing.stage(c.id, c.opened) + b"\0",
                    cbor.encode({"kind": "receipt", "role": "seen",
                                 "chain": c.id}),
                    cbor.encode({"kind": "endorse", "chain": c.id,
                                 "stage": c.id})):
        a = c.sign(payload)
        check(a["code"] != "ok" and not a["sig"], (payload, a))
    for packet in (b"", b"\xff" * 300, os.urandom(4000), b"\x82mencl/signer/1",
                   cbor.encode([signing.TAG, "export", 1, name]),
                   cbor.encode([signing.TAG, "sign", 1, name]),
                   cbor.encode([signing.TAG, "public", 1, name, b"x"])):
        a = s.wire().raw(packet) if packet else None
        check(a is None or (a["code"] != "ok" and not a["sig"]), a)
    check(c.wire.ask("public", 2, name)["code"] == "key_missing")
    check(c.wire.sign(2, name, signing.stage(c.id, c.opened), 1,
                      c.head())["code"] == "key_missing")
    check(s.p.poll() is None)


def the_judges_rules_hold_in_the_signer():
    s = signing.Signer("--rate", "0")
    c = signing.Bare(s.wire())
    good = signing.stage(c.id, c.opened)
    stranger = signing.Bare(c.wire)
    for payload, code in (
            (good, "ok"),
            (signing.stage(c.id, c.opened, version=2), "ok"),  # alternative
            (signing.stage(c.id, c.opened, delay=HOUR - 1), "delay_short"),
            (signing.stage(c.id, b"\7" * 32), "from_stale"),
            (signing.stage(stranger.id, c.opened), "signer_behind")):
        a = c.sign(payload)
        check(a["code"] == code and bool(a["sig"]) == (code == "ok"), a)
    a = c.wire.sign(1, stranger.names[0], good, 1, c.head())
    check(a["code"] == "authority", a)
    check('"other":"' + hashlib.sha256(good).hexdigest() in s.log())
    # The chain moves on: what was right is stale, from then on.
    first = c.sign(good)
    c.append(good, first)
    c.revoke(good)
    check(c.sign(good)["code"] == "from_stale")
    check(c.sign(signing.stage(c.id, c.opened))["code"] == "ok")
    # The same chain without its newest entries, and with others.
    old, c.entries, c.seen = c.entries, c.entries[:1], 1
    a = c.sign(good)
    check(a["code"] == "signer_ahead" and a["next"] == 3 and not a["sig"], a)
    forged = signing.entry(c.id, 2, signing.entry_id(old[1]), good, first)
    c.entries, c.seen = [*old[:2], forged], 2
    check(c.sign(good)["code"] == "signer_fork")
    # All of it survives the process.
    c.entries, c.seen = old, 3
    s.kill()
    s.run()
    c.wire = s.wire()
    check(c.sign(good)["code"] == "from_stale")
    check(c.sign(signing.stage(c.id, c.opened))["code"] == "ok")


def an_entry_is_believed_only_when_it_verifies():
    s = signing.Signer("--rate", "0")
    c = signing.Bare(s.wire())
    payload = signing.stage(c.id, c.opened)
    a = c.sign(payload)
    bad = dict(a, sig=a["sig"][:-1] + bytes([a["sig"][-1] ^ 1]))
    e = signing.entry(c.id, 1, c.head(), payload, bad)
    got = c.wire.ask("entries", e)
    check(got["code"] == "sig_bad" and got["next"] == 1, got)
    e = signing.entry(c.id, 1, c.head(), payload, a)
    got = c.wire.ask("entries", e)
    check(got["code"] == "ok" and got["next"] == 2, got)
    check(c.wire.ask("entries", e)["next"] == 2)


def another_user_is_turned_away():
    mine = signing.Signer()
    check(mine.wire().ask("status")["code"] == "ok")
    other = signing.Signer("--allow", str(os.getuid() + 12345))
    try:
        check(other.wire().ask("status") is None)
    except OSError:  # closed before it could be asked
        pass
    check(f'"turned away","uid":"{os.getuid()}"' in other.log())


def signatures_are_rationed():
    s = signing.Signer("--rate", "1", "--burst", "3")
    c = signing.Bare(s.wire())  # the genesis is the first
    # One a minute comes back, so a slow machine may sign one more.
    for i in range(30):
        a = c.sign(signing.stage(c.id, c.opened, i))
        if a["code"] != "ok":
            break
    check(i > 1 and a["code"] == "rate_limited", a)
    check(0 < a["wait"] <= 60000, a)
    # A refusal costs nothing, another key has a bucket of its own.
    check(c.sign(b"x")["code"] != "rate_limited")
    signing.Bare(c.wire)
    server = with_signer(s)
    there = Client(server.url, TOKEN)
    h = Held(there)
    for _ in range(30):
        a = h.stage(1)
        if a.status == 429:
            break
        is_(a, 201)
        b = h.revoke()
        if b.status == 429:
            a = b
            break
        is_(b, 201)
    is_(a, 429, "rate_limited")
    check(1 <= int(a.headers["Retry-After"]) <= 61)
    server.kill(signal.SIGTERM)


def new_keys_are_rationed():
    """Each is memory and disk that nothing takes back."""
    s = signing.Signer("--key-rate", "1", "--key-burst", "3")
    w = s.wire()
    first = w.ask("new", 1, "a")
    # One a minute comes back, so a slow machine may make one more.
    for org in range(2, 30):
        a = w.ask("new", org, "a")
        if a["code"] != "ok":
            break
    check(a["code"] == "rate_limited" and 0 < a["wait"] <= 60000, a)
    check(org > 3 and w.ask("public", org, "a")["code"] == "key_missing")
    # What is there can be asked for, and the log's key is the signer's own.
    check(w.ask("new", 1, "a")["key"] == first["key"])
    check(w.ask("log")["code"] == "ok")
    server = with_signer(s)
    there = Client(server.url, TOKEN)
    for i in range(30):
        a = there.call("createKey", body={"name": f"n{time.time_ns()}{i}"})
        if a.status != 201:
            break
    is_(a, 429, "rate_limited")
    check(1 <= int(a.headers["Retry-After"]) <= 61)
    server.kill(signal.SIGTERM)


def with_signer(s):
    """An encld that asks this signer; s None: none."""
    before = os.environ["ENCLD_SIGNER_SOCKET"]
    os.environ["ENCLD_SIGNER_SOCKET"] = s.socket if s else ""
    try:
        return Encld()
    finally:
        os.environ["ENCLD_SIGNER_SOCKET"] = before


def without_a_signer_the_rest_works():
    server = with_signer(None)
    there = Client(server.url, TOKEN)
    is_(there.call("createKey", body={"name": f"n{time.time_ns()}"}), 422,
        "keys_off")
    Chain(there).first(1)
    server.kill(signal.SIGTERM)


def a_signer_that_comes_and_goes():
    s = signing.Signer("--rate", "0")
    server = with_signer(s)
    there = Client(server.url, TOKEN)
    h = Held(there)
    s.kill()
    a = is_(h.stage(), 503, "signer")
    check(int(a.headers["Retry-After"]) >= 1)
    is_(there.call("createKey", body={"name": f"n{time.time_ns()}"}), 503,
        "signer")
    ready(server.env["ENCLD_OPS_LISTEN"])
    check(there.call("listKeys").status == 200)
    Chain(there).first(1)
    check(h.seq() == 0)
    s.run()
    is_(h.stage(), 201)
    server.kill(signal.SIGTERM)


def killed_in_the_middle_of_signing():
    s = signing.Signer("--rate", "0")
    server = with_signer(s)
    there = Client(server.url, TOKEN)
    h = Held(there)
    key = {"Idempotency-Key": f"k{time.time_ns()}"}
    got = []
    s.p.send_signal(signal.SIGSTOP)  # it has the request, and no answer
    t = threading.Thread(target=lambda: got.append(
        h.stage(client=Client(server.url, TOKEN), headers=key)))
    t.start()
    time.sleep(0.2)
    s.kill()
    t.join()
    is_(got[0], 503, "signer")
    check(h.seq() == 0)
    s.run()
    is_(h.stage(headers=key), 201)
    a = is_(h.stage(headers=key), 200)
    check(a.json["repeated"] and h.seq() == 1)
    server.kill(signal.SIGTERM)


def a_key_is_made_once():
    """The signer had made it when the database failed."""
    name = f"once{time.time_ns()}"
    a = signing.Wire().ask("new", 1, name)
    check(a["code"] == "ok")
    line = base64.b64encode(a["key"]).decode()
    a = is_(me.call("createKey", body={"name": name}), 201)
    check(line in a.json["key"])
    is_(me.call("createKey", body={"name": name}), 409, "name_taken")


def log_of(client, h):
    """Before the first checkpoint there is no log."""
    return until(lambda: client.call("getChain", h.id).json["log"],
                 "no checkpoint")


def an_older_database_is_not_served():
    """pg_dump, two more entries, pg_restore: the stage that the older database
    takes for the next one would be the second for its place."""
    s = signing.Signer("--rate", "0")
    server = with_signer(s)
    now = Client(server.url, TOKEN)
    h = Held(now)
    is_(h.stage(1), 201)
    bin_, top = os.environ["PG_BIN"], os.environ["ENCLD_DIR"]
    subprocess.run([bin_ + "/pg_dump", "-Fc", "-f", top + "/older.dump",
                    "encl"], check=True)
    is_(h.revoke(), 201)
    is_(h.stage(2), 201)
    before = os.environ["ENCLD_DATABASE"]

    def older(name, run):
        os.environ["ENCLD_DATABASE"] = before.replace("dbname=encl",
                                                      "dbname=" + name)
        try:
            return run()
        finally:
            os.environ["ENCLD_DATABASE"] = before

    def refused(a):
        """By the signer, or by the server that has asked it already."""
        check(a.status == 409 and a.code in ("signer_ahead", "log_behind"), a)

    for name in ("older", "oldest"):
        subprocess.run([bin_ + "/createdb", name], check=True)
        subprocess.run([bin_ + "/pg_restore", "-d", name,
                        top + "/older.dump"], check=True)
    old = older("older", lambda: with_signer(s))
    there = Client(old.url, TOKEN)
    refused(h.revoke(there))
    refused(h.stage(3, there, **{"from": "0" * 64}))
    check(there.call("getChain", h.id).json["seq"] == 1)
    # The entries that the backup lacks are still good.
    with open(top + "/newer.encl", "wb") as f:
        f.write(now.call("getBundle", h.id).body)
    old.kill(signal.SIGTERM)
    older("older", lambda: subprocess.run(
        [BUILD + "/bin/encld", "import", top + "/newer.encl"], check=True,
        stdout=subprocess.DEVNULL))
    old = older("older", lambda: with_signer(s))
    there = Client(old.url, TOKEN)
    until(lambda: not log_of(there, h)["read_only"], "it stays read-only")
    is_(h.revoke(there), 201)
    until(lambda: log_of(there, h)["size"] == 5, "the signer has not seen it")
    refused(h.stage(4))
    # What its memory is for: a signer that has lost its record signs, when
    # nobody tells it what it had seen.
    for o in (server, old):
        o.kill(signal.SIGTERM)
    s.kill()
    os.unlink(s.top + "/d/record")
    s.run()
    oldest = older("oldest", lambda: with_signer(s))
    is_(h.revoke(Client(oldest.url, TOKEN)), 201)
    oldest.kill(signal.SIGTERM)


def the_record_is_made_short_while_it_serves():
    s = signing.Signer("--rate", "0")
    c = signing.Bare(s.wire())
    most = 0
    for i in range(4000):
        payload = signing.stage(c.id, c.opened, i)
        a = c.sign(payload)
        check(a and a["code"] == "ok", a)
        c.append(payload, a)
        c.revoke(payload)
        size = os.stat(s.top + "/d/record").st_size
        if size < most:
            break
        most = size
    check(size < most <= 20 << 20, (size, most))
    check(c.sign(payload)["code"] == "from_stale")
    s.kill()
    s.run()
    c.wire = s.wire()
    check(c.sign(payload)["code"] == "from_stale")
    check(c.sign(signing.stage(c.id, c.opened))["code"] == "ok")


def cbor_statement(e):
    """The entry's payload and proofs without its place."""
    items = signing.decode(e)[0]
    return cbor.statement(items[4], items[5])


def the_server_keeps_it_abreast():
    """After an append the signer has the entry before it is asked again."""
    h = Held()
    is_(h.stage(1), 201)
    is_(h.revoke(), 201)
    line = f'chain {h.id} 3 '

    def shown():
        return subprocess.run(
            [BUILD + "/bin/encl-signer", "show", "--dir",
             os.environ["ENCLD_DIR"] + "/signer", "--master",
             os.environ["ENCLD_DIR"] + "/master"], check=True,
            stdout=subprocess.PIPE, text=True).stdout
    until(lambda: line in shown(), shown)


def idle_connections_give_way():
    """More clients than places: none is turned away, and who was idle for
    longest knocks again."""
    s = signing.Signer("--rate", "0")
    first = s.wire()
    check(first.ask("status")["code"] == "ok")
    rest = [s.wire() for _ in range(300)]
    for w in rest[-64:]:
        check(w.ask("status")["code"] == "ok")
    try:
        check(first.ask("status") is None)
    except OSError:
        pass
    # As many at once as a large encld asks.  Who gave way before it asked
    # knocks again, too.
    got = []

    def asked():
        try:
            return s.wire().ask("status")
        except (BrokenPipeError, ConnectionResetError):
            return None

    def one():
        got.append(until(asked, "it is always turned away")["code"])
    threads = [threading.Thread(target=one) for _ in range(200)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check(got == ["ok"] * 200, got)


def a_signer_that_hangs_is_asked_once():
    s = signing.Signer("--rate", "0")
    server = with_signer(s)
    there = [Client(server.url, TOKEN) for _ in range(4)]
    threads = [threading.Thread(target=Held, args=(c,)) for c in there]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    h = Held(there[0])
    s.p.send_signal(signal.SIGSTOP)  # several connections lie idle
    is_(h.stage(), 503, "signer")
    s.p.send_signal(signal.SIGCONT)
    signed = s.log().count('"event":"signed"')
    is_(h.stage(), 201)
    now = s.log().count('"event":"signed"')
    check(now - signed <= 2, (signed, now))
    server.kill(signal.SIGTERM)


def what_is_no_socket_stays():
    s = signing.Signer()
    s.kill()
    os.unlink(s.socket)
    with open(s.socket, "w", encoding="ascii") as f:
        f.write("precious")
    p = subprocess.run([BUILD + "/bin/encl-signer", "run", *s.here,
                        *s.options], stderr=subprocess.PIPE, check=False)
    check(p.returncode != 0 and b"(listen)" in p.stderr, p)
    with open(s.socket, encoding="ascii") as f:
        check(f.read() == "precious")


if __name__ == "__main__":
    sys.exit(run_tests([
        only_typed_statements_are_signed, the_judges_rules_hold_in_the_signer,
        an_entry_is_believed_only_when_it_verifies,
        another_user_is_turned_away, signatures_are_rationed,
        new_keys_are_rationed, without_a_signer_the_rest_works,
        a_signer_that_comes_and_goes, killed_in_the_middle_of_signing, a_key_is_made_once,
        the_server_keeps_it_abreast, an_older_database_is_not_served,
        the_record_is_made_short_while_it_serves, idle_connections_give_way,
        a_signer_that_hangs_is_asked_once, what_is_no_socket_stays]))
