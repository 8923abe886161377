/* SPDX-License-Identifier: ISC */
/* The public library, from inside the tree; tests/cli/libencl.sh has it from
 * outside. */
#include <stdlib.h>

#include "chain/encl.h"
#include "chain/entry.h"
#include "chain/evidence.h"
#include "chain/hash.h"
#include "tests/lib/chain_builder.h"
#include "tests/lib/maker.h"
#include "tests/lib/suite.h"

static struct chain_builder *b;
static struct encl_options options;
static struct encl_result r;
static void *mem;
static uint8_t file[1 << 18];
static size_t file_n;

static void
setup(void)
{
	b = chain_builder_new(&chain_builder_plain);
	chain_builder_first(b, 1);
	chain_builder_upgrade(b, 2);
	options = (struct encl_options){ .root = b->root.b, .root_n = 1 };
	mem = malloc(encl_verifier_size());
}

static void
teardown(void)
{
	free(mem);
	chain_builder_free(b);
}

static void
put(struct span s)
{
	ck_assert_uint_le(s.n, sizeof file - file_n);
	memcpy(file + file_n, s.p, s.n);
	file_n += s.n;
}

static const char *
verify(void)
{
	file_n = 0;
	for (size_t i = 0; i < b->n; i++)
		put(chain_builder_entry(b, i));
	encl_verify_chain(mem, &options, file, file_n, &r);
	return r.code;
}

START_TEST(memory_is_bounded)
{
	ck_assert_uint_lt(encl_verifier_size(), 400 * 1024);
}
END_TEST

START_TEST(pieces_of_any_size_say_the_same)
{
	static struct encl_result whole;
	struct encl_verifier *v;

	setup();
	ck_assert_str_eq(verify(), "ok");
	whole = r;
	for (size_t piece = 1; piece < 9000; piece = piece * 3 + 1) {
		v = encl_verifier_init(mem, &options);
		for (size_t i = 0; i < file_n; i += piece)
			ck_assert_int_eq(encl_verifier_feed(v, file + i,
					     file_n - i < piece ? file_n - i
								: piece),
			    0);
		ck_assert_int_eq(encl_verifier_end(v, &r), 0);
		ck_assert(memcmp(&whole, &r, sizeof r) == 0);
	}
	teardown();
}
END_TEST

START_TEST(what_is_in_force_is_shown)
{
	struct release release;

	setup();
	ck_assert_str_eq(verify(), "ok");
	release = chain_builder_release(b, 2);
	ck_assert(r.in_force.known && r.in_force.pcr_mask == 7);
	for (int i = 0; i < 3; i++)
		ck_assert(memcmp(r.in_force.pcr[i], release.pcrs.value[i],
			      ENCL_PCR) == 0);
	ck_assert_str_eq(r.in_force.version, "v2");
	ck_assert_str_eq(r.label, "payments");
	ck_assert(!r.pending && !r.next.known && r.upgradable && !r.pinned);
	ck_assert_uint_eq(r.upgrades, 2);
	ck_assert_uint_eq(r.in_force_at, b->now);
	ck_assert(memcmp(r.chain, b->st.chain.b, ENCL_ID) == 0);
	ck_assert(memcmp(r.head, b->st.head.b, ENCL_ID) == 0);
	teardown();
}
END_TEST

START_TEST(what_is_pending_is_shown)
{
	uint64_t t;

	setup();
	t = b->now;
	ck_assert_int_eq(chain_builder_stage_release(b, 3, 3), OK);
	ck_assert_str_eq(verify(), "ok");
	ck_assert(r.pending && !r.pending_policy && !r.noticed);
	ck_assert_uint_eq(r.opens, 0);
	ck_assert_uint_eq(r.expires, t + 30 * DAY);
	ck_assert_str_eq(r.next.version, "v3");
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_SEEN, 2), OK);
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_ACCEPTED, 3), OK);
	ck_assert_str_eq(verify(), "ok");
	ck_assert(r.noticed && r.accepted && !r.backed);
	ck_assert_uint_eq(r.opens, t + 48 * HOUR);
	ck_assert_int_eq(chain_builder_stage_policy(b,
			     3 | GUARDIAN(0) | GUARDIAN(1)),
	    OK);
	ck_assert_str_eq(verify(), "ok");
	ck_assert(r.pending_policy && r.backed && !r.next.known);
	teardown();
}
END_TEST

START_TEST(a_refused_chain_shows_nothing_else)
{
	static struct encl_result nothing;

	setup();
	options.root = NULL;
	options.root_n = 0; /* the root of AWS */
	ck_assert_str_eq(verify(), "root_foreign");
	ck_assert_str_eq(r.sentence, err_sentence(ERR_ROOT_FOREIGN));
	nothing.code = r.code;
	nothing.sentence = r.sentence;
	nothing.failed_at = r.failed_at;
	ck_assert(memcmp(&nothing, &r, sizeof r) == 0);
	teardown();
}
END_TEST

/* A chain whose first control key a device attests, and its file with what
 * follows the entries. */
static void
attested(const struct span *beside, size_t n)
{
	static struct chain_builder_opts o;
	uint8_t pem[EVIDENCE_MAX], item[EVIDENCE_MAX + 64];
	struct out p = out_of(pem, sizeof pem);

	o = chain_builder_plain;
	do { /* to the builder a hash that begins with 0 is none */
		p.n = 0;
		maker_bundle_ed25519(&p, 0, &maker_fact, b->key[0].secret);
		ck_assert_int_eq(hash_sha256(out_span(&p), &o.evidence), OK);
	} while (o.evidence.b[0] == 0);
	chain_builder_free(b);
	b = chain_builder_new(&o);
	options.root = b->root.b;
	(void)verify();
	for (size_t i = 0; i < n; i++) {
		struct out out = out_of(item, sizeof item);

		entry_evidence_encode(&out,
		    beside[i].p ? beside[i] : out_span(&p));
		put(out_span(&out));
	}
}

static const char *
keys_say(struct encl_verifier *v, struct encl_key *k)
{
	encl_verifier_feed(v, file, file_n);
	if (encl_verifier_end(v, &r) == 0)
		ck_assert_int_eq(encl_verifier_key(v, 0, k), 0);
	return r.code;
}

START_TEST(keys_are_where_the_file_shows_them)
{
	const struct span own = { NULL, 0 }, other = span_str("other");
	struct encl_bytes maker[2];
	struct encl_verifier *v;
	struct encl_key k;

	for (int i = 0; i < 2; i++)
		maker[i] = (struct encl_bytes){ maker_root((unsigned)i).p,
			maker_root((unsigned)i).n };
	setup();
	attested(&own, 1);
	options.evidence_root = maker;
	options.evidence_root_n = 1;
	v = encl_verifier_init(mem, &options);
	ck_assert_int_eq(encl_verifier_key(v, 0, &k), -1); /* too early */
	ck_assert_str_eq(keys_say(v, &k), "ok");
	ck_assert_int_eq(k.custody, ENCL_HELD);
	ck_assert_str_eq(k.role, "control");
	ck_assert_str_eq(k.name, "control 1");
	ck_assert_int_eq(encl_verifier_key(v, 1, &k), 0);
	ck_assert_int_eq(k.custody, ENCL_NOT_CLAIMED);
	ck_assert_int_eq(encl_verifier_key(v, 6, &k), -1);
	/* another maker, none at all */
	options.evidence_root = maker + 1;
	v = encl_verifier_init(mem, &options);
	ck_assert_str_eq(keys_say(v, &k), "ok");
	ck_assert_int_eq(k.custody, ENCL_NOT_SHOWN);
	ck_assert_str_eq(k.why, "evidence_bad");
	options.evidence_root_n = 0;
	v = encl_verifier_init(mem, &options);
	ck_assert_str_eq(keys_say(v, &k), "ok");
	ck_assert_str_eq(k.why, "evidence_root");
	/* what no key names */
	options.evidence_root = maker;
	options.evidence_root_n = 1;
	attested(&other, 1);
	v = encl_verifier_init(mem, &options);
	ck_assert_str_eq(keys_say(v, &k), "ok");
	ck_assert_int_eq(k.custody, ENCL_CLAIMED);
	teardown();
}
END_TEST

START_TEST(options_that_make_no_sense_are_refused)
{
	uint8_t roots[17 * ENCL_ID] = { 0 };

	setup();
	ck_assert_ptr_null(encl_verifier_init(NULL, &options));
	options.root = roots;
	options.root_n = 16;
	ck_assert_ptr_nonnull(encl_verifier_init(mem, &options));
	options.root_n = 17;
	ck_assert_ptr_null(encl_verifier_init(mem, &options));
	ck_assert_str_eq(verify(), "internal");
	options.root_n = 1;
	options.root = NULL;
	ck_assert_ptr_null(encl_verifier_init(mem, &options));
	options.root = roots;
	options.level = (enum encl_level)(ENCL_FRESH + 1);
	ck_assert_ptr_null(encl_verifier_init(mem, &options));
	options.level = ENCL_FRESH; /* without a clock */
	ck_assert_ptr_null(encl_verifier_init(mem, &options));
	options.now = 1;
	ck_assert_ptr_nonnull(encl_verifier_init(mem, &options));
	options.checkpoint = (struct encl_bytes){ file, CHECKPOINT_MAX };
	ck_assert_ptr_nonnull(encl_verifier_init(mem, &options));
	options.checkpoint.n++;
	ck_assert_ptr_null(encl_verifier_init(mem, &options));
	options.checkpoint = (struct encl_bytes){ NULL, 1 };
	ck_assert_ptr_null(encl_verifier_init(mem, &options));
	teardown();
}
END_TEST

START_TEST(without_witnesses_attested_is_all_there_is)
{
	setup();
	ck_assert_str_eq(verify(), "ok");
	ck_assert_int_eq(r.level, ENCL_ATTESTED);
	ck_assert(!r.witnessed && !r.waiting && r.witnessed_at == 0);
	options.level = ENCL_SIGNED;
	ck_assert_str_eq(verify(), "ok");
	ck_assert_int_eq(r.level, ENCL_SIGNED);
	options.level = ENCL_PUBLIC;
	ck_assert_str_eq(verify(), "level");
	options.level = ENCL_FRESH;
	options.now = b->now;
	ck_assert_str_eq(verify(), "level");
	teardown();
}
END_TEST

#define SECOND UINT64_C(1900000000)

static void
setup_witnessed(void)
{
	struct chain_builder_opts o = chain_builder_plain;
	static struct policy named;

	setup();
	chain_builder_free(b);
	cosigner_policy(&named, 0, 3, 2);
	o.witnesses = &named;
	b = chain_builder_new(&o);
	chain_builder_first(b, 1);
	chain_builder_upgrade(b, 2);
	options.root = b->root.b;
}

/* The file with a checkpoint of that second in it. */
static const char *
verify_with(uint64_t second, struct span *note)
{
	static uint8_t buf[CHECKPOINT_MAX], item[CHECKPOINT_MAX + 64];
	struct out o = out_of(item, sizeof item);

	*note = chain_builder_checkpoint(b, second, buf, sizeof buf);
	(void)verify();
	entry_checkpoint_encode(&o, *note);
	put(out_span(&o));
	encl_verify_chain(mem, &options, file, file_n, &r);
	return r.code;
}

START_TEST(what_witnesses_saw_is_shown)
{
	struct span note;

	setup_witnessed();
	ck_assert_str_eq(verify(), "ok");
	ck_assert_int_eq(r.level, ENCL_PUBLIC);
	ck_assert(r.witnessed && r.waiting && r.witnessed_at == 0);
	ck_assert_str_eq(verify_with(SECOND, &note), "ok");
	ck_assert_int_eq(r.level, ENCL_PUBLIC);
	ck_assert(r.witnessed && !r.waiting);
	ck_assert_uint_eq(r.witnessed_at, SECOND * 1000 + 999);
	/* a second one, and one before an entry */
	put(span_of(file + file_n - note.n - 22, note.n + 22));
	encl_verify_chain(mem, &options, file, file_n, &r);
	ck_assert_str_eq(r.code, "item_order");
	teardown();
}
END_TEST

START_TEST(fresh_is_as_fresh_as_asked)
{
	struct span note;

	setup_witnessed();
	options.level = ENCL_FRESH;
	options.now = SECOND * 1000 + 999 + ENCL_MAX_AGE;
	ck_assert_str_eq(verify(), "checkpoint_missing");
	ck_assert_str_eq(verify_with(SECOND, &note), "ok");
	ck_assert_int_eq(r.level, ENCL_FRESH);
	options.now++; /* the default */
	ck_assert_str_eq(verify_with(SECOND, &note), "checkpoint_stale");
	options.max_age = ENCL_MAX_AGE + 1;
	ck_assert_str_eq(verify_with(SECOND, &note), "ok");
	options.max_age = 1;
	ck_assert_str_eq(verify_with(SECOND, &note), "checkpoint_stale");
	teardown();
}
END_TEST

/* From a witness: the file's own is not looked at. */
START_TEST(the_callers_checkpoint_goes_before_the_files)
{
	static uint8_t mine[CHECKPOINT_MAX];
	struct span note;

	setup_witnessed();
	note = chain_builder_checkpoint(b, SECOND + 9, mine, sizeof mine);
	options.checkpoint = (struct encl_bytes){ note.p, note.n };
	ck_assert_str_eq(verify_with(SECOND, &note), "ok");
	ck_assert_uint_eq(r.witnessed_at, (SECOND + 9) * 1000 + 999);
	/* of a longer chain: the server hides the end */
	chain_builder_stage_release(b, 3, 3);
	note = chain_builder_checkpoint(b, SECOND + 9, mine, sizeof mine);
	options.checkpoint.n = note.n;
	b->n--;
	(void)verify();
	b->n++;
	ck_assert_str_eq(r.code, "ok");
	ck_assert(r.waiting);
	options.level = ENCL_FRESH;
	options.now = SECOND * 1000;
	encl_verify_chain(mem, &options, file, file_n, &r);
	ck_assert_str_eq(r.code, "checkpoint_size");
	teardown();
}
END_TEST

START_TEST(the_remembered_entry_is_asked_for)
{
	setup();
	options.seen_seq = b->n - 1;
	options.seen_id = b->st.head.b;
	ck_assert_str_eq(verify(), "ok");
	options.seen_seq--;
	ck_assert_str_eq(verify(), "pin_missing");
	options.seen_seq = b->n;
	ck_assert_str_eq(verify(), "pin_missing");
	teardown();
}
END_TEST

START_TEST(revocations_are_bounded_and_come_first)
{
	struct encl_verifier *v;
	uint8_t big[4096];
	struct span s;

	setup();
	chain_builder_stage_release(b, 3, CONTROL(0) | CONTROL(1));
	s = chain_builder_revocation(b, GUARDIAN(0), big, sizeof big);
	v = encl_verifier_init(mem, &options);
	for (int i = 0; i < 64; i++)
		ck_assert_int_eq(encl_verifier_revocation(v, s.p, s.n), 0);
	ck_assert(encl_verifier_revocation(v, s.p, s.n) != 0);
	encl_verifier_end(v, &r);
	ck_assert_str_eq(r.code, "too_large");
	v = encl_verifier_init(mem, &options);
	ck_assert(encl_verifier_revocation(v, s.p, s.n - 1) != 0);
	encl_verifier_end(v, &r);
	ck_assert_str_eq(r.code, "cbor_truncated");
	v = encl_verifier_init(mem, &options);
	put(chain_builder_entry(b, 0));
	ck_assert_int_eq(encl_verifier_feed(v, chain_builder_entry(b, 0).p,
			     chain_builder_entry(b, 0).n),
	    0);
	ck_assert(encl_verifier_revocation(v, s.p, s.n) != 0);
	encl_verifier_end(v, &r);
	ck_assert_str_eq(r.code, "item_order");
	teardown();
}
END_TEST

/* One stolen guardian key leaves a statement for each stage that it stopped
 * too late. */
START_TEST(a_flood_of_statements_keeps_no_chain_from_being_verified)
{
	static const uint8_t junk[] = "\x83\x70"
				      "encl/1/statement\x41\x00\x80";
	struct encl_verifier *v;
	uint8_t buf[4096];
	struct span s;

	setup();
	chain_builder_stage_release(b, 3, CONTROL(0) | CONTROL(1));
	s = chain_builder_revocation(b, GUARDIAN(0), buf, sizeof buf);
	v = encl_verifier_init(mem, &options);
	for (int i = 0; i < 500; i++)
		ck_assert_int_eq(encl_verifier_feed(v, junk, sizeof junk - 1),
		    0);
	for (int i = 0; i < 500; i++)
		ck_assert_int_eq(encl_verifier_feed(v, s.p, s.n), 0);
	for (size_t i = 0; i < b->n; i++)
		ck_assert_int_eq(encl_verifier_feed(v,
				     chain_builder_entry(b, i).p,
				     chain_builder_entry(b, i).n),
		    0);
	ck_assert_int_eq(encl_verifier_end(v, &r), 0);
	ck_assert(r.held && r.left_out == 500 - 64);
	teardown();
}
END_TEST

START_TEST(a_document_is_verified)
{
	static const uint8_t zero[PCR_SIZE];
	struct nsm_ask ask = { .user_data = span_str("hello"),
		.nonce = span_str("") };
	static uint8_t buf[ATTEST_DOC_MAX];
	struct out doc = out_of(buf, sizeof buf);
	static struct encl_document d;

	setup();
	nsm_sim_set_time(b->sim, b->now);
	ck_assert_int_eq(nsm_attest(&b->nsm, &ask, &doc), OK);
	ck_assert_int_eq(encl_verify_document(buf, doc.n, b->root.b, 0, false,
			     &d),
	    0);
	ck_assert(d.user_data_n == 5 && memcmp(d.user_data, "hello", 5) == 0);
	ck_assert(d.nonce && d.nonce_n == 0 && !d.public_key && !d.debug);
	ck_assert_uint_eq(d.timestamp, b->now);
	ck_assert_int_ne(encl_verify_document(buf, doc.n, NULL, 0, false, &d),
	    0);
	ck_assert_str_eq(d.code, "doc_root");
	ck_assert_int_ne(encl_verify_document(buf, doc.n, b->root.b,
			     b->now + DAY, false, &d),
	    0);
	ck_assert_str_eq(d.code, "cert_expired");
	for (unsigned i = 0; i < 3; i++)
		nsm_sim_set_pcr(b->sim, i, zero);
	doc.n = 0;
	ck_assert_int_eq(nsm_attest(&b->nsm, &ask, &doc), OK);
	ck_assert_int_ne(encl_verify_document(buf, doc.n, b->root.b, 0, false,
			     &d),
	    0);
	ck_assert_str_eq(d.code, "doc_debug");
	ck_assert_int_eq(encl_verify_document(buf, doc.n, b->root.b, 0, true,
			     &d),
	    0);
	ck_assert(d.debug);
	teardown();
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { memory_is_bounded,
		pieces_of_any_size_say_the_same, what_is_in_force_is_shown,
		what_is_pending_is_shown, a_refused_chain_shows_nothing_else,
		keys_are_where_the_file_shows_them,
		options_that_make_no_sense_are_refused,
		without_witnesses_attested_is_all_there_is,
		what_witnesses_saw_is_shown, fresh_is_as_fresh_as_asked,
		the_callers_checkpoint_goes_before_the_files,
		the_remembered_entry_is_asked_for,
		revocations_are_bounded_and_come_first,
		a_flood_of_statements_keeps_no_chain_from_being_verified,
		a_document_is_verified };

	return SUITE_RUN("encl", t);
}
