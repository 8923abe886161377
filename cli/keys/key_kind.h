/* SPDX-License-Identifier: ISC */
#ifndef KEY_KIND_H
#define KEY_KIND_H

#include "chain/err.h"
#include "chain/span.h"

/* For those who name one file and mean another: before path is read as a key
 * of scheme ("file", "sealed"), says what else it is by how it begins.
 * ERR_KEY_FILE_BAD: another kind of key, with the reference that fits.  OK:
 * none that is known here, or nothing that can be read. */
MUST_USE enum err key_kind_check(const char *path, const char *scheme);

#endif
