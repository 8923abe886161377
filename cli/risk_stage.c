/* SPDX-License-Identifier: ISC */
#include "risk_stage.h"

#include "mem.h"

static const struct row {
	struct risk risk;
	bool serious;
} rows[] = {
	{ { "not-compared",
	      "Nothing was compared with the chain: a statement that means "
	      "something else there looks the same here." },
	    true },
	{ { "not-pinned",
	      "The chain was not pinned here before: it may not be the one "
	      "that you mean." },
	    true },
	{ { "short-window",
	      "The window is shorter than a day: hardly anybody can look, or "
	      "revoke, in that time." },
	    true },
	{ { "first-release-without-delay",
	      "A first release has no window: it is in force when its enclave "
	      "runs." },
	    false },
	{ { "expires-late",
	      "It can take effect for longer than 90 days: until then it lies "
	      "ready, and stands in the way of others." },
	    false },
	{ { "expires-soon",
	      "It expires within an hour of its earliest moment: enclaves may "
	      "not be there in time." },
	    false },
	{ { "replaces-open-stage",
	      "It takes the place of a stage that is open, and whose window "
	      "runs already." },
	    false },
	{ { "same-pcrs", "Its PCRs are those in force: it changes no code." },
	    false },
	{ { "svn-same",
	      "The svn stays as it is: enclaves can be put back to the release "
	      "in force." },
	    false },
	{ { "no-source",
	      "It names no source: nobody can rebuild what it measures." },
	    false },
	{ { "definition-unknown",
	      "The definition is not at hand: only its hash was seen." },
	    false },
	{ { "other-measurements",
	      "The definition says that a build measured something else than "
	      "this release: it is of another image." },
	    false },
	{ { "odd-text",
	      "A text in it has characters that are not seen, or that look "
	      "like others." },
	    false },
	{ { "server-key",
	      "A key of the server signs: whoever has the server has that "
	      "signature too." },
	    false },
	{ { "one-machine",
	      "Every signature is made on this machine: whoever has it needs "
	      "nobody else." },
	    false },
};

static const struct row *
find(const char *name)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].risk.name, name) == 0)
			return &rows[i];
	return NULL;
}

bool
risk_stage_known(const char *name)
{
	return find(name) != NULL || risk_known(name);
}

/* Of a policy: what can never be taken back, and what leaves nobody time. */
static const char *const serious[] = { "freeze", "no-window" };

bool
risk_stage_serious(const char *name)
{
	const struct row *row = find(name);

	for (size_t i = 0; i < sizeof serious / sizeof serious[0]; i++)
		if (strcmp(serious[i], name) == 0)
			return true;
	return row != NULL && row->serious;
}

static void
add_if(bool is_so, const char *name, struct risks *r)
{
	const struct row *row = find(name);

	if (is_so && row != NULL)
		risk_add(r, row->risk.name, row->risk.text);
}

/* Characters that take no place, or that stand for nothing that is printed:
 * Unicode 15, Default_Ignorable_Code_Point and private use, as far as they
 * are in use. */
static bool
is_odd(struct span s)
{
	static const char *const odd[] = { "\xc2\xa0", "\xc2\xad",
		"\xe2\x80\x8b", "\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x81\xa0",
		"\xe3\x85\xa4", "\xef\xbb\xbf", "\xf3\xa0\x80", "\xf3\xa0\x81",
		"\xee", "\xef\xb8" };

	for (size_t i = 0; i < s.n; i++)
		for (size_t k = 0; k < sizeof odd / sizeof odd[0]; k++)
			if (s.n - i >= strlen(odd[k]) &&
			    memcmp(s.p + i, odd[k], strlen(odd[k])) == 0)
				return true;
	return false;
}

/* The definition has a register that is another in the release. */
static bool
measures_other(const json_t *definition, const struct pcrs *p)
{
	const json_t *m = json_object_get(definition, "measurements");

	for (unsigned i = 0; i < PCR_COUNT; i++) {
		const char *hex = json_string_value(
		    json_object_get(m, mem_printf("pcr%u", i)));

		if (hex != NULL && (p->mask >> i & 1) != 0 &&
		    strcmp(hex, mem_hex(span_of(p->value[i], PCR_SIZE))) != 0)
			return true;
	}
	return false;
}

static void
add_release(const struct risk_stage *s, const struct stage *g, struct risks *r)
{
	const struct release *now = &g->release;
	struct release *was = mem_new(sizeof *was);
	bool first = s->st != NULL && s->st->release_n == 0;
	bool later = s->st != NULL && !first && state_release(s->st, was) == OK;
	bool same = later && pcr_eq(&was->pcrs, &now->pcrs);

	add_if(first, "first-release-without-delay", r);
	add_if(same, "same-pcrs", r);
	add_if(later && !same && was->has_svn && was->svn == now->svn,
	    "svn-same", r);
	add_if(now->repo.p == NULL, "no-source", r);
	add_if(s->st != NULL && s->definition == NULL, "definition-unknown", r);
	add_if(measures_other(s->definition, &now->pcrs), "other-measurements",
	    r);
	add_if(is_odd(now->version) || is_odd(now->image) ||
		   is_odd(now->repo) || is_odd(now->commit) ||
		   is_odd(now->build) || is_odd(g->notes),
	    "odd-text", r);
}

static void
add_window(const struct risk_stage *s, const struct stage *g, struct risks *r)
{
	bool first = s->st != NULL && s->st->release_n == 0;
	uint64_t earliest = s->now + g->delay;

	if (earliest < g->not_before)
		earliest = g->not_before;
	add_if(!first && g->delay < RISK_STAGE_SHORT, "short-window", r);
	add_if(g->expires > earliest && g->expires - earliest > RISK_STAGE_LONG,
	    "expires-late", r);
	add_if(g->expires < earliest + RISK_STAGE_BRIEF, "expires-soon", r);
	add_if(s->st != NULL && s->st->phase != PHASE_OPEN,
	    "replaces-open-stage", r);
}

void
risk_stage(const struct risk_stage *s, struct risks *r)
{
	enum kind kind = s->p->kind;
	bool stage = kind == KIND_STAGE;

	/* A revocation stops things, and must not be stopped. */
	if (kind == KIND_REVOKE || kind == KIND_RECEIPT)
		return;
	if (kind != KIND_GENESIS) {
		add_if(s->st == NULL, "not-compared", r);
		add_if(s->st != NULL && !s->pinned, "not-pinned", r);
	}
	if (stage)
		add_window(s, &s->p->u.stage, r);
	if (stage && s->p->u.stage.has_release)
		add_release(s, &s->p->u.stage, r);
	add_if(s->server > 0, "server-key", r);
	add_if(s->here > 1 && s->server == 0 && s->others == 0, "one-machine",
	    r);
}
