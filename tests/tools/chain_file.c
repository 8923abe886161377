/* SPDX-License-Identifier: ISC */
/* chain_file DIR: writes chain files, good ones and bad ones, with what is
 * needed to verify them, for tests of the command line. */
#include <stdio.h>
#include <stdlib.h>

#include "chain/hash.h"
#include "chain/text.h"
#include "tests/lib/chain_builder.h"

static const char *dir;

static FILE *
make(const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (f == NULL) {
		perror(path);
		exit(1);
	}
	return f;
}

static void
put(FILE *f, struct span s)
{
	if (fwrite(s.p, 1, s.n, f) != s.n)
		abort();
}

static void
write_span(const char *name, struct span s)
{
	FILE *f = make(name);

	put(f, s);
	fclose(f);
}

/* Entries from (inside) to (outside). */
static void
put_entries(FILE *f, const struct chain_builder *b, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		put(f, chain_builder_entry(b, i));
}

static void
write_chain(const char *name, const struct chain_builder *b, size_t to)
{
	FILE *f = make(name);

	put_entries(f, b, 0, to);
	fclose(f);
}

static void
must(enum err e)
{
	if (e != OK) {
		fprintf(stderr, "chain_file: %s\n", err_code(e));
		abort();
	}
}

static void
write_hex(FILE *f, struct span s)
{
	char text[2 * PCR_SIZE + 1];
	struct out o = out_of(text, sizeof text);

	text_hex(&o, s);
	fputs(text, f);
}

static void
write_pcrs(const char *name, struct chain_builder *b, unsigned version)
{
	struct release r = chain_builder_release(b, version);
	FILE *f = make(name);

	fprintf(f, "{\"Measurements\": {\"HashAlgorithm\": \"Sha384 { ... }\"");
	for (unsigned i = 0; i < 3; i++) {
		fprintf(f, ", \"PCR%u\": \"", i);
		write_hex(f, span_of(r.pcrs.value[i], PCR_SIZE));
		fputc('"', f);
	}
	fputs("}}\n", f);
	fclose(f);
}

/* "name value" lines that a shell can read. */
static void
write_names(const struct chain_builder *b, const struct chain_builder *other)
{
	FILE *f = make("names");

	fputs("chain=", f);
	write_hex(f, h32_span(&b->st.chain));
	fputs("\nother_id=", f);
	write_hex(f, h32_span(&other->st.chain));
	fputs("\nroot=", f);
	write_hex(f, h32_span(&b->root));
	fprintf(f, "\nentries=%zu\nlast=%zu:", b->n, b->n - 1);
	write_hex(f, h32_span(&b->st.head));
	fputc('\n', f);
	fclose(f);
}

/* One byte of the last proof of entry i is changed. */
static void
write_spoilt(const char *name, const struct chain_builder *b, size_t i)
{
	struct span s = chain_builder_entry(b, i);
	uint8_t *copy = malloc(s.n);
	FILE *f = make(name);

	if (copy == NULL)
		abort();
	memcpy(copy, s.p, s.n);
	copy[s.n - 1] ^= 1;
	put_entries(f, b, 0, i);
	put(f, span_of(copy, s.n));
	put_entries(f, b, i + 1, b->n);
	fclose(f);
	free(copy);
}

/* The release comes an hour too early: right in everything but time. */
static void
write_early(struct chain_builder *b)
{
	static struct chain_builder_draft d;
	static uint8_t entry[ENTRY_MAX];
	uint8_t payload[256], said[RECEIPT_USER_DATA_MAX];
	struct receipt g = { b->st.chain, ROLE_RELEASED };
	struct out p = out_of(payload, sizeof payload);
	struct out u = out_of(said, sizeof said);
	struct out o = out_of(entry, sizeof entry);
	FILE *f = make("early.cbor");

	b->now += 47 * HOUR;
	receipt_encode(&p, &g);
	receipt_user_data(&u, ROLE_RELEASED, &b->st.chain, &b->st.head);
	chain_builder_draft(b, &d, out_span(&p));
	chain_builder_attest(b, &d, chain_builder_version(b), out_span(&u));
	must(entry_encode(&o, &b->st.chain, d.seq, &b->st.head, out_span(&p),
	    d.proof, d.n));
	put_entries(f, b, 0, b->n);
	put(f, out_span(&o));
	fclose(f);
}

/* Staged, noticed, accepted; revoked by a guardian, but only beside the
 * chain; and released all the same. */
static void
write_story(struct chain_builder *b)
{
	static uint8_t revocation[4096];
	struct stage g = chain_builder_stage_of(b, 4);
	unsigned old = chain_builder_version(b);
	struct span s;

	must(chain_builder_stage(b, &g, chain_builder_owners(b)));
	write_chain("pending.cbor", b, b->n);
	s = chain_builder_revocation(b, GUARDIAN(0), revocation,
	    sizeof revocation);
	write_span("revocation.cbor", s);
	must(chain_builder_receipt(b, ROLE_SEEN, old));
	must(chain_builder_receipt(b, ROLE_ACCEPTED, 4));
	write_early(b);
	b->now += 2 * HOUR;
	must(chain_builder_receipt(b, ROLE_RELEASED, old));
	write_chain("disputed.cbor", b, b->n);
}

/* A revoke in the chain, and the same chain without it. */
static void
write_dropped(struct chain_builder *b)
{
	struct stage g = chain_builder_stage_of(b, 5);
	FILE *f;

	must(chain_builder_stage(b, &g, chain_builder_owners(b)));
	must(chain_builder_revoke(b, GUARDIAN(1)));
	g = chain_builder_stage_of(b, 6);
	must(chain_builder_stage(b, &g, chain_builder_owners(b)));
	write_chain("revoked.cbor", b, b->n);
	f = make("dropped.cbor");
	put_entries(f, b, 0, b->n - 2);
	put_entries(f, b, b->n - 1, b->n);
	fclose(f);
}

/* The open stage is noticed by a debug enclave.  Its measurements stay. */
static void
write_debug(struct chain_builder *b)
{
	static const uint8_t zero[PCR_SIZE];
	static uint8_t entry[ENTRY_MAX], document[ATTEST_DOC_MAX];
	uint8_t payload[256], said[RECEIPT_USER_DATA_MAX];
	struct receipt g = { b->st.chain, ROLE_SEEN };
	struct out p = out_of(payload, sizeof payload);
	struct out u = out_of(said, sizeof said);
	struct out o = out_of(entry, sizeof entry);
	struct out doc = out_of(document, sizeof document);
	struct proof proof = { .kind = PROOF_DOCUMENT };
	struct nsm_ask ask = { 0 };
	FILE *f = make("debug.cbor");

	receipt_encode(&p, &g);
	receipt_user_data(&u, ROLE_SEEN, &b->st.chain, &b->st.head);
	ask.user_data = out_span(&u);
	for (unsigned i = 0; i < 3; i++)
		nsm_sim_set_pcr(b->sim, i, zero);
	must(nsm_attest(&b->nsm, &ask, &doc));
	proof.body = out_span(&doc);
	must(entry_encode(&o, &b->st.chain, b->st.next_seq, &b->st.head,
	    out_span(&p), &proof, 1));
	put_entries(f, b, 0, b->n);
	put(f, out_span(&o));
	fclose(f);
}

int
main(int argc, char **argv)
{
	struct chain_builder_opts o = chain_builder_plain;
	struct chain_builder *b, *other;

	if (argc != 2)
		return 2;
	dir = argv[1];
	b = chain_builder_new(&o);
	chain_builder_first(b, 1);
	for (unsigned i = 2; i <= 3; i++)
		chain_builder_upgrade(b, i);
	o.number = 1;
	other = chain_builder_new(&o);
	chain_builder_first(other, 3);
	write_names(b, other);
	write_span("root.der", nsm_sim_root(b->sim));
	write_chain("good.cbor", b, b->n);
	write_chain("short.cbor", b, b->n - 1);
	write_pcrs("pcrs.json", b, 3);
	write_pcrs("pcrs-old.json", b, 2);
	write_spoilt("spoilt.cbor", b, 8);
	write_story(b);
	write_dropped(b);
	write_debug(b);
	write_chain("other.cbor", other, other->n);
	chain_builder_free(other);
	chain_builder_free(b);
	return 0;
}
