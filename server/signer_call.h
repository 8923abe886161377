/* SPDX-License-Identifier: ISC */
#ifndef SIGNER_CALL_H
#define SIGNER_CALL_H

#include "metrics.h"
#include "signer/protocol.h"

/*
 * Calls to encl-signer, the process that holds keys for this server: a few
 * connections that stay open, and a deadline for each call.  Any thread; a
 * call blocks, so none on a loop.  The signer may come and go: without it only
 * what needs a key fails.
 */
struct signer_call;

struct signer_call_answer {
	uint64_t next; /* the first entry that the signer lacks */
	uint64_t wait; /* ms, with ERR_RATE_LIMITED */
	size_t key_n, sig_n;
	uint8_t key[KEY_BLOB_MAX], sig[KEY_SIG_MAX];
};

/* path: of the signer's socket.  It need not be there.  ERR_SETTING. */
MUST_USE enum err signer_call_make(const char *path, struct metrics *m,
    struct signer_call **s);
void signer_call_free(struct signer_call *s);

/* One request.  ERR_SIGNER: nobody there, or no answer in time; every request
 * may be sent again.  ERR_KEYS_OFF: s is NULL.  Else what the signer says. */
MUST_USE enum err signer_call_ask(struct signer_call *s,
    const struct protocol_request *q, struct signer_call_answer *a);

/* Many requests at once, so that they share the signer's flush; a and e have a
 * place for each.  s is not NULL. */
void signer_call_many(struct signer_call *s, const struct protocol_request *q,
    struct signer_call_answer *a, enum err *e, size_t n);

/* What the signer was heard to lack first of a chain; UINT64_MAX: not heard. */
uint64_t signer_call_lacks(struct signer_call *s, const struct h32 *chain);
void signer_call_heard(struct signer_call *s, const struct h32 *chain,
    uint64_t next);

#endif
