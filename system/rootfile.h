/* SPDX-License-Identifier: ISC */
#ifndef ROOTFILE_H
#define ROOTFILE_H

#include "chain/err.h"
#include "chain/span.h"

/* The SHA-256 of the one certificate in a file, in PEM or DER.  ERR_FILE,
 * ERR_CERT_DER. */
MUST_USE enum err rootfile_hash(const char *path, struct h32 *h);

#endif
