/* SPDX-License-Identifier: ISC */
#include "cmd_policy.h"

#include "mem.h"
#include "out.h"
#include "policy_says.h"
#include "policy_witness.h"
#include "risk.h"
#include "screen.h"
#include "target.h"
#include "value.h"
#include "view/view.h"

#define WIDTH 79
#define HEAD 24 /* columns before a sentence */

/* A sentence beside its head, broken between words. */
static void
sentence(const char *head, const char *text)
{
	const size_t room = WIDTH - HEAD;

	while (strlen(text) > room) {
		size_t n = room;

		while (n > 0 && text[n] != ' ')
			n--;
		if (n == 0)
			break;
		out_data("  %-*s%.*s\n", HEAD - 2, head, (int)n, text);
		text += n + 1;
		head = "";
	}
	out_data("  %-*s%s\n", HEAD - 2, head, text);
}

static void
print_sayings(const struct policy_saying *s, size_t n)
{
	static const char *const title[][2] = {
		{ "who", "who can do what" },
		{ "when", "how fast" },
		{ "lost", "when one is lost" },
		{ "stolen", "when one is stolen" },
	};

	for (size_t i = 0; i < sizeof title / sizeof title[0]; i++) {
		bool begun = false;

		for (size_t k = 0; k < n; k++) {
			if (strcmp(s[k].part, title[i][0]) != 0)
				continue;
			if (!begun)
				out_data("\n%s\n", title[i][1]);
			begun = true;
			sentence(s[k].about, s[k].text);
		}
	}
}

static void
print_risks(const struct risks *r)
{
	if (r->n > 0)
		out_data("\nrisks\n");
	for (size_t i = 0; i < r->n; i++)
		sentence(r->list[i].name, r->list[i].text);
}

static json_t *
sayings_json(const struct policy_saying *s, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:s,s:s}", "part", s[i].part, "about",
			s[i].about, "text", s[i].text));
	return list;
}

static json_t *
risks_json(const struct risks *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n; i++)
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:s}", "name", r->list[i].name, "text",
			r->list[i].text));
	return list;
}

/* How many keys of a role may be lost, and how many it takes to do harm. */
static json_t *
role_json(size_t n, uint64_t take)
{
	return json_pack("{s:I,s:I,s:I}", "keys", (json_int_t)n, "needed",
	    (json_int_t)take, "may_be_lost", (json_int_t)(n - take));
}

static json_t *
policy_json(const struct target *t, const struct policy *p,
    const struct policy_saying *s, size_t n, const struct risks *r)
{
	json_t *j = view_policy(p), *roles;

	if (j == NULL)
		return NULL;
	roles = json_pack("{s:o}", "control",
	    role_json(p->control.n, p->threshold));
	if (p->guardians.n > 0)
		(void)json_object_set_new(roles, "guardians",
		    role_json(p->guardians.n, policy_majority(p)));
	if (p->has_endorsers)
		(void)json_object_set_new(roles, "endorsers",
		    role_json(p->endorsers.n, p->endorser_threshold));
	(void)json_object_set_new(j, "floor_ms",
	    json_integer((json_int_t)t->st->floor));
	(void)json_object_set_new(j, "frozen",
	    json_boolean(policy_says_over(p, t->st)));
	if (p->has_witnesses) {
		(void)json_object_set_new(roles, "witnesses",
		    role_json(p->witness_n, p->witness_threshold));
		(void)json_object_set_new(j, "log",
		    json_string(policy_witness_log(p, &t->chain)));
	}
	(void)json_object_set_new(j, "roles", roles);
	(void)json_object_set_new(j, "says", sayings_json(s, n));
	(void)json_object_set_new(j, "risks", risks_json(r));
	return j;
}

/* With the floor, which the policy itself does not hold. */
static void
risks_of(const struct target *t, const struct policy *p, struct risks *r)
{
	struct genesis *g = mem_new(sizeof *g);

	/* Of what cannot be changed any more nobody is warned. */
	if (policy_says_over(p, t->st))
		return;
	g->policy = *p;
	g->floor = t->st->floor;
	risk_genesis(g, r);
}

enum err
cmd_policy_show(struct cli *c)
{
	struct policy_saying *s = mem_new(POLICY_SAYINGS * sizeof *s);
	struct target *t = mem_new(sizeof *t);
	struct policy *p = mem_new(sizeof *p);
	struct risks r = { 0 };
	size_t n;

	TRY(target_get(c, command_arg(c, 0), t));
	TRY(state_policy(t->st, p));
	n = policy_says(p, t->st, s);
	risks_of(t, p, &r);
	if (c->format != FORMAT_TABLE)
		return out_json(c, policy_json(t, p, s, n, &r));
	out_data("%s: the policy in force\n", t->name);
	screen_policy(NULL, p, true);
	if (p->has_witnesses)
		out_data("  log key      %s\n",
		    policy_witness_log(p, &t->chain));
	print_sayings(s, n);
	print_risks(&r);
	return OK;
}
