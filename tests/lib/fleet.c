/* SPDX-License-Identifier: ISC */
#include "fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <sodium/core.h>
#include <sodium/crypto_sign.h>

#include "chain/attest.h"
#include "chain/hash.h"
#include "chain/sshsig.h"
#include "chain/text.h"

#define HOUR UINT64_C(3600000)

enum { CONTROL, GUARDIAN };

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "fleet: %s\n", what);
		exit(3);
	}
}

void
fleet_init(struct fleet *f, uint32_t seed)
{
	must(sodium_init() >= 0, "libsodium");
	f->now = (uint64_t)time(NULL) * 1000;
	for (uint8_t i = 0; i < 2; i++) {
		uint8_t public[32], from[32] = { 2, i };
		struct out o = out_of(f->blob[i], sizeof f->blob[i]);

		memcpy(from + 2, &seed, sizeof seed);
		crypto_sign_seed_keypair(public, f->secret[i], from);
		key_ed25519_blob(&o, public);
		f->blob_n[i] = o.n;
		must(hash_sha256(out_span(&o), &f->kid[i]) == OK, "hash");
	}
}

static struct proof
sign(const struct fleet *f, int who, struct span payload, uint8_t sig[64])
{
	uint8_t tbs[SSHSIG_TBS_SIZE];

	must(sshsig_tbs(payload, tbs) == OK, "tbs");
	crypto_sign_detached(sig, NULL, tbs, sizeof tbs, f->secret[who]);
	return (struct proof){ PROOF_KEY, f->kid[who], span_of(sig, 64) };
}

static struct span
statement(struct span payload, struct proof *p, void *buf)
{
	struct out o = out_of(buf, FLEET_STATEMENT);

	must(entry_statement_encode(&o, payload, p, 1) == OK, "statement");
	return out_span(&o);
}

static struct h32
entry_id(const struct h32 *chain, const struct fleet_chain *at,
    struct span payload, struct proof *p)
{
	uint8_t buf[FLEET_STATEMENT];
	struct out o = out_of(buf, sizeof buf);
	struct h32 id;

	must(entry_encode(&o, chain, chain ? at->seq : 0,
		 chain ? &at->head : NULL, payload, p, 1) == OK,
	    "entry");
	must(hash_entry(out_span(&o), &id) == OK, "hash");
	return id;
}

static struct policy
policy(const struct fleet *f)
{
	struct policy p = { .pcrs = 7,
		.threshold = 1,
		.min_delay = HOUR,
		.upgradable = true };

	p.control.n = p.guardians.n = 1;
	p.control.key[0] =
	    (struct key){ .blob = span_of(f->blob[CONTROL], f->blob_n[CONTROL]),
		    .name = span_str("control 1") };
	p.guardians.key[0] = (struct key){ .blob = span_of(f->blob[GUARDIAN],
					       f->blob_n[GUARDIAN]),
		.name = span_str("guardian 1") };
	p.has_witnesses = f->witness_n > 0;
	p.log_name = f->log_name;
	p.log_key = f->log_key;
	p.witness_n = p.witness_threshold = f->witness_n;
	for (size_t i = 0; i < f->witness_n; i++)
		p.witness[i] = f->witness[i];
	return p;
}

struct span
fleet_genesis(const struct fleet *f, struct fleet_chain *c, uint32_t n,
    void *buf)
{
	uint8_t nonce[16] = { 9 }, payload[FLEET_STATEMENT], sig[64];
	struct out o = out_of(payload, sizeof payload);
	struct genesis g = { .label = span_str("payments"),
		.nonce = span_of(nonce, sizeof nonce),
		.floor = HOUR,
		.root = attest_root_aws };
	struct proof p;

	/* Not above: gcc 12 then zeroes what it takes for padding in it. */
	g.policy = policy(f);
	memcpy(nonce + 4, &n, sizeof n);
	genesis_encode(&o, &g);
	must(!o.full, "genesis");
	p = sign(f, CONTROL, out_span(&o), sig);
	*c = (struct fleet_chain){ .number = n, .seq = 1 };
	c->id = c->head = c->opened = entry_id(NULL, c, out_span(&o), &p);
	return statement(out_span(&o), &p, buf);
}

static struct span
stage_payload(const struct fleet *f, const struct fleet_chain *c,
    const struct h32 *from, unsigned version, uint8_t *buf, size_t cap)
{
	struct out o = out_of(buf, cap);
	uint8_t pcr[3][PCR_SIZE];
	char name[32];
	struct stage g = { .chain = c->id,
		.from = *from,
		.delay = 72 * HOUR,
		.not_before = f->now,
		.expires = f->now + 720 * HOUR,
		.has_release = true };

	for (unsigned i = 0; i < 3; i++) {
		memset(pcr[i], (int)(0x20 + i), sizeof pcr[i]);
		memcpy(pcr[i], &version, sizeof version);
		memcpy(pcr[i] + 8, &c->number, sizeof c->number);
		g.release.pcrs.value[i] = pcr[i];
	}
	snprintf(name, sizeof name, "1.%u", version);
	g.release.pcrs.mask = 7;
	g.release.definition = c->definition;
	g.release.version = span_str(name);
	stage_encode(&o, &g);
	must(!o.full, "stage");
	return out_span(&o);
}

static struct span
revoke_payload(const struct fleet_chain *c, const struct h32 *stage,
    uint8_t *buf, size_t cap)
{
	struct out o = out_of(buf, cap);
	struct revoke v = { c->id, *stage, span_str("not what we built") };

	revoke_encode(&o, &v);
	must(!o.full, "revoke");
	return out_span(&o);
}

struct span
fleet_next(const struct fleet *f, struct fleet_chain *c, unsigned version,
    void *buf)
{
	uint8_t bytes[FLEET_STATEMENT], sig[64];
	struct span payload =
	    c->staged
		? revoke_payload(c, &c->stage, bytes, sizeof bytes)
		: stage_payload(f, c, &c->opened, version, bytes, sizeof bytes);
	struct proof p = sign(f, c->staged ? GUARDIAN : CONTROL, payload, sig);

	c->head = entry_id(&c->id, c, payload, &p);
	c->seq++;
	if (c->staged)
		c->opened = c->head;
	else
		must(hash_sha256(payload, &c->stage) == OK, "hash");
	c->staged = !c->staged;
	return statement(payload, &p, buf);
}

struct span
fleet_stage(const struct fleet *f, const struct fleet_chain *c,
    const struct h32 *from, unsigned version, struct h32 *id, void *buf)
{
	uint8_t bytes[FLEET_STATEMENT], sig[64];
	struct span payload =
	    stage_payload(f, c, from, version, bytes, sizeof bytes);
	struct proof p = sign(f, CONTROL, payload, sig);

	must(hash_sha256(payload, id) == OK, "hash");
	return statement(payload, &p, buf);
}

struct span
fleet_revoke(const struct fleet *f, const struct fleet_chain *c,
    const struct h32 *stage, void *buf)
{
	uint8_t bytes[FLEET_STATEMENT], sig[64];
	struct span payload = revoke_payload(c, stage, bytes, sizeof bytes);
	struct proof p = sign(f, GUARDIAN, payload, sig);

	return statement(payload, &p, buf);
}

void
fleet_path(const struct fleet_chain *c, char path[FLEET_PATH])
{
	struct out o = out_of(path, FLEET_PATH);

	out_put(&o, "/v1/chains/", 11);
	text_hex(&o, h32_span(&c->id));
	out_put(&o, "/entries", 9);
}
