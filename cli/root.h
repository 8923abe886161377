/* SPDX-License-Identifier: ISC */
#ifndef ROOT_H
#define ROOT_H

#include "command.h"

/*
 * Attestation roots that are trusted here: SHA-256 of the certificate's DER.
 * "aws" is AWS Nitro Enclaves Root G1; anything else is a file with one
 * certificate, PEM or DER, or 64 hex digits of that hash.
 */
#define ROOT_MAX 8

/* Those of the --root options of the row, at most ROOT_MAX.  ERR_USAGE,
 * ERR_FILE_READ. */
MUST_USE enum err root_options(const struct cli *c, struct h32 root[ROOT_MAX],
    size_t *n);

/* "AWS Nitro Enclaves Root G1", or hex. */
const char *root_text(const struct h32 *root);

#endif
