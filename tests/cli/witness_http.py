# SPDX-License-Identifier: ISC
# witness_http.py ADDRESS BODYFILE: what encl-witness makes of broken HTTP, slow
# callers and crowds.  BODYFILE is a request that it answers with 200.
import socket
import sys
import time

host, port = sys.argv[1].rsplit(":", 1)
body = open(sys.argv[2], "rb").read()
bad = 0


def connect(timeout=120):
    return socket.create_connection((host, int(port)), timeout)


def answer(s):
    """One answer with a 200, or all that comes until the other side closes."""
    got = b""
    try:
        while True:
            piece = s.recv(65536)
            got += piece
            head, end, rest = got.partition(b"\r\n\r\n")
            if not piece:
                break
            if end and head.startswith(b"HTTP/1.1 200"):
                length = head.lower().split(b"content-length:")[1].split(b"\r")[0]
                if len(rest) >= int(length):
                    break
    except (TimeoutError, ConnectionResetError):
        pass
    return got


def talk(data):
    with connect() as s:
        s.sendall(data)
        return answer(s)


def status(got):
    return int(got.split(b" ")[1]) if got.startswith(b"HTTP/") else 0


def ok(name, good, more=""):
    global bad
    print(("ok - " if good else "not ok - ") + name + ("" if good else f": {more}"))
    bad |= not good


def post(extra=b"", content=body, length=None, target=b"/add-checkpoint",
         version=b"HTTP/1.1", hosts=b"Host: x\r\n"):
    n = len(content) if length is None else length
    return (b"POST " + target + b" " + version + b"\r\n" + hosts + extra +
            b"Content-Length: " + str(n).encode() + b"\r\n\r\n" + content)


def refused(name, data, want):
    got = status(talk(data))
    ok(name, got in want, got)


ok("a plain request", status(talk(post())) == 200)
refused("two lengths", post(b"Content-Length: 5\r\n"), (400,))
refused("a length and chunks", post(b"Transfer-Encoding: chunked\r\n"), (400,))
refused("two hosts", post(hosts=b"Host: x\r\nHost: y\r\n"), (400,))
refused("no host", post(hosts=b""), (400,))
refused("a folded header", post(b"A: b\r\n c\r\n"), (400,))
refused("a space before the colon", post(b"A : b\r\n"), (400,))
refused("bare line feeds", post().replace(b"\r\n", b"\n"), (0, 400))
refused("an escaped path", post(target=b"/add%2Dcheckpoint"), (400,))
refused("a doubled slash", post(target=b"//add-checkpoint"), (400,))
refused("another version", post(version=b"HTTP/1.2"), (0, 400, 505))
refused("a declared length above 64 KiB", post(length=70000), (413,))
refused("a long header", post(b"A: " + b"x" * 9000 + b"\r\n"), (0, 400, 431))
refused("many headers", post(b"A: b\r\n" * 80), (0, 400, 431))
chunks = b"11170\r\n" + b"a" * 70000 + b"\r\n0\r\n\r\n"
refused("chunks above 64 KiB",
        b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n" + chunks, (413,))

got = b""
with connect() as s:
    s.sendall(post() * 3)
    while got.count(b"HTTP/1.1 200") < 3:
        piece = s.recv(65536)
        if not piece:
            break
        got += piece
ok("three at once on one connection are all answered", got.count(b"HTTP/1.1 200") == 3)

with connect() as s:
    whole = post()
    for i in range(0, len(whole), 97):
        s.sendall(whole[i:i + 97])
        time.sleep(0.002)
    ok("a request in small pieces", status(answer(s)) == 200)

# Slow callers: all of them wait together.
slow = {"a header that never ends": post()[:40], "a body that never ends": post()[:-10],
        "no word at all": b""}
waiting = {name: connect() for name in slow}
for name, data in slow.items():
    waiting[name].sendall(data)
ok("others are served meanwhile", status(talk(post())) == 200)
for name, s in waiting.items():
    try:
        got = s.recv(100)
    except TimeoutError:
        got = b"still open"
    except ConnectionResetError:
        got = b""
    ok(name + " is cut", got == b"", got)
    s.close()


def crowd():
    """How many of 40 at once from one address are served."""
    all40 = [connect() for _ in range(40)]
    served = 0
    for s in all40:
        try:
            s.sendall(post())
            served += status(answer(s)) == 200
        except OSError:
            pass
    for s in all40:
        s.close()
    return served


# Of a crowd 20 may come.  Who went a moment ago may still count, and whoever
# says nothing for five seconds is cut: on a slow machine it takes more than one.
most = 0
for _ in range(60):
    start = time.monotonic()
    served = crowd()
    if time.monotonic() - start < 4:
        most = max(most, served)
        if served >= 20:
            break
    time.sleep(0.2)
if most:
    ok("one address has so many connections and no more", most == 20, most)
else:
    print("skipped a crowd: this machine is too slow for it")
for _ in range(600):
    if status(talk(post())) == 200:
        break
    time.sleep(0.2)
ok("and afterwards as before", status(talk(post())) == 200)
sys.exit(bad)
