/* SPDX-License-Identifier: ISC */
#include "chain_log.h"

#include "chain/witness.h"
#include "checkpoints.h"
#include "server.h"
#include "view/view.h"

/* What is looked at, too large for a stack. */
struct desk {
	struct db_checkpoint row;
	struct checkpoint c;
	struct policy policy;
	struct witness_set set;
};

static json_t *
cosigned(const struct witness_set *set, const struct checkpoint *c,
    json_t *waiting)
{
	json_t *list = json_array();

	for (size_t i = 0; i < set->n; i++) {
		uint64_t seconds = 0;
		uint8_t sig[64];

		if (c && checkpoint_cosignature(c, &set->key[i], &seconds,
			     sig) != OK)
			seconds = 0;
		if (seconds == 0)
			json_array_append_new(waiting,
			    view_bytes_text(set->key[i].name));
		else
			json_array_append_new(list,
			    json_pack("{s:o,s:o}", "name",
				view_bytes_text(set->key[i].name), "at",
				view_time(seconds * 1000)));
	}
	return list;
}

/* The last receipt that is due cannot be asked for yet. */
static bool
receipt_waits(const struct state *st, const struct db_checkpoint *row)
{
	struct due due[3];
	size_t n = rules_due(st, due);

	if (row->size == st->next_seq && row->witnessed)
		return false;
	for (size_t i = 0; i < n; i++)
		if (due[i].witnessed)
			return true;
	return false;
}

static void
put_waiting(const struct state *st, const struct db_checkpoint *row, json_t *j)
{
	json_t *list =
	    json_object_get(json_object_get(j, "pending"), "waiting_for");

	if (json_is_array(list) && receipt_waits(st, row))
		(void)json_array_append_new(list, json_string("witnesses"));
}

static enum err
look(struct req *q, const struct state *st, struct desk *d, bool *is)
{
	struct db_checkpoint *row = &d->row;
	enum err e = db_checkpoint_get(q->db, q->arena, &st->chain, row);

	if (e == ERR_NOT_FOUND) {
		memset(row, 0, sizeof *row);
		e = OK;
	}
	TRY(e);
	*is = row->size > 0 && checkpoint_decode(row->note, &d->c) == OK;
	TRY(state_policy(st, &d->policy));
	d->set.n = 0;
	return d->policy.has_witnesses
		   ? witness_set_of(&d->policy, &st->chain, &d->set)
		   : OK;
}

enum err
chain_log_put(struct req *q, const struct chain_view *v, const struct state *st,
    json_t *j)
{
	struct desk *d = arena_new(q->arena, sizeof *d);
	json_t *waiting, *list, *log;
	bool is;

	if (d == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(look(q, st, d, &is));
	put_waiting(st, &d->row, j);
	waiting = json_array();
	list = cosigned(&d->set, is ? &d->c : NULL, waiting);
	log = is || d->set.n || d->row.behind
		  ? json_pack("{s:o,s:I,s:o,s:o,s:o,s:b}", "origin",
			is ? view_bytes_text(d->c.origin) : json_null(), "size",
			(json_int_t)d->row.size, "witnessed_at",
			d->row.witnessed ? view_time(d->row.witnessed)
					 : json_null(),
			"cosigned", list, "waiting_for", waiting, "read_only",
			v->behind)
		  : json_null();
	if (log == NULL || json_is_null(log)) {
		json_decref(list);
		json_decref(waiting);
	}
	return json_object_set_new(j, "log", log) == 0 ? OK : ERR_OUT_OF_MEMORY;
}

enum err
chain_log_policy(struct req *q, struct reply *r, const struct h32 *chain,
    const struct policy *p)
{
	struct checkpoints *c = q->server->checkpoints;
	struct witness_set *set;
	struct h32 key;
	size_t known = 0;

	if (!p->has_witnesses)
		return OK;
	set = arena_new(q->arena, sizeof *set);
	if (set == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(witness_set_of(p, chain, set));
	if (!checkpoints_key(c, &key))
		return reply_problem(r, ERR_WITNESS_UNKNOWN,
		    "This server has no log: its signer is not there.");
	if (!h32_eq(&key, &p->log_key))
		return reply_problem(r, ERR_WITNESS_UNKNOWN,
		    "The policy names a log whose key is not this server's.");
	for (size_t i = 0; i < set->n; i++)
		known += witness_list_find(checkpoints_witnesses(c),
			     &set->key[i]) != NULL;
	if (known >= p->witness_threshold)
		return OK;
	return reply_problem(r, ERR_WITNESS_UNKNOWN,
	    "The policy needs %llu witnesses, and of those that it names this "
	    "server can reach %zu.",
	    (unsigned long long)p->witness_threshold, known);
}
