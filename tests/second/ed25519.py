# SPDX-License-Identifier: ISC
"""Ed25519 after RFC 8032 section 6, with the strictness of FORMAT.md."""
import functools
import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def point_add(a, b):
    A = (a[1] - a[0]) * (b[1] - b[0]) % P
    B = (a[1] + a[0]) * (b[1] + b[0]) % P
    C, E = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = B - A, E - C, E + C, B + A
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def point_mul(s, p):
    q = (0, 1, 1, 0)
    while s:
        if s & 1:
            q = point_add(q, p)
        p = point_add(p, p)
        s >>= 1
    return q


def point_eq(a, b):
    return ((a[0] * b[2] - b[0] * a[2]) % P == 0 and
            (a[1] * b[2] - b[1] * a[2]) % P == 0)


def point_read(b):
    y = int.from_bytes(b, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - xx) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


IDENTITY = (0, 1, 1, 0)
BASE = point_read((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


@functools.lru_cache(None)
def point_good(b):
    p = point_read(b)
    return (p is not None and not point_eq(point_mul(8, p), IDENTITY) and
            point_eq(point_mul(L, p), IDENTITY))


def verify(public, message, sig):
    a, r, s = point_read(public), point_read(sig[:32]), sig[32:]
    s = int.from_bytes(s, "little")
    if a is None or r is None or s >= L:
        return False
    if point_eq(point_mul(8, r), IDENTITY):
        return False
    h = int.from_bytes(hashlib.sha512(sig[:32] + public + message).digest(),
                       "little") % L
    return point_eq(point_mul(s, BASE), point_add(r, point_mul(h, a)))
