/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "access.h"
#include "chain/text.h"
#include "handlers.h"
#include "page.h"
#include "sched.h"
#include "server.h"
#include "view/view.h"

#define WAIT_MAX_S 60

static json_t *
task_view(const struct db_task *t)
{
	char prev[65];
	struct out o = out_of(prev, sizeof prev);

	text_hex(&o, h32_span(&t->prev));
	return json_pack("{s:o,s:s,s:o,s:o,s:I,s:o,s:o,s:o*}", "id",
	    json_sprintf("%s-%s", payload_role_name(t->role), prev), "role",
	    payload_role_name(t->role), "chain", view_bytes_h32(&t->chain),
	    "prev", view_bytes_h32(&t->prev), "seq", (json_int_t)(t->seq + 1),
	    "from", view_time(t->from), "until", view_time(t->until),
	    "checkpoint",
	    t->checkpoint.n ? view_bytes_base64(t->checkpoint) : NULL);
}

static void
done(struct sched_wait *w, enum err e, const struct db_task *t, size_t n)
{
	json_t *tasks = json_array();

	for (size_t i = 0; i < n; i++)
		page_add(&tasks, task_view(&t[i]));
	if (e == OK)
		e = reply_json(w->q, w->r, json_pack("{s:o}", "tasks", tasks));
	else
		json_decref(tasks);
	http_finish(w->q, w->r, e);
}

static enum err
query(struct req *q, struct sched_wait *w)
{
	static const char *const names[] = { "chain", "pcr0", "wait", NULL };
	struct span chain, pcr0;
	bool has_chain, has_pcr0;
	uint64_t wait;

	TRY(req_query_only(q, names));
	TRY(req_query(q, "chain", &has_chain, &chain));
	TRY(req_query(q, "pcr0", &has_pcr0, &pcr0));
	TRY(req_query_uint(q, "wait", 0, WAIT_MAX_S, 0, &wait));
	if (!has_chain || !has_pcr0 ||
	    !text_unhex(chain, w->chain.b, sizeof w->chain.b) ||
	    !text_unhex(pcr0, w->pcr0, sizeof w->pcr0))
		return ERR_QUERY_BAD;
	w->deadline = q->now + wait * 1000;
	return OK;
}

enum err
h_agent_tasks(struct req *q, struct reply *r)
{
	ACCESS_AUTO struct access a = { 0 };
	struct sched_wait *w = arena_new(q->arena, sizeof *w);

	if (w == NULL)
		return ERR_OUT_OF_MEMORY;
	w->q = q;
	w->r = r;
	w->done = done;
	TRY(query(q, w));
	TRY(access_own(q, &w->chain, &a));
	sched_wait(q->server->sched, w);
	return ERR_LATER;
}
