#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Where the keys of a chain file live, a second time: FORMAT.md sections 3 and
5, with openssl(1) for certificates.

evidence.py FILE ROOT_HASH MAKERS.pem prints "ROLE KID WORD" for each key of the
policy in force: verified, none, not_published or an error's code.  It knows
Ed25519 keys and bundles of two certificates.
"""
import base64
import hashlib
import re
import subprocess
import sys
import tempfile

from judge import Chain
from narrow import Bad, Cbor

TAGS = [b"encl/1/statement", b"encl/1", b"encl/1/definition",
        b"encl/1/evidence"]
ARC = bytes.fromhex("060a2b0601040182c40a03")  # an OID, its last number open
PEM = re.compile(b"-----BEGIN CERTIFICATE-----\n(.*?)-----END CERTIFICATE-----"
                 b"\n", re.S)


def items(b):
    """(tag, bytes) of each, in the order that a chain file asks for."""
    last, at = 0, 0
    while at < len(b):
        c = Cbor(b[at:])
        c.skip()
        item = b[at:at + c.at]
        head = Cbor(item)
        head.array(1, 16)
        kind = TAGS.index(head.line(64, 0))
        if kind < last:
            raise Bad("item_order")
        last = kind
        yield TAGS[kind], item
        at += len(item)


def bundle_of(item):
    c = Cbor(item)
    if c.array(0, 2**64) != 2:
        raise Bad("entry_shape")
    c.line(64)
    b = c.bytes(1, 16384)
    c.close()
    c.end()
    return b


def extension(der, number):
    """The octets of Yubico's extension, which is not critical."""
    at = der.find(ARC + bytes([number]))
    if at < 0:
        return None
    at += len(ARC) + 1
    return der[at + 2:at + 2 + der[at + 1]] if der[at] == 4 else None


def openssl_trusts(leaf, between, makers):
    with tempfile.TemporaryDirectory() as d:
        for name, pem in (("leaf", leaf), ("between", between)):
            with open(d + "/" + name, "wb") as f:
                f.write(pem)
        return subprocess.run(
            ["openssl", "verify", "-no_check_time", "-CAfile", makers,
             "-no-CApath", "-no-CAstore", "-untrusted", d + "/between",
             d + "/leaf"],
            capture_output=True).returncode == 0


def word(bundle, point, makers):
    certs = [m.group(0) for m in PEM.finditer(bundle)]
    if b"".join(certs) != bundle or len(certs) != 2:
        return "evidence_bad"
    try:
        der = base64.b64decode(PEM.match(certs[0]).group(1), validate=False)
    except ValueError:
        return "evidence_bad"
    if not openssl_trusts(certs[0], certs[1], makers):
        return "evidence_bad"
    firmware, policy = extension(der, 3), extension(der, 8)
    if not firmware or len(firmware) != 3 or not policy or len(policy) != 2:
        return "evidence_fields"
    if bytes.fromhex("302a300506032b6570032100") + point not in der:
        return "evidence_key"
    return "verified" if policy[0] > 1 and policy[1] == 2 else "evidence_weak"


def main():
    path, root, makers = sys.argv[1:]
    with open(path, "rb") as f:
        data = f.read()
    chain, bundles = Chain({bytes.fromhex(root)}), {}
    for tag, item in items(data):
        if tag == TAGS[1]:
            chain.judge(item)
        if tag == TAGS[3]:
            b = bundle_of(item)
            bundles[hashlib.sha256(b).digest()] = b
    p = chain.policy
    for role, keys in (("control", p.control), ("guardian", p.guardians),
                       ("endorser", p.endorsers)):
        for kid, point in keys.items():
            h = p.evidence[kid]
            said = ("none" if h is None else "not_published"
                    if h not in bundles else word(bundles[h], point, makers))
            print(role, kid.hex(), said)
    return 0


if __name__ == "__main__":
    sys.exit(main())
