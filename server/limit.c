/* SPDX-License-Identifier: ISC */
#include "limit.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#include <arpa/inet.h>

#define SETS 8192
#define WAYS 4
#define LOCKS 64
#define BURST 2000 /* milliseconds of the rate that a bucket holds */

struct bucket {
	uint64_t key;  /* 0: free */
	uint64_t last; /* Unix ms */
	uint64_t left; /* thousandths of a call */
};

struct limits {
	uint64_t rate[2]; /* calls a second, by enum limit */
	uint8_t secret[crypto_shorthash_KEYBYTES];
	pthread_mutex_t lock[LOCKS];
	struct bucket bucket[SETS][WAYS];
};

enum err
limit_make(unsigned rate_read, unsigned rate_write, struct limits **out)
{
	struct limits *l = calloc(1, sizeof *l);

	*out = l;
	if (!l)
		return ERR_OUT_OF_MEMORY;
	if (sodium_init() < 0) {
		limit_free(l);
		*out = NULL;
		return ERR_CRYPTO;
	}
	l->rate[LIMIT_READ] = rate_read;
	l->rate[LIMIT_WRITE] = rate_write;
	randombytes_buf(l->secret, sizeof l->secret);
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_init(&l->lock[i], NULL);
	return OK;
}

void
limit_free(struct limits *l)
{
	free(l);
}

/* Keyed, so that nobody can pick addresses that push others out. */
static uint64_t
key_of(const struct limits *l, const struct req *q, enum limit kind)
{
	uint8_t in[80] = { (uint8_t)kind };
	struct out o = out_of(in + 1, sizeof in - 1);
	uint8_t address[16];
	uint64_t key;

	if (q->who.known) {
		out_put(&o, "token", 5);
		out_put(&o, &q->who.token, sizeof q->who.token);
	} else if (strchr(q->peer, ':') &&
		   inet_pton(AF_INET6, q->peer, address) == 1) {
		out_put(&o, "six", 3);
		out_put(&o, address, 8);
	} else {
		out_put(&o, q->peer, strlen(q->peer));
	}
	crypto_shorthash((uint8_t *)&key, in, o.n + 1, l->secret);
	return key ? key : 1;
}

static struct bucket *
find(struct bucket set[WAYS], uint64_t key, uint64_t full, uint64_t now)
{
	struct bucket *oldest = &set[0];

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
		if (set[i].last < oldest->last)
			oldest = &set[i];
	}
	*oldest = (struct bucket){ key, now, full };
	return oldest;
}

enum err
limit_take(struct limits *l, const struct req *q, enum limit kind,
    unsigned *retry)
{
	uint64_t rate, full, key;
	pthread_mutex_t *lock;
	struct bucket *b;
	enum err e = OK;

	*retry = 0;
	if (!l || kind == LIMIT_NONE || l->rate[kind] == 0)
		return OK;
	rate = l->rate[kind];
	full = rate * BURST;
	key = key_of(l, q, kind);
	lock = &l->lock[key % SETS % LOCKS];
	pthread_mutex_lock(lock);
	b = find(l->bucket[key % SETS], key, full, q->now);
	if (q->now > b->last) {
		uint64_t passed = q->now - b->last;

		b->left += passed > BURST ? full : passed * rate;
		b->left = b->left > full ? full : b->left;
		b->last = q->now;
	}
	if (b->left >= 1000) {
		b->left -= 1000;
	} else {
		e = ERR_RATE_LIMITED;
		*retry = (unsigned)((1000 - b->left) / rate / 1000 + 1);
	}
	pthread_mutex_unlock(lock);
	return e;
}

void
limit_spend(struct limits *l, const struct req *q, enum limit kind,
    size_t calls)
{
	unsigned retry;

	if (!l || kind == LIMIT_NONE || l->rate[kind] == 0)
		return;
	while (calls > 0 && limit_take(l, q, kind, &retry) == OK)
		calls--;
}
