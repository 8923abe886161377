/* SPDX-License-Identifier: ISC */
#ifndef PKCS11_URI_H
#define PKCS11_URI_H

#include "pkcs11_lib.h"

/* Which key is meant: an RFC 7512 URI, read. */
struct pkcs11_uri {
	const struct pkcs11_lib *lib;
	P11KitUri *uri;
	const char *module_path, *module_name; /* NULL: any registered one */
	const char *pin_file;                  /* of pin-source; NULL: none */
	const char *object;                    /* NULL: any */
	struct span id;                        /* n 0: any */
};

/* Reads what follows "pkcs11:"; pkcs11_uri_free it, also after an error.
 * ERR_USAGE, for a PIN in the URI too; ERR_KEY_LIBRARY. */
MUST_USE enum err pkcs11_uri_read(const char *rest, struct pkcs11_uri *u);
void pkcs11_uri_free(struct pkcs11_uri *u);

/* The URI that names this object of this token and no other, in the module
 * that u names, with "pkcs11:" before it.  info: label and serial number
 * count; object NULL, id empty: not named. */
const char *pkcs11_uri_exact(const struct pkcs11_uri *u,
    const CK_TOKEN_INFO *info, const char *object, struct span id);

#endif
