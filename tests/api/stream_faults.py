# SPDX-License-Identifier: ISC
"""Event streams while servers come and go and readers do not read."""
import os
import re
import signal
import socket
import sys
import threading
import time

from events import Stream, watch, watch_all
from faults import Encld
from stack import Chain, Client, check, is_, run_tests

me = Client(token=os.environ["ENCLD_TOKEN"])
other = Encld()


class Idle(threading.Thread):
    """Watches where nothing happens, for as long as the other tests take."""

    def __init__(self):
        super().__init__(daemon=True)
        self.s, self.began, self.comment = watch(Chain(me)), time.time(), None
        self.s.greeting()
        self.start()

    def run(self):
        while self.comment is None:
            if self.s.line() == ":":
                self.comment = time.time() - self.began


idle = Idle()


def a_comment_when_nothing_else_comes():
    while time.time() - idle.began < 25 and idle.comment is None:
        time.sleep(0.1)
    check(idle.comment and 8 < idle.comment < 20, idle.comment)


def two_servers_tell_the_same():
    c = Chain(me)
    c.first(1)
    there = Stream(f"/v1/chains/{c.id}/events", url=other.url)
    there.greeting()
    here = watch(c)
    here.greeting()
    all_here, all_there = watch_all(), Stream("/v1/events", url=other.url)
    for s in (all_here, all_there):
        s.greeting()
    c.must(c.stage(2)[1])  # by one of them
    Chain(Client(other.url, me.token))  # by the other
    check(here.event() == there.event())
    check(all_here.take(2) == all_there.take(2))
    for s in (here, there, all_here, all_there):
        s.close()


def a_reader_goes_to_another_server():
    c = Chain(me)
    c.first(1)
    s = watch_all("?from=1")
    numbers = [s.event()[0] for _ in range(3)]
    s.close()
    t = Stream("/v1/events", last=numbers[-1], url=other.url)
    check(t.event()[0] == numbers[-1] + 1 == 4, numbers)
    t.close()


def killed_and_resumed():
    """Whatever the server does, the reader has each entry once."""
    c = Chain(me)
    c.first(1)
    got, last, end = [], 2, threading.Event()

    def reader():
        nonlocal last
        while not end.is_set():
            try:
                s = Stream(f"/v1/chains/{c.id}/events", last=last,
                           url=other.url)
                while (e := s.event()) is not None:
                    got.append(e[0])
                    last = e[0]
                s.close()
            except (OSError, ValueError, IndexError):
                time.sleep(0.02)

    t = threading.Thread(target=reader, daemon=True)
    t.start()
    for i in range(4):
        for v in range(5):
            c.must(c.stage(2 + 5 * i + v)[1])
        other.kill(signal.SIGKILL if i % 2 else signal.SIGTERM)
        other.run()
    limit = time.time() + 20
    while len(got) < 20:
        check(time.time() < limit, got)
        time.sleep(0.05)
    end.set()
    check(got == list(range(3, 23)), got)


def a_server_that_stops_ends_its_streams():
    c = Chain(me)
    s = Stream(f"/v1/chains/{c.id}/events", url=other.url)
    s.greeting()
    start = time.time()
    other.kill(signal.SIGTERM)
    check(time.time() - start < 5)
    check(s.event() is None)  # a proper end, not a broken connection
    other.run()


def one_who_does_not_read_is_cut():
    c = Chain(me)
    c.first(1)
    for v in range(2, 250):
        c.must(c.stage(v)[1])
    host, port = other.url[7:].split(":")
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect((host, int(port)))
    s.sendall(f"GET /v1/chains/{c.id}/events?from=0 HTTP/1.1\r\n"
              "Host: x\r\n\r\n".encode())
    ops = Client("http://" + other.env["ENCLD_OPS_LISTEN"])

    def watchers():
        text = ops.raw("GET", "/metrics").body.decode()
        return int(re.search(r"^encl_event_watchers (\d+)", text, re.M)[1])

    end = time.time() + 5
    while watchers() != 1:
        check(time.time() < end, watchers())
        time.sleep(0.05)
    end = time.time() + 20
    while watchers() != 0:
        check(time.time() < end, "it is not cut")
        time.sleep(0.2)
    s.close()


def other_ways_to_ask():
    c = Chain(me)
    host, port = os.environ["ENCLD_LISTEN"].split(":")
    s = socket.create_connection((host, int(port)), timeout=10)
    s.sendall(f"HEAD /v1/chains/{c.id}/events HTTP/1.1\r\nHost: x\r\n\r\n"
              f"GET /livez-is-not-here HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    text = b""
    while text.count(b"HTTP/1.1 ") < 2:
        text += s.recv(4096)
    check(text.startswith(b"HTTP/1.1 200") and b"HTTP/1.1 404" in text, text)
    s.close()
    s = socket.create_connection((host, int(port)), timeout=10)
    s.sendall(f"GET /v1/chains/{c.id}/events?from=0 HTTP/1.0\r\n"
              "Host: x\r\n\r\n".encode())
    text = b""
    while b"}\n\n" not in text:
        text += s.recv(4096)
    check(b"Transfer-Encoding" not in text and b"\nid: 0\ndata: {" in text,
          text)
    s.close()
    is_(me.call("getChain", c.id), 200)


if __name__ == "__main__":
    sys.exit(run_tests([
        two_servers_tell_the_same, a_reader_goes_to_another_server,
        killed_and_resumed, a_server_that_stops_ends_its_streams,
        one_who_does_not_read_is_cut, other_ways_to_ask,
        a_comment_when_nothing_else_comes]))
