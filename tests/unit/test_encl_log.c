/* SPDX-License-Identifier: ISC */
/* Checkpoints and evidence of splits through the public library. */
#include <sodium.h>

#include "chain/encl.h"
#include "chain/split.h"
#include "tests/lib/log_maker.h"
#include "tests/lib/suite.h"

#define HONEST ((struct log_branch){ UINT64_MAX, 0 })
#define FORKED ((struct log_branch){ 3, 1 })

static struct log_maker maker;
static uint8_t note_buf[2 * LOG_MAKER_NOTE], witness_secret[2][64];
static struct out note;
static char log_vkey[NOTE_VKEY_MAX + 1], vkey[2][NOTE_VKEY_MAX + 1];
static struct note_key witness[2];
static const char *const vkeys[] = { vkey[0], vkey[1] };

static void
vkey_put(const struct note_key *k, char *text)
{
	struct out o = out_of(text, NOTE_VKEY_MAX);

	note_vkey_encode(&o, k);
	ck_assert(!o.full);
	text[o.n] = '\0';
}

static void
setup(const char *seed, struct log_branch b)
{
	static const char *const name[] = { "w.example/1", "w.example/2" };
	uint8_t s[32] = { 0 }, public[32];

	log_maker_begin(&maker, seed, "example.org/log");
	vkey_put(&maker.key, log_vkey);
	for (size_t i = 0; i < 2; i++) {
		s[0] = (uint8_t)i;
		crypto_sign_seed_keypair(public, witness_secret[i], s);
		ck_assert_int_eq(note_key_make(&witness[i], span_str(name[i]),
				     NOTE_COSIGNATURE, public),
		    OK);
		vkey_put(&witness[i], vkey[i]);
	}
	note = out_of(note_buf, sizeof note_buf);
	log_maker_note(&maker, b, 5, &note);
}

static void
cosign(size_t i, uint64_t seconds)
{
	uint8_t text[LOG_MAKER_NOTE], sig[72];
	struct out t = out_of(text, sizeof text);
	struct checkpoint c;

	ck_assert_int_eq(checkpoint_decode(out_span(&note), &c), OK);
	checkpoint_cosigned(&t, seconds, c.note.text);
	for (size_t k = 0; k < 8; k++)
		sig[k] = (uint8_t)(seconds >> (56 - 8 * k));
	crypto_sign_detached(sig + 8, NULL, t.p, t.n, witness_secret[i]);
	note_sign_line(&note, &witness[i], span_of(sig, sizeof sig));
	ck_assert(!note.full);
}

static const char *
verify(const char *log, uint64_t seconds[2], struct encl_checkpoint *r)
{
	int rc =
	    encl_verify_checkpoint(note.p, note.n, log, vkeys, 2, seconds, r);

	ck_assert_int_eq(rc == 0, strcmp(r->code, "ok") == 0);
	ck_assert(rc == 0 || (r->size == 0 && r->origin == NULL &&
				 seconds[0] == 0 && seconds[1] == 0));
	return r->code;
}

START_TEST(a_checkpoint_says_who_watched)
{
	struct encl_checkpoint r;
	uint64_t seconds[2];
	struct h32 root;

	setup("seed", HONEST);
	ck_assert_str_eq(verify(log_vkey, seconds, &r), "ok");
	ck_assert_uint_eq(r.size, 5);
	ck_assert(span_is(span_of(r.origin, r.origin_n), "example.org/log"));
	log_maker_root(&maker, HONEST, 5, &root);
	ck_assert(memcmp(r.root, root.b, ENCL_ID) == 0);
	ck_assert(seconds[0] == 0 && seconds[1] == 0);
	cosign(1, 1700000000);
	ck_assert_str_eq(verify(log_vkey, seconds, &r), "ok");
	ck_assert(seconds[0] == 0 && seconds[1] == 1700000000);
	ck_assert_int_eq(encl_verify_checkpoint(note.p, note.n, log_vkey, NULL,
			     0, NULL, &r),
	    0);
}
END_TEST

START_TEST(a_checkpoint_is_of_the_log_that_was_asked_for)
{
	struct encl_checkpoint r;
	struct log_maker other;
	char another[NOTE_VKEY_MAX + 1];
	uint64_t seconds[2];

	setup("seed", HONEST);
	log_maker_begin(&other, "other", "example.org/log");
	vkey_put(&other.key, another);
	ck_assert_str_eq(verify(another, seconds, &r), "checkpoint_sig");
	log_maker_begin(&other, "seed", "example.org/log2");
	vkey_put(&other.key, another);
	ck_assert_str_eq(verify(another, seconds, &r), "checkpoint_origin");
	ck_assert_str_eq(verify("nonsense", seconds, &r), "vkey");
	ck_assert_str_eq(verify(vkey[0], seconds, &r), "vkey");
	note.n--;
	ck_assert_str_eq(verify(log_vkey, seconds, &r), "note");
}
END_TEST

START_TEST(a_forged_cosignature_is_no_absent_one)
{
	struct encl_checkpoint r;
	uint64_t seconds[2];

	setup("seed", HONEST);
	cosign(0, 1700000000);
	memcpy(witness_secret[1], witness_secret[0], sizeof *witness_secret);
	cosign(1, 1700000000);
	ck_assert_str_eq(verify(log_vkey, seconds, &r), "cosignature");
}
END_TEST

START_TEST(evidence_of_a_split_convicts)
{
	static uint8_t a[LOG_MAKER_NOTE], file[SPLIT_MAX];
	struct out o = out_of(file, sizeof file);
	struct encl_split r;
	struct log_maker other;
	char another[NOTE_VKEY_MAX + 1];
	size_t n;

	setup("seed", HONEST);
	n = note.n;
	memcpy(a, note.p, n);
	setup("seed", FORKED);
	ck_assert_int_eq(split_encode(&o, span_of(a, n), out_span(&note), NULL),
	    OK);
	ck_assert_int_eq(encl_verify_split(o.p, o.n, log_vkey, &r), 0);
	ck_assert_str_eq(r.code, "ok");
	ck_assert_uint_eq(r.size, 5);
	ck_assert(span_is(span_of(r.origin, r.origin_n), "example.org/log"));
	ck_assert(memcmp(r.root[0], r.root[1], ENCL_ID) != 0);
	log_maker_begin(&other, "other", "example.org/log");
	vkey_put(&other.key, another);
	ck_assert_int_ne(encl_verify_split(o.p, o.n, another, &r), 0);
	ck_assert_str_eq(r.code, "checkpoint_sig");
	log_maker_begin(&other, "seed", "example.org/log2");
	vkey_put(&other.key, another);
	ck_assert_int_ne(encl_verify_split(o.p, o.n, another, &r), 0);
	ck_assert_str_eq(r.code, "checkpoint_origin");
	ck_assert_int_ne(encl_verify_split(o.p, o.n - 1, log_vkey, &r), 0);
	ck_assert_str_eq(r.code, "cbor_truncated");
	ck_assert_ptr_null(r.origin);
}
END_TEST

START_TEST(evidence_of_two_sizes_says_where_they_part)
{
	static uint8_t a[LOG_MAKER_NOTE], b[LOG_MAKER_NOTE], file[SPLIT_MAX];
	struct out o = out_of(file, sizeof file), x = out_of(a, sizeof a);
	struct out y = out_of(b, sizeof b);
	struct log_maker_tree t;
	struct merkle_source tree;
	struct encl_split r;
	struct h32 root[2];

	setup("seed", HONEST);
	tree = log_maker_source(&t, &maker, FORKED);
	log_maker_note(&maker, HONEST, 5, &x);
	log_maker_note(&maker, FORKED, 9, &y);
	ck_assert_int_eq(split_encode(&o, out_span(&x), out_span(&y), &tree),
	    OK);
	ck_assert_int_eq(encl_verify_split(o.p, o.n, log_vkey, &r), 0);
	ck_assert_uint_eq(r.size, 5);
	log_maker_root(&maker, HONEST, 5, &root[0]);
	log_maker_root(&maker, FORKED, 5, &root[1]);
	ck_assert_mem_eq(r.root, root, sizeof root);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		a_checkpoint_says_who_watched,
		a_checkpoint_is_of_the_log_that_was_asked_for,
		a_forged_cosignature_is_no_absent_one,
		evidence_of_a_split_convicts,
		evidence_of_two_sizes_says_where_they_part,
	};

	return SUITE_RUN("encl_log", t);
}
