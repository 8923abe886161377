/* SPDX-License-Identifier: ISC */
#ifndef LOG_MAKER_H
#define LOG_MAKER_H

#include <stdio.h>

#include "chain/checkpoint.h"
#include "chain/merkle.h"

/*
 * Logs for tests, all of whose leaves, keys and histories follow from a seed.
 * What goes wrong in here ends the program.
 */
struct log_maker {
	char name[NOTE_NAME + 1]; /* the origin */
	struct note_key key;      /* borrows name: not to be moved */
	uint8_t seed[32], secret[64];
};

/* A history: leaves from `from` on are others than those of tag 0. */
struct log_branch {
	uint64_t from;
	uint64_t tag;
};

#define LOG_MAKER_NOTE 1024 /* bytes of a note, most */
#define LOG_MAKER_ASK 4096  /* of a body of add-checkpoint */

/* One seed is one key; leaves depend on the name, too. */
void log_maker_begin(struct log_maker *m, const char *seed, const char *name);
void log_maker_root(const struct log_maker *m, struct log_branch b,
    uint64_t size, struct h32 *root);
/* A checkpoint's text with these three, signed. */
void log_maker_sign(const struct log_maker *m, uint64_t size,
    const struct h32 *root, struct out *o);
/* The signed checkpoint of that size. */
void log_maker_note(const struct log_maker *m, struct log_branch b,
    uint64_t size, struct out *o);
/* The nodes of a history's tree, from t, which the caller keeps. */
struct log_maker_tree {
	const struct log_maker *m;
	struct log_branch b;
};
struct merkle_source log_maker_source(struct log_maker_tree *t,
    const struct log_maker *m, struct log_branch b);
/* The lines "old N" and those of a proof between two sizes, where from is not
 * 0, and the empty line. */
void log_maker_proof(const struct log_maker *m, struct log_branch b,
    uint64_t old, uint64_t from, uint64_t to, struct out *o);
/* What a witness takes as --log-prefix to admit all logs of m's key whose
 * names begin with this: a line "PREFIX+KEY". */
void log_maker_family(const struct log_maker *m, const char *prefix, FILE *f);
/* A body of add-checkpoint as it should be. */
void log_maker_ask(const struct log_maker *m, struct log_branch b, uint64_t old,
    uint64_t size, struct out *o);

#endif
