/* SPDX-License-Identifier: ISC */
#include "auth.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "db_token.h"
#include "token.h"

#define SLOTS 1024
#define LOCKS 16

struct slot {
	struct h32 hash;
	struct caller who;
	uint64_t until;  /* Unix ms; 0: free */
	uint64_t period; /* of forgetting; another than auth's: stale */
};

struct auth {
	pthread_mutex_t lock[LOCKS];
	_Atomic uint64_t period;
	struct slot slot[SLOTS];
};

enum err
auth_make(struct auth **out)
{
	struct auth *a = calloc(1, sizeof *a);

	*out = a;
	if (!a)
		return ERR_OUT_OF_MEMORY;
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_init(&a->lock[i], NULL);
	return OK;
}

void
auth_free(struct auth *a)
{
	free(a);
}

void
auth_forget(struct auth *a)
{
	if (a)
		a->period++;
}

static size_t
slot_of(const struct h32 *hash)
{
	return ((size_t)hash->b[0] << 8 | hash->b[1]) % SLOTS;
}

static bool
recall(struct auth *a, const struct h32 *hash, uint64_t now, struct caller *who)
{
	size_t i = slot_of(hash);
	struct slot *s = &a->slot[i];
	bool hit;

	pthread_mutex_lock(&a->lock[i % LOCKS]);
	hit = now < s->until && now < s->who.expires &&
	      s->period == a->period && h32_eq(&s->hash, hash);
	if (hit)
		*who = s->who;
	pthread_mutex_unlock(&a->lock[i % LOCKS]);
	return hit;
}

static void
remember(struct auth *a, const struct h32 *hash, uint64_t now, uint64_t period,
    const struct caller *who)
{
	size_t i = slot_of(hash);

	pthread_mutex_lock(&a->lock[i % LOCKS]);
	a->slot[i].hash = *hash;
	a->slot[i].who = *who;
	a->slot[i].until = now + AUTH_CACHE_MS;
	a->slot[i].period = period;
	pthread_mutex_unlock(&a->lock[i % LOCKS]);
}

static enum err
look_up(struct db *db, const struct h32 *hash, struct caller *who)
{
	struct db_token_bearer b = { 0 };

	TRY(db_token_find(db, hash, &b));
	who->known = true;
	who->org = b.org;
	who->token = b.token;
	who->member = b.member;
	who->scopes = b.scopes;
	who->expires = b.expires;
	(void)snprintf(who->name, sizeof who->name, "%s", b.name);
	(void)snprintf(who->org_name, sizeof who->org_name, "%s", b.org_name);
	return OK;
}

/* RFC 6750 2.1; the scheme's name is not case-sensitive. */
static enum err
bearer(struct span authorization, struct h32 *hash)
{
	static const char scheme[] = "bearer ";
	size_t n = sizeof scheme - 1;

	if (authorization.n < n ||
	    strncasecmp((const char *)authorization.p, scheme, n) != 0)
		return ERR_TOKEN_BAD;
	return token_hash(span_of(authorization.p + n, authorization.n - n),
	    hash);
}

enum err
auth_caller(struct auth *a, struct req *q)
{
	struct h32 hash;
	uint64_t period;

	if (!q->authorization.p || q->who.known)
		return OK;
	TRY(bearer(q->authorization, &hash));
	if (recall(a, &hash, q->now, &q->who))
		return OK;
	if (!q->db)
		return ERR_WANT_WORKER;
	period = a->period;
	TRY(look_up(q->db, &hash, &q->who));
	remember(a, &hash, q->now, period, &q->who);
	return OK;
}
