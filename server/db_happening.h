/* SPDX-License-Identifier: ISC */
#ifndef DB_HAPPENING_H
#define DB_HAPPENING_H

#include "db.h"

/* What happens to a chain and is no entry, in the order in which it is told:
 * table happening. */
enum db_happening_what {
	DB_HAPPENING_DISPUTED,  /* a revocation came too late */
	DB_HAPPENING_READ_ONLY, /* the database lacks what others have seen */
	DB_HAPPENING_CAUGHT_UP, /* no more */
	DB_HAPPENING_WHATS
};

struct db_happening {
	struct h32 chain;
	enum db_happening_what what;
	int64_t revocation; /* of DB_HAPPENING_DISPUTED */
	uint64_t received;  /* Unix ms */
	struct span state;  /* of the chain then, state_encode's form; n 0: not
			     * known */
};

/* In a transaction.  Those who are told of the chain's entries are told of it,
 * too.  *is false: it is no news, the chain was read-only or not before. */
MUST_USE enum err db_happening_add(struct db *db, const struct h32 *chain,
    enum db_happening_what what, int64_t revocation, bool *is);
/* ERR_NOT_FOUND. */
MUST_USE enum err db_happening_get(struct db *db, struct arena *a, int64_t id,
    struct db_happening *h);

/* These of one chain, or (NULL) of all that are public; ids rise. */
/* The newest, 0 when there is none. */
MUST_USE enum err db_happening_last(struct db *db, const struct h32 *chain,
    int64_t *id);
/* The first `limit` from one on. */
MUST_USE enum err db_happening_from(struct db *db, struct arena *a,
    const struct h32 *chain, int64_t from, size_t limit, int64_t **id,
    size_t *n);
/* The newest `limit`. */
MUST_USE enum err db_happening_newest(struct db *db, struct arena *a,
    const struct h32 *chain, size_t limit, int64_t **id, size_t *n);
/* Those that still hold: why chains are read-only now. */
MUST_USE enum err db_happening_stands(struct db *db, struct arena *a,
    const struct h32 *chain, size_t limit, int64_t **id, size_t *n);

#endif
