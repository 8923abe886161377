/* SPDX-License-Identifier: ISC */
#include "chain/hash.h"
#include "chain/merkle.h"
#include "tests/fuzz/fuzz.h"

/*
 * A proof of a small tree with things done to it that the input says: it must
 * verify exactly when it is, after all, what it was.
 *
 *	kind, size, index, then steps of three bytes: what, where, how
 */
#define LEAVES 64u
#define LEVELS 7
static struct h32 full[LEVELS][LEAVES];

static void
grow(void)
{
	static bool grown;

	if (grown)
		return;
	grown = true;
	for (uint8_t i = 0; i < LEAVES; i++)
		fuzz_must(hash_entry(span_of(&i, 1), &full[0][i]) == OK);
	for (unsigned l = 1; l < LEVELS; l++) {
		for (unsigned i = 0; i < LEAVES >> l; i++)
			fuzz_must(
			    merkle_node(&full[l - 1][2 * i],
				&full[l - 1][2 * i + 1], &full[l][i]) == OK);
	}
}

static enum err
node(void *ctx, unsigned level, uint64_t index, struct h32 *h)
{
	(void)ctx;
	fuzz_must(level < LEVELS && index < LEAVES >> level);
	*h = full[level][index];
	return OK;
}

static void
root_of(uint64_t n, struct h32 *root)
{
	struct merkle t = { 0 };

	for (uint64_t i = 0; i < n; i++)
		fuzz_must(merkle_add(&t, &full[0][i]) == OK);
	fuzz_must(merkle_root(&t, root) == OK);
}

struct claim {
	struct h32 proof[MERKLE_PROOF + 1], from, root;
	size_t n;
};

static void
spoil(struct claim *c, uint8_t what, uint8_t where, uint8_t how)
{
	size_t at = c->n ? where % c->n : 0;

	switch (what % 6) {
	case 0: /* another bit */
		if (c->n)
			c->proof[at].b[how / 8] ^= (uint8_t)(1 << how % 8);
		return;
	case 1: /* another node of the tree */
		if (c->n)
			c->proof[at] = full[how % LEVELS][how % LEAVES];
		return;
	case 2: /* one less */
		if (c->n)
			memmove(c->proof + at, c->proof + at + 1,
			    (--c->n - at) * sizeof *c->proof);
		return;
	case 3: /* one more */
		if (c->n < MERKLE_PROOF) {
			memmove(c->proof + at + 1, c->proof + at,
			    (c->n++ - at) * sizeof *c->proof);
			c->proof[at] = full[how % LEVELS][how % LEAVES];
		}
		return;
	case 4: /* another leaf or old root */
		c->from = full[how % LEVELS][how % LEAVES];
		return;
	default:
		c->root.b[how / 8] ^= (uint8_t)(1 << how % 8);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct merkle_source source = { node, NULL };
	struct claim c = { 0 }, was;
	uint64_t size, at;
	bool consistent;
	enum err e;

	if (n < 3)
		return 0;
	grow();
	consistent = p[0] & 1;
	size = 1 + p[1] % LEAVES;
	at = p[2] % size;
	root_of(size, &c.root);
	if (consistent) {
		root_of(++at, &c.from);
		fuzz_must(merkle_prove_consistent(&source, at, size, c.proof,
			      &c.n) == OK);
	} else {
		c.from = full[0][at];
		fuzz_must(merkle_prove_included(&source, at, size, c.proof,
			      &c.n) == OK);
	}
	was = c;
	for (size_t i = 3; i + 3 <= n && i < 64; i += 3)
		spoil(&c, p[i], p[i + 1], p[i + 2]);
	e = consistent
		? merkle_consistent(at, &c.from, size, &c.root, c.proof, c.n)
		: merkle_included(at, &c.from, size, &c.root, c.proof, c.n);
	fuzz_must(e == OK || e == ERR_MERKLE_PROOF);
	fuzz_must((e == OK) ==
		  (c.n == was.n && h32_eq(&c.from, &was.from) &&
		      h32_eq(&c.root, &was.root) &&
		      memcmp(c.proof, was.proof, c.n * sizeof *c.proof) == 0));
	return 0;
}
