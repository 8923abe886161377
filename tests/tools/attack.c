/* SPDX-License-Identifier: ISC */
/*
 * What a hostile server, host and simulator could make of a chain file, for
 * `make demo`: attack NAME IN OUT SIMDIR.  Every one of them must be refused.
 * attack split A B: two histories by the key of one log, each with its
 * checkpoint beside it; prints the chain's id, the log's verifier key and the
 * hash of the attestation root.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/hash.h"
#include "chain/state.h"
#include "chain/text.h"
#include "chain/walk.h"
#include "chain/witness.h"
#include "enclave/nsm_sim.h"
#include "tests/lib/chain_builder.h"

#define ENTRIES_MAX 64
#define FILE_MAX_BYTES (4 * 1024 * 1024)

struct file {
	uint8_t *bytes;
	size_t n;
	struct span entry[ENTRIES_MAX];
	size_t entries;
};

static struct file in;
static struct walk walk;
static FILE *to;
static struct h32 head;
static uint64_t next_seq;

static void
die(const char *why)
{
	fprintf(stderr, "attack: %s\n", why);
	exit(1);
}

static void
must(enum err e)
{
	if (e != OK)
		die(err_code(e));
}

static void
read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct span rest, item;
	enum item kind;

	in.bytes = malloc(FILE_MAX_BYTES);
	if (!f || !in.bytes)
		die("cannot read the chain");
	in.n = fread(in.bytes, 1, FILE_MAX_BYTES, f);
	fclose(f);
	rest = span_of(in.bytes, in.n);
	while (rest.n) {
		must(entry_item(&rest, &kind, &item));
		if (kind == ITEM_ENTRY && in.entries < ENTRIES_MAX)
			in.entry[in.entries++] = item;
	}
}

static void
emit(struct span entry)
{
	if (fwrite(entry.p, 1, entry.n, to) != entry.n)
		die("cannot write");
	must(hash_entry(entry, &head));
	next_seq++;
}

/* The entries before number n, as they are; walk.st is the state there. */
static void
keep(size_t n, const struct h32 *root)
{
	const struct walk_opts opts = {
		.rules = { .root = root, .root_n = 1, .level = LEVEL_PUBLIC },
	};

	walk_init(&walk, &opts);
	for (size_t i = 0; i < n; i++) {
		must(walk_feed(&walk, in.entry[i]));
		emit(in.entry[i]);
	}
}

static void
append(struct span payload, struct proof *proof, size_t n)
{
	static uint8_t buf[ENTRY_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct entry first;

	must(entry_decode(in.entry[0], &first));
	must(
	    entry_encode(&o, &first.chain, next_seq, &head, payload, proof, n));
	emit(out_span(&o));
}

/* The number of the nth entry of this kind. */
static size_t
find(enum kind kind, size_t nth, struct entry *e, struct payload *p)
{
	for (size_t i = 0; i < in.entries; i++) {
		must(entry_decode(in.entry[i], e));
		must(payload_decode(e->payload, p));
		if (p->kind == kind && nth-- == 0)
			return i;
	}
	die("the chain has no such entry");
	return 0;
}

/* The first release's authorisation once more, after a newer one. */
static void
replay(const struct h32 *root)
{
	struct payload p;
	struct entry e;

	keep(in.entries, root);
	find(KIND_STAGE, 0, &e, &p);
	append(e.payload, e.proof, e.proof_n);
}

/* The history as it was before the revocation. */
static void
drop(const struct h32 *root)
{
	struct payload p;
	struct entry e;

	keep(find(KIND_REVOKE, 0, &e, &p), root);
}

/* The guardian's revocation of one stage, aimed at the next. */
static void
reaim(const struct h32 *root)
{
	static uint8_t buf[PAYLOAD_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct entry stage, e;
	struct payload p;
	struct revoke v;

	keep(find(KIND_STAGE, 2, &stage, &p) + 1, root);
	find(KIND_REVOKE, 0, &e, &p);
	v = p.u.revoke;
	must(hash_sha256(stage.payload, &v.stage));
	revoke_encode(&o, &v);
	append(out_span(&o), e.proof, e.proof_n);
}

/* A `released` by the code in force, at time t, for this chain. */
static void
release_at(struct nsm_sim *sim, uint64_t t, const struct h32 *chain)
{
	static uint8_t doc[ATTEST_DOC_MAX], pay[256];
	uint8_t data[RECEIPT_USER_DATA_MAX];
	struct out d = out_of(doc, sizeof doc), u = out_of(data, sizeof data),
		   y = out_of(pay, sizeof pay);
	struct receipt g = { .chain = walk.st.chain, .role = ROLE_RELEASED };
	struct nsm nsm = nsm_sim_nsm(sim);
	struct nsm_ask ask = { .user_data = { NULL, 0 } };
	static struct proof proof[ENTRY_PROOFS];
	struct release r;
	struct entry last;

	must(state_release(&walk.st, &r));
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (r.pcrs.mask >> i & 1)
			nsm_sim_set_pcr(sim, i, r.pcrs.value[i]);
	nsm_sim_set_time(sim, t);
	receipt_user_data(&u, ROLE_RELEASED, chain, &head);
	ask.user_data = out_span(&u);
	must(nsm_attest(&nsm, &ask, &d));
	/* With the checkpoint of the true one. */
	must(entry_decode(in.entry[in.entries - 1], &last));
	memcpy(proof, last.proof, last.proof_n * sizeof *proof);
	for (size_t i = 0; i < last.proof_n; i++)
		if (proof[i].kind == PROOF_DOCUMENT)
			proof[i].body = out_span(&d);
	receipt_encode(&y, &g);
	append(out_span(&y), proof, last.proof_n);
}

/* Everything up to the last receipt, which completes the last stage. */
static void
up_to_release(const struct h32 *root, struct stage *g)
{
	if (in.entries == 0)
		die("the chain is empty");
	keep(in.entries - 1, root);
	must(state_stage(&walk.st, g));
	if (walk.st.phase != PHASE_NOTICED)
		die("the chain does not end with a release");
}

static void
early(const struct h32 *root, struct nsm_sim *sim)
{
	struct stage g;

	up_to_release(root, &g);
	release_at(sim, walk.st.notice + g.delay - 1, &walk.st.chain);
}

static void
foreign(const struct h32 *root, struct nsm_sim *sim)
{
	struct h32 other = { { 1 } };
	struct stage g;

	up_to_release(root, &g);
	release_at(sim, walk.st.notice + g.delay, &other);
}

/* The cosignatures of a checkpoint gone, the log's own signature left. */
static struct span
unwitnessed(struct span note, const struct note_key *log)
{
	static uint8_t buf[CHECKPOINT_MAX];
	struct out o = out_of(buf, sizeof buf);
	const struct note_signature *line;
	struct checkpoint c;
	uint8_t sig[64];

	must(checkpoint_decode(note, &c));
	must(note_find(&c.note, log, sizeof sig, sig, &line));
	out_put(&o, c.note.text.p, c.note.text.n);
	out_put(&o, "\n", 1);
	note_sign_line(&o, log, span_of(sig, sizeof sig));
	return out_span(&o);
}

/* A window that began although no witness was told of the stage: the last
 * `seen` as the enclave signed it, with a checkpoint that the log alone
 * signed. */
static void
silent(const struct h32 *root)
{
	static struct proof proof[ENTRY_PROOFS];
	struct witness_set w;
	struct policy now;
	struct payload p;
	struct entry e;
	size_t n = in.entries;

	do {
		if (n-- == 0)
			die("the chain has no such entry");
		must(entry_decode(in.entry[n], &e));
		must(payload_decode(e.payload, &p));
	} while (p.kind != KIND_RECEIPT || p.u.receipt.role != ROLE_SEEN);
	keep(n, root);
	must(state_policy(&walk.st, &now));
	must(witness_set_of(&now, &walk.st.chain, &w));
	memcpy(proof, e.proof, e.proof_n * sizeof *proof);
	for (size_t i = 0; i < e.proof_n; i++)
		if (proof[i].kind == PROOF_CHECKPOINT)
			proof[i].body = unwitnessed(proof[i].body, &w.log);
	append(e.payload, proof, e.proof_n);
}

/* The chain as PATH, and the checkpoint over it as PATH.note. */
static void
write_chain(const struct chain_builder *b, const char *path)
{
	static uint8_t note[CHECKPOINT_MAX];
	char beside[4096];
	struct span s = chain_builder_checkpoint(b, chain_builder_second(b),
	    note, sizeof note);
	FILE *f;

	snprintf(beside, sizeof beside, "%s.note", path);
	f = fopen(beside, "wb");
	if (!f || fwrite(s.p, 1, s.n, f) != s.n || fclose(f) != 0)
		die("cannot write");
	to = fopen(path, "wb");
	if (!to)
		die("cannot write");
	for (size_t i = 0; i < b->n; i++)
		emit(chain_builder_entry(b, i));
	if (fclose(to) != 0)
		die("cannot write");
}

static void
print_hex(const struct h32 *h)
{
	char hex[65];
	struct out o = out_of(hex, sizeof hex);

	text_hex(&o, h32_span(h));
	printf("%s ", hex);
}

/* One reader is shown that a release was revoked, another that it is in
 * force. */
static void
split(const char *a, const char *b)
{
	struct chain_builder_opts opts = chain_builder_plain;
	struct chain_builder *one, *two;
	struct witness_set w;
	struct policy named;
	char vkey[NOTE_VKEY_MAX + 1];
	struct out o = out_of(vkey, sizeof vkey);

	cosigner_policy(&named, 0, 1, 1);
	opts.witnesses = &named;
	one = chain_builder_new(&opts);
	two = chain_builder_new(&opts);
	chain_builder_first(one, 1);
	chain_builder_first(two, 1);
	must(chain_builder_stage_release(one, 2, chain_builder_owners(one)));
	must(chain_builder_stage_release(two, 2, chain_builder_owners(two)));
	must(chain_builder_revoke(one, GUARDIAN(0)));
	must(chain_builder_receipt(two, ROLE_SEEN, 1));
	write_chain(one, a);
	write_chain(two, b);
	must(state_policy(&one->st, &named));
	must(witness_set_of(&named, &one->st.chain, &w));
	note_vkey_encode(&o, &w.log);
	print_hex(&one->st.chain);
	printf("%.*s ", (int)o.n, vkey);
	print_hex(&one->root);
	chain_builder_free(one);
	chain_builder_free(two);
}

int
main(int argc, char **argv)
{
	struct nsm_sim *sim;
	struct h32 root;

	if (argc == 4 && !strcmp(argv[1], "split")) {
		split(argv[2], argv[3]);
		return 0;
	}
	if (argc != 5)
		die("usage: attack replay|drop|reaim|early|foreign|silent IN "
		    "OUT SIMDIR, or split A B");
	read_file(argv[2]);
	to = fopen(argv[3], "wb");
	if (!to)
		die("cannot write");
	must(nsm_sim_open(argv[4], &sim));
	root = nsm_sim_root_hash(sim);
	if (!strcmp(argv[1], "replay"))
		replay(&root);
	else if (!strcmp(argv[1], "drop"))
		drop(&root);
	else if (!strcmp(argv[1], "reaim"))
		reaim(&root);
	else if (!strcmp(argv[1], "early"))
		early(&root, sim);
	else if (!strcmp(argv[1], "foreign"))
		foreign(&root, sim);
	else if (!strcmp(argv[1], "silent"))
		silent(&root);
	else
		die("no such attack");
	nsm_sim_close(sim);
	return fclose(to) == 0 ? 0 : 1;
}
