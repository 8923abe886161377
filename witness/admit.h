/* SPDX-License-Identifier: ISC */
#ifndef ADMIT_H
#define ADMIT_H

#include "chain/note.h"

/*
 * The logs that the witness knows: single ones by their verifier keys, whose
 * names are the origins; and families, NAME/CHAINID for every chain id (64
 * lower-case hex digits), under one Ed25519 key.
 */
struct admit;

#define ADMIT_EACH 4 /* keys of one log, and of one family */
#define ADMIT_KEYS (2 * ADMIT_EACH)

/* Knows no log yet.  ERR_OUT_OF_MEMORY. */
MUST_USE enum err admit_make(struct admit **a);
void admit_free(struct admit *a);

/* A vkey of type 1.  The same name with another key: any of its keys will do,
 * for a log that changes keys.  ERR_VKEY; ERR_TOO_LARGE: one too many. */
MUST_USE enum err admit_log(struct admit *a, struct span vkey);
/* NAME+BASE64, of the 32 bytes of an Ed25519 key; several keys as above.
 * ERR_VKEY, ERR_TOO_LARGE. */
MUST_USE enum err admit_prefix(struct admit *a, struct span text);
/* Lines "log VKEY" and "prefix NAME+BASE64"; empty ones and those that begin
 * with # say nothing.  The errors of both, or ERR_CONFIG_BAD; *line: where. */
MUST_USE enum err admit_lines(struct admit *a, struct span text, size_t *line);

size_t admit_count(const struct admit *a); /* of both kinds */

/* The keys whose signatures make this origin's checkpoints, and how many; 0:
 * the log is not known.  key has ADMIT_KEYS places; names borrow from origin.
 */
size_t admit_find(const struct admit *a, struct span origin,
    struct note_key *key);

#endif
