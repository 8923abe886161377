/* SPDX-License-Identifier: ISC */
#include "ops.h"

#include <stdatomic.h>

#include "db_checkpoint.h"
#include "metrics.h"
#include "migrate.h"
#include "sched.h"
#include "server.h"

#define TEXT_FIRST 65536
#define TEXT_MAX ((size_t)4 << 20)
#define LAG_MAX 60000 /* ms after which the scheduler is not ready */

static enum err
livez(struct req *q, struct reply *r)
{
	(void)q;
	reply_bytes(r, "text/plain", span_str("ok\n"));
	return OK;
}

/* Migrations only go forward, so once is enough. */
static bool
migrated(const struct server *s)
{
	static atomic_bool known;
	FILE *nowhere;

	if (atomic_load(&known))
		return true;
	nowhere = fopen("/dev/null", "we");
	if (!nowhere)
		return false;
	if (migrate_check(s->settings.database, nowhere) == OK)
		atomic_store(&known, true);
	(void)fclose(nowhere);
	return atomic_load(&known);
}

/* Chains that are read-only here: for an operator to see, not a reason to take
 * the server away from its other chains. */
static enum err
count_behind(struct req *q, uint64_t *count)
{
	struct h32 *chain;
	size_t n;

	TRY(db_checkpoint_behind(q->db, q->arena, 1, &chain, &n, count));
	metrics_set(q->server->metrics, METRIC_CHAINS_BEHIND, (int64_t)*count);
	return OK;
}

static json_t *
word(bool good)
{
	return json_string(good ? "ok" : "failed");
}

static enum err
readyz(struct req *q, struct reply *r)
{
	const struct server *s = q->server;
	bool database, schema, scheduler;
	uint64_t lag, behind = 0;

	if (!q->db)
		return ERR_WANT_WORKER;
	database = db_ping(q->db) == OK;
	schema = database && migrated(s);
	lag = s->sched ? sched_lag(s->sched) : 0;
	scheduler = s->sched && lag < LAG_MAX;
	if (schema)
		TRY(count_behind(q, &behind));
	r->status = database && schema && scheduler && s->commit ? 200 : 503;
	return reply_json(q, r,
	    json_pack("{s:s, s:{s:o, s:o, s:o, s:o, s:I, s:I}}", "status",
		r->status == 200 ? "ok" : "failed", "checks", "database",
		word(database), "migrations", word(schema), "committer",
		word(s->commit != NULL), "scheduler", word(scheduler),
		"scheduler_lag_ms", (json_int_t)lag, "chains_behind",
		(json_int_t)behind));
}

static enum err
metrics(struct req *q, struct reply *r)
{
	struct server *s = q->server;

	if (s->sched) {
		metrics_set(s->metrics, METRIC_SCHEDULER_LAG,
		    (int64_t)sched_lag(s->sched));
	}
	if (s->chains)
		metrics_set(s->metrics, METRIC_CACHE_BYTES,
		    (int64_t)chains_bytes(s->chains));
	metrics_set(s->metrics, METRIC_DATABASE_LOST, (int64_t)db_lost());
	for (size_t cap = TEXT_FIRST; cap <= TEXT_MAX; cap *= 2) {
		struct out o = arena_out(q->arena, cap);

		metrics_write(s->metrics, &o);
		if (o.full)
			continue;
		reply_bytes(r, "text/plain; version=0.0.4; charset=utf-8",
		    out_span(&o));
		return OK;
	}
	return ERR_OUT_OF_MEMORY;
}

#define ROW(path, id, on_loop) \
	{ \
		"GET", path, #id, WHO_ANYONE, 0, LIMIT_NONE, 200, 0, NULL, \
		    on_loop, false, id \
	}

const struct route ops_routes[] = {
	ROW("/livez", livez, true),
	ROW("/readyz", readyz, true),
	ROW("/metrics", metrics, true),
};

const size_t ops_route_count = sizeof ops_routes / sizeof *ops_routes;
