/* SPDX-License-Identifier: ISC */
#include "witness_report.h"

#include "lines.h"
#include "mem.h"
#include "out.h"
#include "tip.h"
#include "value.h"
#include "view/put.h"
#include "view/view.h"
#include "words.h"

struct report {
	struct policy p;
	struct witness_set set;
	struct tip t; /* of the checkpoint; n 0: none is at hand */
};

/* NULL: the policy has no witnesses. */
static struct report *
read_report(const struct state *st, struct span checkpoint)
{
	struct report *r = mem_new(sizeof *r);

	if (state_policy(st, &r->p) != OK || !r->p.has_witnesses ||
	    witness_set_of(&r->p, &st->chain, &r->set) != OK)
		return NULL;
	/* What it comes to was judged already. */
	if (checkpoint.n == 0 ||
	    tip_judge(st, checkpoint, 0, UINT64_MAX, &r->t) == ERR_NOTE)
		r->t.n = 0;
	return r;
}

static json_t *
newest_json(const struct report *r, enum err tip, uint64_t witnessed)
{
	json_t *o = json_object(), *list = json_array();

	for (size_t i = 0; i < r->t.n; i++) {
		json_t *by = json_object();

		if (r->t.by[i].seconds == 0) {
			json_decref(by);
			continue;
		}
		put_member(&by, "name", view_bytes_text(r->t.by[i].name));
		put_member(&by, "at", view_time(r->t.by[i].seconds * 1000));
		put_item(&list, by);
	}
	put_member(&o, "code", json_string(err_code(tip)));
	put_member(&o, "witnessed_at",
	    witnessed ? view_time(witnessed) : json_null());
	put_member(&o, "cosigned", list);
	return o;
}

json_t *
witness_report_json(const struct state *st, struct span checkpoint,
    enum err tip, uint64_t witnessed)
{
	const struct report *r = read_report(st, checkpoint);
	json_t *o, *names;

	if (r == NULL)
		return json_null();
	o = json_object();
	names = json_array();
	for (size_t i = 0; i < r->set.n; i++)
		put_item(&names, view_bytes_text(r->set.key[i].name));
	put_member(&o, "log", view_bytes_text(r->set.log.name));
	put_member(&o, "threshold", json_integer((json_int_t)r->set.threshold));
	put_member(&o, "names", names);
	put_member(&o, "newest", newest_json(r, tip, witnessed));
	return o;
}

static const char *
names(const struct witness_set *w)
{
	const char *s = "";

	for (size_t i = 0; i < w->n; i++)
		s = mem_printf("%s%s%s", s, *s ? ", " : "",
		    mem_string(w->key[i].name));
	return s;
}

void
witness_report_text(const struct state *st, struct span checkpoint,
    enum err tip, uint64_t witnessed)
{
	const struct report *r = read_report(st, checkpoint);

	if (r == NULL)
		return;
	lines_put(true, "witnesses",
	    mem_printf("%zu of %s", r->set.threshold, names(&r->set)));
	if (tip == ERR_LEVEL)
		return; /* nobody asked */
	if (tip == OK)
		lines_put(true, "",
		    mem_printf("vouched for the newest entry by %s: %s",
			value_time_text(witnessed), tip_text(&r->t)));
	else if (checkpoint.n == 0)
		lines_put(true, "",
		    "nothing of theirs about the newest entry is at hand");
	else
		lines_put(true, "",
		    mem_printf("nothing counts that is at hand of theirs about "
			       "the newest entry: %s",
			err_sentence(tip)));
}
