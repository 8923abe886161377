/* SPDX-License-Identifier: ISC */
#ifndef IDENTITY_H
#define IDENTITY_H

#include "chain/checkpoint.h"
#include "system/journal.h"

/*
 * Who the witness is: a name and an Ed25519 key, in one line of one file, in
 * the form that Go's note package and other witnesses read:
 *
 *   PRIVATE+KEY+NAME+ID+BASE64    ID, BASE64: as in a vkey of type 1, with the
 *                                 seed in the place of the public key
 */
#define IDENTITY_FILE_MAX 400

struct identity {
	struct note_key key; /* of cosignatures; its name is below */
	char name[NOTE_NAME + 1];
	struct identity_secret *secret; /* guarded memory */
};

/* A new key in a new file, 0600, flushed, and opened.  ERR_VKEY: not a name
 * for a key.  ERR_FILE_EXISTS, ERR_FILE_WRITE. */
MUST_USE enum err identity_make(const char *file, const char *name,
    struct identity *id);
/* One of file and credential, the name of a systemd credential, is not NULL.
 * ERR_FILE_READ, ERR_CONFIG_OPEN: others may read the file; ERR_KEY_FILE_BAD.
 * id must not be moved afterwards. */
MUST_USE enum err identity_open(const char *file, const char *credential,
    struct identity *id);
void identity_close(struct identity *id);

/* The cosignature of this time over a checkpoint's text: 8 bytes of time, 64 of
 * signature. */
MUST_USE enum err identity_cosign(const struct identity *id, uint64_t seconds,
    struct span text, uint8_t sig[CHECKPOINT_COSIG]);

/* The key of the record of this witness; lives as long as id. */
const uint8_t *identity_journal(const struct identity *id);

#endif
