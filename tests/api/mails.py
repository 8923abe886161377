# SPDX-License-Identifier: ISC
"""Mails: only to those who said yes, gone when they say no, and never a tool
against anybody."""
import email
import email.policy
import os
import re
import socketserver
import sys
import threading
import time
import urllib.parse

from database import placed, sql
from stack import GUARDIAN, Chain, Client, check, is_, run_tests, seen, until

me = Client(token=os.environ["ENCLD_TOKEN"])
anyone = Client(token="")
FORM = "application/x-www-form-urlencoded"


class Sink(socketserver.StreamRequestHandler):
    """As much of an SMTP server as a client needs."""

    def say(self, line):
        self.wfile.write((line + "\r\n").encode())

    def handle(self):
        self.say("220 sink")
        sender, to = None, []
        while (line := self.rfile.readline().decode().strip()):
            verb = line.split(" ", 1)[0].split(":")[0].upper()
            if verb == "MAIL":
                sender = line
                self.say("250 ok")
            elif verb == "RCPT":
                to.append(re.search(r"<(.*)>", line)[1])
                self.say("451 later" if refuse else "250 ok")
            elif verb == "DATA":
                self.say("354 go on")
                raw = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    check(part.endswith(b"\r\n") and len(part) <= 1000, part)
                    raw += part[1:] if part.startswith(b"..") else part
                box.append((sender, to, raw))
                self.say("250 taken")
                to = []
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


box, refuse = [], []
socketserver.ThreadingTCPServer.allow_reuse_address = True
at = urllib.parse.urlsplit(os.environ["ENCLD_SMTP_URL"])
sink = socketserver.ThreadingTCPServer((at.hostname, at.port), Sink)
sink.daemon_threads = True
threading.Thread(target=sink.serve_forever, daemon=True).start()


def forget():
    sql("DELETE FROM encl.subscription")
    box.clear()


def mail(n):
    """The n-th mail, parsed; every one is well-formed."""
    until(lambda: len(box) > n, lambda: f"{len(box)} mails")
    sender, to, raw = box[n]
    head = raw.split(b"\r\n\r\n", 1)[0]
    check(head.isascii() and b"\n" not in head.replace(b"\r\n", b""))
    m = email.message_from_bytes(raw, policy=email.policy.strict)
    for name in ("From", "To", "Subject", "Date", "Message-ID",
                 "List-Unsubscribe", "List-Unsubscribe-Post"):
        check(len(m.get_all(name, [])) == 1, (name, m.get_all(name)))
    check(m["Auto-Submitted"] == "auto-generated" and to == [m["To"]])
    check(m["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click")
    return m, m.get_content()


def link_of(text):
    found = re.findall(r"http://\S+/v1/subscriptions/(\S+)", text)
    check(len(found) == 1, text)
    return found[0]


def ask(c, address):
    return is_(anyone.call("subscribe", c.id, body={"email": address}), 202)


def yes(c, address):
    """-> the token"""
    n = len(box)
    ask(c, address)
    token = link_of(mail(n)[1])
    placed()  # it is told of what comes after its yes
    is_(anyone.call("confirmSubscription", token, body="sure=yes", type=FORM),
        200)
    return token


def nothing_without_a_yes():
    forget()
    c = Chain(me)
    c.first(1)
    ask(c, "alice@example.org")
    m, text = mail(0)
    check(m["To"] == "alice@example.org" and
          m["From"] == "encl@example.org" and c.id in text, text)
    token = link_of(text)
    page = is_(anyone.call("getSubscription", token), 200).body
    check(b"Yes, send mails" in page and b"/confirm" in page, page)
    c.must(c.stage(2)[1])  # looking at the page is no yes
    placed()
    check(len(box) == 1)
    is_(anyone.call("confirmSubscription", token, body="sure=yes", type=FORM),
        200)
    c.must(c.receipt("seen", 1))
    m, text = mail(1)
    check(m["Subject"] == "Version v2 of payments was seen by the running "
          "enclave", m["Subject"])
    check("it can come into force from" in text.replace("\n", " ") and
          "It can be revoked by 2 of the keys of: " in text and
          "or by a guardian: " in text and c.id in text, text)


def a_chain_that_is_read_only():
    forget()
    c = Chain(me)
    c.first(1)
    yes(c, "kate@example.org")
    c.must(c.stage(2)[1])
    mail(1)
    sql("WITH h AS (INSERT INTO encl.happening (chain, what) VALUES "
        f"('\\x{c.id}', 'read_only') RETURNING id) INSERT INTO encl.delivery "
        "(subscription, happening) SELECT u.id, h.id FROM h, "
        "encl.subscription u")
    m, text = mail(2)
    check(m["Subject"] == "The chain of payments is read-only", m["Subject"])
    check("Nothing is added to the chain" in text.replace("\n", " ") and
          "It can be revoked" not in text and c.id in text, text)


def who_can_stop_what_can_be_stopped():
    forget()
    c = Chain(me)
    c.first(1)
    stage = c.upgrade(2, 1)
    c.must(c.stage(3)[1])
    yes(c, "mike@example.org")
    is_(c.append(c.revoke(GUARDIAN(0), stage=stage, keep="drop"), token=""),
        202)
    m, text = mail(1)  # of what is in force, while another one waits
    check("Version v2 of payments" in m["Subject"] and
          "It can be revoked" not in text, text)


def no_more_with_one_click():
    forget()
    c = Chain(me)
    c.first(1)
    token = yes(c, "bob@example.org")
    c.must(c.stage(2)[1])
    m, _ = mail(1)
    url = urllib.parse.urlsplit(m["List-Unsubscribe"].strip("<>"))
    check(url.path == f"/v1/subscriptions/{token}/unsubscribe", url)
    is_(anyone.call("unsubscribe", token, body="List-Unsubscribe=One-Click",
                    type=FORM), 200)
    check(sql("SELECT count(*) FROM encl.subscription") == "0" and
          sql("SELECT count(*) FROM encl.delivery WHERE subscription IS NOT "
              "NULL") == "0")
    c.must(c.stage(3)[1])
    time.sleep(0.7)
    check(len(box) == 2)
    for op in ("unsubscribe", "confirmSubscription"):  # it is no link any more
        a = is_(anyone.call(op, token, body="sure=yes", type=FORM), 200)
        check(b"No mails are sent" in a.body, a.body)
    check(sql("SELECT count(*) FROM encl.subscription") == "0")


def what_people_wrote_stays_in_the_body():
    forget()
    c = Chain(me)
    c.first(1)
    yes(c, "carol@example.org")
    c.must(c.stage(2)[1])
    c.must(c.revoke(GUARDIAN(0), reason="<b>=\u4e2d\u00e9.\u2764"))
    mail(2)  # two at once, in either order
    texts = [mail(n)[1].replace("\n", " ") for n in (1, 2)]
    check(any("Reason given: <b>=\u4e2d\u00e9.\u2764" in t for t in texts),
          texts)


def the_same_answer_always():
    forget()
    c = Chain(me)
    first = ask(c, "dave@example.org").body
    mail(0)
    token = link_of(mail(0)[1])
    check(ask(c, "dave@example.org").body == first)
    check(ask(c, "DAVE@EXAMPLE.ORG").body == first)
    is_(anyone.call("confirmSubscription", token, body="sure=yes", type=FORM),
        200)
    check(ask(c, "dave@example.org").body == first)
    time.sleep(0.7)
    check(len(box) == 1)  # and nobody is pestered


def limits():
    forget()
    chains = [Chain(me) for _ in range(5)]
    for c in chains:  # one address, many chains
        ask(c, "erin@example.org")
    mail(2)
    time.sleep(1)
    check(len(box) == 3, len(box))
    for i in range(20):  # one source, many addresses
        ask(chains[0], f"x{i}@example.org")
    mail(9)
    time.sleep(1)
    check(len(box) == 10, len(box))


def addresses_that_are_none():
    c = Chain(me)
    for address in ("", "x", "@", "a@b", "a@b.", "a@.b", "a b@example.org",
                    "a@example.org\nBcc: x@example.org", "a@example.org\r",
                    "a@example.org,b@example.org", "<a@example.org>",
                    "a@b@example.org", "\"a b\"@example.org", "a@exa_mple.org",
                    ".a@example.org", "a..b@example.org", "a@[127.0.0.1]",
                    "\u00e9@example.org", "a" * 65 + "@example.org",
                    "a@" + "b" * 250 + ".org"):
        is_(anyone.call("subscribe", c.id, body={"email": address}), 400)
    is_(anyone.call("subscribe", c.id, body={"email": 1}), 400)
    is_(anyone.call("subscribe", "0" * 64, body={"email": "a@b.org"}), 404)
    p = Chain(me, private=True)
    is_(anyone.call("subscribe", p.id, body={"email": "a@b.org"}), 404)
    is_(me.call("subscribe", p.id, body={"email": "a@b.org"}), 404)


def tokens_that_are_none():
    forget()
    c = Chain(me)
    n = len(box)
    ask(c, "frank@example.org")
    token = link_of(mail(n)[1])
    for bad in ("x", "A" * 43, token[:-1], token + "A",
                token[:20] + ("A" if token[20] != "A" else "B") + token[21:]):
        a = is_(anyone.call("confirmSubscription", bad, body="sure=yes",
                            type=FORM), 200)
        check(b"No mails are sent" in a.body)
        is_(anyone.call("getSubscription", bad), 200)
    check(sql("SELECT confirmed IS NULL FROM encl.subscription") == "t")


def a_mail_server_that_says_later():
    forget()
    c = Chain(me)
    refuse.append(1)
    ask(c, "grace@example.org")
    until(lambda: sql("SELECT coalesce(max(status), 0) FROM encl.delivery "
                      "WHERE subscription IS NOT NULL") == "451", "no attempt")
    refuse.clear()

    def came():
        sql("UPDATE encl.delivery SET due = now() WHERE subscription IS NOT "
            "NULL AND due > now() AND tried < now() - interval '2 seconds'")
        return box
    until(came, "it does not come again", pause=0.2)
    mail(0)


def silence_is_a_no():
    forget()
    c = Chain(me)
    ask(c, "heidi@example.org")
    mail(0)
    check(sql("SELECT count(*) FROM encl.subscription") == "1")
    log = os.path.join(os.environ["ENCLD_DIR"], "log")
    with open(log, encoding="utf-8") as f:
        text = f.read()
    check("example.org\"" not in text and "heidi" not in text and
          "grace" not in text, "an address is in the log")


if __name__ == "__main__":
    sys.exit(run_tests([
        nothing_without_a_yes, a_chain_that_is_read_only,
        who_can_stop_what_can_be_stopped, no_more_with_one_click,
        what_people_wrote_stays_in_the_body, the_same_answer_always, limits,
        addresses_that_are_none, tokens_that_are_none,
        a_mail_server_that_says_later, silence_is_a_no]))
