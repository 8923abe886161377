/* SPDX-License-Identifier: ISC */
#include "put.h"
#include "view.h"

static json_t *
set(const struct release *r, const char *status, uint64_t not_before,
    uint64_t not_after, uint64_t since_seq)
{
	json_t *o = json_object();

	put_member(&o, "pcrs", view_pcrs(&r->pcrs));
	put_member(&o, "version", view_bytes_text(r->version));
	put_member(&o, "definition", view_bytes_h32(&r->definition));
	put_member(&o, "status", json_string(status));
	put_member(&o, "not_before",
	    not_before ? view_time(not_before) : json_null());
	put_member(&o, "not_after",
	    not_after ? view_time(not_after) : json_null());
	put_member(&o, "since_seq", json_integer((json_int_t)since_seq));
	return o;
}

/* A stage is listed with the time at which it could come into force, and only
 * once that is known: before the notice nobody can say when. */
static void
put_pending(json_t **sets, const struct state *st)
{
	struct stage g;
	uint64_t earliest;

	if (state_stage(st, &g) != OK || !g.has_release)
		return;
	earliest = view_state_earliest(st, &g);
	if (earliest != 0 && earliest <= g.expires) {
		put_item(sets, set(&g.release, "pending", earliest, g.expires,
				   st->stage_seq));
	}
}

json_t *
view_measurements(const struct state *st, bool held)
{
	json_t *o = json_object(), *sets = json_array();
	struct release r;

	if (st->release_n != 0 && state_release(st, &r) == OK) {
		put_item(&sets,
		    set(&r, "in_force", st->released_at, 0, st->released_seq));
	}
	if (st->phase != PHASE_OPEN && !held)
		put_pending(&sets, st);
	put_member(&o, "chain", view_bytes_h32(&st->chain));
	put_member(&o, "head", view_bytes_h32(&st->head));
	put_member(&o, "sets", sets);
	return o;
}
