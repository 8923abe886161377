/* SPDX-License-Identifier: ISC */
#ifndef MASTER_H
#define MASTER_H

#include "chain/err.h"
#include "chain/span.h"

/*
 * The secret under which everything of the signer is sealed, and the keys that
 * are derived from it.  It comes from outside the folder that it protects:
 * a systemd credential or a file (32 bytes, as `encl-signer keygen` writes), or
 * a passphrase (Argon2id) that is read from a file descriptor.
 */
#define MASTER_KEY 32

struct master_source {
	const char *credential; /* a name in $CREDENTIALS_DIRECTORY */
	const char *file;
	int passphrase_fd; /* -1: none */
};

/* In guarded memory, read only. */
struct master {
	uint8_t seal[MASTER_KEY];    /* of keys */
	uint8_t journal[MASTER_KEY]; /* of the record's checks */
};

/* A new file with a master secret, 0600, flushed.  ERR_FILE_EXISTS,
 * ERR_FILE_WRITE. */
MUST_USE enum err master_keygen(const char *file);

/* Writes `signer` into an empty folder: what tells the right secret from
 * another, and with a passphrase the salt.  ERR_FILE_EXISTS, and the errors of
 * the source: ERR_FILE_READ, ERR_CONFIG_OPEN (others may read the file),
 * ERR_KEY_FILE_BAD (not 32 bytes), ERR_PASSPHRASE_MISSING. */
MUST_USE enum err master_init(int folder, const struct master_source *s);

/* ERR_PASSPHRASE: it is not the secret of this folder.  ERR_FILE_READ: the
 * folder was never made.  NULL-safe master_free. */
MUST_USE enum err master_open(int folder, const struct master_source *s,
    struct master **m);
void master_free(struct master *m);

#endif
