/* SPDX-License-Identifier: ISC */
#ifndef PINENTRY_H
#define PINENTRY_H

#include "chain/err.h"
#include "chain/span.h"

/*
 * Asks through a program that speaks the Assuan protocol of pinentry, as GnuPG
 * has them for every desktop: manual of Pinentry 1.2, "Protocol"; manual of
 * Assuan, "Client requests" and "Server responses".  One run of the program
 * for each question.
 */
struct pinentry {
	const char *command; /* for a shell */
	unsigned answer_ms;  /* how long it may take over its own work */
	unsigned person_ms;  /* how long a person may */
};
#define PINENTRY_ANSWER_MS 15000
#define PINENTRY_PERSON_MS 300000

struct pinentry_ask {
	const char *what;   /* the description, shown in full */
	const char *prompt; /* before the entry: "PIN:" */
	const char *error;  /* what was wrong with the last answer, or NULL */
};

/* A secret, in guarded memory; pinentry_free it.  ERR_DECLINED when it was
 * cancelled, or nothing was typed; ERR_PINENTRY for a program that fails, ends,
 * is silent for too long or says what it should not. */
MUST_USE enum err pinentry_secret(const struct pinentry *p,
    const struct pinentry_ask *ask, struct span *secret);
void pinentry_free(struct span *secret);

/* A question; OK is yes, ERR_DECLINED is no, ERR_PINENTRY as above. */
MUST_USE enum err pinentry_agree(const struct pinentry *p,
    const char *question);

#endif
