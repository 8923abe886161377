/* SPDX-License-Identifier: ISC */
#ifndef BLOB_H
#define BLOB_H

#include "chain/err.h"
#include "chain/span.h"

/* Size bytes of a file from offset. */
struct blob {
	int fd;
	uint64_t offset, size;
};

/* ERR_FILE_READ where there are fewer, ERR_OUT_OF_MEMORY, ERR_CRYPTO. */
MUST_USE enum err blob_sha256(const struct blob *b, struct h32 *h);

/* All of it into p, of size bytes.  ERR_FILE_READ. */
MUST_USE enum err blob_read(const struct blob *b, uint8_t *p);

/* Whether two have the same bytes; *at is the first place where they differ,
 * and the end of the shorter one where that is all.  ERR_FILE_READ,
 * ERR_OUT_OF_MEMORY. */
MUST_USE enum err blob_compare(const struct blob *a, const struct blob *b,
    bool *same, uint64_t *at);

#endif
