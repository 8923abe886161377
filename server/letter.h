/* SPDX-License-Identifier: ISC */
#ifndef LETTER_H
#define LETTER_H

#include "db_delivery.h"
#include "db_subscription.h"
#include "server.h"

/* Mails to those who asked for them: plain text, RFC 5322 and 8058. */

/* The whole message, in the arena.  ERR_NOT_FOUND: the address wants none. */
MUST_USE enum err letter_make(struct server *s, struct db *db, struct arena *a,
    const struct db_delivery_job *j, const char *to, struct span *letter);

/* The token in the links of a subscription: whoever has it reads the mails of
 * that address. */
#define LETTER_TOKEN 44
void letter_token(const struct server *s, int64_t id, uint64_t created,
    char text[LETTER_TOKEN]);
/* The subscription that a token names.  ERR_NOT_FOUND. */
MUST_USE enum err letter_token_find(struct server *s, struct db *db,
    struct span token, struct db_subscription *u);

/* Something that a mail can be sent to: one address, ASCII, nothing else. */
bool letter_is_address(struct span s);

/* Body of a mail as quoted-printable (RFC 2045 6.7): lines end with \n in s. */
void letter_quote(struct out *o, struct span s);

#endif
