/* SPDX-License-Identifier: ISC */
#ifndef FILE_H
#define FILE_H

#include "chain/err.h"
#include "chain/span.h"

/* Whole files.  What is read lives as long as the command. */

/* At most max bytes; "-" is stdin.  ERR_FILE_READ. */
MUST_USE enum err file_read(const char *path, size_t max, struct span *s);

/* The same for a file with secrets: ERR_CONFIG_OPEN unless it belongs to this
 * user and nobody else can read or write it. */
MUST_USE enum err file_read_private(const char *path, size_t max,
    struct span *s);

/* A new file, on the disk when this returns.  ERR_FILE_EXISTS, and nothing is
 * touched, when there is one; ERR_FILE_WRITE, and nothing is left behind. */
MUST_USE enum err file_create(const char *path, struct span s, unsigned mode);

/* Takes the place of what was there, all or nothing.  Missing folders on the
 * way are made, for this user alone.  ERR_FILE_WRITE. */
MUST_USE enum err file_replace(const char *path, struct span s, unsigned mode);

/* The same for a file in a folder that is there, which the caller has locked:
 * PATH.new, which a run that was killed may have left behind, is taken away. */
MUST_USE enum err file_replace_locked(const char *path, struct span s,
    unsigned mode);

/* Something has this name, whatever it is; a link to nothing has not. */
bool file_is_there(const char *path);

#endif
