/* SPDX-License-Identifier: ISC */
#include "past.h"

#include "db_entry.h"
#include "db_past.h"
#include "log.h"
#include "server.h"

#define PAGE 500
#define PAGE_BYTES ((size_t)1 << 20)
#define ARENA_FIRST ((size_t)256 << 10)
#define ARENA_LIMIT ((size_t)16 << 20)

static enum err
known_good(void *ctx, const struct check *k)
{
	(void)ctx;
	(void)k;
	return OK;
}

enum err
past_next(const struct server *s, struct span entry, struct entry *e,
    struct state *st)
{
	const struct rules rules = { .root = s->root,
		.root_n = s->root_n,
		.level = LEVEL_SIGNED,
		.check = known_good };

	TRY(entry_decode(entry, e));
	return rules_next(&rules, st, e);
}

/* The later of what can be read.  A state that another version wrote is no
 * loss: entries are there. */
static void
take_later(struct span encoded, struct state *st, struct state *room)
{
	if (encoded.n && state_decode(encoded, room) == OK &&
	    room->next_seq > st->next_seq)
		*st = *room;
}

enum err
past_near(struct db *db, struct arena *a, const struct h32 *chain,
    uint64_t upto, struct state *st)
{
	struct state *room = arena_new(a, sizeof *room);
	struct db_past p;

	if (!room)
		return ERR_OUT_OF_MEMORY;
	memset(st, 0, sizeof *st);
	TRY(db_past_near(db, a, chain, upto, &p));
	take_later(p.told, st, room);
	take_later(p.kept, st, room);
	return OK;
}

/* For whoever comes by later.  That it cannot be written down is no reason to
 * tell nothing. */
static void
keep(struct db *db, struct arena *a, const struct h32 *chain,
    const struct state *st)
{
	struct out o = arena_out(a, STATE_ENCODED_MAX);

	state_encode(&o, st);
	if (!o.full &&
	    db_past_keep(db, chain, st->next_seq, out_span(&o)) != OK)
		log_event(LOG_LEVEL_WARNING, NULL, "a state is not kept",
		    LOG_NUMBER("entries", (int64_t)st->next_seq));
}

static enum err
walk(const struct server *s, struct db *db, struct arena *a,
    const struct h32 *chain, uint64_t upto, struct state *st)
{
	struct db_entry *row;
	struct entry *e;
	size_t n;

	while (st->next_seq < upto) {
		uint64_t left = upto - st->next_seq;

		arena_reset(a);
		e = arena_new(a, sizeof *e);
		if (!e)
			return ERR_OUT_OF_MEMORY;
		TRY(db_entry_page(db, a, chain, st->next_seq,
		    left < PAGE ? (size_t)left : PAGE, PAGE_BYTES, &row, &n));
		if (n == 0)
			return ERR_DATABASE_WRONG;
		for (size_t i = 0; i < n; i++)
			TRY(past_next(s, row[i].bytes, e, st));
		/* Full pages alone, so that they stand far apart. */
		if (n == PAGE || st->next_seq < upto)
			keep(db, a, chain, st);
	}
	return OK;
}

enum err
past_reach(const struct server *s, struct db *db, const struct h32 *chain,
    uint64_t upto, struct state *st)
{
	struct arena *a;
	enum err e;

	if (st->next_seq >= upto)
		return OK;
	a = arena_make(ARENA_FIRST, ARENA_LIMIT);
	e = a ? walk(s, db, a, chain, upto, st) : ERR_OUT_OF_MEMORY;
	arena_free(a);
	return e;
}
