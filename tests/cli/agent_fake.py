#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""agent_fake.py SOCKET MODE KEY.pub: a key agent that misbehaves.  It lists
the key, unless MODE says how it does not; it never signs."""
import base64
import os
import socket
import sys
import time

path, mode, pub = sys.argv[1:]
kind, text, comment = open(pub).read().split(None, 2)
blob = base64.b64decode(text)


def string(b):
    return len(b).to_bytes(4, "big") + b


def answer(*keys):
    body = b"\x0c" + len(keys).to_bytes(4, "big")
    for k in keys:
        body += string(k) + string(comment.strip().encode())
    return string(body)


LISTED = answer(blob)
REFUSED = string(b"\x05")
SIGNED = string(b"\x0e" + string(string(kind.encode()) + string(bytes(64))))
# What the agent answers to lists (the last one again and again; encl lists
# twice before it signs), and to a request to sign.
MODES = {
    "refuses": ([LISTED], REFUSED),
    "loses": ([LISTED, LISTED, answer()], REFUSED),
    "garbage": ([os.urandom(64)], REFUSED),
    "cut": ([LISTED[:-3]], REFUSED),
    "counts": ([string(b"\x0c\x00\x00\x00\x02" + LISTED[9:])], REFUSED),
    "huge": ([b"\x7f\xff\xff\xff"], REFUSED),
    "signs-nonsense": ([LISTED], SIGNED),
    "signs-garbage": ([LISTED], string(b"\x0e" + os.urandom(80))),
    "signs-list": ([LISTED], LISTED),
    "goes": ([LISTED], b""),
    "sleeps": ([None], REFUSED),
    "nasty": ([string(b"\x0c\x00\x00\x00\x01" + string(blob) +
                      string(b"\x1b[2Jevil\n"))], SIGNED),
}
lists, signed = MODES[mode]

s = socket.socket(socket.AF_UNIX)
s.bind(path + ".new")
s.listen(8)
os.rename(path + ".new", path)  # there is somebody behind it
while True:
    c, _ = s.accept()
    c.settimeout(120)
    try:
        n = int.from_bytes(c.recv(4, socket.MSG_WAITALL), "big")
        q = c.recv(n, socket.MSG_WAITALL)
        if q[:1] == b"\x0b":
            a = lists.pop(0) if len(lists) > 1 else lists[0]
        else:
            a = signed
        if a is None:
            time.sleep(120)
        c.sendall(a)
    except OSError:
        pass
    c.close()
