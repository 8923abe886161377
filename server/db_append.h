/* SPDX-License-Identifier: ISC */
#ifndef DB_APPEND_H
#define DB_APPEND_H

#include "agenda.h"
#include "db_int.h"

/*
 * The one statement that appends: for each chain of a group it compares and
 * swaps the head, and where that succeeds inserts the chain's entries,
 * measurements and tasks.
 */
struct db_append_entry {
	struct span bytes;
	int64_t token; /* 0 none */
	const char *request_id;
	bool measured; /* it stages a release, of this PCR0 */
	uint8_t pcr0[PCR_SIZE];
	uint64_t seq;
	struct h32 stage;
};

/* What the table of entries, and that of measurements, know of one.  stage:
 * the open stage's name after it.  token and request_id are left empty. */
void db_append_describe(const struct entry *entry, const struct payload *p,
    const struct h32 *stage, struct db_append_entry *e);

struct db_append {
	struct h32 chain, old_head, head;
	uint64_t next_seq;
	enum phase phase;
	struct span state;
	struct agenda agenda;
	size_t entry_n; /* the next so many of the list of entries */
	bool moved;     /* filled: the head was old_head, and all is done */
};

/* Parameters, used again and again; zeroed before first use. */
#define DB_APPEND_ARRAYS 21
struct db_append_buffer {
	struct db_array y[DB_APPEND_ARRAYS];
};

/* What the arrays took; the buffer itself is the caller's. */
void db_append_buffer_free(struct db_append_buffer *b);

/* A connection with the settings that this statement wants. */
MUST_USE enum err db_append_open(const char *conninfo, struct db **db);

/* c in rising order of chain.  *received: when the database says it was. */
MUST_USE enum err db_append_run(struct db *db, struct db_append_buffer *b,
    struct db_append *c, size_t n, const struct db_append_entry *e,
    uint64_t *received);

#endif
