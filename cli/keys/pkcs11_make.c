/* SPDX-License-Identifier: ISC */
#include "pkcs11_make.h"

#include <sodium.h>

#include "cli/fail.h"
#include "cli/mem.h"
#include "pkcs11_ec.h"
#include "pkcs11_key.h"

#define ID_SIZE 8

struct pair {
	CK_OBJECT_HANDLE public, private;
};

static CK_RV
generate(const struct pkcs11_token *t, enum key_type type, bool by_name,
    const char *label, struct span id, struct pair *made)
{
	static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	struct span params = pkcs11_ec_params_of(type, by_name);
	void *l = (void *)(uintptr_t)label, *i = (void *)(uintptr_t)id.p;
	CK_ATTRIBUTE public[] = {
		{ CKA_TOKEN, &yes, sizeof yes },
		/* So that the key is found without a PIN. */
		{ CKA_PRIVATE, &no, sizeof no },
		{ CKA_VERIFY, &yes, sizeof yes },
		{ CKA_LABEL, l, strlen(label) },
		{ CKA_ID, i, id.n },
		{ CKA_EC_PARAMS, (void *)(uintptr_t)params.p, params.n },
	};
	CK_ATTRIBUTE private[] = {
		{ CKA_TOKEN, &yes, sizeof yes },
		{ CKA_PRIVATE, &yes, sizeof yes },
		{ CKA_SENSITIVE, &yes, sizeof yes },
		{ CKA_EXTRACTABLE, &no, sizeof no },
		{ CKA_SIGN, &yes, sizeof yes },
		{ CKA_LABEL, l, strlen(label) },
		{ CKA_ID, i, id.n },
	};
	CK_MECHANISM m = { type == KEY_ED25519 ? CKM_EC_EDWARDS_KEY_PAIR_GEN
					       : CKM_EC_KEY_PAIR_GEN,
		NULL, 0 };

	return t->m->C_GenerateKeyPair(t->session, &m, public,
	    sizeof public / sizeof *public, private,
	    sizeof private / sizeof *private, &made->public, &made->private);
}

/* A token that makes something weaker than it was asked for keeps nothing. */
static bool
stays_inside(const struct pkcs11_token *t, const struct pair *made)
{
	CK_BBOOL sensitive = CK_FALSE, extractable = CK_TRUE;

	(void)pkcs11_key_attribute(t, made->private, CKA_SENSITIVE, &sensitive,
	    sizeof sensitive);
	(void)pkcs11_key_attribute(t, made->private, CKA_EXTRACTABLE,
	    &extractable, sizeof extractable);
	return sensitive == CK_TRUE && extractable == CK_FALSE;
}

enum err
pkcs11_make_pair(struct pkcs11_token *t, enum key_type type, const char *label,
    struct span *id)
{
	struct pair made;
	CK_RV rv;

	if (id->n == 0) {
		uint8_t *drawn = mem_new(ID_SIZE);

		randombytes_buf(drawn, ID_SIZE);
		*id = span_of(drawn, ID_SIZE);
	}
	/* PKCS#11 3.0 allows a name and an OID; tokens take one or both. */
	rv = generate(t, type, type == KEY_ED25519, label, *id, &made);
	if (rv != CKR_OK && type == KEY_ED25519)
		rv = generate(t, type, false, label, *id, &made);
	if (rv == CKR_MECHANISM_INVALID || rv == CKR_CURVE_NOT_SUPPORTED ||
	    rv == CKR_FUNCTION_NOT_SUPPORTED) {
		fail_hint("--type names another type; some tokens are written "
			  "to with their own tools alone");
		return fail_with(ERR_DEVICE_REFUSED, "The %s makes no %s keys.",
		    t->name, key_type_name(type));
	}
	if (rv != CKR_OK)
		return pkcs11_token_error(t, "for a new key", rv);
	if (stays_inside(t, &made))
		return OK;
	(void)t->m->C_DestroyObject(t->session, made.private);
	(void)t->m->C_DestroyObject(t->session, made.public);
	return fail_with(ERR_DEVICE_REFUSED,
	    "The %s made a key that could leave it; it was destroyed.",
	    t->name);
}
