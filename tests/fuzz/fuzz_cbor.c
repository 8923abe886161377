/* SPDX-License-Identifier: ISC */
#include "chain/cbor.h"
#include "chain/text.h"
#include "tests/fuzz/fuzz.h"

static void copy(struct cbor *c, struct out *o);

/* The keys of a map that cbor_item has passed, read once more by name. */
static void
copy_map(struct cbor *c, struct out *o)
{
	struct cbor_map m;

	fuzz_must(cbor_map(c, &m) == OK);
	cbor_put_map(o, m.left);
	while (m.left > 0) {
		struct cbor peek = *m.c;
		struct span key;
		char name[4096];

		fuzz_must(cbor_text(&peek, 0, SIZE_MAX, &key) == OK);
		if (key.n >= sizeof name) {
			/* no key of the format is that long */
			o->full = true;
			return;
		}
		memcpy(name, key.p, key.n);
		name[key.n] = '\0';
		fuzz_must(cbor_map_key(&m, name) == OK);
		cbor_put_key(o, name);
		copy(c, o);
	}
	fuzz_must(cbor_map_end(&m) == OK);
}

static void
copy(struct cbor *c, struct out *o)
{
	struct span s;
	uint64_t v;
	size_t n;
	bool b;

	if (o->full)
		return;
	switch (c->p[0] >> 5) {
	case 0:
		fuzz_must(cbor_uint(c, &v) == OK);
		cbor_put_uint(o, v);
		return;
	case 2:
		fuzz_must(cbor_bytes(c, 0, SIZE_MAX, &s) == OK);
		cbor_put_bytes(o, s);
		return;
	case 3:
		fuzz_must(
		    cbor_text(c, 0, SIZE_MAX, &s) == OK && text_is_plain(s));
		cbor_put_text(o, s);
		return;
	case 4:
		fuzz_must(cbor_array(c, 0, SIZE_MAX, &n) == OK);
		cbor_put_array(o, n);
		for (; n > 0 && !o->full; n--)
			copy(c, o);
		cbor_close(c);
		return;
	case 5:
		copy_map(c, o);
		return;
	default:
		fuzz_must(cbor_bool(c, &b) == OK);
		cbor_put_bool(o, b);
	}
}

/* What the reader takes, the writer writes: the same bytes. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t buf[1 << 20];
	struct out o = out_of(buf, sizeof buf);
	struct cbor c = cbor_of(span_of(p, n)), again = c;
	struct span raw;

	if (n > sizeof buf || cbor_item(&c, &raw) != OK)
		return 0;
	fuzz_must(raw.p == p && raw.n <= n);
	fuzz_must((cbor_end(&c) == OK) == (raw.n == n));
	copy(&again, &o);
	fuzz_must(o.full || span_eq(out_span(&o), raw));
	fuzz_must(o.full || (again.p == c.p && again.depth == c.depth));
	return 0;
}
