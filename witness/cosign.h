/* SPDX-License-Identifier: ISC */
#ifndef COSIGN_H
#define COSIGN_H

#include "admit.h"
#include "cosigned.h"
#include "identity.h"
#include "moment.h"

/*
 * What is answered, whatever it came through: c2sp.org/tlog-witness.  An
 * answer may tell of what is not on disk yet: while cosigned_pending, nothing
 * is sent.
 */
struct cosign {
	const struct identity *self;
	const struct admit *logs;
	struct cosigned *seen;
	struct moment *moment;
	/* A log has signed two histories: two notes of one size, each with
	 * the log's good signature.  Once for each log; may be NULL. */
	void (*split)(void *ctx, struct span origin, struct span a,
	    struct span b);
	void *ctx;
};

struct cosign_answer {
	unsigned status; /* HTTP's */
	enum err why;    /* OK: with 200 */
	const char *type;
	size_t n;
	uint8_t body[COSIGNED_NOTE];
};

/* The body of add-checkpoint; unix_ms, steady_ms: moment.h. */
void cosign_add(struct cosign *c, struct span body, uint64_t unix_ms,
    uint64_t steady_ms, struct cosign_answer *a);
/* The newest checkpoint of the log whose origin has this SHA-256. */
void cosign_newest(const struct cosign *c, const struct h32 *id,
    struct cosign_answer *a);
/* An error that has nothing to do with a log. */
void cosign_refuse(struct cosign_answer *a, unsigned status, enum err why);

#endif
