# SPDX-License-Identifier: ISC
"""Atom feeds and calendars, read by strict parsers."""
import datetime
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

from database import placed
from events import watch
from stack import GUARDIAN, HOUR, Chain, Client, check, is_, run_tests, \
    token_of, until

TOKEN = os.environ["ENCLD_TOKEN"]
me = Client(token=TOKEN)
anyone = Client(token="")
ATOM = "{http://www.w3.org/2005/Atom}"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NASTY = "\"<b>&amp;\\;,'\u00e9\u4e2d\U0001f600]]>"


def atom(body):
    """RFC 4287, what it says MUST of feed and entry."""
    feed = xml.fromstring(body)
    check(feed.tag == ATOM + "feed", feed.tag)
    ids = []
    for e in [feed] + feed.findall(ATOM + "entry"):
        for name in ("id", "title", "updated"):
            check(len(e.findall(ATOM + name)) == 1, (e.tag, name))
        check(RFC3339.fullmatch(e.find(ATOM + "updated").text))
        name = e.find(ATOM + "id").text
        check(re.fullmatch(r"tag:[a-z0-9.-]+,2026:/[!-~]*", name), name)
        ids.append(name)
        alternates = [(x.get("type"), x.get("hreflang"))
                      for x in e.findall(ATOM + "link")
                      if x.get("rel", "alternate") == "alternate"]
        check(len(alternates) == len(set(alternates)) and alternates)
    check(len(ids) == len(set(ids)), "an id stands twice")
    check(feed.find(ATOM + "author") is not None)
    check([x for x in feed.findall(ATOM + "link")
           if x.get("rel") == "self"], "no self link")
    for e in feed.findall(ATOM + "entry"):
        check(len(e.findall(ATOM + "content")) == 1)
    return feed


def ics(body):
    """RFC 5545: lines, folding, components, properties of VEVENT."""
    check(body.endswith(b"\r\n") and b"\n" not in body.replace(b"\r\n", b""))
    check(b"\r" not in body.replace(b"\r\n", b""))
    for line in body.split(b"\r\n"):
        check(len(line) <= 75, (len(line), line))
        line.decode()  # no character is torn
    text = body.decode().replace("\r\n ", "")
    stack, events = [], []
    for line in text.split("\r\n")[:-1]:
        m = re.fullmatch(r"([A-Z-]+)((?:;[A-Z-]+=[^;:\"]+)*):(.*)", line)
        check(m, line)
        name, value = m[1], m[3]
        if name == "BEGIN":
            stack.append((value, {}))
        elif name == "END":
            kind, here = stack.pop()
            check(kind == value, line)
            if kind == "VEVENT":
                events.append(here)
            elif kind == "VALARM":
                check({"ACTION", "TRIGGER", "DESCRIPTION"} <= set(here))
                stack[-1][1].setdefault("alarms", []).append(here)
            else:
                check(kind == "VCALENDAR" and not stack and
                      here["VERSION"] == "2.0" and here["PRODID"], here)
        else:
            check(name not in stack[-1][1], line)
            if name in ("SUMMARY", "DESCRIPTION", "X-WR-CALNAME"):
                check(not re.search(r"(?<!\\)(\\\\)*[;,]", value) and
                      not re.search(r"\\[^\\;,nN]", value), value)
                value = re.sub(r"\\(.)", lambda x: "\n" if x[1] in "nN"
                               else x[1], value)
            stack[-1][1][name] = value
    check(not stack)
    for e in events:
        for t in ("DTSTAMP", "DTSTART", "LAST-MODIFIED"):
            check(re.fullmatch(r"\d{8}T\d{6}Z", e[t]), e)
        check(e.get("DTEND", "9") > e["DTSTART"] and
              e["STATUS"] in ("TENTATIVE", "CONFIRMED", "CANCELLED"), e)
        check(re.fullmatch(r"[0-9a-f]{64}@[a-z0-9.-]+", e["UID"]), e)
    check(events and len({e["UID"] for e in events}) == len(events))
    return {e["UID"][:64]: e for e in events}


def packaged(module, code, body):
    """The same for the parser of Debian's package, where it is installed."""
    r = subprocess.run(["/usr/bin/python3", "-c", "import sys\ntry:\n import "
                        f"{module}\nexcept ImportError:\n sys.exit(77)\n"
                        + code], input=body, capture_output=True)
    if r.returncode == 77:
        print(f"skipped {module}: it is not installed")
    else:
        check(r.returncode == 0, r.stderr.decode())


def read_atom(c=None):
    a = anyone.call("getChainFeed", c.id) if c else anyone.call("getFeed")
    is_(a, 200)
    return atom(a.body), a


def read_ics(c):
    a = is_(anyone.call("getCalendar", c.id), 200)
    return ics(a.body), a


def when(text):
    return datetime.datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(
        tzinfo=datetime.timezone.utc).timestamp()


def a_chain_as_a_feed():
    c = Chain(me)
    c.first(1)
    c.upgrade(2, 1)
    feed, a = read_atom(c)
    check(a.headers["Content-Type"] == "application/atom+xml" and
          a.headers["Access-Control-Allow-Origin"] == "*", a.headers)
    entries = feed.findall(ATOM + "entry")
    check([e.find(ATOM + "category").get("term") for e in entries] == [
        "upgrade.released", "upgrade.accepted", "upgrade.noticed",
        "upgrade.staged", "upgrade.released", "upgrade.staged",
        "chain.created"])
    check(entries[3].find(ATOM + "title").text ==
          "Version v2 of payments was staged")
    before = [e.find(ATOM + "id").text for e in entries]
    link = anyone.call("getChain", c.id).headers["Link"]
    check(link == f'</v1/chains/{c.id}/feed.atom>; rel="alternate"; '
          'type="application/atom+xml"', link)
    is_(anyone.call("getChainFeed", c.id,
                    headers={"If-None-Match": a.headers["ETag"]}), 304)
    c.must(c.stage(3)[1])
    feed, b = read_atom(c)
    check(a.headers["ETag"] != b.headers["ETag"])
    check([e.find(ATOM + "id").text
           for e in feed.findall(ATOM + "entry")][1:] == before)
    packaged("feedparser", "d = feedparser.parse(sys.stdin.buffer.read())\n"
             "assert not d.bozo and d.version == 'atom10', d\n"
             "assert len(d.entries) == 8\n", b.body)


def what_is_no_entry():
    c = Chain(me)
    c.first(1)
    stage = c.upgrade(2, 1)
    placed()
    _, a = read_atom(c)
    is_(anyone.call("getChainFeed", c.id,
                    headers={"If-None-Match": a.headers["ETag"]}), 304)
    is_(c.append(c.revoke(GUARDIAN(0), stage=stage, keep="drop",
                          reason=NASTY), token=""), 202)
    subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-c",
                    "INSERT INTO encl.happening (chain, what) VALUES "
                    f"('\\x{c.id}', 'read_only'), "
                    f"('\\x{c.id}', 'caught_up')"], check=True)
    newest = ["chain.caught_up", "chain.read_only", "upgrade.disputed",
              "upgrade.released"]

    def told(of):
        feed, b = read_atom(of)
        entries = feed.findall(ATOM + "entry")
        terms = [e.find(ATOM + "category").get("term") for e in entries]
        return b.headers["ETag"] != a.headers["ETag"] and \
            terms[:4] == newest and entries

    for of in (c, None):  # the feed of everything follows a moment later
        entries = until(lambda: told(of), "not told")
        check(entries[1].find(ATOM + "title").text ==
              "The chain of payments is read-only")
        check(entries[2].find(ATOM + "content").text.endswith(NASTY))
        check(len(entries) <= 30)
    c.must(c.stage(3)[1])
    term = read_atom(c)[0].find(ATOM + "entry").find(ATOM + "category")
    check(term.get("term") == "upgrade.staged", term)


def what_people_wrote_stays_text():
    c = Chain(me)
    c.first(1)
    stage, t = c.stage(2)
    c.must(t)
    c.must(c.revoke(GUARDIAN(0), reason=NASTY))
    feed, _ = read_atom(c)
    e = feed.find(ATOM + "entry")
    check(e.find(ATOM + "content").text.endswith("Reason given: " + NASTY),
          e.find(ATOM + "content").text)
    events, a = read_ics(c)
    check(events[stage]["DESCRIPTION"].endswith("Reason given: " + NASTY),
          events[stage])
    packaged("icalendar", "c = icalendar.Calendar.from_ical("
             "sys.stdin.buffer.read())\n"
             "assert [x for x in c.walk('VEVENT')]\n"
             "assert not [x.errors for x in c.walk() if x.errors]\n", a.body)


def the_longest_reason():
    """Else one guardian's would end the feeds and streams of everybody."""
    c = Chain(me)
    c.first(1)
    stage = c.upgrade(2, 1)
    reason = "\u4e2d" * 1333 + "&"  # 4000 bytes
    is_(c.append(c.revoke(GUARDIAN(0), stage=stage, keep="drop",
                          reason=reason), token=""), 202)
    c.must(c.stage(3)[1])
    c.must(c.revoke(GUARDIAN(0), reason=reason))
    for of in (c, None):  # the feed of everything follows a moment later
        until(lambda: 2 == sum(
            e.find(ATOM + "content").text.endswith("Reason given: " + reason)
            for e in read_atom(of)[0].findall(ATOM + "entry")), "not told")
    events, _ = read_ics(c)
    check(any(e["DESCRIPTION"].endswith("Reason given: " + reason)
              for e in events.values()), events)
    s = watch(c, "?from=7")
    check(reason in s.take(2)[1][1]["data"]["text"])
    s.close()


def the_feed_of_everything():
    a, p, b = Chain(me), Chain(me, private=True), Chain(me)
    placed()  # its order comes after the entries
    feed, answer = read_atom()
    ids = [e.find(ATOM + "id").text for e in feed.findall(ATOM + "entry")]
    check(any(a.id in i for i in ids) and any(b.id in i for i in ids), ids)
    check(not any(p.id in i for i in ids) and len(ids) <= 30, ids)
    is_(anyone.call("getFeed", headers={"If-None-Match":
                                        answer.headers["ETag"]}), 304)


def private_only_with_a_token():
    c = Chain(me, private=True)
    for op in ("getChainFeed", "getCalendar"):
        is_(anyone.call(op, c.id), 404)
        is_(me.call(op, c.id, token=token_of(me, ["audit:read"])), 403)
        a = is_(me.call(op, c.id), 200)
        check(a.headers["Cache-Control"] == "no-store", a.headers)
        is_(anyone.call(op, "0" * 64), 404)
        is_(me.call(op, c.id, query={"x": "1"}), 400)


def a_window_in_the_calendar():
    c = Chain(me)
    only, _ = read_ics(c)
    check(list(only) == [c.id], only)  # a calendar must hold something
    c.first(1)
    stage, t = c.stage(2)
    c.must(t)
    e = read_ics(c)[0][stage]
    check(e["STATUS"] == "TENTATIVE" and e["SEQUENCE"] == "0", e)
    c.must(c.receipt("seen", 1))
    e = read_ics(c)[0][stage]
    pending = anyone.call("getChain", c.id, accept="application/json")
    pending = pending.json["pending"]
    check(e["STATUS"] == "CONFIRMED" and e["SEQUENCE"] == "1", e)
    for name, want in (("DTSTART", "earliest"), ("DTEND", "expires")):
        ms = datetime.datetime.fromisoformat(
            pending[want].replace("Z", "+00:00")).timestamp()
        check(0 <= when(e[name]) - ms < 1, (name, e[name], pending[want]))
    check([x["TRIGGER"] for x in e["alarms"]] == ["-PT24H", "PT0S", "-PT1H"],
          e["alarms"])
    c.must(c.revoke(GUARDIAN(0)))
    e = read_ics(c)[0][stage]
    check(e["STATUS"] == "CANCELLED" and e["SEQUENCE"] == "2" and
          "alarms" not in e, e)


def replaced_and_released():
    c = Chain(me)
    c.first(1)
    old, t = c.stage(2)
    c.must(t)
    new, t = c.stage(3)
    c.must(t)
    events, _ = read_ics(c)
    check(events[old]["STATUS"] == "CANCELLED" and
          events[old]["SEQUENCE"] == "1" and
          events[new]["STATUS"] == "TENTATIVE", events)
    c.must(c.receipt("seen", 1))
    c.must(c.receipt("accepted", 3))
    c.clock(c.now + 2 * HOUR)
    c.must(c.receipt("released", 1))
    events, _ = read_ics(c)
    check(events[new]["STATUS"] == "CONFIRMED" and
          events[new]["SEQUENCE"] == "3" and "alarms" not in events[new],
          events[new])
    check("is in force" in events[new]["DESCRIPTION"], events[new])


if __name__ == "__main__":
    sys.exit(run_tests([
        a_chain_as_a_feed, what_is_no_entry, what_people_wrote_stays_text,
        the_longest_reason, the_feed_of_everything, private_only_with_a_token,
        a_window_in_the_calendar, replaced_and_released]))
