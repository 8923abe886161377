/* SPDX-License-Identifier: ISC */
#include "bundles.h"

#include <pthread.h>

#define SLOTS 64
#define BYTES ((size_t)32 << 20) /* of all that are kept */

static struct slot {
	struct bundle_key key;
	struct blob *blob; /* NULL: free */
	uint64_t used;
} slots[SLOTS];
static uint64_t clock_used;
static size_t bytes;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool
same(const struct bundle_key *a, const struct bundle_key *b)
{
	return h32_eq(&a->chain, &b->chain) && h32_eq(&a->head, &b->head) &&
	       a->revocations == b->revocations && a->evidence == b->evidence &&
	       a->witnessed == b->witnessed && a->missing == b->missing;
}

struct blob *
bundles_find(const struct bundle_key *k)
{
	struct blob *b = NULL;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < SLOTS && !b; i++) {
		if (slots[i].blob && same(&slots[i].key, k)) {
			slots[i].used = ++clock_used;
			b = blob_keep(slots[i].blob);
		}
	}
	pthread_mutex_unlock(&lock);
	return b;
}

static void
drop(struct slot *s)
{
	bytes -= blob_bytes(s->blob).n;
	blob_drop(s->blob);
	s->blob = NULL;
}

/* A free place: that of an older state of the chain, else of what was not
 * asked for longest. */
static struct slot *
place(const struct bundle_key *k)
{
	struct slot *at = &slots[0];

	for (size_t i = 0; i < SLOTS; i++) {
		struct slot *s = &slots[i];

		if (s->blob && h32_eq(&s->key.chain, &k->chain))
			drop(s);
		if (!s->blob || (at->blob && s->used < at->used))
			at = s;
	}
	if (at->blob)
		drop(at);
	return at;
}

static void
make_room(size_t n)
{
	while (bytes > BYTES - n) {
		struct slot *oldest = NULL;

		for (size_t i = 0; i < SLOTS; i++) {
			if (slots[i].blob &&
			    (!oldest || slots[i].used < oldest->used))
				oldest = &slots[i];
		}
		drop(oldest);
	}
}

void
bundles_keep(const struct bundle_key *k, struct blob *b)
{
	size_t n = blob_bytes(b).n;

	if (n > BYTES)
		return;
	pthread_mutex_lock(&lock);
	make_room(n);
	*place(k) = (struct slot){ *k, blob_keep(b), ++clock_used };
	bytes += n;
	pthread_mutex_unlock(&lock);
}
