/* SPDX-License-Identifier: ISC */
#include "evidence_take.h"

#include "chain/hardware.h"
#include "chain/hash.h"
#include "chain/pem.h"
#include "evidence_store.h"
#include "evidence_trust.h"
#include "fail.h"
#include "file.h"
#include "keys/holder.h"
#include "mem.h"

#define FILES 48 /* a policy has no more keys */

/* The row has the options, and this call wants evidence. */
static bool
is_wanted(const struct cli *c)
{
	static const char name[] = "no-evidence";

	return command_option(c->command, name, sizeof name - 1) != NULL &&
	       !command_is(c, name);
}

static enum err
refused(const struct key *k, enum err e)
{
	if (e == ERR_EVIDENCE_ROOT)
		fail_hint("--evidence-root FILE names the root certificates "
			  "that the devices' maker publishes; --no-evidence "
			  "leaves the proof out");
	else
		fail_hint("--no-evidence takes the key without a proof");
	return fail_with(e, "The key %s.", mem_string(k->name));
}

/* A bundle of k, from whichever source: verified, kept and named. */
static enum err
take(const struct cli *c, struct span bundle, struct key *k)
{
	struct out whole = mem_out(EVIDENCE_MAX);
	const struct maker *r;
	struct hardware h;
	struct key with = *k;
	enum err e;

	TRY(evidence_trust_get(c, &r));
	e = evidence_complete(bundle, r->between, r->between_n, &whole);
	if (e != OK)
		return refused(k, e);
	with.has_evidence = true;
	TRY(hash_sha256(out_span(&whole), &with.evidence));
	hardware_judge(&with, out_span(&whole), r->root, r->root_n, &h);
	if (h.kind != HARDWARE_SHOWN)
		return refused(k, h.why);
	TRY(evidence_store_put(&with.evidence, out_span(&whole)));
	*k = with;
	return OK;
}

enum err
evidence_take_device(const struct cli *c, const char *text, struct key *k)
{
	struct out bundle = mem_out(EVIDENCE_MAX);
	const struct holder *h;
	const char *rest;
	enum err e;

	if (!is_wanted(c) || text[0] == '@' || strchr(text, ' ') != NULL)
		return OK;
	TRY(holder_find(text, &h, &rest));
	if (h->attest == NULL)
		return OK;
	e = h->attest(ui_of(c), rest, &bundle);
	if (e != OK) {
		fail_hint("--no-evidence takes the key without a proof");
		return e;
	}
	return take(c, out_span(&bundle), k);
}

/* The blob of the key that the bundle's first certificate is about. */
static enum err
certified(struct span bundle, struct out *blob)
{
	uint8_t public[128];
	struct out p = out_of(public, sizeof public);
	enum key_type type;
	struct span der;

	if (!pem_next(&bundle, mem_new(EVIDENCE_MAX), EVIDENCE_MAX, &der))
		return ERR_EVIDENCE_BAD;
	TRY(evidence_key(der, &type, &p));
	key_blob(blob, type, out_span(&p));
	return blob->full ? ERR_EVIDENCE_KEY : OK;
}

static struct key *
in_set(struct keyset *s, struct span blob)
{
	for (size_t i = 0; i < s->n; i++)
		if (span_eq(s->key[i].blob, blob))
			return &s->key[i];
	return NULL;
}

static enum err
find(struct policy *p, struct span bundle, struct key **k)
{
	uint8_t buf[KEY_BLOB_MAX];
	struct out blob = out_of(buf, sizeof buf);

	TRY(certified(bundle, &blob));
	*k = in_set(&p->control, out_span(&blob));
	if (*k == NULL)
		*k = in_set(&p->guardians, out_span(&blob));
	if (*k == NULL && p->has_endorsers)
		*k = in_set(&p->endorsers, out_span(&blob));
	return *k != NULL ? OK : ERR_EVIDENCE_KEY;
}

enum err
evidence_take_files(const struct cli *c, struct policy *p, bool *changed)
{
	const char *path[FILES];
	size_t n =
	    is_wanted(c) ? command_values(c, "evidence", path, FILES) : 0;

	for (size_t i = 0; i < n; i++) {
		struct span bundle;
		struct key *k, was;
		enum err e;

		TRY(file_read(path[i], EVIDENCE_MAX, &bundle));
		e = find(p, bundle, &k);
		if (e != OK)
			return fail_with(e, "%s.", path[i]);
		was = *k;
		TRY(take(c, bundle, k));
		*changed = *changed || !was.has_evidence ||
			   !h32_eq(&was.evidence, &k->evidence);
	}
	return OK;
}
