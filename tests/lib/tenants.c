/* SPDX-License-Identifier: ISC */
#include "tenants.h"

#include <stdio.h>
#include <unistd.h>

#include "server/db_org.h"
#include "tests/lib/postgres.h"
#include "tests/lib/same.h"

void
tenants_begin(struct tenants *t)
{
	char name[32];

	database_server(&t->server);
	same(db_open(postgres_app(), &t->db), OK);
	t->arena = arena_make(1 << 16, 16 << 20);
	t->unique = (unsigned)getpid();
	snprintf(name, sizeof name, "org-%u", t->unique);
	same(db_org_create(t->db, name, &t->org), OK);
	snprintf(name, sizeof name, "other-%u", t->unique);
	same(db_org_create(t->db, name, &t->other), OK);
}

void
tenants_end(struct tenants *t)
{
	db_close(t->db);
	arena_free(t->arena);
	chains_free(t->server.chains);
}

struct h32
tenants_hash(const struct tenants *t, const char *s)
{
	char text[64];
	struct h32 h;

	snprintf(text, sizeof text, "%s-%u", s, t->unique);
	same(hash_sha256(span_str(text), &h), OK);
	return h;
}
