/* SPDX-License-Identifier: ISC */
#ifndef TOKEN_H
#define TOKEN_H

#include "chain/err.h"
#include "chain/span.h"

/*
 * The text of a bearer token: "encl_pat_", 43 characters base64url of 32
 * random bytes, and 6 characters base62 of the CRC-32 of all before them, so
 * that secret scanners know one when they see it.  What is stored is the
 * SHA-256 of the whole text.
 */
#define TOKEN_TEXT 58 /* without the NUL */

MUST_USE enum err token_make(char text[TOKEN_TEXT + 1], struct h32 *hash);
/* ERR_TOKEN_BAD: not the text of a token at all. */
MUST_USE enum err token_hash(struct span text, struct h32 *hash);

#endif
