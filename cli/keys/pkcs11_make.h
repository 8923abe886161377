/* SPDX-License-Identifier: ISC */
#ifndef PKCS11_MAKE_H
#define PKCS11_MAKE_H

#include "chain/key.h"
#include "pkcs11_token.h"

/* Makes a key pair in a token that is open for writing and logged in to: the
 * private half stays in it for ever.  *id: the CKA_ID that it is to have; n 0:
 * one is drawn, and lives as long as the command.  ERR_DEVICE_REFUSED where
 * the token makes none of the type. */
MUST_USE enum err pkcs11_make_pair(struct pkcs11_token *t, enum key_type type,
    const char *label, struct span *id);

#endif
