/* SPDX-License-Identifier: ISC */
#include "database.h"

#include <stdio.h>
#include <stdlib.h>

#include "server/db_enclave.h"
#include "server/db_org.h"
#include "tests/lib/postgres.h"

static void
must(enum err e, const char *what)
{
	if (e == OK)
		return;
	fprintf(stderr, "database: %s: %s\n", what, err_code(e));
	abort();
}

void
database_server(struct server *s)
{
	snprintf(s->settings.database, sizeof s->settings.database, "%s",
	    postgres_app());
	must(chains_make(64 << 20, &s->chains), "chains");
}

int64_t
database_org(struct db *db)
{
	struct arena *a = arena_make(4096, 1 << 16);
	struct db_org o;
	int64_t id;

	if (db_org_find(db, a, "acme", &o) == OK)
		id = o.id;
	else
		must(db_org_create(db, "acme", &id), "org");
	arena_free(a);
	return id;
}

struct chain_builder *
database_chain(struct server *s, struct db *db, uint32_t number)
{
	struct chain_builder_opts o = chain_builder_plain;

	o.number = number;
	return database_chain_of(s, db, &o);
}

struct chain_builder *
database_chain_of(struct server *s, struct db *db,
    const struct chain_builder_opts *o)
{
	struct chain_builder *b;
	struct db_enclave_new e = { .definition_cbor = span_str("\xa0"),
		.definition_json = span_str("{}"),
		.request_id = "" };
	bool repeated;
	char name[32];

	b = chain_builder_new(o);
	s->root[0] = b->root;
	s->root_n = 1;
	snprintf(name, sizeof name, "enclave-%u", o->number);
	e.name = name;
	e.genesis = chain_builder_entry(b, 0);
	e.state = &b->st;
	must(db_begin(db), "begin");
	must(db_enclave_create(db, database_org(db), &e, &repeated), "enclave");
	must(db_commit(db), "commit");
	return b;
}

struct statement
database_statement(const struct chain_builder *b, size_t i, struct entry *e)
{
	struct statement t;

	must(entry_decode(chain_builder_entry(b, i), e), "entry");
	t.payload = e->payload;
	t.proof_n = e->proof_n;
	memcpy(t.proof, e->proof, sizeof t.proof);
	return t;
}

static void
done(struct commit_job *j, enum err e, const struct appended *a)
{
	struct database_job *w = (struct database_job *)j;

	pthread_mutex_lock(&w->lock);
	w->e = e;
	w->got = *a;
	w->done = true;
	pthread_cond_signal(&w->some);
	pthread_mutex_unlock(&w->lock);
}

void
database_submit(struct server *s, struct database_job *w,
    const struct h32 *chain, const struct statement *t)
{
	memset(w, 0, sizeof *w);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->some, NULL);
	w->job = (struct commit_job){ .q = &w->q,
		.chain = *chain,
		.t = *t,
		.done = done };
	snprintf(w->q.request_id, sizeof w->q.request_id, "req-1");
	must(commit_submit(s->commit, &w->job), "submit");
}

enum err
database_await(struct database_job *w)
{
	pthread_mutex_lock(&w->lock);
	while (!w->done)
		pthread_cond_wait(&w->some, &w->lock);
	pthread_mutex_unlock(&w->lock);
	return w->e;
}

enum err
database_append(struct server *s, const struct h32 *chain,
    const struct statement *t, struct appended *got)
{
	struct database_job w;

	database_submit(s, &w, chain, t);
	(void)database_await(&w);
	*got = w.got;
	return w.e;
}

void
database_more(struct server *s, struct chain_builder *b)
{
	struct entry e;
	struct statement t;
	struct appended got;

	if (b->st.phase == PHASE_OPEN)
		must(chain_builder_stage_release(b, 1, chain_builder_owners(b)),
		    "stage");
	else
		must(chain_builder_revoke(b, GUARDIAN(0)), "revoke");
	t = database_statement(b, b->n - 1, &e);
	must(database_append(s, &b->st.chain, &t, &got), "append");
}
