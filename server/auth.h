/* SPDX-License-Identifier: ISC */
#ifndef AUTH_H
#define AUTH_H

#include "req.h"

/*
 * Authorization: Bearer TOKEN -> who calls.  Tokens that were good are
 * remembered by their SHA-256 for AUTH_CACHE_MS, so a token that ends may work
 * that much longer on another server than the one that ended it.
 */
struct auth;

#define AUTH_CACHE_MS 3000

/* ERR_OUT_OF_MEMORY. */
MUST_USE enum err auth_make(struct auth **a);
void auth_free(struct auth *a);

/* Fills q->who from q->authorization; nobody when there is none.  q->db NULL:
 * from memory alone, ERR_WANT_WORKER when it is not there.  ERR_TOKEN_BAD,
 * ERR_DATABASE. */
MUST_USE enum err auth_caller(struct auth *a, struct req *q);

/* A token or member ended here: forget all that is remembered. */
void auth_forget(struct auth *a);

#endif
