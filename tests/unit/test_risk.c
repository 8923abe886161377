/* SPDX-License-Identifier: ISC */
/* What people are warned of before they sign a policy: each risk from both
 * sides of its edge, and that what the sentences claim is what a chain does. */
#include <stdio.h>

#include "cli/risk.h"
#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"

/* Keys a to z by letter: "ab" is a set of two. */
static struct keyset
set(const char *letters)
{
	struct keyset s = { 0 };

	for (s.n = 0; letters[s.n]; s.n++)
		s.key[s.n].kid.b[0] = (uint8_t)letters[s.n];
	return s;
}

struct outline {
	const char *control;
	unsigned threshold;
	const char *guardians, *endorsers;
	unsigned endorsements;
	uint64_t min_delay;
	unsigned witnesses, witness_threshold;
	bool frozen;
};

static const struct outline sound = { "abc", 2, "ghi", "", 0, DAY, 0, 0,
	false };

/* Of as many operators; the last two are of one. */
static const char *const vkey[] = { "w.example.org/1+0+A", "w.example.com+0+A",
	"w.example.net:443+0+A", "x.example.net+0+A" };

static struct policy
policy_of(const struct outline *o)
{
	struct policy p = { 0 };

	p.control = set(o->control);
	p.threshold = o->threshold;
	p.guardians = set(o->guardians);
	p.endorsers = set(o->endorsers);
	p.has_endorsers = p.endorsers.n > 0;
	p.endorser_threshold = o->endorsements;
	p.min_delay = o->min_delay;
	p.upgradable = !o->frozen;
	p.has_witnesses = o->witnesses > 0;
	p.witness_n = o->witnesses;
	for (size_t i = 0; i < p.witness_n; i++)
		p.witness[i] = span_str(vkey[i]);
	p.witness_threshold = o->witness_threshold;
	return p;
}

static void
expect(const struct risks *r, const char *names)
{
	char got[512] = "";
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += (size_t)snprintf(got + n, sizeof got - n, "%s%s",
		    i > 0 ? " " : "", r->list[i].name);
	ck_assert_str_eq(got, names);
}

static const struct {
	struct outline o;
	const char *names;
} standing[] = {
	{ { "abc", 2, "ghi", "", 0, DAY, 0, 0, false }, "" },
	{ { "abc", 3, "ghi", "", 0, DAY, 0, 0, false }, "no-spare-key" },
	{ { "abc", 1, "ghi", "", 0, DAY, 0, 0, false }, "one-signature" },
	{ { "a", 1, "ghi", "", 0, DAY, 0, 0, false },
	    "no-spare-key one-signature" },
	{ { "abc", 2, "", "", 0, DAY, 0, 0, false }, "no-guardians" },
	{ { "abc", 2, "g", "", 0, DAY, 0, 0, false }, "one-guardian" },
	{ { "abc", 2, "gh", "", 0, DAY, 0, 0, false }, "two-guardians" },
	{ { "abc", 2, "ghi", "", 0, DAY - 1, 0, 0, false }, "short-window" },
	{ { "abc", 2, "ghi", "", 0, 1, 0, 0, false }, "short-window" },
	{ { "abc", 2, "ghi", "", 0, 0, 0, 0, false }, "no-window" },
	{ { "abc", 2, "ghi", "xy", 2, DAY, 0, 0, false }, "no-spare-endorser" },
	{ { "abc", 2, "ghi", "xyz", 2, DAY, 0, 0, false }, "" },
	{ { "abc", 2, "", "xy", 2, DAY, 0, 0, false },
	    "no-guardians endorser-ends-chain" },
	{ { "abc", 2, "ghi", "", 0, DAY, 1, 1, false }, "single-witness" },
	{ { "abc", 2, "ghi", "", 0, DAY, 3, 3, false }, "no-spare-witness" },
	{ { "abc", 2, "ghi", "", 0, DAY, 3, 2, false }, "" },
	{ { "abc", 2, "ghi", "", 0, DAY, 4, 2, false },
	    "one-witness-operator" },
	{ { "abc", 2, "ghi", "", 0, DAY, 4, 3, false }, "" },
	{ { "abc", 2, "ghi", "", 0, DAY, 0, 0, true }, "freeze" },
};

START_TEST(a_policy_that_one_loss_or_theft_would_hurt_is_named)
{
	for (size_t i = 0; i < sizeof standing / sizeof standing[0]; i++) {
		struct policy p = policy_of(&standing[i].o);
		struct risks r = { 0 };

		risk_policy(NULL, &p, &r);
		expect(&r, standing[i].names);
		/* Who signs again what is in force is not warned again. */
		r.n = 0;
		risk_policy(&p, &p, &r);
		expect(&r, "");
	}
}
END_TEST

static const struct {
	struct outline was, now;
	const char *names;
} changes[] = {
	{ { "abc", 3, "ghi", "", 0, DAY, 0, 0, false },
	    { "abc", 2, "ghi", "", 0, DAY, 0, 0, false }, "fewer-signatures" },
	{ { "abc", 2, "ghi", "", 0, DAY, 0, 0, false },
	    { "abd", 2, "ghi", "", 0, DAY, 0, 0, false }, "" },
	{ { "abc", 2, "ghi", "", 0, DAY, 0, 0, false },
	    { "ade", 2, "ghi", "", 0, DAY, 0, 0, false },
	    "control-handed-over" },
	{ { "abc", 2, "ghi", "", 0, DAY, 0, 0, false },
	    { "abc", 2, "ghj", "", 0, DAY, 0, 0, false }, "" },
	{ { "abc", 2, "ghi", "", 0, DAY, 0, 0, false },
	    { "abc", 2, "gjk", "", 0, DAY, 0, 0, false },
	    "guardians-handed-over" },
	{ { "abc", 2, "ghi", "", 0, DAY, 0, 0, false },
	    { "abc", 2, "", "", 0, DAY, 0, 0, false }, "no-guardians" },
	{ { "abc", 2, "ghi", "", 0, 2 * DAY, 0, 0, false },
	    { "abc", 2, "ghi", "", 0, DAY, 0, 0, false }, "window-shrinks" },
	{ { "abc", 2, "ghi", "", 0, DAY, 0, 0, false },
	    { "abc", 2, "ghi", "", 0, 2 * DAY, 0, 0, false }, "" },
	{ { "abc", 2, "ghi", "xyz", 2, DAY, 0, 0, false },
	    { "abc", 2, "ghi", "", 0, DAY, 0, 0, false },
	    "fewer-endorsements" },
	{ { "abc", 2, "ghi", "xyz", 2, DAY, 0, 0, false },
	    { "abc", 2, "ghi", "xyz", 1, DAY, 0, 0, false },
	    "fewer-endorsements" },
	{ { "abc", 2, "ghi", "", 0, DAY, 3, 2, false },
	    { "abc", 2, "ghi", "", 0, DAY, 0, 0, false }, "fewer-witnesses" },
	{ { "abc", 2, "ghi", "", 0, DAY, 0, 0, false },
	    { "abc", 2, "ghi", "", 0, DAY, 0, 0, true }, "freeze" },
};

START_TEST(a_change_that_takes_something_away_is_named)
{
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		struct policy was = policy_of(&changes[i].was);
		struct policy now = policy_of(&changes[i].now);
		struct risks r = { 0 };

		risk_policy(&was, &now, &r);
		expect(&r, changes[i].names);
	}
}
END_TEST

START_TEST(a_chain_without_a_floor_is_named)
{
	struct genesis g = { .floor = 0 };
	struct risks r = { 0 };

	g.policy = policy_of(&sound);
	risk_genesis(&g, &r);
	expect(&r, "no-floor");
	g.floor = 1;
	r.n = 0;
	risk_genesis(&g, &r);
	expect(&r, "");
}
END_TEST

START_TEST(a_list_that_is_full_or_has_it_already_takes_no_more)
{
	static const char names[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	char name[sizeof names - 1][2];
	struct risks r = { 0 };

	for (size_t i = 0; i < sizeof names - 1; i++) {
		name[i][0] = names[i];
		name[i][1] = '\0';
		risk_add(&r, name[i], "Said.");
		risk_add(&r, name[i], "Said.");
	}
	ck_assert_uint_eq(r.n, RISK_MAX);
}
END_TEST

/* A chain with so many guardians on which a change of the policy is open that
 * the control keys alone staged. */
static struct chain_builder *
changing(unsigned guardians)
{
	struct chain_builder_opts o = chain_builder_plain;
	struct chain_builder *b;

	o.guardians = guardians;
	b = chain_builder_new(&o);
	chain_builder_first(b, 1);
	ck_assert_int_eq(chain_builder_stage_policy(b, chain_builder_owners(b)),
	    OK);
	return b;
}

START_TEST(one_guardian_of_one_stops_its_own_removal_and_one_of_two_cannot)
{
	struct chain_builder *b = changing(1);

	ck_assert_int_eq(chain_builder_revoke(b, GUARDIAN(0)), OK);
	chain_builder_free(b);
	b = changing(2);
	ck_assert_int_eq(chain_builder_revoke(b, GUARDIAN(0)), ERR_AUTHORITY);
	chain_builder_free(b);
}
END_TEST

START_TEST(one_of_two_guardians_backs_nothing_and_two_of_three_do)
{
	struct chain_builder_opts o = chain_builder_plain;

	for (unsigned guardians = 2; guardians <= 3; guardians++) {
		signers some =
		    guardians == 2 ? GUARDIAN(0) : GUARDIAN(0) | GUARDIAN(1);
		struct chain_builder *b;

		o.guardians = guardians;
		b = chain_builder_new(&o);
		chain_builder_first(b, 1);
		ck_assert_int_eq(chain_builder_stage_policy(b,
				     chain_builder_owners(b) | some),
		    guardians == 2 ? ERR_PROOF_SURPLUS : OK);
		/* A thief of the control keys stops what is not backed. */
		if (guardians == 3)
			ck_assert_int_eq(chain_builder_revoke(b,
					     chain_builder_owners(b)),
			    ERR_AUTHORITY);
		chain_builder_free(b);
	}
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		a_policy_that_one_loss_or_theft_would_hurt_is_named,
		a_change_that_takes_something_away_is_named,
		a_chain_without_a_floor_is_named,
		a_list_that_is_full_or_has_it_already_takes_no_more,
		one_guardian_of_one_stops_its_own_removal_and_one_of_two_cannot,
		one_of_two_guardians_backs_nothing_and_two_of_three_do
	};

	return SUITE_RUN("risk", t);
}
