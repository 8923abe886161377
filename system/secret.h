/* SPDX-License-Identifier: ISC */
#ifndef SECRET_H
#define SECRET_H

#include "chain/err.h"
#include "chain/span.h"

/* Secrets that come from outside, as files.  buf is guarded memory. */

/* All of a regular file that nobody but its owner may read, fewer than cap
 * bytes.  ERR_FILE_READ, ERR_CONFIG_OPEN, ERR_KEY_FILE_BAD: it has more. */
MUST_USE enum err secret_file(const char *path, uint8_t *buf, size_t cap,
    size_t *n);
/* The same of a systemd credential, a name in $CREDENTIALS_DIRECTORY, which
 * systemd guards. */
MUST_USE enum err secret_credential(const char *name, uint8_t *buf, size_t cap,
    size_t *n);

#endif
