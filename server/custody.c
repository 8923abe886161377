/* SPDX-License-Identifier: ISC */
#include "custody.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "chain/hash.h"
#include "db_evidence.h"
#include "roots.h"
#include "server.h"
#include "view/view.h"

#define ROOTS 8
#define SLOTS 1024

struct slot {
	struct h32 sha256, kid;
	struct hardware hardware;
	bool used;
};

struct custody {
	struct span root[ROOTS];
	size_t root_n;
	uint32_t tag; /* of these roots */
	pthread_mutex_t lock;
	struct slot slot[SLOTS];
};

static enum err
make_tag(struct custody *c)
{
	struct h32 all = { { 0 } }, pair[2];

	for (size_t i = 0; i < c->root_n; i++) {
		pair[0] = all;
		TRY(hash_sha256(c->root[i], &pair[1]));
		TRY(hash_sha256(span_of(pair, sizeof pair), &all));
	}
	memcpy(&c->tag, all.b, sizeof c->tag);
	return OK;
}

enum err
custody_make(const char *files, struct custody **out, char *why, size_t why_n)
{
	struct custody *c = calloc(1, sizeof *c);
	enum err e;

	if (c == NULL)
		return ERR_OUT_OF_MEMORY;
	pthread_mutex_init(&c->lock, NULL);
	e = roots_certificates(files, c->root, ROOTS, &c->root_n, why, why_n);
	if (e == OK)
		e = make_tag(c);
	if (e != OK) {
		custody_free(c);
		c = NULL;
	}
	*out = c;
	return e;
}

void
custody_free(struct custody *c)
{
	if (c == NULL)
		return;
	roots_certificates_free(c->root, c->root_n);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* Both are hashes.  Who publishes can crowd a slot but not make it lie. */
static struct slot *
place(struct custody *c, const struct key *k)
{
	uint32_t a, b;

	memcpy(&a, k->evidence.b, sizeof a);
	memcpy(&b, k->kid.b, sizeof b);
	return &c->slot[(a ^ b) % SLOTS];
}

static bool
recall(struct custody *c, const struct key *k, struct hardware *h)
{
	const struct slot *s = place(c, k);
	bool is;

	pthread_mutex_lock(&c->lock);
	is = s->used && h32_eq(&s->sha256, &k->evidence) &&
	     h32_eq(&s->kid, &k->kid);
	if (is)
		*h = s->hardware;
	pthread_mutex_unlock(&c->lock);
	return is;
}

static void
remember(struct custody *c, const struct key *k, const struct hardware *h)
{
	pthread_mutex_lock(&c->lock);
	*place(c, k) = (struct slot){ k->evidence, k->kid, *h, true };
	pthread_mutex_unlock(&c->lock);
}

static bool
is_published(const struct db_evidence *v, size_t n, const struct h32 *sha256)
{
	for (size_t i = 0; i < n; i++)
		if (h32_eq(&v[i].sha256, sha256))
			return true;
	return false;
}

static enum err
judge(struct req *q, const struct h32 *chain, const struct key *k,
    struct hardware *h)
{
	struct custody *c = q->server->custody;
	struct span bundle;

	if (recall(c, k, h))
		return OK;
	TRY(db_evidence_get(q->db, q->arena, chain, &k->evidence, &bundle));
	hardware_judge(k, bundle, c->root, c->root_n, h);
	remember(c, k, h);
	return OK;
}

static enum err
put_policy(struct req *q, const struct chain_view *v, const struct policy *p,
    json_t *j)
{
	struct hardware_set *s = arena_new(q->arena, sizeof *s);
	struct hardware_key key[HARDWARE_KEYS];
	struct db_evidence *published = NULL;
	size_t n = 0;

	if (s == NULL)
		return ERR_OUT_OF_MEMORY;
	if (v->evidence > 0)
		TRY(db_evidence_names(q->db, q->arena, &v->chain, &published,
		    &n));
	hardware_begin(s, p, NULL, 0);
	(void)hardware_keys(p, key);
	for (size_t i = 0; i < s->n; i++)
		if (s->of[i].kind == HARDWARE_CLAIMED &&
		    is_published(published, n, &key[i].key->evidence))
			TRY(judge(q, &v->chain, key[i].key, &s->of[i]));
	return view_hardware_put(j, s->of, s->n) ? OK : ERR_OUT_OF_MEMORY;
}

enum err
custody_put(struct req *q, const struct chain_view *v, const struct state *st,
    json_t *j)
{
	struct policy *p = arena_new(q->arena, sizeof *p);
	struct stage *g = arena_new(q->arena, sizeof *g);
	json_t *pending = json_object_get(j, "pending");

	if (p == NULL || g == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(state_policy(st, p));
	TRY(put_policy(q, v, p, json_object_get(j, "policy")));
	if (st->phase == PHASE_OPEN)
		return OK;
	TRY(state_stage(st, g));
	if (g->has_release)
		return OK;
	return put_policy(q, v, &g->policy, json_object_get(pending, "policy"));
}

void
custody_tag(const struct custody *c, const struct chain_view *v,
    char text[CUSTODY_TAG])
{
	text[0] = '\0';
	if (v->evidence > 0)
		(void)snprintf(text, CUSTODY_TAG, ".e%u.%08x", v->evidence,
		    c->tag);
}
