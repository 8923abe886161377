/* SPDX-License-Identifier: ISC */
#include "evidence_named.h"

static bool
set_names(const struct keyset *s, const struct h32 *sha256)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->key[i].has_evidence &&
		    h32_eq(&s->key[i].evidence, sha256))
			return true;
	return false;
}

static bool
policy_names(const struct policy *p, const struct h32 *sha256)
{
	return set_names(&p->control, sha256) ||
	       set_names(&p->guardians, sha256) ||
	       (p->has_endorsers && set_names(&p->endorsers, sha256));
}

bool
evidence_named_by(const struct payload *p, const struct h32 *sha256)
{
	if (p->kind == KIND_GENESIS)
		return policy_names(&p->u.genesis.policy, sha256);
	return p->kind == KIND_STAGE && !p->u.stage.has_release &&
	       policy_names(&p->u.stage.policy, sha256);
}
