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

/* The certificates of the makers of key devices, by their DER, each in memory
 * of its own: of PEM files (each may hold several) and DER files, ':' between.
 * ERR_SETTING, and why says which. */
MUST_USE enum err roots_certificates(const char *files, struct span *root,
    size_t max, size_t *n, char *why, size_t why_n);
void roots_certificates_free(struct span *root, size_t n);

#endif
