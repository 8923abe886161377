# SPDX-License-Identifier: ISC
"""Event streams while servers come and go and readers do not read."""
import os
import signal
import socket
import sys
import threading
import time

from events import Stream, watch, watch_all
from faults import Encld, metric
from stack import LIMIT, Chain, Client, check, is_, run_tests, until

me = Client(token=os.environ["ENCLD_TOKEN"])
other = Encld()


class Idle(threading.Thread):
    """Watches where nothing happens, for as long as the other tests take."""

    def __init__(self):
        super().__init__(daemon=True)
        self.s, self.comment = watch(Chain(me)), False
        self.s.greeting()
        self.start()

    def run(self):
        while not self.comment:
            self.comment = self.s.line() == ":"


idle = Idle()


def a_comment_when_nothing_else_comes():
    until(lambda: idle.comment, "nothing came")


def told(s, entries):
    """The ids of entries by those of their events, until each of these has
    come."""
    got, left = {}, set(entries)
    while left:
        i, e = s.event()
        got[i] = e["data"]["entry"]
        left.discard((e["data"]["chain"], e["data"]["seq"]))
    return got


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
    d = Chain(Client(other.url, me.token))  # by the other
    check(here.event() == there.event())
    # Where each begins depends on what was in the order by then.
    a, b = (told(s, [(c.id, 3), (d.id, 0)]) for s in (all_here, all_there))
    both = a.keys() & b.keys()
    check(len(both) >= 2 and all(a[i] == b[i] for i in both), (a, b))
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
                check(s.status == 200)
                while (e := s.event()) is not None:
                    got.append(e[0])
                    last = e[0]
                s.close()
            except (OSError, ValueError, IndexError, AssertionError):
                time.sleep(0.02)

    t = threading.Thread(target=reader, daemon=True)
    t.start()
    for i in range(4):
        for v in range(5):
            c.must(c.stage(2 + 5 * i + v)[1])
        other.kill(signal.SIGKILL if i % 2 else signal.SIGTERM)
        other.run()
    until(lambda: len(got) >= 20, got)
    end.set()
    check(got == list(range(3, 23)), got)


def a_server_that_stops_ends_its_streams():
    c = Chain(me)
    s = Stream(f"/v1/chains/{c.id}/events", url=other.url)
    s.greeting()
    other.kill(signal.SIGTERM)
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
    s.settimeout(LIMIT)
    ops = other.env["ENCLD_OPS_LISTEN"]
    until(lambda: metric(ops, "encl_http_deadlines_total") > 0 and
          metric(ops, "encl_event_watchers") == 0, "it is not cut")
    try:
        while s.recv(1 << 16):
            pass
    except ConnectionError:
        pass
    s.close()


def heard(s, test):
    """What came, once that is so of it."""
    text = b""
    while not test(text):
        more = s.recv(4096)
        check(more, text)
        text += more
    return text


def other_ways_to_ask():
    c = Chain(me)
    host, port = os.environ["ENCLD_LISTEN"].split(":")
    s = socket.create_connection((host, int(port)), timeout=LIMIT)
    s.sendall(f"HEAD /v1/chains/{c.id}/events HTTP/1.1\r\nHost: x\r\n\r\n"
              f"GET /livez-is-not-here HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    text = heard(s, lambda t: t.count(b"HTTP/1.1 ") == 2)
    check(text.startswith(b"HTTP/1.1 200") and b"HTTP/1.1 404" in text, text)
    s.close()
    s = socket.create_connection((host, int(port)), timeout=LIMIT)
    s.sendall(f"GET /v1/chains/{c.id}/events?from=0 HTTP/1.0\r\n"
              "Host: x\r\n\r\n".encode())
    text = heard(s, lambda t: b"}\n\n" in t)
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
