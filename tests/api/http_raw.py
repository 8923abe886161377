# SPDX-License-Identifier: ISC
"""Requests that no HTTP library would send, and clients that take their time.
Started by tests/api/http-raw.sh; with the word `proxy` by tests/deploy/nginx.sh,
which has a proxy with TLS before the server."""
import os
import resource
import socket
import ssl
import sys
import threading
import time
import urllib.parse

url = urllib.parse.urlsplit(os.environ["ENCLD_URL"])
HERE = (url.hostname, url.port)
HOST = b"Host: a\r\n"
GET = b"GET /v1/chains HTTP/1.1\r\n"
NEXT = GET + HOST + b"\r\n"
POST = (b"POST /v1/chains/" + b"0" * 64 +
        b"/entries HTTP/1.1\r\n" + HOST + b"Content-Type: application/cbor\r\n")
LIMIT = 120  # seconds: what takes longer hangs, however slow the machine is
failed = 0


def told(good, name, what=""):
    global failed
    failed += not good
    line = f"ok - {name}\n" if good else f"not ok - {name} {what}\n"
    sys.stdout.write(line)  # in one piece, whatever runs beside it
    sys.stdout.flush()


def dial(source=None):
    s = socket.socket()
    if source:
        s.bind((source, 0))
    s.settimeout(LIMIT)
    s.connect(HERE)
    if url.scheme == "https":
        s = ssl._create_unverified_context().wrap_socket(s)
    return s


def hear(s, wait=LIMIT, enough=lambda got: False):
    """What comes until it is enough, or nothing came for so long, and whether
    that was all."""
    got = b""
    s.settimeout(wait)
    try:
        while not enough(got):
            b = s.recv(65536)
            if not b:
                return got, True
            got += b
        return got, False
    except TimeoutError:
        return got, False
    except ConnectionError:
        return got, True


AMBIGUOUS = {
    "no host": GET + b"\r\n" + NEXT,
    "two hosts": GET + HOST + b"Host: b\r\n\r\n" + NEXT,
    "two lengths":
        POST + b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + NEXT,
    "length and coding":
        POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\n" + NEXT,
    "coding and length":
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n"
        b"0\r\n\r\n" + NEXT,
    "two codings":
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n"
        b"0\r\n\r\n" + NEXT,
    "coding with a tab":
        POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + NEXT,
    "length with a letter": POST + b"Content-Length: 44x\r\n\r\n" + NEXT,
    "negative length": POST + b"Content-Length: -1\r\n\r\n" + NEXT,
    "length in hex": POST + b"Content-Length: 0x2c\r\n\r\n" + NEXT,
    "list of lengths": POST + b"Content-Length: 0, 0\r\n\r\n" + NEXT,
    "two tokens":
        GET + HOST + b"Authorization: a\r\nAuthorization: b\r\n\r\n" + NEXT,
    "space before the colon": GET + HOST + b"Content-Length : 0\r\n\r\n" + NEXT,
    "NUL": GET + HOST + b"X: a\0b\r\n\r\n" + NEXT,
    "control": GET + HOST + b"X: a\x02b\r\n\r\n" + NEXT,
    "bare LF": GET.replace(b"\r", b"") + b"Host: a\n\n" + NEXT,
    "bare CR": GET + HOST + b"X: a\rY: b\r\n\r\n" + NEXT,
    "folded": GET + HOST + b"X: a\r\n b\r\n\r\n" + NEXT,
    "absolute": b"GET http://b/v1/chains HTTP/1.1\r\n" + HOST + b"\r\n" + NEXT,
    "dots": b"GET /v1/x/../chains HTTP/1.1\r\n" + HOST + b"\r\n" + NEXT,
    "escaped slash": b"GET /v1%2Fchains HTTP/1.1\r\n" + HOST + b"\r\n" + NEXT,
    "chunked, then more":
        POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + NEXT,
    "chunk line at a bare LF":
        POST + b"Transfer-Encoding: chunked\r\n\r\n1\na\n0\n\n" + NEXT,
}


def ambiguous():
    for name, text in AMBIGUOUS.items():
        with dial() as s:
            s.sendall(text)
            got, ended = hear(s)
        told(ended and b"HTTP/1.1 200" not in got, "refused and closed: " + name,
             got[:300])
    with dial() as s:
        s.sendall(NEXT + NEXT)
        got, _ = hear(s, enough=lambda g: g.count(b"HTTP/1.1 ") == 2)
        ended = hear(s, 0.5)[1]
    told(not ended and got.count(b"HTTP/1.1 200") == 2, "plain ones are served",
         got)


def proxied():
    """A proxy refuses a request or makes it plain, and may go on with the next
    one: what must not be is a third answer, or a good one to a bad request."""
    plain = {"absolute", "bare LF"}  # what nginx itself reads one way
    for name, text in AMBIGUOUS.items():
        with dial() as s:
            s.sendall(text)
            got, _ = hear(s, 1)
        first = got[9:12]
        told(got.count(b"HTTP/1.1 ") <= 2 and
             (first != b"200" or name in plain), "through the proxy: " + name,
             got[:300])
    with dial() as s:
        s.sendall(NEXT + NEXT)
        got, _ = hear(s, enough=lambda g: g.count(b"HTTP/1.1 ") == 2)
    told(got.count(b"HTTP/1.1 200") == 2, "plain ones pass the proxy", got)


def until_closed(s, step=None):
    """Whether the other side ends it, and what came; step sends a little each
    second."""
    end = time.monotonic() + LIMIT
    s.settimeout(1)
    got = b""
    while time.monotonic() < end:
        try:
            if step:
                s.send(step)
            b = s.recv(4096)
            if not b:
                return True, got
            got += b
        except TimeoutError:
            continue
        except ConnectionError:
            return True, got
    return False, got


def slow_header():
    s = dial()
    s.send(GET)
    ended, got = until_closed(s, b"X: a\r\n")
    told(ended and b" 408 " in got, "a slow header ends", got)


def slow_second_header():
    s = dial()
    s.sendall(NEXT)
    hear(s, enough=lambda g: b"HTTP/1.1 200" in g)
    s.send(GET)
    ended, got = until_closed(s, b"X: a\r\n")
    told(ended and b" 408 " in got, "so does a slow second one", got)


def silent():
    ended, got = until_closed(dial())
    told(ended and not got, "who says nothing hears nothing", got)


def slow_body():
    s = dial()
    s.send(POST + b"Content-Length: 1000\r\n\r\n")
    ended, got = until_closed(s, b"a")
    told(ended and b" 408 " in got, "a slow body ends", got)


def slow_reader():
    """Answers of some megabytes that nobody takes."""
    s = dial()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.settimeout(1)
    request = b"GET /openapi.json HTTP/1.1\r\n" + HOST + b"\r\n"
    ended = False
    try:
        while True:
            s.send(request * 50)
    except TimeoutError:
        pass
    except ConnectionError:
        ended = True
    end = time.monotonic() + LIMIT
    while not ended and time.monotonic() < end:
        time.sleep(1)
        try:
            s.send(b"x", socket.MSG_DONTWAIT)
        except (BlockingIOError, TimeoutError):
            continue
        except ConnectionError:
            ended = True
    told(ended, "who reads nothing is cut")


def quick():
    with dial() as s:
        s.sendall(NEXT)
        return hear(s, enough=lambda g: b"\r\n\r\n" in g)[0].startswith(
            b"HTTP/1.1 200")


def is_open(s):
    s.settimeout(0)
    try:
        s.recv(4096)  # why it ends, or its end
    except BlockingIOError:
        return True
    except ConnectionError:
        pass
    return False


def begun():
    s = dial()
    s.send(GET)
    return s


def many_slow():
    """Others are answered while they wait, not when they have been cut."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2300:
        print("skipped 2,000 slow connections: too few descriptors")
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    slow, good, beside = [], True, False
    end = time.monotonic() + LIMIT
    for _ in range(2000):
        slow.append(begun())
        if len(slow) % 200 == 0:
            good = good and quick()
    while not beside and time.monotonic() < end:
        slow.append(begun())
        good = good and quick()
        beside = is_open(slow[-1])
    for s in slow:
        s.close()
    told(good and beside, "2,000 slow connections delay nobody")


def cap():
    held, alive = [], 0
    for _ in range(300):
        held.append(dial("127.0.0.2"))
        try:
            held[-1].sendall(NEXT)
        except ConnectionError:
            pass
    for s in held:
        try:
            alive += s.recv(20).startswith(b"HTTP/1.1 200")
        except ConnectionError:
            pass
    told(200 < alive <= 256, "one address has 256 connections", alive)
    with dial("127.0.0.3") as s:
        s.sendall(NEXT)
        told(hear(s, enough=lambda g: g)[0].startswith(b"HTTP/1.1 200"),
             "another address is served beside it")
    for s in held:
        s.close()


def main():
    if sys.argv[1:] == ["proxy"]:
        proxied()
        return
    ambiguous()
    cap()
    threads = [threading.Thread(target=f) for f in (
        slow_header, slow_second_header, silent, slow_body, slow_reader,
        many_slow)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    told(quick(), "and then it is as before")


main()
sys.exit(failed > 0)
