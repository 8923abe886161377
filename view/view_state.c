/* SPDX-License-Identifier: ISC */
#include "chain/judge.h"
#include "put.h"
#include "view.h"

const char *
view_state_phase(enum phase p)
{
	static const char *const name[] = { "open", "staged", "noticed" };

	return name[p];
}

static bool
is_first(const struct state *st)
{
	return st->release_n == 0;
}

uint64_t
view_state_earliest(const struct state *st, const struct stage *g)
{
	if (is_first(st))
		return g->not_before;
	return st->phase == PHASE_NOTICED ? judge_opens(st, g) : 0;
}

json_t *
view_state_in_force(const struct state *st)
{
	struct release r;
	json_t *o;

	if (st->release_n == 0)
		return json_null();
	if (state_release(st, &r) != OK)
		return NULL;
	o = view_release(&r);
	put_member(&o, "since_seq", json_integer((json_int_t)st->released_seq));
	put_member(&o, "since", view_time(st->released_at));
	return o;
}

/* Whether nothing can complete the stage any more. */
static bool
is_dead(const struct stage *g, bool held, uint64_t now)
{
	return held || (now != 0 && now > g->expires);
}

static bool
window_runs(const struct state *st, const struct stage *g, uint64_t now)
{
	uint64_t earliest = view_state_earliest(st, g);

	if (is_first(st))
		return now != 0 && now < earliest;
	return now == 0 || earliest == 0 || now < earliest;
}

static json_t *
waiting_for(const struct state *st, const struct policy *now_in_force,
    const struct stage *g, bool held, uint64_t now)
{
	json_t *list = json_array();

	if (is_dead(g, held, now)) {
		if (!is_first(st))
			put_item(&list, json_string("lapse"));
		return list;
	}
	if (!is_first(st) && st->phase == PHASE_STAGED)
		put_item(&list, json_string("notice"));
	if (!judge_endorsed(st, now_in_force, g))
		put_item(&list, json_string("endorsements"));
	if (window_runs(st, g, now))
		put_item(&list, json_string("window"));
	if (g->has_release && !st->accepted)
		put_item(&list, json_string("acceptance"));
	if (!is_first(st))
		put_item(&list, json_string("release"));
	return list;
}

static json_t *
endorsements(const struct state *st, const struct policy *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->endorsers.n; i++) {
		if (st->endorsed >> i & 1) {
			put_item(&list,
			    view_bytes_h32(&p->endorsers.key[i].kid));
		}
	}
	return list;
}

static json_int_t
endorsements_needed(const struct state *st, const struct policy *p,
    const struct stage *g)
{
	if (!p->has_endorsers || (!g->has_release && st->backed))
		return 0;
	return (json_int_t)p->endorser_threshold;
}

static json_t *
time_or_null(uint64_t ms)
{
	return ms ? view_time(ms) : json_null();
}

static void
put_stage(json_t **o, const struct state *st, const struct stage *g)
{
	put_member(o, "stage", view_bytes_h32(&st->stage_id));
	put_member(o, "seq", json_integer((json_int_t)st->stage_seq));
	put_member(o, "kind",
	    json_string(g->has_release ? "release" : "policy"));
	if (g->has_release) {
		put_member(o, "release", view_release(&g->release));
	} else {
		put_member(o, "policy", view_policy(&g->policy));
	}
	put_member(o, "from", view_bytes_h32(&g->from));
	put_member(o, "delay_ms", json_integer((json_int_t)g->delay));
	put_member(o, "not_before", view_time(g->not_before));
	put_member(o, "expires", view_time(g->expires));
	if (g->notes.p)
		put_member(o, "notes", view_bytes_text(g->notes));
}

json_t *
view_state_pending(const struct state *st, bool held, uint64_t now)
{
	json_t *o = json_object();
	struct policy p;
	struct stage g;

	if (st->phase == PHASE_OPEN) {
		json_decref(o);
		return json_null();
	}
	if (state_policy(st, &p) != OK || state_stage(st, &g) != OK) {
		json_decref(o);
		return NULL;
	}
	put_stage(&o, st, &g);
	put_member(&o, "backed", json_boolean(st->backed));
	put_member(&o, "notice",
	    st->phase == PHASE_NOTICED ? view_time(st->notice) : json_null());
	put_member(&o, "accepted", json_boolean(st->accepted));
	put_member(&o, "endorsements", endorsements(st, &p));
	put_member(&o, "endorsements_needed",
	    json_integer(endorsements_needed(st, &p, &g)));
	put_member(&o, "earliest", time_or_null(view_state_earliest(st, &g)));
	put_member(&o, "waiting_for", waiting_for(st, &p, &g, held, now));
	put_member(&o, "held", json_boolean(held));
	return o;
}

static json_t *
label(const struct state *st)
{
	return view_bytes_text(span_of(st->label, st->label_n));
}

static json_t *
newest(const struct state *st)
{
	return json_integer((json_int_t)st->next_seq - 1);
}

json_t *
view_state(const struct state *st, bool held, uint64_t now)
{
	json_t *o = json_object();
	struct policy p;

	if (state_policy(st, &p) != OK) {
		json_decref(o);
		return NULL;
	}
	put_member(&o, "chain", view_bytes_h32(&st->chain));
	put_member(&o, "label", label(st));
	put_member(&o, "head", view_bytes_h32(&st->head));
	put_member(&o, "seq", newest(st));
	put_member(&o, "root", view_bytes_h32(&st->root));
	put_member(&o, "floor_ms", json_integer((json_int_t)st->floor));
	put_member(&o, "phase", json_string(view_state_phase(st->phase)));
	put_member(&o, "opened", view_bytes_h32(&st->opened));
	put_member(&o, "upgrades", json_integer((json_int_t)st->upgrades));
	put_member(&o, "policy", view_policy(&p));
	put_member(&o, "in_force", view_state_in_force(st));
	put_member(&o, "pending", view_state_pending(st, held, now));
	return o;
}

static json_t *
brief(const struct state *st)
{
	json_t *o = json_object();
	struct release r;

	if (st->release_n == 0 || state_release(st, &r) != OK) {
		json_decref(o);
		return st->release_n == 0 ? json_null() : NULL;
	}
	put_member(&o, "version", view_bytes_text(r.version));
	put_member(&o, "pcrs", view_pcrs(&r.pcrs));
	return o;
}

json_t *
view_state_summary(const struct state *st)
{
	json_t *o = json_object();

	put_member(&o, "chain", view_bytes_h32(&st->chain));
	put_member(&o, "label", label(st));
	put_member(&o, "head", view_bytes_h32(&st->head));
	put_member(&o, "seq", newest(st));
	put_member(&o, "phase", json_string(view_state_phase(st->phase)));
	put_member(&o, "upgrades", json_integer((json_int_t)st->upgrades));
	put_member(&o, "pending", json_boolean(st->phase != PHASE_OPEN));
	put_member(&o, "in_force", brief(st));
	return o;
}
