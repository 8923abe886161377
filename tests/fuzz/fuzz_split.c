/* SPDX-License-Identifier: ISC */
#include <sodium/crypto_generichash.h>
#include <sodium/crypto_sign.h>

#include "chain/split.h"
#include "tests/fuzz/fuzz.h"

/* The key of tests/lib/log_maker.h with the seed "split", as which this origin
 * would be known. */
static bool
key_of(struct span origin, const char *seed, struct note_key *k)
{
	uint8_t s[32], public[32], secret[64];

	crypto_generichash(s, sizeof s, (const uint8_t *)seed, strlen(seed),
	    NULL, 0);
	crypto_sign_seed_keypair(public, secret, s);
	return note_key_make(k, origin, NOTE_ED25519, public) == OK;
}

/* A note as it stood. */
static struct span
whole(const struct note *n)
{
	struct span last = n->signature[n->n - 1].base64;

	return span_of(n->text.p, (size_t)(last.p + last.n + 1 - n->text.p));
}

/* Of one size, without a proof: by whoever has both, in any order. */
static void
written_again(struct span s, struct span a, struct span b)
{
	static uint8_t buf[SPLIT_MAX];
	struct out o = out_of(buf, sizeof buf);

	fuzz_must(
	    split_encode(&o, b, a, NULL) == OK && span_eq(out_span(&o), s));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span s = span_of(p, n), a, b;
	struct note_key k, other;
	struct split split;

	if (split_decode(s, &split) != OK)
		return 0;
	fuzz_must(split.a.size <= split.b.size);
	fuzz_must(!h32_eq(&split.a.root, &split.other));
	a = whole(&split.a.note);
	b = whole(&split.b.note);
	if (split.a.size == split.b.size)
		written_again(s, a, b);
	if (!key_of(split.a.origin, "split", &k) ||
	    !key_of(split.a.origin, "another", &other))
		return 0;
	fuzz_must(split_verify(s, &other) != OK);
	if (split_verify(s, &k) == OK) {
		fuzz_must(span_eq(split.a.origin, split.b.origin));
		fuzz_must(checkpoint_verify(&split.a, &k) == OK);
		fuzz_must(checkpoint_verify(&split.b, &k) == OK);
	}
	return 0;
}
