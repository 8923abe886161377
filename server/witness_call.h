/* SPDX-License-Identifier: ISC */
#ifndef WITNESS_CALL_H
#define WITNESS_CALL_H

#include "metrics.h"
#include "witness_list.h"

/*
 * Speaks with witnesses: c2sp.org/tlog-witness over libcurl, which nothing else
 * here knows.  Of one thread, but for witness_call_wake; never blocks longer
 * than it is told to.  A witness that does not answer is left alone for a
 * while, and those who ask it meanwhile are told so at once.
 */
struct witness_call;

#define WITNESS_CALL_BODY 32768 /* bytes of a request, most */

enum witness_said {
	WITNESS_OK,       /* 200, with a body */
	WITNESS_CONFLICT, /* 409: it has a tree of another size */
	WITNESS_REFUSED,  /* any other answer */
	WITNESS_SILENT    /* no answer, or it was not asked */
};

struct witness_answer {
	enum witness_said said;
	long status; /* of HTTP; 0: none */
	struct span body;
	uint64_t size; /* with WITNESS_CONFLICT: that it says it has */
};

/* What is asked; lives until done.  ask->next is the call's own. */
struct witness_ask {
	struct witness_ask *next;
	const struct witness_peer *peer;
	/* "": add-checkpoint, with what fill writes.  Else what is got. */
	char path[96];
	/* Asked for when its turn has come, so that it is what is newest then.
	 * False: there is nothing to ask any more; done hears WITNESS_SILENT.
	 */
	bool (*fill)(struct witness_ask *ask, struct out *body);
	void (*done)(struct witness_ask *ask, const struct witness_answer *a);
};

/* l outlives it. */
MUST_USE enum err witness_call_make(const struct witness_list *l,
    struct metrics *m, struct witness_call **w);
/* Nobody is told any more. */
void witness_call_free(struct witness_call *w);

void witness_call_ask(struct witness_call *w, struct witness_ask *ask);
/* Sends, hears, and calls done of what is answered; waits up to ms for
 * something to happen. */
void witness_call_turn(struct witness_call *w, unsigned ms);
/* From any thread: a turn that waits ends. */
void witness_call_wake(struct witness_call *w);

#endif
