/* SPDX-License-Identifier: ISC */
#include "risk.h"

#include "policy_witness.h"

#define DAY UINT64_C(86400000)

void
risk_add(struct risks *r, const char *name, const char *text)
{
	if (r->n == RISK_MAX || risk_has(r, name))
		return;
	r->list[r->n++] = (struct risk){ name, text };
}

bool
risk_has(const struct risks *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->list[i].name, name) == 0)
			return true;
	return false;
}

static bool
no_spare_key(const struct policy *p)
{
	return p->threshold == p->control.n;
}

static bool
one_signature(const struct policy *p)
{
	return p->threshold == 1;
}

static bool
no_guardians(const struct policy *p)
{
	return p->guardians.n == 0;
}

static bool
one_guardian(const struct policy *p)
{
	return p->guardians.n == 1;
}

static bool
two_guardians(const struct policy *p)
{
	return p->guardians.n == 2;
}

static bool
no_window(const struct policy *p)
{
	return p->min_delay == 0;
}

static bool
short_window(const struct policy *p)
{
	return p->min_delay > 0 && p->min_delay < DAY;
}

static bool
endorser_ends(const struct policy *p)
{
	return p->has_endorsers && p->endorser_threshold == p->endorsers.n &&
	       p->guardians.n == 0;
}

static bool
no_spare_endorser(const struct policy *p)
{
	return p->has_endorsers && p->endorser_threshold == p->endorsers.n &&
	       p->guardians.n > 0;
}

static bool
single_witness(const struct policy *p)
{
	return p->has_witnesses && p->witness_n == 1;
}

static bool
no_spare_witness(const struct policy *p)
{
	return p->has_witnesses && p->witness_n > 1 &&
	       p->witness_threshold == p->witness_n;
}

/* The same operator, as far as names tell, has as many as it takes. */
static bool
one_operator(const struct policy *p)
{
	for (size_t i = 0; p->has_witnesses && i < p->witness_n; i++) {
		struct span of = policy_witness_operator(p->witness[i]);
		size_t n = 0;

		for (size_t k = 0; of.n > 0 && k < p->witness_n; k++)
			n +=
			    span_eq(policy_witness_operator(p->witness[k]), of);
		if (n > 1 && n >= p->witness_threshold)
			return true;
	}
	return false;
}

static bool
freeze(const struct policy *p)
{
	return !p->upgradable;
}

static const struct {
	struct risk risk;
	bool (*of)(const struct policy *p);
} standing[] = {
	{ { "no-spare-key",
	      "Every control key is needed: if one is lost, nothing can be "
	      "changed any more and the chain is over." },
	    no_spare_key },
	{ { "one-signature",
	      "One control key decides alone: whoever steals one can stage "
	      "what they like." },
	    one_signature },
	{ { "no-guardians",
	      "There are no guardians: nobody but the control keys can stop "
	      "anything, and a thief who has enough of them cannot be rotated "
	      "out." },
	    no_guardians },
	{ { "one-guardian",
	      "One guardian is a majority of one: if that key is stolen it "
	      "can stop every release and every change that would remove it; "
	      "if it is lost, nobody can stop a thief of the control keys." },
	    one_guardian },
	{ { "two-guardians",
	      "Two guardians can back a change only together: if one of them "
	      "is lost or stolen, a thief of the control keys cannot be "
	      "rotated out." },
	    two_guardians },
	{ { "no-window",
	      "A change can take effect at once: nobody has the time to look "
	      "at it or to stop it." },
	    no_window },
	{ { "short-window",
	      "The window can be shorter than a day: a change can take effect "
	      "before those who could stop it have seen it." },
	    short_window },
	{ { "endorser-ends-chain",
	      "Every endorser is needed and nobody can back a change: if an "
	      "endorser's key is lost, nothing can take effect any more and "
	      "the chain is over." },
	    endorser_ends },
	{ { "no-spare-endorser",
	      "Every endorser is needed: if one of their keys is lost, no "
	      "release takes effect until a majority of the guardians backs "
	      "a change of the endorsers." },
	    no_spare_endorser },
	{ { "single-witness",
	      "There is a single witness: nothing takes effect while it is "
	      "away, and with the server it can show two histories." },
	    single_witness },
	{ { "no-spare-witness",
	      "Every witness is needed: nothing takes effect while one of "
	      "them is away." },
	    no_spare_witness },
	{ { "one-witness-operator",
	      "As many witnesses as it takes have names of one operator: it "
	      "alone, with the server, can show two histories." },
	    one_operator },
	{ { "freeze",
	      "Nothing can be changed any more after the first release: no "
	      "new version, no fix, no key." },
	    freeze },
};

static size_t
kept(const struct keyset *was, const struct keyset *now)
{
	size_t n = 0;

	for (size_t i = 0; i < was->n; i++)
		n += policy_key_index(now, &was->key[i].kid) >= 0;
	return n;
}

static bool
fewer_signatures(const struct policy *was, const struct policy *now)
{
	return now->threshold < was->threshold;
}

static bool
control_handed_over(const struct policy *was, const struct policy *now)
{
	return kept(&was->control, &now->control) < now->threshold;
}

static bool
guardians_handed_over(const struct policy *was, const struct policy *now)
{
	return was->guardians.n > 0 && now->guardians.n > 0 &&
	       kept(&was->guardians, &now->guardians) < policy_majority(now);
}

static bool
window_shrinks(const struct policy *was, const struct policy *now)
{
	return now->min_delay < was->min_delay;
}

static bool
fewer_endorsements(const struct policy *was, const struct policy *now)
{
	return was->has_endorsers &&
	       (!now->has_endorsers ||
		   now->endorser_threshold < was->endorser_threshold);
}

static bool
fewer_witnesses(const struct policy *was, const struct policy *now)
{
	return was->has_witnesses &&
	       (!now->has_witnesses ||
		   now->witness_threshold < was->witness_threshold);
}

static size_t
kept_witnesses(const struct policy *was, const struct policy *now)
{
	size_t n = 0;

	for (size_t i = 0; i < was->witness_n; i++)
		for (size_t k = 0; k < now->witness_n; k++)
			n += span_eq(was->witness[i], now->witness[k]);
	return n;
}

static bool
witnesses_handed_over(const struct policy *was, const struct policy *now)
{
	return was->has_witnesses && now->has_witnesses &&
	       kept_witnesses(was, now) < now->witness_threshold;
}

static const struct {
	struct risk risk;
	bool (*of)(const struct policy *was, const struct policy *now);
} changing[] = {
	{ { "fewer-signatures",
	      "Fewer control keys than now will be enough to stage a change." },
	    fewer_signatures },
	{ { "control-handed-over",
	      "The control keys in force will not be enough any more to stage "
	      "a change; other keys will decide." },
	    control_handed_over },
	{ { "guardians-handed-over",
	      "Keys that are no guardians now will make up the majority of "
	      "the guardians." },
	    guardians_handed_over },
	{ { "window-shrinks",
	      "Later changes can take effect sooner than now." },
	    window_shrinks },
	{ { "fewer-endorsements",
	      "Fewer people than now will have to rebuild a release before it "
	      "can take effect." },
	    fewer_endorsements },
	{ { "fewer-witnesses",
	      "Fewer witnesses than now will have to vouch that there is one "
	      "history." },
	    fewer_witnesses },
	{ { "witnesses-handed-over",
	      "The witnesses in force will not be enough any more; others, "
	      "who may not have seen the past, will vouch." },
	    witnesses_handed_over },
};

void
risk_policy(const struct policy *was, const struct policy *now, struct risks *r)
{
	for (size_t i = 0; i < sizeof standing / sizeof standing[0]; i++)
		if (standing[i].of(now) &&
		    (was == NULL || !standing[i].of(was)))
			risk_add(r, standing[i].risk.name,
			    standing[i].risk.text);
	if (was == NULL)
		return;
	for (size_t i = 0; i < sizeof changing / sizeof changing[0]; i++)
		if (changing[i].of(was, now))
			risk_add(r, changing[i].risk.name,
			    changing[i].risk.text);
}

static const struct risk no_floor = { "no-floor",
	"There is no floor: a later change of the policy can take the window "
	"away." };

static const struct risk together = { "guardian-beside-control",
	"A guardian's key is at hand where a control key is: one theft takes "
	"both, and what the one stages the other does not stop." };

void
risk_together(struct risks *r)
{
	risk_add(r, together.name, together.text);
}

void
risk_genesis(const struct genesis *g, struct risks *r)
{
	risk_policy(NULL, &g->policy, r);
	if (g->floor == 0)
		risk_add(r, no_floor.name, no_floor.text);
}

bool
risk_known(const char *name)
{
	for (size_t i = 0; i < sizeof standing / sizeof standing[0]; i++)
		if (strcmp(standing[i].risk.name, name) == 0)
			return true;
	for (size_t i = 0; i < sizeof changing / sizeof changing[0]; i++)
		if (strcmp(changing[i].risk.name, name) == 0)
			return true;
	return strcmp(no_floor.name, name) == 0 ||
	       strcmp(together.name, name) == 0;
}
