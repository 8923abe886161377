/* SPDX-License-Identifier: ISC */
#include "chain_builder.h"

#include <stdio.h>
#include <stdlib.h>

#include <sodium/crypto_sign.h>

#include "chain/hash.h"

const struct chain_builder_opts chain_builder_plain = { 3, 2, 3, 0, 0,
	48 * HOUR, HOUR, false, 0, { { 0 } }, NULL };

const uint8_t chain_builder_seed[NSM_SIM_SEED] = "a root for tests, not secret";

struct chain_builder_version {
	struct chain_builder_version *next;
	unsigned number;
	char name[16];
	uint8_t pcr[3][PCR_SIZE];
	struct h32 definition;
};

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "chain_builder: %s\n", what);
		abort();
	}
}

static void *
room(size_t n)
{
	void *p = calloc(1, n);

	must(p != NULL, "no memory");
	return p;
}

static void
make_key(struct chain_builder_key *k, uint32_t chain, unsigned i)
{
	static const char *const role[] = { "control", "guardian", "endorser",
		"other" };
	uint8_t seed[32] = { 1, (uint8_t)i, (uint8_t)chain,
		(uint8_t)(chain >> 8), (uint8_t)(chain >> 16) };
	uint8_t public[32];
	struct out o = out_of(k->blob, sizeof k->blob);

	crypto_sign_seed_keypair(public, k->secret, seed);
	key_ed25519_blob(&o, public);
	snprintf(k->name, sizeof k->name, "%s %u", role[i / 16], i % 16 + 1);
	k->key =
	    (struct key){ .blob = out_span(&o), .name = span_str(k->name) };
	must(hash_sha256(k->key.blob, &k->key.kid) == OK, "hash");
}

static void
keyset(const struct chain_builder *b, struct keyset *s, unsigned first,
    unsigned n)
{
	s->n = n;
	for (unsigned i = 0; i < n; i++)
		s->key[i] = b->key[first + i].key;
}

static void
witnesses(struct policy *p, const struct policy *from)
{
	p->has_witnesses = true;
	p->log_name = from->log_name;
	p->log_key = from->log_key;
	p->witness_n = from->witness_n;
	p->witness_threshold = from->witness_threshold;
	memcpy(p->witness, from->witness, sizeof p->witness);
}

static void
genesis(struct chain_builder *b)
{
	const struct chain_builder_opts *o = &b->opts;
	struct chain_builder_draft *d = room(sizeof *d);
	uint8_t nonce[16], payload[PAYLOAD_MAX];
	struct genesis g = { .label = span_str("payments"),
		.nonce = span_of(nonce, sizeof nonce),
		.floor = o->floor,
		.root = b->root };
	struct out out = out_of(payload, sizeof payload);

	memset(nonce, 7, sizeof nonce);
	memcpy(nonce, &o->number, sizeof o->number);
	g.policy.pcrs = 7;
	g.policy.threshold = o->threshold;
	g.policy.min_delay = o->min_delay;
	g.policy.upgradable = !o->frozen;
	g.policy.has_endorsers = o->endorsers > 0;
	g.policy.endorser_threshold = o->endorser_threshold;
	keyset(b, &g.policy.control, 0, o->control);
	g.policy.control.key[0].evidence = o->evidence;
	g.policy.control.key[0].has_evidence = o->evidence.b[0] != 0;
	keyset(b, &g.policy.guardians, 16, o->guardians);
	keyset(b, &g.policy.endorsers, 32, o->endorsers);
	if (o->witnesses)
		witnesses(&g.policy, o->witnesses);
	genesis_encode(&out, &g);
	chain_builder_draft(b, d, out_span(&out));
	chain_builder_sign(b, d, chain_builder_owners(b));
	must(chain_builder_append(b, d) == OK, "genesis");
	free(d);
}

struct chain_builder *
chain_builder_new(const struct chain_builder_opts *o)
{
	struct chain_builder *b = room(sizeof *b);

	b->opts = *o;
	b->now = CHAIN_BUILDER_TIME;
	for (unsigned i = 0; i < CHAIN_BUILDER_KEYS; i++)
		make_key(&b->key[i], o->number, i);
	must(nsm_sim_open_memory(chain_builder_seed, 1, &b->sim) == OK,
	    "simulator");
	b->nsm = nsm_sim_nsm(b->sim);
	b->root = nsm_sim_root_hash(b->sim);
	b->rules = (struct rules){ .root = &b->root,
		.root_n = 1,
		.level = LEVEL_PUBLIC,
		.cache = &b->cache };
	genesis(b);
	return b;
}

void
chain_builder_free(struct chain_builder *b)
{
	for (size_t i = 0; i < b->n; i++)
		free((void *)(uintptr_t)b->entry[i].p);
	free(b->entry);
	while (b->versions) {
		struct chain_builder_version *v = b->versions;

		b->versions = v->next;
		free(v);
	}
	nsm_close(&b->nsm);
	free(b);
}

struct span
chain_builder_entry(const struct chain_builder *b, size_t i)
{
	must(i < b->n, "no such entry");
	return b->entry[i];
}

static void
keep(struct chain_builder *b, struct span entry)
{
	uint8_t *copy = room(entry.n);

	if (b->n == b->cap) {
		b->cap = b->cap ? 2 * b->cap : 64;
		b->entry = realloc(b->entry, b->cap * sizeof *b->entry);
		must(b->entry != NULL, "no memory");
	}
	memcpy(copy, entry.p, entry.n);
	b->entry[b->n++] = span_of(copy, entry.n);
}

static struct chain_builder_version *
version_of(struct chain_builder *b, unsigned number)
{
	struct chain_builder_version *v;

	for (v = b->versions; v; v = v->next)
		if (v->number == number)
			return v;
	v = room(sizeof *v);
	v->number = number;
	v->next = b->versions;
	b->versions = v;
	snprintf(v->name, sizeof v->name, "v%u", number);
	for (unsigned i = 0; i < 3; i++) {
		memset(v->pcr[i], (int)(0x10 + i), PCR_SIZE);
		memcpy(v->pcr[i], &number, sizeof number);
	}
	must(hash_sha256(span_str(v->name), &v->definition) == OK, "hash");
	return v;
}

struct release
chain_builder_release(struct chain_builder *b, unsigned number)
{
	struct chain_builder_version *v = version_of(b, number);
	struct release r = { .definition = v->definition,
		.version = span_str(v->name) };

	r.pcrs.mask = 7;
	for (unsigned i = 0; i < 3; i++)
		r.pcrs.value[i] = v->pcr[i];
	return r;
}

struct policy
chain_builder_policy(const struct chain_builder *b)
{
	struct policy p;

	must(state_policy(&b->st, &p) == OK, "policy");
	return p;
}

static struct stage
stage_now(const struct chain_builder *b)
{
	return (struct stage){ .chain = b->st.chain,
		.from =
		    b->st.phase == PHASE_OPEN ? b->st.opened : b->st.stage_id,
		.delay = b->opts.min_delay,
		.not_before = b->now,
		.expires = b->now + 30 * DAY };
}

struct stage
chain_builder_stage_of(struct chain_builder *b, unsigned number)
{
	struct stage g = stage_now(b);

	g.has_release = true;
	g.release = chain_builder_release(b, number);
	return g;
}

struct stage
chain_builder_policy_stage(struct chain_builder *b, const struct policy *next)
{
	struct stage g = stage_now(b);

	g.policy = *next;
	return g;
}

void
chain_builder_draft(const struct chain_builder *b,
    struct chain_builder_draft *d, struct span payload)
{
	must(payload.n <= sizeof d->payload_buf, "payload too long");
	memcpy(d->payload_buf, payload.p, payload.n);
	d->payload = span_of(d->payload_buf, payload.n);
	d->genesis = b->st.next_seq == 0;
	d->chain = b->st.chain;
	d->prev = b->st.head;
	d->seq = b->st.next_seq;
	d->n = 0;
}

void
chain_builder_sign(const struct chain_builder *b, struct chain_builder_draft *d,
    signers who)
{
	uint8_t tbs[SSHSIG_TBS_SIZE];

	must(sshsig_tbs(d->payload, tbs) == OK, "tbs");
	for (unsigned i = 0; i < CHAIN_BUILDER_KEYS; i++) {
		if (!(who >> i & 1))
			continue;
		must(d->n <= ENTRY_PROOFS, "too many proofs");
		crypto_sign_detached(d->sig[d->n], NULL, tbs, sizeof tbs,
		    b->key[i].secret);
		d->proof[d->n] = (struct proof){ PROOF_KEY, b->key[i].key.kid,
			span_of(d->sig[d->n], 64) };
		d->n++;
	}
}

void
chain_builder_draft_stage(struct chain_builder *b,
    struct chain_builder_draft *d, unsigned version)
{
	uint8_t buf[PAYLOAD_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct stage g = chain_builder_stage_of(b, version);

	stage_encode(&o, &g);
	chain_builder_draft(b, d, out_span(&o));
	chain_builder_sign(b, d, chain_builder_owners(b));
}

void
chain_builder_attest(struct chain_builder *b, struct chain_builder_draft *d,
    unsigned number, struct span user_data)
{
	struct chain_builder_version *v = version_of(b, number);
	struct nsm_ask ask = { .user_data = user_data };
	struct out doc = out_of(d->doc, sizeof d->doc);

	for (unsigned i = 0; i < 3; i++)
		nsm_sim_set_pcr(b->sim, i, v->pcr[i]);
	nsm_sim_set_time(b->sim, b->now);
	must(nsm_attest(&b->nsm, &ask, &doc) == OK, "document");
	must(d->n <= ENTRY_PROOFS, "too many proofs");
	d->proof[d->n++] =
	    (struct proof){ .kind = PROOF_DOCUMENT, .body = out_span(&doc) };
}

void
chain_builder_witness(struct chain_builder_draft *d, struct span note)
{
	must(d->n <= ENTRY_PROOFS && note.n <= sizeof d->note, "a proof more");
	memcpy(d->note, note.p, note.n);
	d->proof[d->n++] = (struct proof){ .kind = PROOF_CHECKPOINT,
		.body = span_of(d->note, note.n) };
}

enum err
chain_builder_append_bytes(struct chain_builder *b, struct span entry)
{
	struct entry e;

	TRY(entry_decode(entry, &e));
	TRY(rules_next(&b->rules, &b->st, &e));
	keep(b, entry);
	return OK;
}

enum err
chain_builder_append(struct chain_builder *b, struct chain_builder_draft *d)
{
	uint8_t bytes[ENTRY_MAX];
	struct out o = out_of(bytes, sizeof bytes);

	TRY(entry_encode(&o, d->genesis ? NULL : &d->chain, d->seq,
	    d->genesis ? NULL : &d->prev, d->payload, d->proof, d->n));
	return chain_builder_append_bytes(b, out_span(&o));
}

static enum err
append_signed(struct chain_builder *b, struct span payload, signers who)
{
	struct chain_builder_draft *d = room(sizeof *d);
	enum err e;

	chain_builder_draft(b, d, payload);
	chain_builder_sign(b, d, who);
	e = chain_builder_append(b, d);
	free(d);
	return e;
}

enum err
chain_builder_stage(struct chain_builder *b, const struct stage *g, signers who)
{
	uint8_t buf[PAYLOAD_MAX];
	struct out o = out_of(buf, sizeof buf);

	stage_encode(&o, g);
	must(!o.full, "stage too long");
	return append_signed(b, out_span(&o), who);
}

enum err
chain_builder_stage_release(struct chain_builder *b, unsigned number,
    signers who)
{
	struct stage g = chain_builder_stage_of(b, number);

	return chain_builder_stage(b, &g, who);
}

enum err
chain_builder_stage_policy(struct chain_builder *b, signers who)
{
	struct policy p = chain_builder_policy(b);
	struct stage g;

	p.min_delay += HOUR;
	g = chain_builder_policy_stage(b, &p);
	return chain_builder_stage(b, &g, who);
}

struct span
chain_builder_endorse_payload(const struct chain_builder *b, uint8_t *buf,
    size_t cap)
{
	struct out o = out_of(buf, cap);
	struct endorse d = { .chain = b->st.chain, .stage = b->st.stage_id };
	struct stage g;

	if (b->st.phase != PHASE_OPEN) {
		must(state_stage(&b->st, &g) == OK, "stage");
		d.has_pcrs = g.has_release;
		d.pcrs = g.release.pcrs;
	}
	endorse_encode(&o, &d);
	must(!o.full, "endorse too long");
	return out_span(&o);
}

enum err
chain_builder_endorse(struct chain_builder *b, signers who)
{
	uint8_t buf[4096];

	return append_signed(b,
	    chain_builder_endorse_payload(b, buf, sizeof buf), who);
}

struct span
chain_builder_revoke_payload(const struct chain_builder *b, uint8_t *buf,
    size_t cap)
{
	struct out o = out_of(buf, cap);
	struct revoke v = { b->st.chain, b->st.stage_id,
		span_str("not what we built") };

	revoke_encode(&o, &v);
	must(!o.full, "revoke too long");
	return out_span(&o);
}

enum err
chain_builder_revoke(struct chain_builder *b, signers who)
{
	uint8_t buf[4096];

	return append_signed(b,
	    chain_builder_revoke_payload(b, buf, sizeof buf), who);
}

uint64_t
chain_builder_second(const struct chain_builder *b)
{
	return (b->now - 999) / 1000;
}

struct span
chain_builder_checkpoint(const struct chain_builder *b, uint64_t second,
    uint8_t *buf, size_t cap)
{
	struct policy now = chain_builder_policy(b);
	struct out o = out_of(buf, cap);
	struct cosigner_note n;

	cosigner_note(&n, &b->st, cosigner_named(&now), second);
	cosigner_write(&o, &n);
	return out_span(&o);
}

struct span
chain_builder_needed(const struct chain_builder *b, enum role role,
    uint8_t *buf, size_t cap)
{
	struct policy now = chain_builder_policy(b);
	struct stage g;

	if (b->st.phase == PHASE_OPEN)
		return span_of(NULL, 0);
	must(state_stage(&b->st, &g) == OK, "stage");
	if (!witness_needed(&b->st, &now, &g, role))
		return span_of(NULL, 0);
	return chain_builder_checkpoint(b, chain_builder_second(b), buf, cap);
}

enum err
chain_builder_receipt(struct chain_builder *b, enum role role, unsigned number)
{
	uint8_t note[CHECKPOINT_MAX];

	return chain_builder_receipt_with(b, role, number,
	    chain_builder_needed(b, role, note, sizeof note));
}

enum err
chain_builder_receipt_with(struct chain_builder *b, enum role role,
    unsigned number, struct span note)
{
	struct chain_builder_draft *d = room(sizeof *d);
	struct receipt r = { b->st.chain, role };
	uint8_t payload[256], said[RECEIPT_USER_DATA_MAX];
	struct out p = out_of(payload, sizeof payload);
	struct out u = out_of(said, sizeof said);
	enum err e;

	receipt_encode(&p, &r);
	receipt_user_data(&u, role, &b->st.chain, &b->st.head);
	chain_builder_draft(b, d, out_span(&p));
	chain_builder_attest(b, d, number, out_span(&u));
	if (note.n > 0)
		chain_builder_witness(d, note);
	e = chain_builder_append(b, d);
	free(d);
	return e;
}

signers
chain_builder_owners(const struct chain_builder *b)
{
	return (UINT64_C(1) << b->opts.threshold) - 1;
}

unsigned
chain_builder_version(const struct chain_builder *b)
{
	struct release r;
	unsigned number = 0;

	must(state_release(&b->st, &r) == OK, "release");
	memcpy(&number, r.pcrs.value[0], sizeof number);
	return number;
}

static void
stage_and_endorse(struct chain_builder *b, unsigned number)
{
	must(chain_builder_stage_release(b, number, chain_builder_owners(b)) ==
		 OK,
	    "stage");
	for (unsigned i = 0; i < b->opts.endorsers; i++)
		must(chain_builder_endorse(b, ENDORSER(i)) == OK, "endorse");
}

void
chain_builder_first(struct chain_builder *b, unsigned number)
{
	stage_and_endorse(b, number);
	must(chain_builder_receipt(b, ROLE_ACCEPTED, number) == OK, "first");
}

void
chain_builder_upgrade(struct chain_builder *b, unsigned number)
{
	unsigned old = chain_builder_version(b);

	stage_and_endorse(b, number);
	must(chain_builder_receipt(b, ROLE_SEEN, old) == OK, "seen");
	must(chain_builder_receipt(b, ROLE_ACCEPTED, number) == OK, "accepted");
	b->now += b->opts.min_delay;
	must(chain_builder_receipt(b, ROLE_RELEASED, old) == OK, "released");
}

struct span
chain_builder_revocation(const struct chain_builder *b, signers who,
    uint8_t *buf, size_t cap)
{
	struct chain_builder_draft *d = room(sizeof *d);
	uint8_t payload[4096];
	struct out o = out_of(buf, cap);

	chain_builder_draft(b, d,
	    chain_builder_revoke_payload(b, payload, sizeof payload));
	chain_builder_sign(b, d, who);
	must(entry_statement_encode(&o, d->payload, d->proof, d->n) == OK,
	    "statement");
	free(d);
	return out_span(&o);
}
