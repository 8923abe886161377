/* SPDX-License-Identifier: ISC */
/* FORMAT.md against the code: its worked example, which this program prints
 * when it is asked to (`test_format --print`), and its error codes. */
#include <stdio.h>
#include <stdlib.h>

#include <sodium/crypto_sign.h>

#include "chain/checkpoint.h"
#include "chain/entry.h"
#include "chain/hash.h"
#include "chain/sshsig.h"
#include "chain/text.h"
#include "chain/witness.h"
#include "tests/lib/suite.h"

#define DOCUMENT "chain/FORMAT.md"

static char document[1 << 18];

/* False where the program does not run from the root of the project. */
static bool
load(void)
{
	FILE *f = fopen(DOCUMENT, "r");
	size_t n;

	if (!f)
		return false;
	n = fread(document, 1, sizeof document - 1, f);
	document[n] = 0;
	fclose(f);
	return n > 0;
}

struct example {
	uint8_t public[32], secret[64], blob_buf[64], payload_buf[1024];
	uint8_t tbs[SSHSIG_TBS_SIZE], sig[64], entry_buf[2048];
	struct span blob, payload, entry;
	struct h32 kid, id;
};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
make(struct example *x)
{
	static const uint8_t nonce[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
		12, 13, 14, 15 };
	static const uint8_t seed[32] = { 0 };
	struct genesis g = { .label = span_str("example"),
		.nonce = span_of(nonce, sizeof nonce),
		.root = attest_root_aws };
	struct out blob = out_of(x->blob_buf, sizeof x->blob_buf);
	struct out payload = out_of(x->payload_buf, sizeof x->payload_buf);
	struct out entry = out_of(x->entry_buf, sizeof x->entry_buf);
	struct proof proof = { .kind = PROOF_KEY };

	crypto_sign_seed_keypair(x->public, x->secret, seed);
	key_ed25519_blob(&blob, x->public);
	x->blob = out_span(&blob);
	must(hash_sha256(x->blob, &x->kid) == OK);
	g.policy.pcrs = 7;
	g.policy.threshold = 1;
	g.policy.min_delay = 86400000;
	g.policy.upgradable = true;
	g.policy.control.n = 1;
	g.policy.control.key[0] =
	    (struct key){ .blob = x->blob, .name = span_str("a") };
	genesis_encode(&payload, &g);
	x->payload = out_span(&payload);
	must(sshsig_tbs(x->payload, x->tbs) == OK);
	crypto_sign_detached(x->sig, NULL, x->tbs, sizeof x->tbs, x->secret);
	proof.kid = x->kid;
	proof.body = span_of(x->sig, sizeof x->sig);
	must(entry_encode(&entry, NULL, 0, NULL, x->payload, &proof, 1) == OK);
	x->entry = out_span(&entry);
	must(hash_entry(x->entry, &x->id) == OK);
}

/* A key whose seed is one byte throughout; its vkey and a newline go to o. */
static void
noted(struct out *o, struct note_key *k, struct span name, enum note_type type,
    uint8_t seed_byte, uint8_t secret[64])
{
	uint8_t seed[32], public[32];

	memset(seed, seed_byte, sizeof seed);
	crypto_sign_seed_keypair(public, secret, seed);
	must(note_key_make(k, name, type, public) == OK);
	note_vkey_encode(o, k);
	out_put(o, "\n", 1);
}

/* The log of the example with its one entry, signed and cosigned: the two vkeys
 * and the note. */
static struct span
noted_text(const struct example *x, struct out *o)
{
	uint8_t origin_buf[WITNESS_ORIGIN_MAX], secret[64], sig[72], buf[512];
	const uint64_t second = 1700000000;
	struct out origin = out_of(origin_buf, sizeof origin_buf);
	struct out tbs = out_of(buf, sizeof buf), text = tbs;
	struct note_key log, witness;
	size_t at;

	witness_origin(&origin, span_str("example.org"), &x->id);
	noted(o, &log, out_span(&origin), NOTE_ED25519, 1, secret);
	checkpoint_text(&text, out_span(&origin), 1, &x->id);
	crypto_sign_detached(sig, NULL, text.p, text.n, secret);
	noted(o, &witness, span_str("witness.example.org"), NOTE_COSIGNATURE, 2,
	    secret);
	at = o->n;
	out_put(o, text.p, text.n);
	out_put(o, "\n", 1);
	note_sign_line(o, &log, span_of(sig, 64));
	checkpoint_cosigned(&tbs, second, span_of(o->p + at, text.n));
	for (size_t i = 0; i < 8; i++)
		sig[i] = (uint8_t)(second >> (56 - 8 * i));
	crypto_sign_detached(sig + 8, NULL, tbs.p, tbs.n, secret);
	note_sign_line(o, &witness, span_of(sig, sizeof sig));
	must(!o->full && !tbs.full && !text.full);
	return span_of(o->p + at, o->n - at);
}

static const char *
log_text(void)
{
	static char text[4096];
	static struct example x;
	struct out o = out_of(text, sizeof text - 1);

	make(&x);
	noted_text(&x, &o);
	return text;
}

/* "name (n bytes)" and the hex, 32 bytes a line, as the document has it. */
static void
block(struct out *o, const char *name, struct span v)
{
	char head[64];

	snprintf(head, sizeof head, "%s (%zu bytes)\n", name, v.n);
	out_put(o, head, strlen(head));
	for (size_t i = 0; i < v.n; i += 32) {
		out_put(o, "  ", 2);
		text_hex(o, span_of(v.p + i, v.n - i < 32 ? v.n - i : 32));
		out_put(o, "\n", 1);
	}
}

static const char *
example_text(void)
{
	static char text[16384];
	static struct example x;
	struct out o = out_of(text, sizeof text - 1);

	make(&x);
	block(&o, "key blob", x.blob);
	block(&o, "kid", h32_span(&x.kid));
	block(&o, "payload", x.payload);
	block(&o, "signed bytes", span_of(x.tbs, sizeof x.tbs));
	block(&o, "sig", span_of(x.sig, sizeof x.sig));
	block(&o, "entry", x.entry);
	block(&o, "entry_id, the chain id", h32_span(&x.id));
	must(!o.full);
	text[o.n] = 0;
	return text;
}

START_TEST(the_worked_example_is_what_the_code_makes)
{
	static struct example x;
	static struct entry e;

	ck_assert_ptr_nonnull(strstr(document, example_text()));
	make(&x);
	ck_assert_int_eq(entry_decode(x.entry, &e), OK);
	ck_assert_int_eq(sshsig_verify(x.blob, e.payload, e.proof[0].body), OK);
}
END_TEST

START_TEST(the_worked_example_of_a_log_is_what_the_code_makes)
{
	static struct example x;
	static char text[4096];
	struct out o = out_of(text, sizeof text - 1);
	struct note_key log, witness;
	struct checkpoint c;
	uint64_t seconds;
	struct span note;
	char *log_end, *witness_end;

	make(&x);
	note = noted_text(&x, &o);
	ck_assert_ptr_nonnull(strstr(document, text));
	log_end = strchr(text, '\n');
	witness_end = strchr(log_end + 1, '\n');
	ck_assert_int_eq(note_vkey_decode(span_of(text,
					      (size_t)(log_end - text)),
			     &log),
	    OK);
	ck_assert_int_eq(note_vkey_decode(span_of(log_end + 1,
					      (size_t)(witness_end - log_end) -
						  1),
			     &witness),
	    OK);
	ck_assert_int_eq(checkpoint_decode(note, &c), OK);
	ck_assert_int_eq(checkpoint_verify(&c, &log), OK);
	ck_assert_int_eq(checkpoint_cosigned_by(&c, &witness, &seconds), OK);
	ck_assert_uint_eq(seconds, 1700000000);
}
END_TEST

/* From the first error of the format to the last; what comes after belongs to
 * the programs around it. */
START_TEST(every_error_of_the_format_is_explained)
{
	char quoted[64];

	for (enum err e = ERR_CBOR_TRUNCATED; e <= ERR_SPLIT_NONE; e++) {
		snprintf(quoted, sizeof quoted, "`%s`", err_code(e));
		ck_assert_msg(strstr(document, quoted) != NULL,
		    "%s is not in " DOCUMENT, quoted);
	}
}
END_TEST

/* Whatever stands as `code` in the last column of a table. */
START_TEST(no_error_is_made_up)
{
	char word[64];

	for (const char *p = document; (p = strstr(p, "| `")); p++) {
		size_t n = strcspn(p + 3, "`");

		if (n >= sizeof word || strncmp(p + 3 + n, "` |\n", 4) != 0)
			continue;
		memcpy(word, p + 3, n);
		word[n] = 0;
		ck_assert_msg(err_from_code(word) != ERR_UNKNOWN_CODE, "%s",
		    word);
	}
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *const t[] = { the_worked_example_is_what_the_code_makes,
		the_worked_example_of_a_log_is_what_the_code_makes,
		every_error_of_the_format_is_explained, no_error_is_made_up };

	if (argc == 2 && strcmp(argv[1], "--print") == 0) {
		fputs(example_text(), stdout);
		fputs(log_text(), stdout);
		return 0;
	}
	if (!load()) {
		puts("skipped format: " DOCUMENT " is not here");
		return 77;
	}
	return SUITE_RUN("format", t);
}
