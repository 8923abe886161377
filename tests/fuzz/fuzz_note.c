/* SPDX-License-Identifier: ISC */
#include "chain/checkpoint.h"
#include "tests/fuzz/fuzz.h"

/* A key to look for, with a signature that verifies nothing. */
static void
look(const struct note *n, const struct note_signature *g)
{
	struct note_key k = { .name = g->name, .id = g->id };
	const struct note_signature *line;
	uint8_t sig[72];
	enum err e = note_find(n, &k, 64, sig, &line);

	fuzz_must(e == OK || e == ERR_NOTE);
	fuzz_must(e != OK || line == g);
	e = note_find(n, &k, 72, sig, &line);
	fuzz_must(e == OK || e == ERR_NOTE);
}

static void
as_note(struct span s)
{
	static uint8_t buf[NOTE_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct note n;

	if (note_decode(s, &n) != OK)
		return;
	fuzz_must(n.n > 0 && n.n <= NOTE_SIGNATURES);
	out_put(&o, n.text.p, n.text.n);
	out_put(&o, "\n", 1);
	for (size_t i = 0; i < n.n; i++) {
		const struct note_signature *g = &n.signature[i];

		out_put(&o, "\xe2\x80\x94 ", 4);
		out_put(&o, g->name.p, g->name.n);
		out_put(&o, " ", 1);
		out_put(&o, g->base64.p, g->base64.n);
		out_put(&o, "\n", 1);
		look(&n, g);
	}
	fuzz_must(span_eq(out_span(&o), s));
}

static void
as_vkey(struct span s)
{
	uint8_t buf[NOTE_VKEY_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct note_key k, again;

	if (note_vkey_decode(s, &k) != OK)
		return;
	note_vkey_encode(&o, &k);
	fuzz_must(span_eq(out_span(&o), s));
	fuzz_must(note_key_make(&again, k.name, k.type, k.public.b) == OK);
	fuzz_must(again.id == k.id);
}

static void
as_checkpoint(struct span s)
{
	static uint8_t buf[NOTE_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct checkpoint c;
	struct note_key k;
	uint8_t sig[64];
	uint64_t seconds;

	if (checkpoint_decode(s, &c) != OK)
		return;
	fuzz_must(c.size < UINT64_C(1) << 53);
	checkpoint_text(&o, c.origin, c.size, &c.root);
	out_put(&o, c.extension.p, c.extension.n);
	fuzz_must(span_eq(out_span(&o), c.note.text));
	/* no signature verifies with this key, which nobody has */
	if (note_key_make(&k, c.note.signature[0].name, NOTE_COSIGNATURE,
		(const uint8_t[32]){ 2 }) != OK)
		return;
	k.id = c.note.signature[0].id;
	if (checkpoint_cosignature(&c, &k, &seconds, sig) == OK)
		fuzz_must(seconds > 0 && seconds <= INT64_MAX);
	fuzz_must(checkpoint_cosigned_by(&c, &k, &seconds) != OK);
	k.type = NOTE_ED25519;
	fuzz_must(checkpoint_verify(&c, &k) != OK);
}

/* What the readers take, the writers write: the same bytes. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	as_note(span_of(p, n));
	as_vkey(span_of(p, n));
	as_checkpoint(span_of(p, n));
	return 0;
}
