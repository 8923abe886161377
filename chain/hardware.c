/* SPDX-License-Identifier: ISC */
#include "hardware.h"

#include "hash.h"

/* One root after another: of several that bear one name libcrypto tries only
 * the first. */
static enum err
verify(const struct key *k, struct span bundle, const struct span *root,
    size_t root_n, struct hardware *h)
{
	enum err e = ERR_EVIDENCE_ROOT;

	for (size_t i = 0; i < root_n; i++) {
		e = evidence_verify(bundle, &root[i], 1, k->blob, &h->ev);
		if (e == OK)
			return hash_sha256(root[i], &h->root);
		if (e != ERR_EVIDENCE_BAD)
			return e;
	}
	return e;
}

static enum err
judge(const struct key *k, struct span bundle, const struct span *root,
    size_t root_n, struct hardware *h)
{
	struct h32 sha256;

	TRY(hash_sha256(bundle, &sha256));
	if (!h32_eq(&sha256, &k->evidence))
		return ERR_EVIDENCE_HASH;
	TRY(verify(k, bundle, root, root_n, h));
	return evidence_judge(&h->ev);
}

void
hardware_judge(const struct key *k, struct span bundle, const struct span *root,
    size_t root_n, struct hardware *h)
{
	memset(h, 0, sizeof *h);
	h->kind = k->has_evidence ? HARDWARE_CLAIMED : HARDWARE_NONE;
	if (!k->has_evidence || bundle.p == NULL)
		return;
	h->why = judge(k, bundle, root, root_n, h);
	h->kind = h->why == OK ? HARDWARE_SHOWN : HARDWARE_REFUSED;
	if (h->why != OK && h->why != ERR_EVIDENCE_WEAK)
		memset(&h->ev, 0, sizeof h->ev);
}

static size_t
add(const struct keyset *s, const char *role, struct hardware_key *key)
{
	for (size_t i = 0; i < s->n; i++)
		key[i] = (struct hardware_key){ &s->key[i], role };
	return s->n;
}

size_t
hardware_keys(const struct policy *p, struct hardware_key key[HARDWARE_KEYS])
{
	size_t n = add(&p->control, "control", key);

	n += add(&p->guardians, "guardian", key + n);
	if (p->has_endorsers)
		n += add(&p->endorsers, "endorser", key + n);
	return n;
}

void
hardware_begin(struct hardware_set *s, const struct policy *p,
    const struct span *root, size_t root_n)
{
	struct hardware_key key[HARDWARE_KEYS];

	s->n = hardware_keys(p, key);
	s->root = root;
	s->root_n = root_n;
	s->begun = true;
	for (size_t i = 0; i < s->n; i++)
		hardware_judge(key[i].key, span_of(NULL, 0), root, root_n,
		    &s->of[i]);
}

void
hardware_hear(struct hardware_set *s, const struct policy *p,
    struct span bundle)
{
	struct hardware_key key[HARDWARE_KEYS];
	struct h32 sha256;

	if (hash_sha256(bundle, &sha256) != OK)
		return;
	(void)hardware_keys(p, key);
	for (size_t i = 0; i < s->n; i++)
		if (s->of[i].kind == HARDWARE_CLAIMED &&
		    h32_eq(&sha256, &key[i].key->evidence))
			hardware_judge(key[i].key, bundle, s->root, s->root_n,
			    &s->of[i]);
}
