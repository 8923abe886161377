/* SPDX-License-Identifier: ISC */
#ifndef DATABASE_H
#define DATABASE_H

#include <pthread.h>

#include "server/server.h"
#include "tests/lib/chain_builder.h"

/* What tests against a database share.  Failures abort. */

/* A server's parts without HTTP: chains on encl_app's conninfo. */
void database_server(struct server *s);
/* The organisation `acme`, made when it is not there. */
int64_t database_org(struct db *db);
/* A chain with its genesis entry, in a builder and in the database; s trusts
 * its root from now on. */
struct chain_builder *database_chain(struct server *s, struct db *db,
    uint32_t number);
struct chain_builder *database_chain_of(struct server *s, struct db *db,
    const struct chain_builder_opts *o);
/* Entry i of b as a statement; e is where it lives. */
struct statement database_statement(const struct chain_builder *b, size_t i,
    struct entry *e);
/* An append on its way through the committer, and its answer. */
struct database_job {
	struct commit_job job;
	struct req q;
	pthread_mutex_t lock;
	pthread_cond_t some;
	bool done;
	enum err e;
	struct appended got;
};

void database_submit(struct server *s, struct database_job *w,
    const struct h32 *chain, const struct statement *t);
enum err database_await(struct database_job *w);
/* Both. */
enum err database_append(struct server *s, const struct h32 *chain,
    const struct statement *t, struct appended *got);
/* One more entry of b, here and there: a stage, or the end of the last one. */
void database_more(struct server *s, struct chain_builder *b);

#endif
