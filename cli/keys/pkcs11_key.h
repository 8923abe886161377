/* SPDX-License-Identifier: ISC */
#ifndef PKCS11_KEY_H
#define PKCS11_KEY_H

#include "pkcs11_ec.h"
#include "pkcs11_token.h"

/*
 * A key of a token: a private key and what belongs to it, which is told by
 * CKA_ID, or by the label where there is none.  Before a login most tokens
 * show the public half only, as a public key or a certificate.
 */
#define PKCS11_KEYS 1024 /* of one token, that are looked at */
#define PKCS11_ID_MAX 64

struct pkcs11_key {
	struct pkcs11_token *token;
	uint8_t id[PKCS11_ID_MAX];
	size_t id_n;
	char label[3][129];  /* of the public key, private key, certificate */
	struct pkcs11_ec ec; /* n 0: none that signs chains */
	const char *kind;    /* "RSA", where that is so */
	bool private, signs; /* the private key is to be seen; may sign */
};

/* The keys of an open token that u names and that may sign, at most max into
 * k; others are counted in *unfit, and the kind of one is told. */
MUST_USE enum err pkcs11_key_list(struct pkcs11_token *t,
    const struct pkcs11_uri *u, struct pkcs11_key *k, size_t max, size_t *n,
    const char **unfit);

/* Its label, "" when it has none; for names and references. */
const char *pkcs11_key_label(const struct pkcs11_key *k);

/* The reference that names this key and no other. */
const char *pkcs11_key_ref(const struct pkcs11_key *k,
    const struct pkcs11_uri *u);

/* Logs in where that is needed, and signs data; *n bytes, in the chain's
 * form.  ERR_KEY_MISSING, ERR_KEY_AMBIGUOUS, and pkcs11_token.h. */
MUST_USE enum err pkcs11_key_sign(const struct pkcs11_key *k, int fd,
    struct span data, uint8_t sig[KEY_SIG_MAX], size_t *n);

/* One attribute into b, at most cap bytes; 0 when there is none, or it is
 * longer. */
size_t pkcs11_key_attribute(const struct pkcs11_token *t, CK_OBJECT_HANDLE o,
    CK_ATTRIBUTE_TYPE type, void *b, size_t cap);

#endif
