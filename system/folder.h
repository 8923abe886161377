/* SPDX-License-Identifier: ISC */
#ifndef FOLDER_H
#define FOLDER_H

#include "chain/err.h"
#include "chain/span.h"

/* The signer's folder, and small files that must survive a crash. */

/* An open folder that is its owner's alone.  ERR_FILE_READ, ERR_CONFIG_OPEN:
 * another user's, or others may enter. */
MUST_USE enum err folder_open(const char *path, int *fd);
/* One signer at a time: held until *lock is closed.  ERR_BUSY. */
MUST_USE enum err folder_lock(int folder, int *lock);

/* Below folder (AT_FDCWD: path as it stands), 0600, flushed with its name; it
 * is there whole or not at all.  ERR_FILE_EXISTS, ERR_FILE_WRITE. */
MUST_USE enum err folder_new_file(int folder, const char *path,
    struct span bytes);
/* All of a small file into buf.  ERR_FILE_READ, ERR_TOO_LARGE. */
MUST_USE enum err folder_read(int folder, const char *name, uint8_t *buf,
    size_t cap, struct span *bytes);

#endif
