/* SPDX-License-Identifier: ISC */
#include "chain/hash.h"
#include "chain/witness.h"
#include "put.h"
#include "view.h"

static const struct key *
find_in(const struct policy *p, const struct h32 *kid)
{
	const struct keyset *const sets[] = { &p->control, &p->guardians,
		&p->endorsers };

	for (size_t i = 0; i < 3; i++) {
		int at = policy_key_index(sets[i], kid);

		if (at >= 0)
			return &sets[i]->key[at];
	}
	return NULL;
}

/* By the policy in force, or by the one that the entry brings. */
static const struct key *
find(const struct policy *policy, const struct payload *p,
    const struct h32 *kid)
{
	const struct key *k = policy ? find_in(policy, kid) : NULL;

	if (k == NULL && p->kind == KIND_GENESIS)
		k = find_in(&p->u.genesis.policy, kid);
	if (k == NULL && p->kind == KIND_STAGE && !p->u.stage.has_release)
		k = find_in(&p->u.stage.policy, kid);
	return k;
}

static void
put_key(json_t **o, const struct proof *proof, const struct key *k)
{
	char fingerprint[51];

	key_fingerprint(&proof->kid, fingerprint);
	put_member(o, "kind", json_string("key"));
	put_member(o, "kid", view_bytes_h32(&proof->kid));
	put_member(o, "fingerprint", json_string(fingerprint));
	if (k == NULL)
		return;
	put_member(o, "name", view_bytes_text(k->name));
	put_member(o, "type", json_string(key_type_name(k->type)));
}

/* The PCRs of a document that say something. */
static struct pcrs
not_zero(const struct pcrs *p)
{
	static const uint8_t zero[PCR_SIZE];
	struct pcrs some = *p;

	for (unsigned i = 0; i < PCR_COUNT; i++) {
		if (p->mask >> i & 1 &&
		    memcmp(p->value[i], zero, PCR_SIZE) == 0)
			some.mask &= ~(UINT32_C(1) << i);
	}
	return some;
}

static void
put_hash(json_t **o, struct span body)
{
	struct h32 h;

	put_member(o, "sha256",
	    hash_sha256(body, &h) == OK ? view_bytes_h32(&h) : NULL);
}

static void
put_document(json_t **o, struct span doc)
{
	struct attest a;
	struct pcrs pcrs;

	put_member(o, "kind", json_string("document"));
	if (attest_parse(doc, &a) == OK) {
		pcrs = not_zero(&a.pcrs);
		put_member(o, "module_id", view_bytes_text(a.module_id));
		put_member(o, "timestamp", view_time(a.timestamp));
		put_member(o, "pcrs", view_pcrs(&pcrs));
	}
	put_hash(o, doc);
}

/* Who cosigned of those whom the policy names; a signature is not judged here.
 */
static json_t *
cosigned(const struct checkpoint *c, const struct policy *policy)
{
	json_t *list = json_array();
	uint64_t seconds;
	uint8_t sig[64];
	struct note_key k;

	for (size_t i = 0; policy && i < policy->witness_n; i++) {
		if (!policy->has_witnesses ||
		    note_vkey_shape(policy->witness[i], &k) != OK ||
		    checkpoint_cosignature(c, &k, &seconds, sig) != OK ||
		    seconds == 0)
			continue;
		put_item(&list,
		    json_pack("{s:o,s:o}", "name", view_bytes_text(k.name),
			"at", view_time(seconds * 1000)));
	}
	return list;
}

static void
put_checkpoint(json_t **o, struct span note, const struct policy *policy)
{
	struct checkpoint c;

	put_member(o, "kind", json_string("checkpoint"));
	if (checkpoint_decode(note, &c) == OK) {
		put_member(o, "origin", view_bytes_text(c.origin));
		put_member(o, "size", json_integer((json_int_t)c.size));
		put_member(o, "root", view_bytes_base64(h32_span(&c.root)));
		put_member(o, "cosigned", cosigned(&c, policy));
	}
	put_hash(o, note);
}

static json_t *
proof_view(const struct proof *proof, const struct policy *policy,
    const struct payload *p)
{
	json_t *o = json_object();

	switch (proof->kind) {
	case PROOF_KEY:
		put_key(&o, proof, find(policy, p, &proof->kid));
		break;
	case PROOF_DOCUMENT:
		put_document(&o, proof->body);
		break;
	case PROOF_CHECKPOINT:
		put_checkpoint(&o, proof->body, policy);
		break;
	}
	return o;
}

json_t *
view_entry(const struct entry *e, const struct policy *policy,
    uint64_t received)
{
	json_t *o = json_object(), *proofs = json_array();
	struct payload p;

	if (payload_decode(e->payload, &p) != OK) {
		json_decref(o);
		json_decref(proofs);
		return NULL;
	}
	for (size_t i = 0; i < e->proof_n; i++)
		put_item(&proofs, proof_view(&e->proof[i], policy, &p));
	put_member(&o, "entry", view_bytes_h32(&e->id));
	put_member(&o, "seq", json_integer((json_int_t)e->seq));
	put_member(&o, "prev",
	    e->genesis ? json_null() : view_bytes_h32(&e->prev));
	put_member(&o, "kind", json_string(payload_kind_name(p.kind)));
	put_member(&o, "payload", view_payload(&p));
	put_member(&o, "proofs", proofs);
	if (received)
		put_member(&o, "received", view_time(received));
	put_member(&o, "cbor", view_bytes_base64(e->bytes));
	return o;
}
