/* SPDX-License-Identifier: ISC */
/* note_files DIR: writes signed notes, checkpoints and evidence of splits, and
 * what nearly is one, for the corpora of tests/fuzz/fuzz_note.c and
 * fuzz_split.c (DIR/note, DIR/split). */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "chain/split.h"
#include "tests/lib/log_maker.h"

#define HONEST ((struct log_branch){ UINT64_MAX, 0 })
#define FORKED ((struct log_branch){ 3, 1 })

static const char *dir;

static void
save(const char *below, const char *name, struct span s)
{
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s/%s", dir, below, name);
	f = fopen(path, "wb");
	if (f == NULL || fwrite(s.p, 1, s.n, f) != s.n || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

static void
cosign(struct out *note, const char *name, uint64_t seconds)
{
	uint8_t public[32], secret[64], seed[32] = { 7 }, sig[72];
	uint8_t text[LOG_MAKER_NOTE];
	struct out t = out_of(text, sizeof text);
	struct checkpoint c;
	struct note_key k;

	crypto_sign_seed_keypair(public, secret, seed);
	if (note_key_make(&k, span_str(name), NOTE_COSIGNATURE, public) != OK ||
	    checkpoint_decode(out_span(note), &c) != OK)
		abort();
	checkpoint_cosigned(&t, seconds, c.note.text);
	for (size_t i = 0; i < 8; i++)
		sig[i] = (uint8_t)(seconds >> (56 - 8 * i));
	crypto_sign_detached(sig + 8, NULL, t.p, t.n, secret);
	note_sign_line(note, &k, span_of(sig, sizeof sig));
}

static void
notes(const struct log_maker *m)
{
	static const char *const text[] = { "text\n\n\xe2\x80\x94 x AAAAAAA=\n",
		"a\n\nb\n\n\xe2\x80\x94 x AAAAAAA=\n\xe2\x80\x94 y AAAAAAAA\n",
		"o\n0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nmore\n\n"
		"\xe2\x80\x94 x AAAAAAA=\n",
		"o\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n"
		"\xe2\x80\x94 x AAAAAAA=\n",
		"text\r\n\r\n\xe2\x80\x94 x AAAAAAA=\r\n",
		"text\n\n\xe2\x80\x94 a+b AAAAAAA=\n",
		"text\n\n\xe2\x80\x94 x AAAAAAB=\n" };
	uint8_t buf[2 * LOG_MAKER_NOTE];
	struct out o = out_of(buf, sizeof buf);
	char name[32];

	log_maker_note(m, HONEST, 5, &o);
	save("note", "signed", out_span(&o));
	cosign(&o, "example.org/w1", 1679315147);
	cosign(&o, "example.org/w2", 1);
	save("note", "cosigned", out_span(&o));
	cosign(&o, "example.org/w2", 0);
	save("note", "twice", out_span(&o));
	save("note", "cut", span_of(buf, o.n - 1));
	for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
		(void)snprintf(name, sizeof name, "text-%zu", i);
		save("note", name, span_str(text[i]));
	}
}

static void
vkeys(const struct log_maker *m)
{
	struct note_key k = m->key;
	char text[NOTE_VKEY_MAX];
	struct out o = out_of(text, sizeof text);

	note_vkey_encode(&o, &k);
	save("note", "vkey", out_span(&o));
	text[o.n - 1] ^= 1;
	save("note", "vkey-wrong", out_span(&o));
	if (note_key_make(&k, k.name, NOTE_COSIGNATURE, m->key.public.b) != OK)
		abort();
	o = out_of(text, sizeof text);
	note_vkey_encode(&o, &k);
	save("note", "vkey-witness", out_span(&o));
}

static void
split(const struct log_maker *m)
{
	uint8_t a[2 * LOG_MAKER_NOTE], b[LOG_MAKER_NOTE], s[SPLIT_MAX];
	struct out o = out_of(a, sizeof a), p = out_of(b, sizeof b);
	struct out e = out_of(s, sizeof s);

	log_maker_note(m, HONEST, 5, &o);
	log_maker_note(m, FORKED, 5, &p);
	if (split_encode(&e, out_span(&o), out_span(&p), NULL) != OK)
		abort();
	save("split", "convicts", out_span(&e));
	s[e.n - 2] ^= 1;
	save("split", "forged", out_span(&e));
	save("split", "cut", span_of(s, e.n - 1));
	e = out_of(s, sizeof s);
	cosign(&o, "example.org/w1", 1679315147);
	if (split_encode(&e, out_span(&o), out_span(&p), NULL) != OK)
		abort();
	save("split", "cosigned", out_span(&e));
	e = out_of(s, sizeof s);
	p = out_of(b, sizeof b);
	log_maker_note(m, HONEST, 6, &p);
	if (split_encode(&e, out_span(&o), out_span(&p), NULL) !=
	    ERR_SPLIT_NONE)
		abort();
	save("split", "grown", out_span(&e));
}

/* A smaller tree and a larger that does not go on from it. */
static void
split_grown(const struct log_maker *m)
{
	uint8_t a[LOG_MAKER_NOTE], b[LOG_MAKER_NOTE], s[SPLIT_MAX];
	struct out o = out_of(a, sizeof a), p = out_of(b, sizeof b);
	struct out e = out_of(s, sizeof s);
	struct log_maker_tree t;
	const struct merkle_source forked = log_maker_source(&t, m, FORKED);

	log_maker_note(m, HONEST, 4, &o);
	log_maker_note(m, FORKED, 7, &p);
	if (split_encode(&e, out_span(&o), out_span(&p), &forked) != OK)
		abort();
	save("split", "proved", out_span(&e));
	s[e.n - 2] ^= 1;
	save("split", "unproved", out_span(&e));
	e = out_of(s, sizeof s);
	o = out_of(a, sizeof a);
	log_maker_note(m, FORKED, 5, &o);
	if (split_encode(&e, out_span(&o), out_span(&p), &forked) !=
	    ERR_SPLIT_NONE)
		abort();
	save("split", "honest", out_span(&e));
}

int
main(int argc, char **argv)
{
	struct log_maker m;

	if (argc != 2)
		return 2;
	dir = argv[1];
	log_maker_begin(&m, "split", "example.org/log");
	notes(&m);
	vkeys(&m);
	split(&m);
	split_grown(&m);
	return 0;
}
