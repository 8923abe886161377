/* SPDX-License-Identifier: ISC */
/* note_attempts SEED COUNT: tries COUNT notes, vkeys, checkpoints, proofs and
 * splits, good and spoilt, and prints each with the verdict that it got: a line
 * "WHAT CODE VALUE BYTES", then so many bytes.  The first two lines are the
 * vkeys of a log and a witness.  Another reader that follows FORMAT.md section
 * 8 must say the same. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "chain/split.h"
#include "tests/lib/log_maker.h"

static uint64_t dice;
static struct log_maker maker;
static struct note_key witness;
static uint8_t witness_secret[64];

/* 0 to n - 1, the same on every machine. */
static unsigned
roll(unsigned n)
{
	dice = dice * UINT64_C(6364136223846793005) +
	       UINT64_C(1442695040888963407);
	return (unsigned)(dice >> 33) % n;
}

static void
say(const char *what, enum err e, uint64_t value, struct span s)
{
	printf("%s %s %llu %zu\n", what, err_code(e),
	    (unsigned long long)(e == OK ? value : 0), s.n);
	fwrite(s.p, 1, s.n, stdout);
	putchar('\n');
}

/* Puts v in the place of the n bytes at `at`. */
static void
replace(struct out *o, size_t at, size_t n, struct span v)
{
	if (o->n - n + v.n > o->cap)
		return;
	memmove(o->p + at + v.n, o->p + at + n, o->n - at - n);
	if (v.n > 0)
		memcpy(o->p + at, v.p, v.n);
	o->n = o->n - n + v.n;
}

/* A line once more. */
static void
again(struct out *o, size_t at)
{
	uint8_t line[512];
	size_t from = at, to = at;

	while (from > 0 && o->p[from - 1] != '\n')
		from--;
	while (to < o->n && o->p[to++] != '\n')
		continue;
	if (to - from > sizeof line)
		return;
	memcpy(line, o->p + from, to - from);
	replace(o, from, 0, span_of(line, to - from));
}

static void
spoil(struct out *o)
{
	static const struct {
		const char *p;
		size_t n;
	} token[] = { { "\n", 1 }, { "\n\n", 2 }, { " ", 1 }, { "+", 1 },
		{ "=", 1 }, { "\0", 1 }, { "\r", 1 }, { "\x7f", 1 },
		{ "\xc2\xa0", 2 }, { "\xe2\x80\x94", 3 },
		{ "\xe2\x80\x94 x AAAAAAA=\n", 15 }, { "0", 1 }, { "9", 1 },
		{ "A", 1 }, { "/", 1 }, { "\xc0\x80", 2 },
		{ "\xe2\x80\xa8", 3 } };
	size_t at = roll((unsigned)o->n), n = roll(4) ? 1 : roll(40);
	unsigned i = roll(sizeof token / sizeof *token);

	if (n > o->n - at)
		n = o->n - at;
	switch (roll(6)) {
	case 0:
	case 1:
		o->p[at] ^= (uint8_t)(1U << roll(8));
		return;
	case 2:
		replace(o, at, n, span_of(NULL, 0));
		return;
	case 3:
		again(o, at);
		return;
	default:
		replace(o, at, roll(2) ? n : 0,
		    span_of(token[i].p, token[i].n));
	}
}

static void
maybe_spoil(struct out *o)
{
	while (o->n > 0 && roll(3) != 0)
		spoil(o);
}

static void
cosign(struct out *o)
{
	static const uint64_t odd[] = { 0, 1, INT64_MAX,
		(uint64_t)INT64_MAX + 1, 253402300799, 253402300800 };
	uint64_t seconds = roll(3) ? 1700000000 + roll(1000) : odd[roll(6)];
	uint8_t text[LOG_MAKER_NOTE], sig[72];
	struct out t = out_of(text, sizeof text);
	struct checkpoint c;

	if (checkpoint_decode(out_span(o), &c) != OK)
		return;
	checkpoint_cosigned(&t, seconds, c.note.text);
	for (size_t i = 0; i < 8; i++)
		sig[i] = (uint8_t)(seconds >> (56 - 8 * i));
	crypto_sign_detached(sig + 8, NULL, t.p, t.n, witness_secret);
	note_sign_line(o, &witness, span_of(sig, roll(8) ? 72 : roll(73)));
}

static void
make_note(struct out *o)
{
	struct log_branch b = { roll(3), roll(2) };

	log_maker_note(&maker, b, roll(5), o);
	if (roll(3) != 0)
		cosign(o);
}

static void
try_checkpoint(void)
{
	uint8_t buf[3 * LOG_MAKER_NOTE];
	struct out o = out_of(buf, sizeof buf);
	struct checkpoint c;
	struct note n;
	uint64_t seconds = 0;
	enum err e;

	make_note(&o);
	maybe_spoil(&o);
	e = note_decode(out_span(&o), &n);
	say("note", e, e == OK ? n.n : 0, out_span(&o));
	e = checkpoint_decode(out_span(&o), &c);
	if (e == OK)
		e = checkpoint_verify(&c, &maker.key);
	if (e == OK)
		e = checkpoint_cosigned_by(&c, &witness, &seconds);
	say("checkpoint", e, seconds, out_span(&o));
}

static void
try_vkey(void)
{
	static const uint8_t small[] = { 0, 1, 2, 0xec };
	char name[NOTE_NAME];
	uint8_t public[32];
	char text[NOTE_VKEY_MAX + 64];
	struct out o = out_of(text, sizeof text);
	struct note_key k;
	enum err e;

	memcpy(public, maker.key.public.b, 32);
	if (roll(4) == 0) {
		memset(public, 0, sizeof public);
		public[0] = small[roll(sizeof small)];
	}
	memset(name, 'n', sizeof name);
	if (note_key_make(&k, span_of(name, 1 + roll(NOTE_NAME)),
		roll(2) ? NOTE_ED25519 : NOTE_COSIGNATURE, public) != OK)
		abort();
	if (roll(6) == 0) /* without its id */
		k.type = (enum note_type)roll(256);
	note_vkey_encode(&o, &k);
	if (roll(2) == 0)
		maybe_spoil(&o);
	e = note_vkey_decode(out_span(&o), &k);
	say("vkey", e, k.id, out_span(&o));
}

/* Of two sizes, mostly of two histories, mostly with the tree of the larger. */
static void
try_split_grown(void)
{
	uint8_t a[LOG_MAKER_NOTE], b[LOG_MAKER_NOTE], buf[SPLIT_MAX];
	struct out x = out_of(a, sizeof a), y = out_of(b, sizeof b);
	struct out o = out_of(buf, sizeof buf);
	struct log_branch one = { roll(6), roll(2) }, two = { roll(6), 2 };
	struct log_maker_tree t;
	const struct merkle_source tree =
	    log_maker_source(&t, &maker, roll(4) ? two : one);
	struct split split;
	enum err e;

	log_maker_note(&maker, one, roll(6), &x);
	log_maker_note(&maker, two, 5 + roll(20), &y);
	if (split_encode(&o, out_span(&x), out_span(&y), &tree) ==
		ERR_NO_SPACE ||
	    o.n == 0)
		return;
	if (roll(3) == 0)
		maybe_spoil(&o);
	e = split_verify(out_span(&o), &maker.key);
	if (e == OK && split_decode(out_span(&o), &split) != OK)
		abort();
	say("split", e, e == OK ? split.a.size : 0, out_span(&o));
}

static void
try_split(void)
{
	uint8_t a[3 * LOG_MAKER_NOTE], b[3 * LOG_MAKER_NOTE];
	uint8_t buf[7 * LOG_MAKER_NOTE];
	struct out x = out_of(a, sizeof a), y = out_of(b, sizeof b);
	struct out o = out_of(buf, sizeof buf);
	struct split split;
	enum err e;

	make_note(&x);
	make_note(&y);
	if (roll(3) == 0)
		maybe_spoil(&x);
	if (x.n == 0 ||
	    split_encode(&o, out_span(&x), out_span(&y), NULL) == ERR_NO_SPACE)
		return;
	if (roll(3) == 0)
		maybe_spoil(&o);
	e = split_verify(out_span(&o), &maker.key);
	if (e == OK && split_decode(out_span(&o), &split) != OK)
		abort();
	say("split", e, e == OK ? split.a.size : 0, out_span(&o));
}

/* The full subtrees of a tree whose leaves are all alike. */
static enum err
node(void *ctx, unsigned level, uint64_t index, struct h32 *h)
{
	(void)ctx;
	(void)index;
	memset(h, 7, sizeof *h);
	for (; level > 0; level--)
		TRY(merkle_node(h, h, h));
	return OK;
}

/* The root of n such leaves: a tree whose every peak is known. */
static void
root_of(uint64_t n, struct h32 *root)
{
	struct merkle t = { .n = n };

	for (unsigned i = 0; i < MERKLE_LEVELS; i++) {
		if (n >> i & 1 && node(NULL, i, 0, &t.peak[i]) != OK)
			abort();
	}
	if (merkle_root(&t, root) != OK)
		abort();
}

static void
put_u64(struct out *o, uint64_t v)
{
	uint8_t b[8];

	for (size_t i = 0; i < 8; i++)
		b[i] = (uint8_t)(v >> (56 - 8 * i));
	out_put(o, b, sizeof b);
}

/* Two numbers, two hashes, the proof. */
static void
try_proof(bool consistent)
{
	static const struct merkle_source source = { node, NULL };
	struct h32 hash[2 + MERKLE_PROOF + 4] = { 0 };
	uint64_t size = (uint64_t)1 << roll(53), at;
	uint8_t buf[16 + sizeof hash];
	struct out o = out_of(buf, sizeof buf), h = out_of(hash, sizeof hash);
	size_t n;
	enum err e;

	size |= ((uint64_t)roll(1U << 30) << 22 | roll(1U << 22)) & (size - 1);
	at = roll(4) ? ((uint64_t)roll(1U << 30) << 23) % size : size - 1;
	root_of(size, &hash[1]);
	if (consistent) {
		root_of(++at, &hash[0]);
		e = merkle_prove_consistent(&source, at, size, hash + 2, &n);
	} else {
		e = node(NULL, 0, 0, &hash[0]);
		if (e == OK)
			e = merkle_prove_included(&source, at, size, hash + 2,
			    &n);
	}
	if (e != OK)
		abort();
	if (roll(8) == 0)
		at += roll(3) - 1U;
	if (roll(8) == 0)
		size += roll(3) - 1U;
	h.n = (2 + n) * sizeof *hash;
	if (roll(3) == 0)
		spoil(&h);
	n = h.n < 2 * sizeof *hash ? 0 : h.n / sizeof *hash - 2;
	put_u64(&o, at);
	put_u64(&o, size);
	out_put(&o, hash, (2 + n) * sizeof *hash);
	e = consistent
		? merkle_consistent(at, &hash[0], size, &hash[1], hash + 2, n)
		: merkle_included(at, &hash[0], size, &hash[1], hash + 2, n);
	say(consistent ? "consistent" : "included", e, 0, out_span(&o));
}

static void
print_key(const struct note_key *k)
{
	char text[NOTE_VKEY_MAX];
	struct out o = out_of(text, sizeof text);

	note_vkey_encode(&o, k);
	printf("%.*s\n", (int)o.n, text);
}

int
main(int argc, char **argv)
{
	uint8_t public[32], seed[32] = { 7 };
	unsigned count;

	if (argc != 3)
		return 2;
	dice = strtoull(argv[1], NULL, 10);
	count = (unsigned)strtoul(argv[2], NULL, 10);
	log_maker_begin(&maker, "attempts", "example.org/log");
	crypto_sign_seed_keypair(public, witness_secret, seed);
	if (note_key_make(&witness, span_str("example.org/w"), NOTE_COSIGNATURE,
		public) != OK)
		abort();
	print_key(&maker.key);
	print_key(&witness);
	for (unsigned i = 0; i < count; i++) {
		switch (roll(6)) {
		case 0:
		case 1:
			try_checkpoint();
			break;
		case 2:
			try_vkey();
			break;
		case 3:
			try_split();
			try_split_grown();
			break;
		default:
			try_proof(roll(2));
		}
	}
	return 0;
}
