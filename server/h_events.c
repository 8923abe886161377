/* SPDX-License-Identifier: ISC */
#include "access.h"
#include "db_event.h"
#include "events.h"
#include "handlers.h"
#include "server.h"

#define EVENT_STREAM "text/event-stream"
/* So long a token is not looked at again. */
#define PRIVATE_SECONDS 300

/* The last id that an earlier connection saw.  What is no number of ours is no
 * cursor. */
static enum err
last_event_id(struct span s, uint64_t *from)
{
	uint64_t v = 0;

	if (s.n == 0 || s.n > 15)
		return ERR_QUERY_BAD;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return ERR_QUERY_BAD;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	*from = v + 1;
	return OK;
}

/* Where to begin: after the header's id, which a browser sends when it comes
 * again and which then is newer than what the address says; else what the
 * address says; else dflt, what comes next. */
static enum err
where(struct req *q, struct reply *r, uint64_t dflt, uint64_t *from)
{
	static const char *const names[] = { "after", "from", NULL };
	uint64_t after;

	TRY(req_query_only(q, names));
	TRY(req_query_uint(q, "after", 0, UINT64_C(999999999999999), UINT64_MAX,
	    &after));
	TRY(req_query_uint(q, "from", 0, UINT64_C(999999999999999), dflt,
	    from));
	if (after != UINT64_MAX)
		*from = after + 1;
	if (q->last_event_id.p && last_event_id(q->last_event_id, from) != OK)
		return reply_problem(r, ERR_QUERY_BAD,
		    "Last-Event-ID is no id of this stream");
	return OK;
}

enum err
h_events_chain(struct req *q, struct reply *r)
{
	ACCESS_AUTO struct access a = { 0 };
	struct events_wish w = { 0 };

	TRY(access_read(q, &a));
	TRY(where(q, r, a.view->next_seq, &w.from));
	w.chain = &a.view->chain;
	w.seconds = a.view->is_private ? PRIVATE_SECONDS : 0;
	r->type = EVENT_STREAM;
	return events_watch(q->server->events, q, &w, &r->stream);
}

enum err
h_events_all(struct req *q, struct reply *r)
{
	struct events_wish w = { 0 };
	uint64_t next;

	TRY(db_event_head(q->db, &next));
	TRY(where(q, r, next, &w.from));
	r->type = EVENT_STREAM;
	return events_watch(q->server->events, q, &w, &r->stream);
}
