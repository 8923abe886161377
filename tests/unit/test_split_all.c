/* SPDX-License-Identifier: ISC */
/* Evidence of splits, tried out: every pair of small sizes, every place where
 * two histories may part, and proofs spoilt in every way, against what RFC 9162
 * section 2.1.4.1 says in its own words.  No two proofs lead to one root, so
 * whoever is convicted, is by that very proof. */
#include "chain/cbor.h"
#include "chain/hash.h"
#include "chain/split.h"
#include "tests/lib/log_maker.h"
#include "tests/lib/suite.h"

#define SIZES 41 /* 0 to 40 */
#define NEVER (SIZES - 1)
#define PROOF 16 /* hashes, more than any proof here has */

/* The history that parts from that of NEVER at this leaf. */
struct history {
	struct h32 leaf[SIZES], root[SIZES];
	uint8_t note[SIZES][LOG_MAKER_NOTE];
	size_t note_n[SIZES];
};
static struct history history[SIZES];
static struct log_maker maker;

struct proof {
	size_t n;
	struct h32 h[PROOF];
};

static size_t
below(size_t n)
{
	size_t k = 1;

	while (2 * k < n)
		k *= 2;
	return k;
}

/* MTH, of leaves alone. */
static struct h32
mth(const struct h32 *d, size_t n)
{
	struct h32 l, r, h;
	size_t k = below(n);

	if (n == 0) {
		ck_assert_int_eq(merkle_empty(&h), OK);
		return h;
	}
	if (n == 1)
		return d[0];
	l = mth(d, k);
	r = mth(d + k, n - k);
	ck_assert_int_eq(merkle_node(&l, &r, &h), OK);
	return h;
}

/* SUBPROOF(m, D_n, false) for 0 < m < n; for m = n, MTH(D_n). */
static void
subproof(size_t m, const struct h32 *d, size_t n, struct proof *p)
{
	size_t k = below(n);

	if (m == n) {
		p->h[p->n++] = mth(d, n);
	} else if (m <= k) {
		subproof(m, d, k, p);
		p->h[p->n++] = mth(d + k, n - k);
	} else {
		subproof(m - k, d + k, n - k, p);
		p->h[p->n++] = mth(d, k);
	}
}

/* Made once, of the history that was asked for last. */
static struct proof
proof_of(size_t m, const struct history *b, size_t n)
{
	static const struct history *of;
	static struct proof known[SIZES][SIZES];
	struct proof *p = &known[m][n];

	if (of != b)
		memset(known, 0, sizeof known);
	of = b;
	if (p->n == 0)
		subproof(m, b->leaf, n, p);
	return *p;
}

static void
setup(void)
{
	log_maker_begin(&maker, "seed", "example.org/log");
	for (uint32_t f = 0; f < SIZES; f++) {
		struct history *b = &history[f];

		for (uint32_t i = 0; i < SIZES; i++) {
			uint32_t leaf[2] = { i, f == NEVER || i < f ? 0 : 1 };

			ck_assert_int_eq(hash_entry(span_of(leaf, sizeof leaf),
					     &b->leaf[i]),
			    OK);
		}
		for (size_t n = 0; n < SIZES; n++) {
			struct out o = out_of(b->note[n], LOG_MAKER_NOTE);

			b->root[n] = mth(b->leaf, n);
			log_maker_sign(&maker, n, &b->root[n], &o);
			b->note_n[n] = o.n;
		}
	}
}

static struct span
note(const struct history *b, size_t n)
{
	return span_of(b->note[n], b->note_n[n]);
}

/* As it stands in FORMAT.md section 8; NULL: no proof. */
static struct span
write(struct span a, struct span b, const struct proof *p)
{
	static uint8_t buf[SPLIT_MAX];
	struct out o = out_of(buf, sizeof buf);

	cbor_put_array(&o, p ? 4 : 3);
	cbor_put_text(&o, span_str("encl/1/split"));
	cbor_put_bytes(&o, a);
	cbor_put_bytes(&o, b);
	if (p)
		cbor_put_array(&o, p->n);
	for (size_t i = 0; p && i < p->n; i++)
		cbor_put_bytes(&o, h32_span(&p->h[i]));
	ck_assert(!o.full);
	return out_span(&o);
}

static bool
same_proof(const struct proof *a, const struct proof *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++)
		same = h32_eq(&a->h[i], &b->h[i]);
	return same;
}

/* What must be said of m leaves of one history, n of another, and a proof. */
static enum err
truth(const struct history *a, size_t m, const struct history *b, size_t n,
    const struct proof *p)
{
	struct proof right;

	if (m >= n)
		return ERR_PROOF_ORDER;
	if (p->n == 0)
		return ERR_CBOR_RANGE;
	if (m == 0)
		return ERR_MERKLE_PROOF;
	right = proof_of(m, b, n);
	if (!same_proof(p, &right))
		return ERR_MERKLE_PROOF;
	return h32_eq(&a->root[m], &b->root[m]) ? ERR_SPLIT_NONE : OK;
}

static void
judge(const struct history *a, size_t m, const struct history *b, size_t n,
    const struct proof *p)
{
	struct split s;
	enum err want = truth(a, m, b, n, p),
		 e = split_decode(write(note(a, m), note(b, n), p), &s);

	ck_assert_msg(e == want, "%zu of %zu, from %zu and %zu: %s, not %s", m,
	    n, (size_t)(a - history), (size_t)(b - history), err_code(e),
	    err_code(want));
	if (e == OK)
		ck_assert(h32_eq(&s.other, &b->root[m]));
}

START_TEST(histories_that_part_convict_and_no_others)
{
	struct log_maker thief;

	setup();
	log_maker_begin(&thief, "thief", "example.org/log");
	for (size_t f = 0; f < SIZES; f++)
		for (size_t n = 2; n < SIZES; n++)
			for (size_t m = 1; m < n; m++) {
				const struct history *a = &history[NEVER];
				const struct history *b = &history[f];
				struct proof p = proof_of(m, b, n);
				struct span s;

				judge(a, m, b, n, &p);
				ck_assert_int_eq(truth(a, m, b, n, &p) == OK,
				    f < m);
				if (f != 3)
					continue;
				s = write(note(a, m), note(b, n), &p);
				ck_assert_int_eq(split_verify(s, &maker.key),
				    f < m ? OK : ERR_SPLIT_NONE);
				ck_assert_int_ne(split_verify(s, &thief.key),
				    OK);
			}
}
END_TEST

/* One hash more, less, again, exchanged or bent. */
static void
spoil_one(const struct proof *p, size_t i, unsigned how, struct proof *bad)
{
	const struct h32 h = p->h[i];

	*bad = *p;
	switch (how) {
	case 0:
		memmove(&bad->h[i], &bad->h[i + 1], (p->n - i - 1) * sizeof h);
		bad->n--;
		break;
	case 1:
		memmove(&bad->h[i + 1], &bad->h[i], (p->n - i) * sizeof h);
		bad->n++;
		break;
	case 2:
		bad->h[i] = bad->h[p->n - 1];
		bad->h[p->n - 1] = h;
		break;
	case 3:
		bad->h[i].b[31] ^= 1;
		break;
	case 4:
		memset(&bad->h[i], 0, sizeof h);
		break;
	default:
		bad->n = i;
	}
}

static void
spoil_each(const struct history *a, size_t m, const struct history *b, size_t n)
{
	const struct proof p = proof_of(m, b, n);
	struct proof bad = p;

	for (size_t i = 0; i < p.n; i++)
		for (unsigned how = 0; how <= 5; how++) {
			spoil_one(&p, i, how, &bad);
			judge(a, m, b, n, &bad);
		}
	bad = p;
	bad.h[bad.n++] = b->root[n];
	judge(a, m, b, n, &bad);
	bad = (struct proof){ 1, { a->root[m] } };
	judge(a, m, b, n, &bad);
	bad = (struct proof){ 1, { b->root[n] } };
	judge(a, m, b, n, &bad);
}

/* Proofs that are right of something else. */
static void
mistake_each(const struct history *a, size_t m, const struct history *b,
    size_t n)
{
	struct proof p;

	for (size_t k = 1; k < n; k++) {
		p = proof_of(k, b, n);
		judge(a, m, b, n, &p);
	}
	for (size_t k = m + 1; k < SIZES; k++) {
		p = proof_of(m, b, k);
		judge(a, m, b, n, &p);
	}
	p = (struct proof){ 0 };
	subproof(m, a->leaf, n, &p);
	judge(a, m, b, n, &p);
	/* as witnesses are shown it */
	p = proof_of(m, b, n);
	memmove(p.h, p.h + 1, (p.n - 1) * sizeof *p.h);
	p.n--;
	judge(a, m, b, n, &p);
}

START_TEST(of_all_proofs_one_is_taken)
{
	const size_t part[] = { 0, 5, 16, NEVER };

	setup();
	for (size_t i = 0; i < sizeof part / sizeof *part; i++)
		for (size_t n = 2; n < SIZES; n++)
			for (size_t m = 1; m < n; m++) {
				const struct history *a = &history[NEVER];
				const struct history *b = &history[part[i]];

				spoil_each(a, m, b, n);
				mistake_each(a, m, b, n);
			}
}
END_TEST

START_TEST(no_proof_is_taken_where_none_can_be)
{
	setup();
	for (size_t n = 0; n < SIZES; n++)
		for (size_t m = 0; m < SIZES; m++) {
			struct proof p;

			if (0 < m && m < n)
				continue;
			p = proof_of(1, &history[0], 1 + m % 7);
			judge(&history[NEVER], m, &history[0], n, &p);
			p = (struct proof){ 1, { history[0].root[n] } };
			judge(&history[NEVER], m, &history[0], n, &p);
			p = (struct proof){ 1, { history[NEVER].root[m] } };
			judge(&history[NEVER], m, &history[0], n, &p);
		}
}
END_TEST

START_TEST(without_a_proof_sizes_are_one_and_roots_are_not)
{
	struct split s;

	setup();
	for (size_t f = 0; f < SIZES; f++)
		for (size_t n = 0; n < SIZES; n++)
			for (size_t m = 0; m < SIZES; m++) {
				struct span x = note(&history[NEVER], m);
				struct span y = note(&history[f], n);
				enum err want = ERR_SPLIT_NONE;

				if (span_cmp(x, y) >= 0)
					want = ERR_PROOF_ORDER;
				else if (m == n && f < m)
					want = OK;
				ck_assert_int_eq(split_decode(write(x, y, NULL),
						     &s),
				    want);
			}
}
END_TEST

/* What whoever has the larger tree makes is what a stranger takes. */
START_TEST(what_is_made_is_that_proof)
{
	uint8_t buf[SPLIT_MAX];
	struct log_maker_tree t;
	const struct log_branch honest = { UINT64_MAX, 0 };

	setup();
	for (uint64_t n = 2; n < SIZES; n++)
		for (uint64_t m = 1; m < n; m++) {
			struct log_branch other = { m / 2, 1 };
			const struct merkle_source larger =
			    log_maker_source(&t, &maker, other);
			uint8_t x[LOG_MAKER_NOTE], y[LOG_MAKER_NOTE];
			struct out a = out_of(x, sizeof x);
			struct out b = out_of(y, sizeof y);
			struct out o = out_of(buf, sizeof buf);

			log_maker_note(&maker, honest, m, &a);
			log_maker_note(&maker, other, n, &b);
			ck_assert_int_eq(split_encode(&o, out_span(&b),
					     out_span(&a), &larger),
			    OK);
			ck_assert_int_eq(split_verify(out_span(&o), &maker.key),
			    OK);
		}
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		histories_that_part_convict_and_no_others,
		of_all_proofs_one_is_taken,
		no_proof_is_taken_where_none_can_be,
		without_a_proof_sizes_are_one_and_roots_are_not,
		what_is_made_is_that_proof,
	};

	return SUITE_RUN("split_all", t);
}
