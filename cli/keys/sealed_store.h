/* SPDX-License-Identifier: ISC */
#ifndef SEALED_STORE_H
#define SEALED_STORE_H

#include "sealed_file.h"

/*
 * A sealed key's file while it is used: locked, so that two commands do not
 * renew it at once, and replaced as a whole, so that at every moment there is
 * a file that opens.
 */
struct sealed_store {
	const char *path; /* with no symbolic link at its end */
	int lock;
	uint64_t seen; /* the newest epoch used here; 0: none */
	struct sealed_file file;
};

/* Waits for whoever has it.  Close with sealed_store_close, after an error
 * too.  ERR_KEY_MISSING, ERR_CONFIG_OPEN, ERR_FILE_READ, ERR_KEY_FILE_BAD. */
MUST_USE enum err sealed_store_open(struct sealed_store *s, const char *path);

/* Writes s->file in the place of the file, and what its epoch is to where old
 * copies are noticed.  ERR_FILE_WRITE. */
MUST_USE enum err sealed_store_replace(struct sealed_store *s);

/* ERR_KEY_OLD_COPY when a newer one was used here; s->seen. */
MUST_USE enum err sealed_store_check_age(struct sealed_store *s, bool allow);

void sealed_store_close(struct sealed_store *s);

#endif
