/* SPDX-License-Identifier: ISC */
#include "known.h"

#include <pthread.h>

#define SLOTS 65536

struct slot {
	struct h32 chain, definition;
	bool used;
};

static struct slot slots[SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Both are hashes already; the chain's own bytes are chosen by its maker, who
 * can crowd one slot but not make it lie. */
static size_t
place(const struct h32 *chain, const struct h32 *definition)
{
	uint32_t a, b;

	memcpy(&a, chain->b, sizeof a);
	memcpy(&b, definition->b, sizeof b);
	return (a ^ b) % SLOTS;
}

bool
known_has(const struct h32 *chain, const struct h32 *definition)
{
	size_t i = place(chain, definition);
	const struct slot *s = &slots[i];
	bool has;

	pthread_mutex_lock(&lock);
	has = s->used && h32_eq(&s->chain, chain) &&
	      h32_eq(&s->definition, definition);
	pthread_mutex_unlock(&lock);
	return has;
}

void
known_add(const struct h32 *chain, const struct h32 *definition)
{
	size_t i = place(chain, definition);

	pthread_mutex_lock(&lock);
	slots[i] = (struct slot){ *chain, *definition, true };
	pthread_mutex_unlock(&lock);
}
