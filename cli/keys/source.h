/* SPDX-License-Identifier: ISC */
#ifndef SOURCE_H
#define SOURCE_H

#include "ui.h"

/*
 * Secrets that a command's options bring: --passphrase-file, --passphrase-fd,
 * --pin-file and so on, one pair for each sort of secret, so that a PIN is
 * never tried as a passphrase.  A source with one line serves every key; one
 * with more serves the first key that asks for this sort with the first line
 * and so on: that is the order of --key.
 */

/* The command names a source for this kind. */
bool source_has(const struct cli *c, enum ui_secret_kind kind);

/* The secret for what is named, in guarded memory; ui_secret_free it.
 * ERR_PASSPHRASE_MISSING and ERR_SECRET_MISSING: it has no line for this key,
 * or an empty one.  ERR_CONFIG_OPEN: others can write the file.  A file that
 * others can read is warned of. */
MUST_USE enum err source_take(const struct cli *c, enum ui_secret_kind kind,
    const char *what, struct span *s);

/* Forgets what was read, and how many lines were taken. */
void source_forget(void);

#endif
