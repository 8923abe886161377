# SPDX-License-Identifier: ISC
"""A running encld, who makes statements for it, and how it is asked.

Started by tests/api/with-encld, which has a PostgreSQL and an encld ready and says
in the environment where they are."""
import base64
import hashlib
import http.client
import json
import os
import subprocess
import time
import traceback
import urllib.parse

from schema import Spec

BUILD = os.environ.get("BUILD", "build")
CBOR = "application/cbor"
JSON = "application/json"
PEM = "application/pem-certificate-chain"
LIMIT = 120  # seconds: what takes longer hangs, however slow the machine is

CONTROL = lambda n: 1 << n
GUARDIAN = lambda n: 1 << (16 + n)
ENDORSER = lambda n: 1 << (32 + n)
OTHER = lambda n: 1 << (48 + n)

spec = Spec()
seen = set()  # (operationId, status) that some test has seen
bad = []  # responses that do not fit the document


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["code"] if self.status >= 400 else ""

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Client:
    """Speaks to one encld; every response is held against the document."""

    def __init__(self, url=None, token=None):
        self.url = urllib.parse.urlsplit(url or os.environ["ENCLD_URL"])
        self.token = token
        self.connection = None

    def raw(self, method, target, body=None, headers=None, timeout=LIMIT):
        """One exchange on a kept connection."""
        for attempt in (0, 1):
            if self.connection is None:
                self.connection = http.client.HTTPConnection(
                    self.url.hostname, self.url.port, timeout=timeout)
            try:
                self.connection.request(method, target, body=body,
                                        headers=headers or {})
                r = self.connection.getresponse()
                answer = Answer(r.status, r.headers, r.read())
                break
            except (http.client.HTTPException, OSError):
                self.connection.close()
                self.connection = None
                if attempt:
                    raise
        if answer.headers.get("Connection", "").lower() == "close":
            self.connection.close()
            self.connection = None
        return answer

    def call(self, operation, *args, query=None, body=None, type=None,
             accept=None, token=None, headers=None):
        method, path, _ = spec.operations[operation]
        for a in args:
            start, end = path.index("{"), path.index("}")
            path = path[:start] + urllib.parse.quote(str(a), safe="") + \
                path[end + 1:]
        if query:
            path += "?" + urllib.parse.urlencode(query)
        h = dict(headers or {})
        token = self.token if token is None else token
        if token:
            h["Authorization"] = "Bearer " + token
        if accept:
            h["Accept"] = accept
        if body is not None and not isinstance(body, (bytes, str)):
            body, type = json.dumps(body), type or JSON
        if body is not None:
            h["Content-Type"] = type or CBOR
        answer = self.raw(method, path, body, h)
        seen.add((operation, answer.status))
        for fault in spec.response_faults(operation, answer.status,
                                          answer.headers, answer.body):
            bad.append(f"{operation} {answer.status}: {fault}")
        return answer


class Scribe:
    """tests/tools/scribe.c: makes statements."""

    def __init__(self):
        self.p = subprocess.Popen([BUILD + "/tests/tools/scribe"], text=True,
                                  stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)

    def __call__(self, *words):
        self.p.stdin.write(" ".join(str(w) for w in words) + "\n")
        self.p.stdin.flush()
        answer = self.p.stdout.readline().split()
        if not answer or answer[0] != "ok":
            raise ValueError(f"{words}: {answer}")
        return answer[1:]


HOUR = 3600000


def pem(n=0):
    """Bytes of the form of evidence, whose name the scribe takes."""
    while True:
        body = base64.b64encode(f"{os.getpid()} {n} {next(numbers)}".encode())
        b = (b"-----BEGIN CERTIFICATE-----\n" + body +
             b"\n-----END CERTIFICATE-----\n")
        if hashlib.sha256(b).digest()[0]:
            return b


def named(evidence):
    return hashlib.sha256(evidence).hexdigest() if evidence else "-"


numbers = iter(range(1, 1 << 30))


class Chain:
    """A chain of the scribe's, and the enclave that the server has of it."""

    scribe = None

    def __init__(self, client, name=None, private=False, control=3,
                 threshold=2, guardians=3, endorsers=0, needed=0,
                 min_delay=HOUR, floor=60000, create=True, evidence=None):
        if Chain.scribe is None:
            Chain.scribe = Scribe()
        self.client = client
        number = next(numbers)
        self.number = number + (os.getpid() << 12 & 0x7ffff000)
        self.evidence = evidence(self) if callable(evidence) else evidence
        self.scribe("evidence", named(self.evidence))
        self.name = name or f"e{os.getpid()}-{number}"
        self.index, self.id, genesis = self.scribe(
            "new", self.number, control, threshold, guardians, endorsers,
            needed, min_delay, floor)
        self.genesis = bytes.fromhex(genesis)
        self.private = private
        self.now = int(time.time() * 1000)
        self.scribe("clock", self.now)
        if create:
            a = self.create()
            assert a.status == 201, a
            self.definition = a.json["definition"]["sha256"]

    def create(self, **more):
        body = {"name": self.name, "definition": definition(self.name),
                "genesis": base64.b64encode(self.genesis).decode(), **more}
        if self.private:
            body["private"] = True
        return self.client.call("createEnclave", body=body)

    def say(self, *words):
        self.scribe("use", self.index)
        return self.scribe(*words)

    def clock(self, ms):
        self.now = ms
        self.say("clock", ms)

    def stage(self, version, who=3, keep="keep", definition=None, delay="-",
              from_="-", expires="-"):
        """-> stage id, statement"""
        s, t = self.say("stage", keep, version, definition or self.definition,
                        f"{who:x}", delay, from_, expires)
        return s, bytes.fromhex(t)

    def attest(self, maker=0, touch=2):
        """What a device says of the first control key."""
        while True:
            b = bytes.fromhex(self.scribe("attest", self.number, maker,
                                          touch)[0])
            if hashlib.sha256(b).digest()[0]:
                return b

    def policy(self, min_delay, who=3, keep="keep", evidence=None):
        self.scribe("evidence", named(evidence))
        s, t = self.say("policy", keep, min_delay, f"{who:x}")
        return s, bytes.fromhex(t)

    def revoke(self, who, stage="-", keep="keep", reason="no"):
        return bytes.fromhex(
            self.say("revoke", keep, stage, f"{who:x}", reason)[1])

    def endorse(self, who, keep="keep"):
        return bytes.fromhex(self.say("endorse", keep, f"{who:x}")[1])

    def receipt(self, role, version, prev="-", keep="keep"):
        return bytes.fromhex(
            self.say("receipt", keep, role, version, prev)[1])

    def head(self):
        return self.say("head")

    def append(self, statement, **how):
        return self.client.call("appendEntry", self.id, body=statement, **how)

    def must(self, statement, **how):
        a = self.append(statement, **how)
        assert a.status == 201, a
        return a

    def first(self, version=1):
        """The first release comes into force."""
        stage, t = self.stage(version)
        self.must(t)
        self.must(self.receipt("accepted", version), token="")
        return stage

    def upgrade(self, version, old):
        stage, t = self.stage(version)
        self.must(t)
        self.must(self.receipt("seen", old), token="")
        self.must(self.receipt("accepted", version), token="")
        self.clock(self.now + 2 * HOUR)
        self.must(self.receipt("released", old), token="")
        return stage


def definition(name):
    return json.loads(json.dumps(DEFINITION).replace("NAME", name))


DEFINITION = {"name": "NAME", "image": "registry.example.org/NAME:1"}


def token_of(client, scopes, name=None, **more):
    a = client.call("createToken", body={
        "name": name or f"t{next(numbers)}", "scopes": scopes, **more})
    assert a.status == 201, a
    return a.json["token"]


def check(condition, said=""):
    if not condition:
        raise AssertionError(said)


def until(test, said="", pause=0.02):
    """What test() returns, once that is true."""
    end = time.time() + LIMIT
    while not (got := test()):
        check(time.time() < end, said() if callable(said) else said)
        time.sleep(pause)
    return got


def is_(answer, status, code=None):
    if answer.status != status or (code and answer.code != code):
        raise AssertionError(f"wanted {status} {code or ''}, got {answer!r}")
    return answer


def run_tests(tests):
    """Prints ok or not ok for each function; returns the exit status."""
    failed = 0
    for t in tests:
        before = len(bad)
        try:
            t()
            faults = bad[before:]
            if faults:
                raise AssertionError("\n".join(faults[:8]))
            print(f"ok {t.__name__}", flush=True)
        except Exception:  # the next test may still say something
            failed += 1
            print(f"not ok {t.__name__}", flush=True)
            traceback.print_exc()
    return 1 if failed else 0
