/* SPDX-License-Identifier: ISC */
#include "chain/cbor.h"
#include "chain/split.h"
#include "tests/lib/log_maker.h"
#include "tests/lib/suite.h"

#define HONEST ((struct log_branch){ UINT64_MAX, 0 })
#define FORKED ((struct log_branch){ 3, 1 })

struct paper {
	uint8_t b[LOG_MAKER_NOTE];
	struct span s;
};

static struct paper
note_of(const struct log_maker *m, struct log_branch b, uint64_t size)
{
	struct paper p;
	struct out o = out_of(p.b, sizeof p.b);

	log_maker_note(m, b, size, &o);
	p.s.n = o.n;
	return p;
}
#define NOTE(name, m, branch, size) \
	struct paper name = note_of(m, branch, size); \
	name.s.p = name.b

/* Evidence of the two as it is written: in this order. */
static struct span
raw(const char *tag, struct span a, struct span b)
{
	static uint8_t buf[SPLIT_MAX];
	struct out o = out_of(buf, sizeof buf);

	cbor_put_array(&o, 3);
	cbor_put_text(&o, span_str(tag));
	cbor_put_bytes(&o, a);
	cbor_put_bytes(&o, b);
	ck_assert(!o.full);
	return out_span(&o);
}

START_TEST(two_roots_of_one_size_convict)
{
	uint8_t buf[SPLIT_MAX], again[SPLIT_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct out p = out_of(again, sizeof again);
	struct log_maker m;
	struct split split;

	log_maker_begin(&m, "seed", "example.org/log");
	NOTE(a, &m, HONEST, 5);
	NOTE(b, &m, FORKED, 5);
	ck_assert_int_eq(split_encode(&o, a.s, b.s, NULL), OK);
	ck_assert_int_eq(split_encode(&p, b.s, a.s, NULL), OK);
	ck_assert(span_eq(out_span(&o), out_span(&p)));
	ck_assert_int_eq(split_verify(out_span(&o), &m.key), OK);
	ck_assert_int_eq(split_decode(out_span(&o), &split), OK);
	ck_assert_uint_eq(split.a.size, 5);
}
END_TEST

START_TEST(what_one_log_may_say_does_not_convict)
{
	uint8_t buf[SPLIT_MAX];
	struct out o;
	struct log_maker m, other;

	log_maker_begin(&m, "seed", "example.org/log");
	log_maker_begin(&other, "seed", "example.org/other");
	NOTE(a, &m, HONEST, 5);
	NOTE(grown, &m, HONEST, 6);
	NOTE(foreign, &other, HONEST, 5);
	NOTE(forked, &m, FORKED, 6);
	o = out_of(buf, sizeof buf);
	ck_assert_int_eq(split_encode(&o, a.s, grown.s, NULL), ERR_SPLIT_NONE);
	o = out_of(buf, sizeof buf);
	ck_assert_int_eq(split_encode(&o, a.s, foreign.s, NULL),
	    ERR_SPLIT_NONE);
	/* true, but nothing in these two shows it */
	o = out_of(buf, sizeof buf);
	ck_assert_int_eq(split_encode(&o, a.s, forked.s, NULL), ERR_SPLIT_NONE);
	o = out_of(buf, sizeof buf);
	ck_assert_int_eq(split_encode(&o, a.s, a.s, NULL), ERR_PROOF_ORDER);
}
END_TEST

/* One root under two texts: a stranger may add a line to a note. */
START_TEST(one_root_twice_does_not_convict)
{
	uint8_t buf[SPLIT_MAX], longer[2 * LOG_MAKER_NOTE];
	struct out o = out_of(buf, sizeof buf);
	struct out w = out_of(longer, sizeof longer);
	uint8_t sig[64] = { 0 };
	struct log_maker m, other;

	log_maker_begin(&m, "seed", "example.org/log");
	log_maker_begin(&other, "other", "example.org/other");
	NOTE(a, &m, HONEST, 5);
	out_put(&w, a.s.p, a.s.n);
	note_sign_line(&w, &other.key, span_of(sig, sizeof sig));
	ck_assert_int_eq(split_encode(&o, a.s, out_span(&w), NULL),
	    ERR_SPLIT_NONE);
}
END_TEST

START_TEST(nobody_is_convicted_by_what_he_did_not_sign)
{
	uint8_t buf[SPLIT_MAX];
	struct out o;
	struct log_maker m, thief, renamed;

	log_maker_begin(&m, "seed", "example.org/log");
	log_maker_begin(&thief, "thief", "example.org/log");
	log_maker_begin(&renamed, "seed", "example.org/log2");
	NOTE(a, &m, HONEST, 5);
	NOTE(b, &thief, FORKED, 5);
	NOTE(c, &thief, HONEST, 5);
	/* one signature of two is not enough, in whatever order they stand */
	o = out_of(buf, sizeof buf);
	ck_assert_int_eq(split_encode(&o, a.s, b.s, NULL), OK);
	ck_assert_int_eq(split_verify(out_span(&o), &m.key),
	    ERR_CHECKPOINT_SIG);
	ck_assert_int_eq(split_verify(out_span(&o), &thief.key),
	    ERR_CHECKPOINT_SIG);
	o = out_of(buf, sizeof buf);
	ck_assert_int_eq(split_encode(&o, b.s, c.s, NULL), OK);
	ck_assert_int_eq(split_verify(out_span(&o), &m.key),
	    ERR_CHECKPOINT_SIG);
	ck_assert_int_eq(split_verify(out_span(&o), &thief.key), OK);
	/* a line that names another key is not his */
	ck_assert_int_eq(split_verify(out_span(&o), &renamed.key),
	    ERR_CHECKPOINT_ORIGIN);
}
END_TEST

/* What m's key signed as another log, under a line that says it was as m: the
 * name in a line is not signed. */
static void
relabel(const struct log_maker *m, struct span note, struct out *o)
{
	const struct note_signature *line;
	uint8_t sig[64];
	struct note_key k;
	struct note n;

	ck_assert_int_eq(note_decode(note, &n), OK);
	ck_assert_int_eq(note_key_make(&k, n.signature[0].name, NOTE_ED25519,
			     m->key.public.b),
	    OK);
	ck_assert_int_eq(note_find(&n, &k, sizeof sig, sig, &line), OK);
	ck_assert_ptr_nonnull(line);
	out_put(o, n.text.p, n.text.n);
	out_put(o, "\n", 1);
	note_sign_line(o, &m->key, span_of(sig, sizeof sig));
}

/* A server's key is that of the logs of all its chains. */
START_TEST(a_log_does_not_answer_for_another_with_its_key)
{
	uint8_t buf[SPLIT_MAX], x[LOG_MAKER_NOTE], y[LOG_MAKER_NOTE];
	struct out o = out_of(buf, sizeof buf);
	struct out a = out_of(x, sizeof x), b = out_of(y, sizeof y);
	struct log_maker m, guilty;
	struct split split;

	log_maker_begin(&m, "seed", "example.org/log");
	log_maker_begin(&guilty, "seed", "example.org/other");
	NOTE(honest, &guilty, HONEST, 5);
	NOTE(forked, &guilty, FORKED, 5);
	relabel(&m, honest.s, &a);
	relabel(&m, forked.s, &b);
	ck_assert_int_eq(split_encode(&o, out_span(&a), out_span(&b), NULL),
	    OK);
	/* both lines are of m's key, and hold */
	ck_assert_int_eq(split_decode(out_span(&o), &split), OK);
	ck_assert_int_eq(checkpoint_verify(&split.a, &m.key), OK);
	ck_assert_int_eq(checkpoint_verify(&split.b, &m.key), OK);
	ck_assert_int_eq(split_verify(out_span(&o), &m.key),
	    ERR_CHECKPOINT_ORIGIN);
}
END_TEST

/* Evidence by the tree of whoever has the larger one. */
static enum err
grown(struct out *o, struct span a, struct span b, const struct log_maker *m,
    struct log_branch larger)
{
	struct log_maker_tree t;
	const struct merkle_source s = log_maker_source(&t, m, larger);

	return split_encode(o, a, b, &s);
}

/* FORKED parts from HONEST at leaf 3. */
START_TEST(a_tree_that_does_not_go_on_from_a_smaller_convicts)
{
	uint8_t buf[SPLIT_MAX], again[SPLIT_MAX];
	struct log_maker m;
	struct split split;
	struct h32 root;

	log_maker_begin(&m, "seed", "example.org/log");
	for (uint64_t i = 4; i <= 9; i++)
		for (uint64_t n = i + 1; n <= 17; n++) {
			struct out o = out_of(buf, sizeof buf);
			struct out p = out_of(again, sizeof again);
			NOTE(a, &m, HONEST, i);
			NOTE(b, &m, FORKED, n);

			ck_assert_int_eq(grown(&o, a.s, b.s, &m, FORKED), OK);
			ck_assert_int_eq(grown(&p, b.s, a.s, &m, FORKED), OK);
			ck_assert(span_eq(out_span(&o), out_span(&p)));
			ck_assert_int_eq(split_verify(out_span(&o), &m.key),
			    OK);
			ck_assert_int_eq(split_decode(out_span(&o), &split),
			    OK);
			ck_assert_uint_eq(split.a.size, i);
			ck_assert_uint_eq(split.b.size, n);
			log_maker_root(&m, FORKED, i, &root);
			ck_assert(h32_eq(&split.other, &root));
		}
}
END_TEST

START_TEST(a_log_that_only_grew_is_not_convicted)
{
	uint8_t buf[SPLIT_MAX];
	struct log_maker m;

	log_maker_begin(&m, "seed", "example.org/log");
	for (uint64_t i = 1; i <= 9; i++)
		for (uint64_t n = i + 1; n <= 17; n++) {
			struct out o = out_of(buf, sizeof buf);
			NOTE(a, &m, HONEST, i);
			NOTE(b, &m, HONEST, n);

			ck_assert_int_eq(grown(&o, a.s, b.s, &m, HONEST),
			    ERR_SPLIT_NONE);
			o = out_of(buf, sizeof buf);
			/* with the leaves of a tree that it never signed */
			ck_assert_int_eq(grown(&o, a.s, b.s, &m, FORKED),
			    n <= 3 ? ERR_SPLIT_NONE : ERR_MERKLE_PROOF);
			if (i > 3)
				continue;
			NOTE(c, &m, FORKED, n);
			o = out_of(buf, sizeof buf);
			ck_assert_int_eq(grown(&o, a.s, c.s, &m, FORKED),
			    ERR_SPLIT_NONE);
		}
}
END_TEST

START_TEST(another_log_is_not_convicted_by_a_proof)
{
	uint8_t buf[SPLIT_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct log_maker m, other, thief;

	log_maker_begin(&m, "seed", "example.org/log");
	log_maker_begin(&other, "seed", "example.org/other");
	log_maker_begin(&thief, "thief", "example.org/log");
	NOTE(a, &m, HONEST, 5);
	NOTE(foreign, &other, HONEST, 7);
	NOTE(stolen, &thief, HONEST, 7);
	ck_assert_int_eq(grown(&o, a.s, foreign.s, &other, HONEST),
	    ERR_SPLIT_NONE);
	o = out_of(buf, sizeof buf);
	ck_assert_int_eq(grown(&o, a.s, stolen.s, &thief, HONEST), OK);
	ck_assert_int_eq(split_verify(out_span(&o), &m.key),
	    ERR_CHECKPOINT_SIG);
	ck_assert_int_eq(split_verify(out_span(&o), &thief.key),
	    ERR_CHECKPOINT_SIG);
	/* anything goes on from the empty tree */
	NOTE(none, &m, HONEST, 0);
	o = out_of(buf, sizeof buf);
	ck_assert_int_eq(grown(&o, none.s, a.s, &m, HONEST), ERR_MERKLE_PROOF);
}
END_TEST

/* Four parts, as they are written. */
static enum err
with_proof(struct span a, struct span b, size_t n)
{
	static uint8_t buf[SPLIT_MAX + 64];
	static const struct h32 zero;
	struct out o = out_of(buf, sizeof buf);
	struct split split;

	cbor_put_array(&o, 4);
	cbor_put_text(&o, span_str("encl/1/split"));
	cbor_put_bytes(&o, a);
	cbor_put_bytes(&o, b);
	cbor_put_array(&o, n);
	for (size_t i = 0; i < n; i++)
		cbor_put_bytes(&o, h32_span(&zero));
	ck_assert(!o.full);
	return split_decode(out_span(&o), &split);
}

START_TEST(a_proof_has_one_form_too)
{
	uint8_t buf[SPLIT_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct log_maker m;
	struct split split;

	log_maker_begin(&m, "seed", "example.org/log");
	NOTE(a, &m, HONEST, 5);
	NOTE(b, &m, FORKED, 5);
	NOTE(c, &m, FORKED, 7);
	ck_assert_int_eq(with_proof(a.s, c.s, 0), ERR_CBOR_RANGE);
	ck_assert_int_eq(with_proof(a.s, c.s, 1), ERR_MERKLE_PROOF);
	ck_assert_int_eq(with_proof(a.s, c.s, MERKLE_PROOF), ERR_MERKLE_PROOF);
	ck_assert_int_eq(with_proof(a.s, c.s, MERKLE_PROOF + 1),
	    ERR_CBOR_RANGE);
	ck_assert_int_eq(with_proof(c.s, a.s, 1), ERR_PROOF_ORDER);
	ck_assert_int_eq(with_proof(a.s, b.s, 1), ERR_PROOF_ORDER);
	ck_assert_int_eq(with_proof(b.s, a.s, 1), ERR_PROOF_ORDER);
	ck_assert_int_eq(grown(&o, a.s, c.s, &m, FORKED), OK);
	for (size_t n = 0; n < o.n; n++)
		ck_assert_int_ne(split_decode(span_of(buf, n), &split), OK);
	/* of one size the tree is not needed, and not in it */
	o = out_of(buf, sizeof buf);
	ck_assert_int_eq(grown(&o, a.s, b.s, &m, FORKED), OK);
	ck_assert_uint_eq(buf[0], 0x83);
}
END_TEST

START_TEST(a_forged_signature_does_not_convict)
{
	uint8_t buf[SPLIT_MAX], fake[LOG_MAKER_NOTE], sig[64] = { 0 };
	struct out o = out_of(buf, sizeof buf);
	struct out f = out_of(fake, sizeof fake);
	struct log_maker m;
	struct h32 root;

	log_maker_begin(&m, "seed", "example.org/log");
	NOTE(a, &m, HONEST, 5);
	log_maker_root(&m, FORKED, 5, &root);
	checkpoint_text(&f, span_str(m.name), 5, &root);
	out_put(&f, "\n", 1);
	note_sign_line(&f, &m.key, span_of(sig, sizeof sig));
	ck_assert_int_eq(split_encode(&o, a.s, out_span(&f), NULL), OK);
	ck_assert_int_eq(split_verify(out_span(&o), &m.key),
	    ERR_CHECKPOINT_SIG);
}
END_TEST

START_TEST(evidence_has_one_form)
{
	struct split split;
	struct log_maker m;
	struct span s, lesser, greater;
	uint8_t longer[SPLIT_MAX + 1];

	log_maker_begin(&m, "seed", "example.org/log");
	NOTE(a, &m, HONEST, 5);
	NOTE(b, &m, FORKED, 5);
	lesser = span_cmp(a.s, b.s) < 0 ? a.s : b.s;
	greater = span_cmp(a.s, b.s) < 0 ? b.s : a.s;
	s = raw("encl/1/split", lesser, greater);
	ck_assert_int_eq(split_decode(s, &split), OK);
	memcpy(longer, s.p, s.n);
	longer[s.n] = 0;
	ck_assert_int_eq(split_decode(span_of(longer, s.n + 1), &split),
	    ERR_CBOR_TRAILING);
	ck_assert_int_eq(split_decode(span_of(longer, s.n - 1), &split),
	    ERR_CBOR_TRUNCATED);
	longer[0] = 0x82;
	ck_assert_int_eq(split_decode(span_of(longer, s.n), &split),
	    ERR_ENTRY_SHAPE);
	longer[0] = 0x80;
	ck_assert_int_eq(split_decode(span_of(longer, 1), &split),
	    ERR_ENTRY_SHAPE);
	s = raw("encl/1/split", greater, lesser);
	ck_assert_int_eq(split_decode(s, &split), ERR_PROOF_ORDER);
	s = raw("encl/1/entry", lesser, greater);
	ck_assert_int_eq(split_decode(s, &split), ERR_ENTRY_VERSION);
	s = raw("encl/1/split", span_str("a"), span_str("b"));
	ck_assert_int_eq(split_decode(s, &split), ERR_NOTE);
	s = raw("encl/1/split", span_str(""), greater);
	ck_assert_int_eq(split_decode(s, &split), ERR_CBOR_RANGE);
}
END_TEST

START_TEST(too_small_a_buffer_is_said)
{
	uint8_t buf[600];
	struct out o = out_of(buf, 40);
	struct log_maker m;

	log_maker_begin(&m, "seed", "example.org/log");
	NOTE(a, &m, HONEST, 5);
	NOTE(b, &m, FORKED, 5);
	ck_assert_int_eq(split_encode(&o, a.s, b.s, NULL), ERR_NO_SPACE);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		two_roots_of_one_size_convict,
		what_one_log_may_say_does_not_convict,
		one_root_twice_does_not_convict,
		nobody_is_convicted_by_what_he_did_not_sign,
		a_log_does_not_answer_for_another_with_its_key,
		a_tree_that_does_not_go_on_from_a_smaller_convicts,
		a_log_that_only_grew_is_not_convicted,
		another_log_is_not_convicted_by_a_proof,
		a_proof_has_one_form_too,
		a_forged_signature_does_not_convict,
		evidence_has_one_form,
		too_small_a_buffer_is_said,
	};

	return SUITE_RUN("split", t);
}
