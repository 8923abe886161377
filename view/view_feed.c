/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "kms/kms_policy.h"
#include "put.h"
#include "view.h"

static const char *const names[] = { "sets", "evervault", "terraform", "kms" };

/* A release that may run, and from when until when. */
struct set {
	const char *status;
	struct pcrs pcrs;
	struct span version;
	uint64_t not_before, not_after; /* Unix ms; 0: not known, or no end */
};

bool
view_feed_parse(struct span name, enum view_feed *feed)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (span_is(name, names[i])) {
			*feed = (enum view_feed)i;
			return true;
		}
	return false;
}

const char *
view_feed_name(enum view_feed feed)
{
	return names[feed];
}

bool
view_feed_handover(const struct state *st, bool held, uint64_t now)
{
	enum role completes =
	    st->release_n == 0 ? ROLE_ACCEPTED : ROLE_RELEASED;
	struct due due[3];
	struct stage g;
	size_t n;

	if (held || st->phase == PHASE_OPEN || state_stage(st, &g) != OK ||
	    !g.has_release)
		return false;
	n = rules_due(st, due);
	for (size_t i = 0; i < n; i++)
		if (due[i].role == completes && due[i].from <= now &&
		    now <= due[i].until)
			return true;
	return false;
}

size_t
view_feed_may_run(const struct state *st, bool held, uint64_t now,
    struct release r[VIEW_FEED_MAY_RUN])
{
	struct stage g;
	size_t n = 0;

	if (st->release_n != 0 && state_release(st, &r[n]) == OK)
		n++;
	if (view_feed_handover(st, held, now) && state_stage(st, &g) == OK)
		r[n++] = g.release;
	return n;
}

static size_t
sets_of(const struct state *st, bool held, uint64_t now, struct set *set)
{
	struct release r[VIEW_FEED_MAY_RUN];
	size_t n = view_feed_may_run(st, held, now, r);
	struct stage g;

	for (size_t i = 0; i < n; i++) {
		set[i] = (struct set){ "in_force", r[i].pcrs, r[i].version,
			st->released_at, 0 };
		if (i == 0 && st->release_n != 0)
			continue;
		if (state_stage(st, &g) != OK)
			return i;
		set[i].status = "pending";
		set[i].not_before = view_state_earliest(st, &g);
		set[i].not_after = g.expires;
	}
	return n;
}

static json_t *
time_or_null(uint64_t ms)
{
	return ms ? view_time(ms) : json_null();
}

static void
put_times(json_t **o, const struct set *s, const char *before,
    const char *after)
{
	put_member(o, before, time_or_null(s->not_before));
	put_member(o, after, time_or_null(s->not_after));
}

static void
put_registers(json_t **o, const char *prefix, const struct pcrs *p)
{
	for (unsigned i = 0; i < PCR_COUNT; i++) {
		char name[16];

		if ((p->mask >> i & 1) == 0)
			continue;
		(void)snprintf(name, sizeof name, "%s%u", prefix, i);
		put_member(o, name,
		    view_bytes_hex(span_of(p->value[i], PCR_SIZE)));
	}
}

static json_t *
evervault(const struct set *s)
{
	json_t *o = json_object();

	put_member(&o, "HashAlgorithm", json_string("Sha384 { ... }"));
	put_registers(&o, "PCR", &s->pcrs);
	put_times(&o, s, "notBefore", "notAfter");
	return o;
}

static json_t *
described(const struct set *s)
{
	json_t *o = json_object();

	put_member(&o, "version", view_bytes_text(s->version));
	put_member(&o, "status", json_string(s->status));
	put_times(&o, s, "not_before", "not_after");
	return o;
}

static json_t *
terraform(const struct set *set, size_t n)
{
	json_t *o = json_object(), *pcr0 = json_array(), *all = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *s = described(&set[i]);

		put_item(&pcr0,
		    view_bytes_hex(span_of(set[i].pcrs.value[0], PCR_SIZE)));
		put_registers(&s, "pcr", &set[i].pcrs);
		put_item(&all, s);
	}
	put_member(&o, "enclave_pcr0_hashes", pcr0);
	put_member(&o, "enclave_measurements", all);
	return o;
}

static json_t *
kms(const struct state *st, const struct set *set, size_t n)
{
	json_t *o = json_object(), *list = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *c = described(&set[i]);

		put_member(&c, "Condition", kms_policy_condition(&set[i].pcrs));
		put_item(&list, c);
	}
	put_member(&o, "chain", view_bytes_h32(&st->chain));
	put_member(&o, "head", view_bytes_h32(&st->head));
	put_member(&o, "conditions", list);
	return o;
}

json_t *
view_feed(enum view_feed feed, const struct state *st, bool held, uint64_t now)
{
	struct set set[VIEW_FEED_MAY_RUN];
	size_t n = sets_of(st, held, now, set);
	json_t *list;

	switch (feed) {
	case VIEW_FEED_SETS:
		return view_measurements(st, held);
	case VIEW_FEED_TERRAFORM:
		return terraform(set, n);
	case VIEW_FEED_KMS:
		return kms(st, set, n);
	case VIEW_FEED_EVERVAULT:
		break;
	}
	list = json_array();
	for (size_t i = 0; i < n; i++)
		put_item(&list, evervault(&set[i]));
	return list;
}
