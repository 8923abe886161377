# SPDX-License-Identifier: ISC
"""FORMAT.md section 6, as far as level signed goes: what a document says."""

from narrow import TIME_MAX, Bad, plain


class Document:
    def __init__(self, b):
        self.b, self.at = b, 0
        if self.b[:1] == b"\xd2":
            self.at = 1
        if self.head() != (4, 4):
            raise Bad("doc_shape")
        if self.string(2) != b"\xa1\x01\x38\x22":
            raise Bad("doc_alg")
        if self.head() != (5, 0):
            raise Bad("doc_unprotected")
        payload = self.string(2)
        if len(self.string(2)) != 96:
            raise Bad("doc_sig_length")
        if self.at != len(self.b):
            raise Bad("doc_trailing")
        self.b, self.at = payload, 0
        try:
            self.fields = self.value()
        except (UnicodeDecodeError, TypeError, IndexError) as e:
            raise Bad("doc_cbor") from e
        if self.at != len(self.b) or not isinstance(self.fields, dict):
            raise Bad("doc_payload")
        self.check()

    def check(self):
        f = self.fields
        if "nitrotpm_pcrs" in f or "-tpm" in str(f.get("module_id")):
            raise Bad("doc_nitrotpm")
        for name, kind in (("module_id", str), ("digest", str),
                           ("timestamp", int), ("pcrs", dict),
                           ("certificate", bytes), ("cabundle", list)):
            if not isinstance(f.get(name), kind):
                raise Bad("doc_field_missing")
        name = f["module_id"].encode()
        if not 1 <= len(name) <= 128 or not plain(name):
            raise Bad("doc_module_id")
        if f["digest"] != "SHA384":
            raise Bad("doc_digest")
        if not 0 < f["timestamp"] <= TIME_MAX:
            raise Bad("doc_timestamp")
        if any(not 0 <= i <= 31 or len(v) != 48 for i, v in f["pcrs"].items()):
            raise Bad("doc_pcrs")
        if not {0, 1, 2} <= f["pcrs"].keys():
            raise Bad("doc_pcr_missing")
        self.timestamp, self.pcrs = f["timestamp"], f["pcrs"]
        self.user_data = f.get("user_data")

    def head(self):
        try:
            first = self.b[self.at]
            self.at += 1
            major, n = first >> 5, first & 31
            if n == 31:
                return major, None
            if n >= 24:
                size = 1 << (n - 24)
                n = int.from_bytes(self.b[self.at:self.at + size], "big")
                self.at += size
            return major, n
        except (IndexError, ValueError) as e:
            raise Bad("doc_cbor") from e

    def string(self, want):
        major, n = self.head()
        if major != want or n is None or self.at + n > len(self.b):
            raise Bad("doc_cbor")
        self.at += n
        return self.b[self.at - n:self.at]

    def items(self, n):
        while n is None or n > 0:
            if n is None and self.b[self.at:self.at + 1] == b"\xff":
                self.at += 1
                return
            yield
            n = n if n is None else n - 1

    def pairs(self, n):
        found = {}
        for _ in self.items(n):
            key = self.value()
            if not isinstance(key, (str, int)):
                raise Bad("doc_key")
            if key in found:
                raise Bad("doc_duplicate")
            found[key] = self.value()
        return found

    def value(self):
        start = self.at
        major, n = self.head()
        if major in (2, 3):
            self.at = start
            s = self.string(major)
            return s if major == 2 else s.decode()
        if major == 4:
            return [self.value() for _ in self.items(n)]
        if major == 5:
            return self.pairs(n)
        return n if major == 0 else None
