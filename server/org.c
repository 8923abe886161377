/* SPDX-License-Identifier: ISC */
#include "org.h"

#include "chain/text.h"
#include "db_audit.h"
#include "db_org.h"
#include "db_token.h"
#include "req.h"
#include "system/clock.h"
#include "token.h"

#define LIFETIME_MS (UINT64_C(90) * 86400000)
#define SCOPES_ALL ((SCOPE_AGENT << 1) - 1)
#define PAGE 100

static bool
name_fits(const char *name)
{
	struct span s = span_str(name);

	return s.n > 0 && s.n <= 64 && text_is_line(s);
}

static enum err
make(struct db *db, const char *name, const char *owner, const struct h32 *hash)
{
	int64_t org, member, token;

	TRY(db_org_create(db, name, &org));
	TRY(db_member_create(db, org, owner, DB_ROLE_OWNER, &member));
	TRY(db_token_create(db, org, member, "first", hash, SCOPES_ALL,
	    clock_unix_ms() + LIFETIME_MS, &token));
	return db_audit_add(db, org, 0, "encld", "organisation.create", name,
	    "");
}

static enum err
create(struct db *db, const char *name, const char *owner, FILE *out)
{
	char text[TOKEN_TEXT + 1];
	struct h32 hash;
	enum err e;

	TRY(token_make(text, &hash));
	TRY(db_begin(db));
	e = make(db, name, owner, &hash);
	if (e == OK) {
		e = db_commit(db);
	} else {
		db_rollback(db);
	}
	if (e == OK)
		(void)fprintf(out, "%s\n", text);
	return e;
}

enum err
org_create(const char *conninfo, const char *name, const char *owner, FILE *out)
{
	struct db *db;
	enum err e;

	if (!name_fits(name) || !name_fits(owner))
		return ERR_SETTING;
	TRY(db_open(conninfo, &db));
	e = create(db, name, owner, out);
	db_close(db);
	return e;
}

static enum err
list(struct db *db, struct arena *a, FILE *out)
{
	struct db_org *org;
	size_t n = PAGE;

	for (int64_t after = 0; n == PAGE; after = n ? org[n - 1].id : 0) {
		TRY(db_org_list(db, a, after, PAGE, &org, &n));
		for (size_t i = 0; i < n; i++) {
			(void)fprintf(out, "%lld\t%s\n", (long long)org[i].id,
			    org[i].name);
		}
	}
	return OK;
}

enum err
org_list(const char *conninfo, FILE *out)
{
	struct arena *a = arena_make(65536, (size_t)64 << 20);
	struct db *db;
	enum err e = a ? db_open(conninfo, &db) : ERR_OUT_OF_MEMORY;

	if (e == OK) {
		e = list(db, a, out);
		db_close(db);
	}
	arena_free(a);
	return e;
}
