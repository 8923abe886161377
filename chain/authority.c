/* SPDX-License-Identifier: ISC */
#include "authority.h"

/* Proofs of one kind are sorted by kid, so two of one key are neighbours. */
static enum err
keys_only(struct proofs s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i].kind != PROOF_KEY)
			return ERR_PROOF_KIND;
		if (i > 0 && h32_eq(&s.p[i - 1].kid, &s.p[i].kid))
			return ERR_PROOF_SURPLUS;
	}
	return OK;
}

static bool
has(const struct keyset *set, const struct proof *p)
{
	return policy_key_index(set, &p->kid) >= 0;
}

static size_t
count(const struct keyset *set, struct proofs s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += has(set, &s.p[i]);
	return n;
}

/* Each proof stands in one of the sets; NULL is an empty one. */
static enum err
all_count(struct proofs s, const struct keyset *const set[3])
{
	for (size_t i = 0; i < s.n; i++) {
		bool counts = false;

		for (size_t k = 0; k < 3; k++)
			counts = counts || (set[k] && has(set[k], &s.p[i]));
		if (!counts)
			return ERR_PROOF_SURPLUS;
	}
	return OK;
}

static bool
majority(const struct policy *now, size_t guardians)
{
	return now->guardians.n > 0 && guardians >= policy_majority(now);
}

enum err
authority_genesis(const struct policy *own, struct proofs s)
{
	const struct keyset *set[3] = { &own->control };

	TRY(keys_only(s));
	if (count(&own->control, s) < own->threshold)
		return ERR_AUTHORITY;
	return all_count(s, set);
}

enum err
authority_stage(const struct policy *now, const struct policy *next,
    bool must_back, struct proofs s, bool *backed)
{
	const struct keyset *set[3] = { &now->control };

	TRY(keys_only(s));
	if (count(&now->control, s) < now->threshold)
		return ERR_AUTHORITY;
	if (next && count(&next->control, s) < next->threshold)
		return ERR_AUTHORITY;
	*backed = majority(now, count(&now->guardians, s));
	if (must_back && !*backed)
		return ERR_REPLACE_BACKED;
	set[1] = next ? &next->control : NULL;
	set[2] = *backed ? &now->guardians : NULL;
	return all_count(s, set);
}

enum err
authority_endorse(const struct policy *now, uint32_t endorsed, struct proofs s,
    unsigned *index)
{
	int i;

	TRY(keys_only(s));
	if (s.n > 1)
		return ERR_PROOF_SURPLUS;
	i = s.n == 1 ? policy_key_index(&now->endorsers, &s.p[0].kid) : -1;
	if (i < 0)
		return ERR_AUTHORITY;
	*index = (unsigned)i;
	return endorsed >> i & 1 ? ERR_ALREADY_ENDORSED : OK;
}

enum err
authority_revoke(const struct policy *now, bool of_policy, bool backed,
    struct proofs s)
{
	const struct keyset *set[3] = { NULL };
	size_t guardians;

	TRY(keys_only(s));
	guardians = count(&now->guardians, s);
	if (of_policy ? majority(now, guardians) : guardians > 0)
		set[0] = &now->guardians;
	if (!(of_policy && backed) && count(&now->control, s) >= now->threshold)
		set[1] = &now->control;
	if (!set[0] && !set[1])
		return ERR_AUTHORITY;
	return all_count(s, set);
}

struct span
authority_blob(const struct policy *p, const struct h32 *kid)
{
	const struct keyset *set[] = { &p->control, &p->guardians,
		&p->endorsers };

	for (size_t i = 0; i < 3; i++) {
		int k = policy_key_index(set[i], kid);

		if (k >= 0)
			return set[i]->key[k].blob;
	}
	return span_of(NULL, 0);
}
