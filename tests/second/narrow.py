# SPDX-License-Identifier: ISC
"""FORMAT.md section 2: deterministic CBOR, narrowed."""

TIME_MAX, DURATION_MAX = 253402300799999, 316224000000


class Bad(Exception):
    pass


def plain(b):
    try:
        text = b.decode("utf-8")
    except UnicodeDecodeError:
        return False
    for c in map(ord, text):
        if (c < 0x20 or 0x7F <= c <= 0x9F or c in (0x2028, 0x2029, 0x061C) or
                0x200E <= c <= 0x200F or 0x202A <= c <= 0x202E or
                0x2066 <= c <= 0x2069):
            return False
    return True


class Cbor:
    def __init__(self, b):
        self.b, self.at, self.depth = b, 0, 6

    def head(self):
        if self.at == len(self.b):
            raise Bad("cbor_truncated")
        first = self.b[self.at]
        self.at += 1
        major, info = first >> 5, first & 31
        if info < 24:
            return major, info, info
        if info < 28:
            n = 1 << (info - 24)
            if len(self.b) - self.at < n:
                raise Bad("cbor_truncated")
            v = int.from_bytes(self.b[self.at:self.at + n], "big")
            self.at += n
            if major == 7:
                if info == 24 and v < 32:
                    raise Bad("cbor_not_well_formed")
            elif v < (24, 2**8, 2**16, 2**32)[info - 24]:
                raise Bad("cbor_not_shortest")
            return major, info, v
        if info == 31 and 2 <= major <= 5:
            raise Bad("cbor_indefinite")
        raise Bad("cbor_not_well_formed")

    def major(self, want):
        major, _, v = self.head()
        if major != want:
            raise Bad("cbor_type")
        return v

    def uint(self):
        v = self.major(0)
        if v >= 2**53:
            raise Bad("cbor_range")
        return v

    def boolean(self):
        major, info, _ = self.head()
        if major != 7 or info not in (20, 21):
            raise Bad("cbor_type")
        return info == 21

    def take(self, n):
        if n > len(self.b) - self.at:
            raise Bad("cbor_truncated")
        v = self.b[self.at:self.at + n]
        self.at += n
        return v

    def bytes(self, low, high):
        n = self.major(2)
        if not low <= n <= high:
            raise Bad("cbor_range")
        return self.take(n)

    def h32(self):
        return self.bytes(32, 32)

    def line(self, high, low=1):
        n = self.major(3)
        if not low <= n <= high:
            raise Bad("text_bad")
        v = self.take(n)
        if any(not 0x20 <= c <= 0x7E for c in v):
            raise Bad("text_bad")
        return v

    def text(self):
        n = self.major(3)
        if n > 4000:
            raise Bad("text_bad")
        v = self.take(n)
        if not plain(v):
            raise Bad("text_bad")
        return v

    def nest(self, n, each):
        if self.depth == 0:
            raise Bad("cbor_depth")
        if n > (len(self.b) - self.at) // each:
            raise Bad("cbor_truncated")
        self.depth -= 1

    def array(self, low, high):
        n = self.major(4)
        if not low <= n <= high:
            raise Bad("cbor_range")
        self.nest(n, 1)
        return n

    def close(self):
        self.depth += 1

    def end(self):
        if self.at != len(self.b):
            raise Bad("cbor_trailing")

    def skip(self):
        major, info, v = self.head()
        if major == 0 and v >= 2**53:
            raise Bad("cbor_range")
        if major == 3 and not plain(self.take(v)):
            raise Bad("text_bad")
        if major == 2:
            self.take(v)
        if major in (1, 6) or (major == 7 and info not in (20, 21)):
            raise Bad("cbor_type")
        if major == 4:
            self.nest(v, 1)
            for _ in range(v):
                self.skip()
            self.close()
        if major == 5:
            m = Map(self, v)
            while m.left:
                m.peek()
                m.taken()
                self.skip()
            m.end()


class Map:
    def __init__(self, c, n=None):
        self.c = c
        self.left = c.major(5) if n is None else n
        c.nest(self.left, 2)
        self.last = self.next = None

    def peek(self):
        if self.next is None:
            start = self.c.at
            self.next = self.c.take(self.c.major(3))
            encoded = self.c.b[start:self.c.at]
            if self.last is not None and self.last >= encoded:
                raise Bad("cbor_key_order")
            self.last = encoded
            if not plain(self.next):
                raise Bad("text_bad")
        return self.next

    def taken(self):
        self.next = None
        self.left -= 1

    def opt(self, key):
        if not self.left:
            return False
        key = key.encode()
        have = self.peek()
        if (len(have), have) < (len(key), key):
            raise Bad("field_unknown")
        if have != key:
            return False
        self.taken()
        return True

    def key(self, key):
        if not self.opt(key):
            raise Bad("field_missing")
        return self.c

    def end(self):
        if self.left:
            self.peek()
            raise Bad("field_unknown")
        self.c.close()


def instant(c, high):
    v = c.uint()
    if v > high:
        raise Bad("time_range")
    return v
