# SPDX-License-Identifier: ISC
"""The deterministic CBOR of chain/FORMAT.md section 2, written a second time:
what a client in another language would write."""
import base64
import os


def head(major, n):
    for size, low in ((0, 24), (1, 1 << 8), (2, 1 << 16), (4, 1 << 32)):
        if n < low:
            break
    else:
        size = 8
    if size == 0:
        return bytes([major << 5 | n])
    code = {1: 24, 2: 25, 4: 26, 8: 27}[size]
    return bytes([major << 5 | code]) + n.to_bytes(size, "big")


def encode(v):
    if v is True or v is False:
        return b"\xf5" if v else b"\xf4"
    if isinstance(v, int):
        return head(0, v)
    if isinstance(v, bytes):
        return head(2, len(v)) + v
    if isinstance(v, str):
        return head(3, len(v.encode())) + v.encode()
    if isinstance(v, list):
        return head(4, len(v)) + b"".join(map(encode, v))
    pairs = sorted((encode(k), encode(x)) for k, x in v.items())
    return head(5, len(pairs)) + b"".join(k + x for k, x in pairs)


def statement(payload, proofs):
    return encode(["encl/1/statement", payload, proofs])


def key(view):
    return {"key": base64.b64decode(view["key"].split()[1]),
            "name": view["name"]}


def genesis(control, guardians, root, floor=60000, min_delay=3600000):
    return encode({
        "kind": "genesis", "label": "held", "nonce": os.urandom(16),
        "floor": floor, "root": bytes.fromhex(root),
        "policy": {"control": [key(k) for k in control], "threshold": 1,
                   "guardians": [key(k) for k in guardians],
                   "min_delay": min_delay, "upgradable": True,
                   "pcrs": [0, 1, 2]}})
