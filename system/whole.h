/* SPDX-License-Identifier: ISC */
#ifndef WHOLE_H
#define WHOLE_H

#include "chain/err.h"
#include "chain/span.h"

/* The bytes of a file, fewer than cap.  ERR_FILE: it cannot be read (errno says
 * why) or has more (errno is 0). */
MUST_USE enum err whole_file(const char *path, void *buf, size_t cap,
    size_t *n);

#endif
