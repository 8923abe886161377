/* SPDX-License-Identifier: ISC */
#include "role.h"

#include "chain/hash.h"
#include "chain/trial.h"
#include "fail.h"
#include "mem.h"
#include "pubkey.h"
#include "story.h"

struct leaving {
	const struct h32 *kid;
	bool was_in, left;
	uint64_t seq;
};

static enum err
leave(void *ctx, const struct story *s)
{
	struct leaving *l = ctx;
	bool in =
	    s->policy != NULL && pubkey_in_policy(s->policy, l->kid) != NULL;

	/* The policy before this entry was put in force by the one before. */
	if (l->was_in && !in) {
		l->left = true;
		l->seq = s->e->seq - 1;
	}
	l->was_in = in;
	return OK;
}

/* A key that no role of the policy in force has. */
static const char *
stranger(const struct act *a, const struct h32 *kid, const char *name)
{
	struct policy *now = mem_new(sizeof *now);
	struct leaving l = { .kid = kid };

	if (a->t != NULL && story_tell(a->t, leave, &l) == OK &&
	    (l.left || l.was_in)) {
		/* The newest entry may be the one that took it out. */
		if (l.was_in)
			l.seq = a->t->st->next_seq - 1;
		return mem_printf("%s was taken out of the policy by entry "
				  "%llu; its signature counts for nothing.",
		    name, (unsigned long long)l.seq);
	}
	fail_forget();
	return mem_printf("%s is not in the policy%s%s.", name,
	    a->t != NULL ? " of " : "", a->t != NULL ? a->t->name : "");
}

static const char *
on_stage(const struct policy *now, const struct policy *next,
    const struct h32 *kid, const char *name)
{
	if (policy_key_index(&now->control, kid) >= 0 ||
	    (next != NULL && policy_key_index(&next->control, kid) >= 0))
		return NULL;
	if (policy_key_index(&now->guardians, kid) >= 0)
		return mem_printf(
		    "%s is a guardian: it stops things and stages nothing. On "
		    "a stage it counts only beside enough control keys and "
		    "with a majority of the guardians (%zu of %zu).",
		    name, policy_majority(now), now->guardians.n);
	if (next != NULL && policy_key_index(&next->guardians, kid) >= 0)
		return mem_printf("%s becomes a guardian, and does not sign "
				  "for that.",
		    name);
	return mem_printf("%s is an endorser, and endorsers stage nothing.",
	    name);
}

static const char *
on_revoke(const struct act *a, const struct policy *now, const struct h32 *kid,
    const char *name)
{
	struct stage *g = mem_new(sizeof *g);
	bool policy = state_stage(a->t->st, g) == OK && !g->has_release;

	if (policy_key_index(&now->control, kid) >= 0)
		return policy && a->t->st->backed
			   ? mem_printf("%s is a control key, and guardians "
					"back this change: only a majority of "
					"them can stop it.",
				 name)
			   : NULL;
	if (policy_key_index(&now->guardians, kid) >= 0)
		return policy
			   ? mem_printf("%s is a guardian, and a change of the "
					"policy is stopped by a majority of "
					"them (%zu of %zu), who sign the same "
					"bytes: --sign-only or --draft.",
				 name, policy_majority(now), now->guardians.n)
			   : NULL;
	return mem_printf("%s is an endorser, and endorsers stop nothing.",
	    name);
}

static const char *
of_kind(const struct act *a, const struct policy *now, const struct h32 *kid,
    const char *name)
{
	const struct payload *p = &a->p;

	switch (p->kind) {
	case KIND_STAGE:
		return on_stage(now,
		    p->u.stage.has_release ? NULL : &p->u.stage.policy, kid,
		    name);
	case KIND_REVOKE:
		return on_revoke(a, now, kid, name);
	case KIND_ENDORSE:
		return policy_key_index(&now->endorsers, kid) >= 0
			   ? NULL
			   : mem_printf("%s is no endorser.", name);
	case KIND_GENESIS:
		return policy_key_index(&now->control, kid) >= 0
			   ? NULL
			   : mem_printf("%s is no control key, and only those "
					"begin a chain.",
				 name);
	case KIND_RECEIPT:
		break;
	}
	return NULL;
}

/* NULL: it counts for what it seems to. */
static const char *
sentence(const struct act *a, const struct act_key *k)
{
	const struct payload *p = &a->p;
	const struct policy *next = NULL;
	struct policy *now = mem_new(sizeof *now);
	struct h32 kid;
	const char *name;

	if (hash_sha256(k->signer.blob, &kid) != OK)
		return NULL;
	name = mem_printf("%s (%s)", k->ref, pubkey_fingerprint(&kid));
	if (p->kind == KIND_GENESIS)
		*now = p->u.genesis.policy;
	else if (a->t == NULL || state_policy(a->t->st, now) != OK)
		return NULL;
	if (p->kind == KIND_STAGE && !p->u.stage.has_release)
		next = &p->u.stage.policy;
	if (pubkey_in_policy(now, &kid) == NULL &&
	    (next == NULL || pubkey_in_policy(next, &kid) == NULL))
		return stranger(a, &kid, name);
	return of_kind(a, now, &kid, name);
}

enum err
role_check(const struct act *a, const struct act_key *k)
{
	const struct state *st = a->t != NULL ? a->t->st : NULL;
	const char *why;

	if (st == NULL && a->p.kind != KIND_GENESIS)
		return OK;
	if (trial_part(a->p.kind == KIND_GENESIS ? NULL : st, a->p.bytes,
		k->signer.blob,
		mem_new(sizeof(struct trial_space))) != ERR_AUTHORITY)
		return OK;
	why = sentence(a, k);
	return why != NULL ? fail_with(ERR_WOULD_REFUSE, "%s", why) : OK;
}

static bool
is_control(const struct policy *p, const struct h32 *kid)
{
	return policy_key_index(&p->control, kid) >= 0;
}

bool
role_counted(const struct act *a, unsigned long long *n,
    unsigned long long *takes)
{
	struct policy *p = mem_new(sizeof *p);
	struct h32 kid;

	if (a->p.kind == KIND_GENESIS)
		*p = a->p.u.genesis.policy;
	else if (a->p.kind != KIND_STAGE || a->t == NULL ||
		 state_policy(a->t->st, p) != OK)
		return false;
	*takes = p->threshold;
	*n = 0;
	for (size_t i = 0; i < a->proof_n; i++)
		*n += is_control(p, &a->proof[i].kid);
	for (size_t i = 0; i < a->key_n; i++)
		*n += hash_sha256(a->key[i].signer.blob, &kid) == OK &&
		      is_control(p, &kid);
	return true;
}

const char *
role_short(const struct act *a)
{
	unsigned long long n, takes;

	for (size_t i = 0; i < a->key_n; i++) {
		const char *why = sentence(a, &a->key[i]);

		if (why != NULL)
			return why;
	}
	if (!role_counted(a, &n, &takes) || n >= takes)
		return NULL;
	return mem_printf("That is %llu of %llu control keys that it takes.", n,
	    takes);
}
