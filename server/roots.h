/* SPDX-License-Identifier: ISC */
#ifndef ROOTS_H
#define ROOTS_H

#include "chain/err.h"
#include "chain/span.h"

/* The attestation roots that are trusted here, by the SHA-256 of their DER:
 * AWS G1 first, then the certificates in files (PEM or DER, ':' between).
 * ERR_SETTING, and why says which. */
MUST_USE enum err roots_read(const char *files, struct h32 *root, size_t max,
    size_t *n, char *why, size_t why_n);

#endif
