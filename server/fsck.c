/* SPDX-License-Identifier: ISC */
#include "fsck.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include "chain/text.h"
#include "fsck_int.h"

#define ARENA_LIMIT ((size_t)256 << 20)

void
fsck_say(struct fsck_tables *t, const char *fmt, ...)
{
	char hex[65];
	struct out o = out_of(hex, sizeof hex);
	va_list ap;

	text_hex(&o, h32_span(&t->chain));
	fprintf(t->f->out, "chain %s: ", hex);
	va_start(ap, fmt);
	vfprintf(t->f->out, fmt, ap);
	va_end(ap);
	fputc('\n', t->f->out);
	t->f->wrong++;
}

/* Rows before the chain of t->chains belong to no chain that there is. */
static enum err
orphans(struct fsck_tables *t, struct fsck_stream *s, const char *what)
{
	bool last = t->chains.over;
	struct h32 here = { { 0 } };

	if (!last)
		TRY(db_get_h32(t->chains.r, t->chains.row, 0, &here));
	while (!s->over && (last || fsck_stream_cmp(s, &here) < 0)) {
		struct span id = db_get_bytes(s->r, s->row, 0);

		memset(&t->chain, 0, sizeof t->chain);
		if (id.n == sizeof t->chain.b)
			memcpy(t->chain.b, id.p, id.n);
		fsck_say(t, "%s of a chain that has no row", what);
		TRY(fsck_stream_next(s));
	}
	return OK;
}

static enum err
all_orphans(struct fsck_tables *t)
{
	TRY(orphans(t, &t->entries, "an entry"));
	TRY(orphans(t, &t->measurements, "a measurement"));
	TRY(orphans(t, &t->tasks, "a task"));
	TRY(orphans(t, &t->revocations, "a revocation"));
	TRY(orphans(t, &t->checkpoints, "a checkpoint"));
	return orphans(t, &t->evidence, "evidence");
}

/* Every table, in the order of chains. */
static const struct {
	size_t at; /* in struct fsck_tables */
	const char *name, *query;
	size_t batch;
} table[] = {
#define TABLE(name, query, batch) \
	{ \
		offsetof(struct fsck_tables, name), #name, query, batch \
	}
	TABLE(chains,
	    "SELECT chain::bytea, head::bytea, next_seq, phase, due_at, state"
	    " FROM encl.chain ORDER BY chain",
	    100),
	TABLE(entries,
	    "SELECT chain, seq, entry_id, prev, parent_seq, payload_id,"
	    " genesis, bytes FROM encl.entry ORDER BY chain, seq",
	    500),
	TABLE(measurements,
	    "SELECT chain::bytea, seq, pcr0, stage::bytea"
	    " FROM encl.measurement ORDER BY chain, seq, pcr0",
	    500),
	TABLE(tasks,
	    "SELECT chain::bytea, prev::bytea, role, seq, pcr0, starts, ends,"
	    " witnessed FROM encl.task ORDER BY chain, prev, role",
	    500),
	TABLE(definitions,
	    "SELECT c.chain::bytea, d.version, d.sha256, d.cbor, d.json"
	    " FROM encl.chain c JOIN encl.definition d USING (enclave)"
	    " ORDER BY c.chain, d.version",
	    50),
	TABLE(revocations,
	    "SELECT chain::bytea, stage::bytea, signers::bytea, statement"
	    " FROM encl.revocation ORDER BY chain, id",
	    100),
	TABLE(checkpoints,
	    "SELECT chain::bytea, size, note, witnessed"
	    " FROM encl.checkpoint ORDER BY chain",
	    100),
	TABLE(evidence,
	    "SELECT chain::bytea, sha256, bundle"
	    " FROM encl.evidence ORDER BY chain, sha256",
	    20),
#undef TABLE
};
#define TABLES (sizeof table / sizeof *table)

static struct fsck_stream *
stream(struct fsck_tables *t, size_t i)
{
	return (struct fsck_stream *)(void *)((char *)t + table[i].at);
}

static enum err
open_all(struct fsck_tables *t)
{
	DB_RESULT r = NULL;

	TRY(db_query(t->db,
	    "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", &r));
	for (size_t i = 0; i < TABLES; i++)
		TRY(fsck_stream_open(stream(t, i), t->db, table[i].name,
		    table[i].query, table[i].batch));
	return OK;
}

static enum err
compare(struct fsck_tables *t)
{
	TRY(open_all(t));
	while (!t->chains.over) {
		TRY(all_orphans(t));
		arena_reset(t->arena);
		TRY(db_get_h32(t->chains.r, t->chains.row, 0, &t->chain));
		TRY(fsck_chain(t));
		t->f->chains++;
		TRY(fsck_stream_next(&t->chains));
	}
	return all_orphans(t);
}

static enum err
set_up(struct fsck_tables *t, const char *conninfo)
{
	t->walk = malloc(sizeof *t->walk);
	t->arena = arena_make(1 << 20, ARENA_LIMIT);
	if (!t->walk || !t->arena)
		return ERR_OUT_OF_MEMORY;
	TRY(db_open_tool(conninfo, &t->db));
	if (t->f->repair)
		TRY(db_open_tool(conninfo, &t->writer));
	return OK;
}

enum err
fsck_run(const char *conninfo, struct fsck *f)
{
	struct fsck_tables *t = calloc(1, sizeof *t);
	enum err e;

	if (!t)
		return ERR_OUT_OF_MEMORY;
	t->f = f;
	f->chains = f->entries = f->wrong = f->repaired = 0;
	e = set_up(t, conninfo);
	if (e == OK)
		e = compare(t);
	for (size_t i = 0; i < TABLES; i++)
		fsck_stream_close(stream(t, i));
	db_close(t->db);
	db_close(t->writer);
	arena_free(t->arena);
	free(t->walk);
	free(t);
	return e;
}
