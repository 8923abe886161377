/* SPDX-License-Identifier: ISC */
#include "nsm_sim.h"

#include <sys/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "chain/hash.h"
#include "chain/text.h"
#include "simcert.h"
#include "simdir.h"

#define REGION "sim-east-1"
#define SUFFIX "encl.nitro-enclaves.sim"
#define DAY 86400
#define KEPT 4 /* certificates remembered of each level */

#define ROOT_START INT64_C(1577836800)   /* 2020-01-01 */
#define START_MS UINT64_C(1767225600000) /* 2026-01-01 */

/* every + the life of the level below <= life, so that windows nest. */
static const struct {
	int64_t every, life; /* seconds */
} TERM[SIMCERT_LEVELS] = {
	[SIMCERT_ROOT] = { 0, INT64_C(30) * 365 * DAY },
	[SIMCERT_REGIONAL] = { 14 * DAY, 20 * DAY + 3600 },
	[SIMCERT_ZONAL] = { 5 * DAY, 6 * DAY + 3600 },
	[SIMCERT_INSTANCE] = { 20 * 3600, DAY },
	[SIMCERT_LEAF] = { 135 * 60, 3 * 3600 + 3 },
};

struct kept {
	bool used;
	struct simcert cert;
};

struct nsm_sim {
	uint8_t seed[NSM_SIM_SEED];
	char instance_id[20]; /* i-<17 hex> */
	uint8_t enclave_id[8];
	char module_id[48];
	int64_t phase[SIMCERT_LEVELS];
	uint64_t (*now)(void *ctx);
	void *now_ctx;
	uint64_t fixed_ms;
	uint32_t pcr_mask;
	uint8_t pcr[PCR_COUNT][PCR_SIZE];
	struct kept kept[SIMCERT_LEVELS][KEPT];
	uint8_t payload[ATTEST_DOC_MAX];
};

static uint64_t
wall_clock(void *ctx)
{
	struct timespec t = { 0 };

	(void)ctx;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint64_t
fixed_clock(void *ctx)
{
	const struct nsm_sim *sim = ctx;

	return sim->fixed_ms;
}

/* 32 bytes that follow from the seed and a name. */
static enum err
follow(const struct nsm_sim *sim, const char *name, struct h32 *h)
{
	uint8_t in[256];
	struct out o = out_of(in, sizeof in);

	out_put(&o, sim->seed, sizeof sim->seed);
	out_put(&o, name, strlen(name));
	return o.full ? ERR_NO_SPACE : hash_sha256(out_span(&o), h);
}

static void
hex(char *text, size_t size, const uint8_t *p, size_t n)
{
	struct out o = out_of(text, size);

	text_hex(&o, span_of(p, n));
}

static uint64_t
first8(const uint8_t *p)
{
	uint64_t v = 0;

	for (size_t i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

/* A level's certificate begins at a multiple of its term, counted from a
 * phase of its own so that not all are renewed in one moment. */
static int64_t
start_of(const struct nsm_sim *sim, enum simcert_level level, int64_t at)
{
	int64_t every = TERM[level].every, n, since;

	if (level == SIMCERT_ROOT)
		return ROOT_START;
	since = at - sim->phase[level];
	n = since / every - (since % every < 0);
	return n * every + sim->phase[level];
}

static enum err
issue(const struct nsm_sim *sim, enum simcert_level level, int64_t start,
    const struct simcert *issuer, struct simcert *c)
{
	const char *scope = level == SIMCERT_LEAF       ? sim->module_id
			    : level == SIMCERT_INSTANCE ? sim->instance_id
							: REGION;
	char name[96], common[128], id[17];
	struct h32 h;

	snprintf(name, sizeof name, "certificate %d %lld %s", (int)level,
	    (long long)start, scope);
	TRY(follow(sim, name, &h));
	TRY(simkey_derive(sim->seed, span_str(name), &c->key));
	c->not_before = start;
	c->not_after = start + TERM[level].life;
	hex(id, sizeof id, h.b + 16, 8);
	h.b[0] = (uint8_t)((h.b[0] & 0x7f) | 0x40);
	if (level == SIMCERT_LEAF) {
		memcpy(h.b, sim->enclave_id, sizeof sim->enclave_id);
		snprintf(common, sizeof common, "%s." REGION ".encl", scope);
	} else if (level == SIMCERT_INSTANCE)
		snprintf(common, sizeof common, "%s." REGION "." SUFFIX, scope);
	else if (level == SIMCERT_ZONAL)
		snprintf(common, sizeof common, "%s.zonal." REGION "." SUFFIX,
		    id);
	else if (level == SIMCERT_REGIONAL)
		snprintf(common, sizeof common, "%s." REGION "." SUFFIX, id);
	else
		snprintf(common, sizeof common, SUFFIX);
	return simcert_issue(c, level, common, h.b, issuer);
}

/* The certificate of a level that is current at a time, and so those above
 * it at the time of its own beginning. */
static enum err
current(struct nsm_sim *sim, enum simcert_level level, int64_t at,
    const struct simcert *chain[SIMCERT_LEVELS])
{
	int64_t start = start_of(sim, level, at);
	struct kept *ring = sim->kept[level];

	if (level != SIMCERT_ROOT)
		TRY(current(sim, level - 1, start, chain));
	for (size_t i = 0; i < KEPT; i++)
		if (ring[i].used && ring[i].cert.not_before == start) {
			chain[level] = &ring[i].cert;
			return OK;
		}
	memmove(ring + 1, ring, (KEPT - 1) * sizeof *ring);
	ring[0].used = false;
	TRY(issue(sim, level, start,
	    level == SIMCERT_ROOT ? NULL : chain[level - 1], &ring[0].cert));
	ring[0].used = true;
	chain[level] = &ring[0].cert;
	return OK;
}

static void
put_pcrs(struct out *o, const struct nsm_sim *sim)
{
	size_t n = 0;

	for (unsigned i = 0; i < PCR_COUNT; i++)
		n += sim->pcr_mask >> i & 1;
	cbor_put_map(o, n);
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (sim->pcr_mask >> i & 1) {
			cbor_put_uint(o, i);
			cbor_put_bytes(o, span_of(sim->pcr[i], PCR_SIZE));
		}
}

static void
put_payload(struct out *o, const struct nsm_sim *sim, uint64_t now,
    const struct simcert *const chain[SIMCERT_LEVELS],
    const struct nsm_ask *ask)
{
	static const uint8_t map = 0xbf, end = 0xff;

	out_put(o, &map, 1);
	cbor_put_key(o, "module_id");
	cbor_put_text(o, span_str(sim->module_id));
	cbor_put_key(o, "digest");
	cbor_put_text(o, span_str("SHA384"));
	cbor_put_key(o, "timestamp");
	cbor_put_uint(o, now);
	cbor_put_key(o, "pcrs");
	put_pcrs(o, sim);
	cbor_put_key(o, "certificate");
	cbor_put_bytes(o,
	    span_of(chain[SIMCERT_LEAF]->der, chain[SIMCERT_LEAF]->der_n));
	cbor_put_key(o, "cabundle");
	cbor_put_array(o, SIMCERT_LEAF);
	for (int i = SIMCERT_ROOT; i < SIMCERT_LEAF; i++)
		cbor_put_bytes(o, span_of(chain[i]->der, chain[i]->der_n));
	nsm_put_field(o, "public_key", ask->public_key);
	nsm_put_field(o, "user_data", ask->user_data);
	nsm_put_field(o, "nonce", ask->nonce);
	out_put(o, &end, 1);
}

/* COSE_Sign1, untagged, as the hypervisor writes it. */
static enum err
put_signed(struct out *doc, struct span payload, const struct simkey *key)
{
	static const uint8_t head[] = { 0x84, 0x44, 0xa1, 0x01, 0x38, 0x22,
		0xa0 };
	static const uint8_t to_sign[] = { 0x84, 0x6a, 'S', 'i', 'g', 'n', 'a',
		't', 'u', 'r', 'e', '1', 0x44, 0xa1, 0x01, 0x38, 0x22, 0x40 };
	size_t at = doc->n + sizeof head;
	uint8_t digest[48], rs[96];
	struct span parts[2] = { { to_sign, sizeof to_sign }, { NULL, 0 } };

	out_put(doc, head, sizeof head);
	cbor_put_bytes(doc, payload);
	if (doc->full)
		return ERR_NO_SPACE;
	parts[1] = span_of(doc->p + at, doc->n - at);
	TRY(hash_sha384(parts, 2, digest));
	TRY(simkey_sign(key, digest, rs));
	cbor_put_bytes(doc, span_of(rs, sizeof rs));
	return doc->full ? ERR_NO_SPACE : OK;
}

static enum err
sim_attest(void *ctx, const struct nsm_ask *ask, struct out *doc)
{
	struct nsm_sim *sim = ctx;
	const struct simcert *chain[SIMCERT_LEVELS] = { NULL };
	struct out payload = out_of(sim->payload, sizeof sim->payload);
	uint64_t now = sim->now(sim->now_ctx);

	TRY(current(sim, SIMCERT_LEAF, (int64_t)(now / 1000), chain));
	put_payload(&payload, sim, now, chain, ask);
	if (payload.full)
		return ERR_NO_SPACE;
	return put_signed(doc, out_span(&payload), &chain[SIMCERT_LEAF]->key);
}

static enum err
set_phases(struct nsm_sim *sim)
{
	char name[96];
	struct h32 h;

	for (int i = SIMCERT_REGIONAL; i < SIMCERT_LEVELS; i++) {
		snprintf(name, sizeof name, "phase %d %s", i,
		    i == SIMCERT_LEAF ? sim->module_id : "");
		TRY(follow(sim, name, &h));
		sim->phase[i] =
		    (int64_t)(first8(h.b) % (uint64_t)TERM[i].every);
	}
	return OK;
}

static enum err
set_identity(struct nsm_sim *sim)
{
	static const uint8_t zero[PCR_SIZE];
	struct span parts[2] = { { zero, sizeof zero }, { NULL, 0 } };
	char id[65];
	struct h32 h;

	TRY(follow(sim, "instance", &h));
	hex(id, sizeof id, h.b, sizeof h.b);
	snprintf(sim->instance_id, sizeof sim->instance_id, "i-%.17s", id);
	sim->enclave_id[0] =
	    0x01; /* as real ones begin; keeps serials positive */
	hex(id, sizeof id, sim->enclave_id, sizeof sim->enclave_id);
	snprintf(sim->module_id, sizeof sim->module_id, "%s-enc%.16s",
	    sim->instance_id, id);
	parts[1] = span_str(sim->instance_id);
	return hash_sha384(parts, 2, sim->pcr[4]);
}

static enum err
prepare(struct nsm_sim *sim)
{
	const struct simcert *chain[SIMCERT_LEVELS] = { NULL };

	sim->pcr_mask = 0xffff;
	TRY(set_identity(sim));
	TRY(set_phases(sim));
	return current(sim, SIMCERT_ROOT, 0, chain);
}

static enum err
open_dir(const char *dir, struct nsm_sim *sim)
{
	TRY(simdir_seed(dir, sim->seed));
	if (getrandom(sim->enclave_id, sizeof sim->enclave_id, 0) !=
	    sizeof sim->enclave_id)
		return ERR_NSM;
	nsm_sim_set_clock(sim, wall_clock, NULL);
	TRY(prepare(sim));
	return simdir_root(dir, nsm_sim_root(sim));
}

static enum err
open_memory(const uint8_t seed[NSM_SIM_SEED], uint64_t instance,
    struct nsm_sim *sim)
{
	char name[64];
	struct h32 h;

	memcpy(sim->seed, seed, NSM_SIM_SEED);
	snprintf(name, sizeof name, "enclave %llu",
	    (unsigned long long)instance);
	TRY(follow(sim, name, &h));
	memcpy(sim->enclave_id, h.b, sizeof sim->enclave_id);
	nsm_sim_set_time(sim, START_MS);
	return prepare(sim);
}

static enum err
keep(enum err e, struct nsm_sim *made, struct nsm_sim **sim)
{
	if (e != OK)
		nsm_sim_close(made);
	*sim = e == OK ? made : NULL;
	return e;
}

enum err
nsm_sim_open(const char *dir, struct nsm_sim **sim)
{
	struct nsm_sim *made = calloc(1, sizeof *made);

	return keep(made ? open_dir(dir, made) : ERR_OUT_OF_MEMORY, made, sim);
}

enum err
nsm_sim_open_memory(const uint8_t seed[NSM_SIM_SEED], uint64_t instance,
    struct nsm_sim **sim)
{
	struct nsm_sim *made = calloc(1, sizeof *made);

	return keep(made ? open_memory(seed, instance, made)
			 : ERR_OUT_OF_MEMORY,
	    made, sim);
}

static void
sim_close(void *ctx)
{
	nsm_sim_close(ctx);
}

struct nsm
nsm_sim_nsm(struct nsm_sim *sim)
{
	return (
	    struct nsm){ .ctx = sim, .attest = sim_attest, .close = sim_close };
}

void
nsm_sim_close(struct nsm_sim *sim)
{
	free(sim);
}

void
nsm_sim_set_pcr(struct nsm_sim *sim, unsigned index,
    const uint8_t value[PCR_SIZE])
{
	sim->pcr_mask |= UINT32_C(1) << index;
	memcpy(sim->pcr[index], value, PCR_SIZE);
}

void
nsm_sim_set_clock(struct nsm_sim *sim, uint64_t (*now)(void *ctx), void *ctx)
{
	sim->now = now;
	sim->now_ctx = ctx;
}

void
nsm_sim_set_time(struct nsm_sim *sim, uint64_t ms)
{
	sim->fixed_ms = ms;
	nsm_sim_set_clock(sim, fixed_clock, sim);
}

struct span
nsm_sim_root(const struct nsm_sim *sim)
{
	const struct simcert *root = &sim->kept[SIMCERT_ROOT][0].cert;

	return span_of(root->der, root->der_n);
}

struct h32
nsm_sim_root_hash(const struct nsm_sim *sim)
{
	struct h32 h = { { 0 } };

	if (hash_sha256(nsm_sim_root(sim), &h) != OK)
		memset(&h, 0, sizeof h);
	return h;
}
